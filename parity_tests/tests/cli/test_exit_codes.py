"""Exit codes and output on any terminal: 0 passed, 1 findings, 2 not judged, 3 our own failure."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import ref_numpy
from parity_tests.adapters.apart import examine_apart
from parity_tests.adapters.candidate_process import interpreter
from parity_tests.adapters.candidate_process.process import CannotStart
from parity_tests.adapters.request import Request
from parity_tests.adapters.trace_files import write
from parity_tests.cli import commands
from parity_tests.error_model.precisions import FLOAT64
from parity_tests.kinds.random_problem import random_problem
from parity_tests.tests.support.paths import PROGRAMS, ROOT
from ref_numpy import NetworkSpec
from ref_numpy.terminal import printable, run_command

pytestmark = pytest.mark.subprocess

SPEC = NetworkSpec.dense([5, 4, 3], "tanh")

right = PROGRAMS / "week2.py"
PASSING = ["check", str(right), "--network", "5-1", "--examples", "7"]


def started(
    *args: str, stdout: int = subprocess.PIPE, stderr: int = subprocess.PIPE, **env: str
) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "parity_tests", *args], cwd=ROOT, env={**os.environ, **env},
        stdout=stdout, stderr=stderr,
    )  # fmt: skip


@pytest.mark.parametrize("encoding", ["cp1252", pytest.param("ascii", marks=pytest.mark.slow)])
def test_every_encoding_can_be_printed(encoding: str, tmp_path: Path) -> None:
    """As of a redirect on Windows; characters that it lacks are written in ASCII."""
    wrong = (PROGRAMS / "week3.py").read_text(encoding="utf-8")
    wrong = wrong.replace("np.power(A1, 2)", "A1")
    (tmp_path / "mine.py").write_text(wrong, encoding="utf-8")
    command = "check", str(tmp_path / "mine.py"), "--network", "5-4-1", "--examples", "11"
    begun = started(*command, PYTHONIOENCODING=encoding)
    out, err = (said.decode(encoding) for said in begun.communicate())
    assert (begun.returncode, err) == (1, "")
    assert "max |Delta|" in out
    assert "1 - A" in out
    assert out.count(" ok\n") > 10


@pytest.mark.slow
def test_a_closed_pipe_does_not_change_the_verdict() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    begun = started(*PASSING, stdout=writing)
    os.close(writing)
    _, err = begun.communicate()
    assert (begun.returncode, err) == (0, b"")


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_disk_is_our_failure_in_one_sentence() -> None:
    with open("/dev/full", "wb") as full:
        begun = started(*PASSING, stdout=full.fileno())
        _, err = begun.communicate()
    assert begun.returncode == 3
    assert err == b"parity: the output could not be written (No space left on device)\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize(
    ("args", "full_out", "code"),
    [
        (("check", "nofile.py"), False, 2),  # a sentence that cannot be written
        (PASSING, True, 3),  # as of `> log 2>&1`
        pytest.param(("--help",), True, 3, marks=pytest.mark.slow),
    ],
)
def test_standard_error_that_cannot_be_written_changes_no_exit_code(args, full_out, code) -> None:
    with open("/dev/full", "wb") as full:
        stdout = full.fileno() if full_out else subprocess.PIPE
        begun = started(*args, stdout=stdout, stderr=full.fileno())
        begun.communicate()
    assert begun.returncode == code


def test_an_exception_of_ours_is_exit_code_3_and_asks_for_a_report(monkeypatch, capsys) -> None:
    def broken(*args: object) -> int:
        raise ZeroDivisionError("ours")

    monkeypatch.setattr(commands, "main", broken)
    assert run_command(commands.main, "parity_tests") == 3
    err = capsys.readouterr().err
    assert "Traceback" in err
    assert "ZeroDivisionError: ours" in err
    assert err.splitlines()[-1].startswith(
        "parity_tests: this should not have happened; unless the"
    )


@pytest.mark.parametrize(("end", "code"), [(None, 0), (2, 2), (0, 0), ("no such file", 1)])
def test_a_command_that_ends_itself_has_its_own_exit_code(end, code, capsys) -> None:
    """As argparse ends it."""
    assert run_command(lambda: sys.exit(end), "parity_tests") == code
    assert capsys.readouterr().err == ("no such file\n" if code == 1 else "")


def test_a_process_that_cannot_start_is_a_failure_of_ours(monkeypatch) -> None:
    """Nothing of the candidate was executed yet."""
    monkeypatch.setattr(interpreter, "command", lambda *_: [sys.executable, "-c", "exit(5)"])
    with pytest.raises(CannotStart, match=r"ended before it was loaded: .*5"):
        examine_apart(Request("mine.py"))


@pytest.mark.slow
def test_nothing_is_printed_where_standard_output_is_closed() -> None:
    code = (
        "import os, sys; os.close(1); sys.stdout = None\n"
        "from parity_tests.cli.commands import main\n"
        "from ref_numpy.terminal import run_command\n"
        f"sys.exit(run_command(lambda: main({PASSING}), 'parity_tests'))"
    )
    script = f"import sys\nif __name__ == '__main__':\n    exec({code!r})"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.slow
def test_emoji_codes_are_quoted_as_they_are(tmp_path: Path, capsys) -> None:
    """X[:, :m:1] is no Ⓜ, neither in the text nor in the JSON."""
    source = right.read_text(encoding="utf-8")
    changed = source.replace(
        "    dw = 1 / m * np.dot(X, (A - Y).T)", "    dw = np.dot(X[:, :m:1], Y.T)"
    )
    assert changed != source
    (tmp_path / "mine.py").write_text(changed, encoding="utf-8")
    command = ["check", str(tmp_path / "mine.py"), *PASSING[2:]]
    assert commands.main(command) == 1
    assert "X[:, :m:1]" in capsys.readouterr().out
    assert commands.main([*command, "--json"]) == 1
    (finding, *_) = json.loads(capsys.readouterr().out)["findings"]
    assert "X[:, :m:1]" in finding["yours"]


@pytest.mark.slow
def test_control_characters_of_a_file_are_not_obeyed(tmp_path: Path, capsys) -> None:
    problem = random_problem(SPEC, 7)
    params, X, Y = problem
    trace = {**ref_numpy.run(SPEC, *problem), "\x1b[2J\x07A1\u202e": np.zeros((4, 7))}
    path = tmp_path / "trace.safetensors"
    write(str(path), SPEC, FLOAT64, {"X": X, "Y": Y, **params, **trace})
    assert commands.main(["check", str(path)]) == 1
    out = capsys.readouterr().out
    assert "\\x1b[2J\\x07A1\\u202e is not a tensor of this network" in out
    assert not {"\x1b", "\x07", "\u202e"} & set(out)
    missing = tmp_path / "\x1b]0;title\x07.py"
    assert commands.main(["check", str(missing)]) == 2
    assert "\\x1b]0;title\\x07.py is not a file" in capsys.readouterr().err


def test_printable_text_is_as_it_was() -> None:
    text = "dZ1 = dA ∗ g'(Z)\n\tλ = 0.1 ✓ é 文"
    assert printable(text) == text
