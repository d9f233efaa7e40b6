"""The edges of a command line: each gives a report or one sentence, and the right exit code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import ref_numpy
from parity_tests import check
from parity_tests.cli import console_report
from parity_tests.cli.commands import main
from parity_tests.kinds.random_problem import random_problem
from parity_tests.tests.support.paths import PROGRAMS, ROOT
from ref_numpy import NetworkSpec
from ref_numpy.terminal import run_command

LONG = "x" * 300
SMALL = ["--network", "5-4-3", "--examples", "7", "--precision", "float64"]


def one_sentence(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    assert main([*args]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("parity: error: ")
    return err


# Narrow terminals.


@pytest.mark.parametrize("columns", [20, 40, 60, 80, 200])
def test_no_terminal_cuts_a_table_off(columns: int, monkeypatch, capsys) -> None:
    spec = NetworkSpec.dense([12, 11, 3], "tanh")
    params, X, Y = random_problem(spec, 1000, 0)
    trace = ref_numpy.run(spec, params, X, Y)
    report = check({**trace, "dW2": 2 * trace["dW2"]}, spec, params, X, Y)
    monkeypatch.setenv("COLUMNS", str(columns))
    assert console_report.show(report) == 1
    out = capsys.readouterr().out
    table = out.partition("\n\n")[0].split("\n")[1:]
    assert "…" not in "".join(table)
    assert len(table) == 1 + len(report.tensors)
    for line, tensor in zip(table[1:], report.tensors, strict=True):
        first, *rest = line.split()
        assert first == tensor.name
        assert f"{tensor.ratio:.1e}" in rest
        assert rest[-1] == ("✗" if tensor.name == "dW2" else "✓")
        assert (str(tensor.shape) in line) == (columns >= 60)
    if columns >= 40:
        assert max(map(len, table)) <= columns


@pytest.mark.slow
def test_columns_go_one_by_one() -> None:
    spec = NetworkSpec.dense([5, 4, 3], "tanh")
    report = check(ref_numpy.run(spec, *(problem := random_problem(spec, 7, 0))), spec, *problem)
    tables = [console_report.table(report, n) for n in range(70, 0, -1)]
    heads = [[str(column.header) for column in table.columns] for table in tables]
    counts = [len(names) for names in heads]
    assert counts == sorted(counts, reverse=True)
    assert {*counts} == {7, 6, 5, 4, 3}
    assert heads[-1] == ["tensor", "error/bound", ""]


# Names.


@pytest.mark.slow
@pytest.mark.parametrize("ending", [".py", ".ipynb", ".npz", ".safetensors", ".h"])
def test_a_file_name_that_is_too_long_is_one_sentence(ending: str, tmp_path, capsys) -> None:
    path = tmp_path / f"{LONG}{ending}"
    assert LONG in one_sentence(capsys, "check", str(path))


def test_a_file_with_too_long_a_name_is_not_written(tmp_path: Path, capsys) -> None:
    assert "File name too long" in one_sentence(capsys, "export", str(tmp_path / f"{LONG}.npz"))
    assert not [*tmp_path.iterdir()]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a.py", "a.ipynb", "a.npz", "a.safetensors"])
def test_a_folder_is_no_file(name: str, tmp_path: Path, capsys) -> None:
    (tmp_path / name).mkdir()
    assert f"{name} is not a file" in one_sentence(capsys, "check", str(tmp_path / name))


PROGRAM = f"""
from enum import Enum
import ref_numpy


class K(str, Enum):
    Z1 = "Z1"
    dW1 = "dW1"


def enums(*problem):
    return {{K(n) if n in ("Z1", "dW1") else n: x for n, x in ref_numpy.run(*problem).items()}}


def keyed_by_bytes(*problem):
    return {{n.encode() if n == "Z1" else n: x for n, x in ref_numpy.run(*problem).items()}}


def odd_keys(*problem):
    return {{**ref_numpy.run(*problem), 3: 1, None: 2, (1, 2): 3, b"x": 4, object(): 5}}


