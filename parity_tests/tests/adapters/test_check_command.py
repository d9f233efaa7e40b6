"""python -m parity_tests check: whatever a candidate does, one clear sentence and an exit code."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

from parity_tests.adapters.apart import examine_apart
from parity_tests.adapters.candidate_process.process import CandidateProcess
from parity_tests.adapters.check_candidate import examine
from parity_tests.adapters.request import Request
from parity_tests.checking.report import Report
from parity_tests.cli.commands import main
from parity_tests.tests.support.paths import PROGRAMS, ROOT
from ref_numpy import InputError

SMALL = ["--network", "6-5-4-3", "--examples", "11"]


def of_runs(name: str, **asked: Any) -> Request:
    return Request(f"{PROGRAMS / 'runs.py'}:{name}", network="6-5-4-3", examples=11, **asked)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("hangs", "did not return within 0.3 s; look for a loop that does not end, or allow more"),
        ("nothing", "gave a NoneType; expected a mapping of canonical names to arrays, such as"),
        ("a_text", r"is a str that does not take \(spec, params, X, Y\); expected such a "),
        ("absent", "defines no absent; expected one of right, prints, raises, "),
    ],
)  # fmt: skip
def test_a_candidate_that_cannot_be_judged_is_one_sentence_and_exit_code_2(
    capfd, name, message
) -> None:
    candidate = f"{PROGRAMS / 'runs.py'}:{name}"
    limit = ["--time-limit", "0.3"] if name == "hangs" else []
    assert main(["check", candidate, *SMALL, *limit]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    *_, line = err.strip().splitlines()
    assert line.startswith("parity: error: ")
    assert "Traceback" not in err
    assert re.search(message, line), line


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("raises", "call.raised",
         r"runs.py:raises raised ValueError: matmul: .* \(runs.py, line 23: return X @"),
        ("recurses", "call.raised",
         r"raised RecursionError: maximum recursion depth ex.* \(runs.py, line 27: "),
        ("leaves", "call.raised", r"raised SystemExit: that is all \(runs.py, line 31: sys.exit\("),
        ("asks", "call.raised",
         r"raised EOFError: EOF when reading a line \(runs.py, line 35: return input\("),
        ("unsayable", "call.raised", r"runs.py:unsayable raised Unsayable \("),
        ("broken_mapping", "call.raised", "raised OSError: no items"),
        ("crashes", "call.crashed", "crashed with SIGSEGV."),
        ("ends", "call.crashed", "ended the process with exit code 3; expected it to return."),
    ],
)  # fmt: skip
def test_a_failure_in_the_candidates_own_code_is_a_finding(capfd, name, code, message) -> None:
    """It was given the reference's right values, so that nothing else can be at fault."""
    assert main(["check", f"{PROGRAMS / 'runs.py'}:{name}", *SMALL, "--json"]) == 1
    said = json.loads(capfd.readouterr().out)
    (finding,) = said["findings"]
    assert (said["verdict"], finding["code"]) == ("failed", code)
    assert re.search(message, finding["message"])


@pytest.mark.parametrize(
    ("name", "found", "message"),
    [
        ("right", [], "passed; 20 tensors compared"),
        ("views", [], "passed; 20 tensors compared"),
        ("forward_only", [], "not checked: J dZ3 dW3 db3 dA2 dZ2 dW2 db2 dA1 dZ1 dW1 db1 dA0"),
        ("lists", ["A0"], "A0 is a list; expected an array of float32: np.array(A0); so are Z1 A1"),
        ("other_types", ["A1", "dZ2", "dW1"], "A1 is None; expected an array of float32"),
        ("changes_its_input", ["X"], "changed X, which it was given, in place (66 of 66 elements)"),
        ("one_array_twice", ["Z1"], "Z1 and A1 are one array in memory: writing one changed both"),
    ],
)
def test_an_odd_result_is_a_finding_or_a_note(name: str, found: list, message: str) -> None:
    report = examine(of_runs(name))
    assert [finding.tensor for finding in report.findings] == found
    assert message in str(report)


def test_a_numpy_candidate_is_checked_without_torch(tmp_path: Path) -> None:
    (tmp_path / "candidate.py").write_text(
        "import sys, ref_numpy\n"
        "def run(*problem):\n"
        "    assert 'torch' not in sys.modules\n"
        "    return ref_numpy.run(*problem)\n"
    )
    code = (
        "import sys\n"
        "from parity_tests.cli.commands import main\n"
        "if __name__ == '__main__':\n"
        f"    failed = main(['check', {str(tmp_path / 'candidate.py')!r}, '--network', '5-3'])\n"
        "    sys.exit(failed or 'torch' in sys.modules)\n"
    )
    (tmp_path / "command.py").write_text(code)
    root = str(ROOT)
    done = subprocess.run(
        [sys.executable, str(tmp_path / "command.py")], env={"PYTHONPATH": root}, check=False
    )
    assert done.returncode == 0


