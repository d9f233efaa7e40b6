"""The tables above the findings: a row for each tensor, and for each function that ran alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from parity_tests.cli.commands import main
from parity_tests.tests.support.written_programs.course_files import changed

WRONG_DZ1 = ("(1 - np.power(A1, 2))", "(9 - A1)")


def rows(capsys: pytest.CaptureFixture[str], path: Path, *options: str) -> dict[str, list[str]]:
    """The words of each row of both tables, by the name of the tensor or function."""
    main(["check", str(path), "--network", "6-5-1", "--examples", "11", *options])
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    return {words[0]: words for words in lines if words and words[-1] in ("✓", "✗")}


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_digits_are_inherited_where_an_earlier_tensor_is_wrong(
    tmp_path: Path, capsys, precision: str
) -> None:
    """Few digits beside ✓ are no fault of that step; those of the wrong tensor are at least 0."""
    table = rows(capsys, changed(tmp_path, "week3", WRONG_DZ1), "--precision", precision)
    assert [table[n][-2:] for n in ("dZ1", "dW1", "db1")] == [
        ["0.0", "✗"], ["inherited", "✓"], ["inherited", "✓"],
    ]  # fmt: skip
    assert not any("inherited" in table[n] for n in ("A2", "dZ2", "dW2", "db2"))


@pytest.mark.slow
def test_nothing_is_inherited_where_all_is_right(tmp_path: Path, capsys) -> None:
    table = rows(capsys, changed(tmp_path, "week3"))
    assert {"Z1", "dW1", "db1", "backward_propagation"} <= table.keys()
    assert not any("inherited" in words for words in table.values())


@pytest.mark.slow
def test_a_wrong_backward_function_has_its_row(tmp_path: Path, capsys) -> None:
    """Its findings are those of the whole run, which are listed once."""
    table = rows(capsys, changed(tmp_path, "week3", WRONG_DZ1))
    assert table["backward_propagation"][-1] == "✗"
    assert table["compute_cost"][-1] == "✓"