def long_names(*problem):
    return {{**ref_numpy.run(*problem), "{LONG}": 1}}


def {LONG}(*problem):
    return ref_numpy.run(*problem)


def long_message(*problem):
    raise ValueError("{LONG * 10}")
"""


@pytest.mark.slow
@pytest.mark.subprocess
@pytest.mark.parametrize(
    ("name", "code", "text"),
    [
        ("enums", 0, "passed; 14 tensors compared"),
        ("keyed_by_bytes", 1, "b'Z1' is not a tensor of this network"),
        ("odd_keys", 1, "(1, 2) is not a tensor of this network"),
        ("odd_keys", 1, "<object> is not a tensor of this network"),
        ("long_names", 1, f"{LONG} is not a tensor of this network"),
        (LONG, 0, "passed; 14 tensors compared"),
        ("long_message", 1, "raised ValueError: xxx"),
    ],
)
def test_keys_and_names_of_any_kind_are_reported(name, code, text, tmp_path, capsys) -> None:
    (tmp_path / "mine.py").write_text(PROGRAM)
    assert main(["check", f"{tmp_path / 'mine.py'}:{name}", *SMALL]) == code
    out = capsys.readouterr().out
    assert text in out
    assert " object at 0x" not in out


# Time, memory, depth.


@pytest.mark.slow
@pytest.mark.subprocess
def test_a_time_limit_of_three_hundred_years_is_one(capsys) -> None:
    week2 = str(PROGRAMS / "week2.py")
    args = ["check", week2, "--network", "5-1", "--examples", "7", "--time-limit", "1e10"]
    assert main(args) == 0
    assert "passed" in capsys.readouterr().out


def test_a_lack_of_memory_is_no_failure_of_ours(capsys) -> None:
    def read() -> int:
        raise MemoryError("Unable to allocate 8.00 EiB")

    assert run_command(read, "parity") == 2
    error = "parity: error: there is not enough memory (Unable to allocate 8.00 EiB)\n"
    assert capsys.readouterr().err == error


@pytest.mark.slow
def test_three_thousand_layers_are_checked() -> None:
    """Neither too deep for Python, nor of a cost that grows with the square of their number."""
    spec = NetworkSpec.dense([2] * 3000, "identity", "identity")
    assert NetworkSpec.from_json(spec.to_json()) == spec
    params, X, Y = random_problem(spec, 3, 0)
    trace = ref_numpy.run(spec, params, X, Y)
    names = ("Z1", "A1", "dW1", "db1", "dZ1", "dW2999", "db2999", "dZ2999")
    report = check({name: trace[name] for name in names}, spec, params, X, Y, "float64")
    assert {tensor.name for tensor in report.tensors} == {*names}
    assert not report.findings


# Streams and signals.


@pytest.mark.slow
@pytest.mark.subprocess
def test_python_without_docstrings_checks_and_says_why_it_writes_no_page(tmp_path: Path) -> None:
    def done(*args: str) -> Any:
        command = [sys.executable, "-OO", "-m", "parity_tests", *args]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    checked = done("check", str(PROGRAMS / "week2.py"), "--network", "5-1", "--examples", "7")
    assert (checked.returncode, checked.stderr) == (0, "")
    page = done("page", "--out", str(tmp_path / "a.html"))
    assert (page.returncode, page.stdout) == (2, "")
    assert page.stderr == (
        "parity: error: the page shows the equations of docstrings, which python -OO leaves out; "
        "run it without -OO, and without PYTHONOPTIMIZE=2.\n"
    )


@pytest.mark.slow
def test_an_error_is_one_line_whatever_a_file_holds(tmp_path: Path, capsys) -> None:
    with pytest.raises(SystemExit):
        main(["check", "a.py", "--precision", "a\nb"])
    capsys.readouterr()
    assert r"a b.py is not a file" in one_sentence(capsys, "check", str(tmp_path / "a\nb.py"))
