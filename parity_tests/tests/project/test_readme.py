"""What the README shows is what happens."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ref_numpy
from parity_tests import check
from parity_tests.adapters.check_candidate import examine
from parity_tests.adapters.request import Request
from parity_tests.campaigns.fault_injection import faulty_run
from parity_tests.checking.findings import Finding
from parity_tests.cli.commands import main
from parity_tests.kinds.random_problem import random_problem
from parity_tests.tests.support.paths import PROGRAMS, ROOT
from ref_numpy import NetworkSpec, initialise, one_hot

if not (ROOT / "README.md").is_file():
    pytest.skip("the README is only in a checkout", allow_module_level=True)
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("n", [0, 1, 2], ids=["ten lines", "check", "optimiser"])
def test_an_example_prints_what_the_readme_says(n: int) -> None:
    code, printed = blocks("python")[n], blocks("text")[n]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == printed


def test_the_numpy_example_runs(tmp_path: Path) -> None:
    spec = NetworkSpec.dense([2, 4, 3], "tanh")
    params = initialise(spec)
    X, Y = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]]), one_hot(np.array([0, 2, 1]), 3)
    ref_numpy.save(tmp_path / "weights.safetensors", spec, params)
    code = blocks("python")[3].replace("lightning_logs/version_0", str(tmp_path))
    names: dict[str, Any] = {"ref_numpy": ref_numpy, "spec": spec, "params": params, "X": X, "Y": Y}
    names["x"] = X.T
    exec(code, names)
    assert len(names["costs"]) == 100
    assert names["predictions"].shape == (3,)
    assert set(names["predictions"]) <= {"0", "1", "2"}


def words(line: str) -> list[str]:
    """But for the numbers that a processor's rounding decides."""
    number = r"\d\.?\d*e[+-]\d+;?$|-?\d+\.\d+,?$|equal$|[█▉▊▋▌▍▎▏]+$"
    return [word for word in line.split() if not re.match(number, word)]


def wrong_axis(folder: Path) -> Finding:
    source = (PROGRAMS / "week4.py").read_text()
    (folder / "mine.py").write_text(source.replace("axis=1, keepdims", "axis=0, keepdims"))
    request = Request(str(folder / "mine.py"), network="5-4-3-2", examples=11)
    return examine(request).findings[0]


def added_gradients(folder: Path) -> Finding:
    spec, sums = NetworkSpec.dense([5, 7, 3], "relu", "softmax"), dict[str, Any]()

    def accumulates(*problem: Any) -> Any:
        trace = ref_numpy.run(*problem)
        sums["dW2"] = sums.get("dW2", 0) + trace["dW2"]
        return trace | sums

    return check(accumulates, spec, *random_problem(spec, 11)).findings[0]


def two_examples(folder: Path) -> Finding:
    spec = NetworkSpec.dense([5, 7, 6, 3], ["relu", "tanh"], "softmax", lambd=0.3)
    problem = random_problem(spec, 11, 3)
    odd = np.isin(np.arange(11), (2, 5))
    trace = faulty_run(spec, *problem, {"Z2": lambda Z: np.where(odd, Z + 1, Z)})
    return check(trace, spec, *problem).findings[0]


@pytest.mark.parametrize("finding", [wrong_axis, added_gradients, two_examples])
def test_a_finding_reads_as_the_readme_shows_it(tmp_path: Path, finding: Any) -> None:
    assert " ".join(words(str(finding(tmp_path)))) in " ".join(words(README))


def test_the_course_file_with_a_wrong_derivative_is_the_readmes(
    tmp_path: Path, capsys, monkeypatch
) -> None:
    """Line by line, but for the numbers that a processor's rounding decides."""
    source = (PROGRAMS / "week3.py").read_text()
    assert "(1 - np.power(A1, 2))" in source
    (tmp_path / "mine.py").write_text(source.replace("(1 - np.power(A1, 2))", "(1 - A1)"))
    monkeypatch.chdir(tmp_path)
    (command,) = re.findall(r"parity_tests (check mine.py --network .*) #", README)
    assert main(command.split()) == 1

    printed = [words(line) for line in capsys.readouterr().out.split("\n")]
    (shown,) = re.findall(r"^```\n(mine.py, float64.*?)```$", README, re.MULTILINE | re.DOTALL)
    lines = [words(line) for line in shown.rstrip().split("\n")]
    assert [line for line in lines if line not in printed] == [["…"]]


def test_the_table_command_is_the_readmes(capsys) -> None:
    (command,) = (block for block in blocks("sh") if "parity_tests twin" in block)
    assert main(command.split("parity_tests ")[1].split()) == 0
    header = "tensor  shape      max |Δ|     used              digits"
    assert header in README
    assert header in capsys.readouterr().out