def test_a_module_is_named_as_python_names_it(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "mine.py").write_text(
        "from models.layers import run\n\ndef other(*problem): return run(*problem)"
    )
    (tmp_path / "models" / "layers.py").write_text("from ref_numpy import run")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name in ("models.mine:other", "models.mine", "models/mine.py:run"):
        assert examine(Request(name, network="4-3", examples=5)).passed


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"candidate": "nowhere.py"}, "nowhere.py is not a file; expected a path.py, a notebook"),
        ({"candidate": "nowhere.npz"}, "nowhere.npz is not a file; expected a trace"),
        (
            {"candidate": "no.such.module"},
            "there is no module 'no.such.module'; expected a path.py",
        ),
        (
            {"candidate": "parity_tests.checking.verdict"},
            "parity_tests.checking.verdict defines none of the functions that a check knows .*",
        ),
        ({"network": "6-x"}, "--network is '6-x'; expected sizes such as 64-32-10"),
        ({"hidden": "swish"}, "unknown activation 'swish'; expected one of"),
        ({"hidden": "relu,tanh,relu"}, "3 hidden activations were given for 2 hidden layers"),
        ({"precision": "float8"}, "precision 'float8' is unknown; expected one of float64"),
    ],
)
def test_an_impossible_request_is_one_sentence(asked: dict[str, str], message: str) -> None:
    request = {"candidate": f"{PROGRAMS / 'runs.py'}:right", "network": "6-5-4-3"}
    with pytest.raises(InputError, match=message):
        examine(Request(**request | asked))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no json", "is not a readable notebook (JSONDecodeError: "),
        ('{"cells": [{"cell_type": "code"}]}', "is not a readable notebook (KeyError: 'source')"),
        ('{"cells": [{"cell_type": "code", "source": "def f(:"}]}',
         "(left out: cell 1 is not Python (invalid syntax, line 1)); name the function to check: "),
    ],
)  # fmt: skip
def test_a_broken_notebook_is_one_sentence(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "broken.ipynb").write_text(text)
    with pytest.raises(InputError) as raised:
        examine(Request(str(tmp_path / "broken.ipynb")))
    assert message in str(raised.value)


def test_each_layer_may_have_its_own_activation() -> None:
    report = examine(of_runs("right", hidden="tanh,leaky_relu"))
    assert "6-5-4-3 (tanh, leaky_relu, softmax)" in report.problem
    assert report.passed


def pytest_on(candidate: str, cwd: Path, *options: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "pytest", "--pyargs", "parity_tests", "-q", "-rfs"]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", "--candidate", candidate, *options],
        cwd=cwd, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.skipif(
    "parity_tests" not in entry_points(group="pytest11").names, reason="this is not installed"
)
def test_pytest_checks_a_candidate_tensor_by_tensor(tmp_path: Path) -> None:
    """From any folder, and at each precision."""
    runs = str(PROGRAMS / "runs.py")
    both = "--precision", "float32", "--precision", "float64"
    code, said = pytest_on(f"{runs}:forward_only", tmp_path, *SMALL, *both)
    assert (code, "2 failed, 14 passed, 26 skipped" in said) == (1, True)
    assert "runs.py:forward_only, float32 by --precision: not judged; 7 tensors compared" in said
    assert "runs.py:forward_only did not give it" in said
    code, said = pytest_on(f"{runs}:one_array_twice", tmp_path, *SMALL)
    assert (code, "1 failed, 20 passed" in said) == (1, True)
    assert "test_candidate[Z1-float32]" in said
    assert "Z1 is wrong; everything before it agrees (A0)" in said
    code, said = pytest_on("absent.py", tmp_path)
    assert code == 2
    assert "absent.py is not a file; expected a path.py" in said


@pytest.mark.slow
def test_the_process_is_gone_when_a_call_does_not_return(monkeypatch) -> None:
    started: list[CandidateProcess] = []
    start = CandidateProcess.__enter__

    def note(process: CandidateProcess) -> CandidateProcess:
        started.append(process)
        return start(process)

    monkeypatch.setattr(CandidateProcess, "__enter__", note)
    with pytest.raises(InputError, match="did not return"):
        examine_apart(of_runs("hangs", time_limit=0.1))
    assert started[0].process.returncode is not None
    assert isinstance(examine_apart(of_runs("right")), Report)
