"""The pytest plugin imports no torch before a test needs it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from parity_tests.pytest_plugin.plugin import has_precision, pytest_addoption
from parity_tests.tests.support.paths import PROGRAMS, ROOT

pytestmark = pytest.mark.subprocess


@pytest.fixture
def pytest_without_torch(tmp_path: Path) -> Callable[..., tuple[int, str]]:
    """Runs pytest and returns its exit code and what it prints; no torch can be imported, also by
    the processes that it starts."""
    (tmp_path / "absent").mkdir()
    (tmp_path / "absent" / "torch.py").write_text("raise ImportError('torch was imported')\n")
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(tmp_path / "absent"), str(ROOT)])
    }

    def run(*arguments: str, cwd: Path = ROOT) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
            cwd=cwd, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    return run


@pytest.mark.slow
def test_a_numpy_candidate_is_tested_without_torch(
    tmp_path: Path, pytest_without_torch: Any
) -> None:
    (tmp_path / "mine.py").write_text((PROGRAMS / "week3.py").read_text(encoding="utf-8"))
    arguments = ("-p", "parity_tests.pytest_plugin.plugin", "--pyargs", "parity_tests")
    code, printed = pytest_without_torch(*arguments, "--candidate", "mine.py", cwd=tmp_path)
    assert code == 0, printed
    assert "passed" in printed


@pytest.mark.slow
def test_a_file_of_numpy_tests_needs_no_torch(pytest_without_torch: Any) -> None:
    file = ROOT / "parity_tests/tests/reference/test_array_checks.py"
    code, printed = pytest_without_torch(str(file))
    assert code == 0, printed
    assert "passed" in printed


@pytest.mark.slow
def test_a_file_of_torch_tests_does(pytest_without_torch: Any) -> None:
    """Or the two tests above would show nothing."""
    file = ROOT / "parity_tests/tests/torch_twin/test_conventions.py"
    code, printed = pytest_without_torch("--collect-only", str(file))
    assert code == 2
    assert "torch was imported" in printed


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ("--calls=0", "a whole number from 1 up"),
        ("--examples=0", "a whole number from 1 up"),
        ("--time-limit=0", "a number of seconds above 0"),
        ("--memory-limit=4X", "memory such as 4G or 500M"),
    ],
)
def test_an_option_is_refused_as_the_command_does(option: str, expected: str) -> None:
    name, value = option.split("=")
    parser = pytest.Parser(_ispytest=True)
    pytest_addoption(parser)
    with pytest.raises(pytest.UsageError, match=f"argument {name}: '{value}'; expected {expected}"):
        parser.parse([option])


def test_a_precision_that_a_report_proposes_is_an_option() -> None:
    parser = pytest.Parser(_ispytest=True)
    pytest_addoption(parser)
    given = parser.parse_known_args(["--precision", "bfloat16-sums"])
    assert given.precision == ["bfloat16-sums"]


def test_a_device_has_its_precisions() -> None:
    """Tensor cores alone multiply TF32, and Apple's have no float64."""
    assert [d for d in ("cpu", "cuda", "cuda:1", "mps") if has_precision(d, "tf32")] == [
        "cuda", "cuda:1",
    ]  # fmt: skip
    assert [d for d in ("cpu", "cuda", "mps") if has_precision(d, "float64")] == ["cpu", "cuda"]
    assert all(has_precision(d, "float32") for d in ("cpu", "cuda", "mps"))


@pytest.mark.slow
@pytest.mark.parametrize("device", ["mps", "cuda:99"])
def test_a_device_that_is_not_here_is_the_reason_of_a_skipped_test(device: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", "--pyargs",
         "parity_tests.tests.torch_twin.test_parity_matrix", "-k", "every_tensor",
         "--device", device, "--cases", "tanh-5.7.3-softmax-cross_entropy-m11"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert f"device '{device}' cannot be used here" in done.stdout
    assert " failed" not in done.stdout
    assert " passed" not in done.stdout
