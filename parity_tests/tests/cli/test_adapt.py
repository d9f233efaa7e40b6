"""`parity adapt`: the adapter is short, passes as it is, and says what is to be filled in."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from parity_tests.adapters.check_candidate import examine
from parity_tests.adapters.request import Request
from parity_tests.checking.verdict import PASSED
from parity_tests.cli.commands import main
from parity_tests.tests.support.paths import PROGRAMS

SCRIPTS = sorted((PROGRAMS / "scripts").glob("*.py"))
LONGEST = 8  # lines of an adapter, and one more for each further layer


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for path in SCRIPTS:
        shutil.copy(path, tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_an_adapter_of_a_script_names_its_tensors(folder: Path, capsys) -> None:
    assert main(["adapt", "sigmoid_rows.py"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "sigmoid_rows.py: one round of the loop in lines 19–31 is taken as one step of training",
        "recognised: X is inputs, Y is wanted, W1 is w_in, W2 is w_out, A1 is layer1, output is "
        "layer2, dZ2 is -step2, dZ1 is -step1",
        "sigmoid_rows_adapter.py is written: correct a name where it is wrong; then run: parity "
        "check sigmoid_rows_adapter.py",
    ]
    assert Path("sigmoid_rows_adapter.py").read_text(encoding="utf-8").splitlines() == [
        '"""One round of the loop in lines 19–31: our name of each tensor, and yours."""',
        "from parity_tests import Loop",
        "",
        'step = Loop("sigmoid_rows.py",',
        '    X="inputs", Y="wanted", W1="w_in", W2="w_out",',
        '    A1="layer1", output="layer2", dZ2="-step2", dZ1="-step1",',
        ")",
    ]
    report = examine(Request("sigmoid_rows_adapter.py", examples=11))
    assert (report.verdict, report.findings) == (PASSED, ())


@pytest.mark.parametrize("name", [path.stem for path in SCRIPTS])
def test_an_adapter_of_any_script_is_short(folder: Path, name: str) -> None:
    assert main(["adapt", f"{name}.py", "--out", "mine.py"]) == 0
    lines = Path("mine.py").read_text(encoding="utf-8").splitlines()
    assert len(list(filter(None, lines))) <= LONGEST


@pytest.mark.slow
@pytest.mark.parametrize("name", ["minibatches", "numbered_examples", "summed_over_examples"])
def test_an_adapter_passes_as_it_was_written(folder: Path, name: str) -> None:
    Path("checks").mkdir()
    assert main(["adapt", f"{name}.py", "--out", "checks/mine.py"]) == 0
    assert examine(Request("checks/mine.py", examples=11)).verdict == PASSED


def test_what_was_not_recognised_is_marked(folder: Path, capsys) -> None:
    """The labels may be either of two arrays; with the name filled in the adapter passes."""
    source = Path("sum_of_squares.py").read_text(encoding="utf-8")
    two = source.replace("y = np", "weighting = np.ones(1)\ngoal = np")
    two = two.replace("(y_pred - y).sum()", "(y_pred - goal).sum()")
    two = two.replace("(y_pred - y)", "((y_pred - goal) * weighting)")
    Path("two.py").write_text(two, encoding="utf-8")
    assert main(["adapt", "two.py"]) == 2
    shown = capsys.readouterr().out
    assert "not recognised: the labels (one of goal, weighting)" in shown
    assert 'replace each "?"' in shown
    adapter = Path("two_adapter.py")
    written = adapter.read_text(encoding="utf-8")
    assert '    Y="?",  # ? the labels: one of goal, weighting\n' in written
    assert main(["check", "two_adapter.py"]) == 2
    assert capsys.readouterr().err == (
        'parity: error: two_adapter.py: Y of Loop is still "?"; replace it by the name in your '
        "program, or delete it.\n"
    )
    adapter.write_text(written.replace('Y="?"', 'Y="goal"'), encoding="utf-8")
    report = examine(Request("two_adapter.py", examples=11))
    assert (report.verdict, report.findings) == (PASSED, ())


def test_an_adapter_that_exists_is_not_replaced(folder: Path, capsys) -> None:
    Path("mine.py").write_text("kept", encoding="utf-8")
    refused = "parity: error: mine.py exists; name another file with --out, or replace it with "
    for args, code, err in (
        (["--out", "mine.py"], 2, f"{refused}--force.\n"),
        (["--out", "mine.txt"], 2, "parity: error: --out is mine.txt; expected a name that ends"),
        (["--out", "xor.py", "--force"], 2, "parity: error: xor.py exists"),
        (["--out", "no/mine.py"], 2, "parity: error: no/mine.py cannot be written"),
        (["--out", "mine.py", "--force"], 0, ""),
    ):
        assert main(["adapt", "xor.py", *args]) == code
        assert capsys.readouterr().err.startswith(err)
        assert (Path("mine.py").read_text(encoding="utf-8") == "kept") == bool(code)
    assert "exclusive or" not in Path("xor.py").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "code"),
    [("def f(:\n", "cannot be read as Python"), ("x = 1\n", "there is nothing to adapt")],
)
def test_a_file_without_a_loop_is_refused(folder: Path, capsys, text: str, code: str) -> None:
    Path("other.py").write_text(text, encoding="utf-8")
    assert main(["adapt", "other.py"]) == 2
    assert code in capsys.readouterr().err
    assert not Path("other_adapter.py").exists()


def test_a_program_that_is_read_as_it_is_needs_no_adapter(folder: Path, capsys) -> None:
    shutil.copy(PROGRAMS / "week3.py", folder)
    assert main(["adapt", "week3.py"]) == 0
    assert "needs no adapter" in capsys.readouterr().out
    assert not Path("week3_adapter.py").exists()
