"""The lessons run from their first cell to their last, and their exercises can be solved."""

from __future__ import annotations

import ast
import copy
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from parity_tests.adapters.check_functions import check_functions
from parity_tests.checking.report import Report
from parity_tests.cli.commands import main
from parity_tests.tests.project.lesson_notebooks import FOLDER, LESSONS, execute, read

for package in ("jupytext", "nbclient", "ipykernel"):
    if find_spec(package) is None:
        pytest.skip(f"needs {package}, of the extra lessons", allow_module_level=True)

pytestmark = pytest.mark.filterwarnings("ignore")  # those of Jupyter's own packages

CHECKED = [path for path in LESSONS if path.stem != "08_why_deep"]  # it checks its network itself
each_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)


def test_there_are_lessons_in_the_courses_order() -> None:
    assert [path.stem[:2] for path in LESSONS] == [f"{k:02}" for k in range(1, 11)]


@each_lesson
@pytest.mark.slow
def test_a_lesson_runs_and_then_its_cells_from_last_to_first(path: Path) -> None:
    """In a new kernel. Its exercise is not solved yet, and the check reports that.

    A reader goes back, changes a cell and runs it: no later cell has spoilt its names.
    """
    notebook = read(path)
    again = [copy.deepcopy(cell) for cell in reversed(notebook.cells) if cell.cell_type == "code"]
    for cell in again:
        cell.id = f"again-{cell.id}"
    last = len(notebook.cells) - 1
    notebook.cells += again
    output = printed(execute(notebook).cells[last])
    assert re.search(r"\d findings?;", output), output


@each_lesson
def test_the_notebook_is_its_text(path: Path) -> None:
    """The pair is up to date: `python -m parity_tests.tests.project.lesson_notebooks`."""
    text, notebook = read(path), read(path.with_suffix(".ipynb"))
    assert [(c.cell_type, c.source) for c in notebook.cells] == [
        (c.cell_type, c.source) for c in text.cells
    ]
    outputs = [out for c in notebook.cells for out in c.get("outputs", ())]
    assert outputs
    assert not [out for out in outputs if out.output_type == "error"]
    shown = "".join(printed(c) for c in notebook.cells)
    assert not re.search(r"/(home|root|tmp|work|usr)/", shown), shown  # whoever ran it last


@each_lesson
def test_the_check_of_an_exercise_does_not_show_its_answer(path: Path) -> None:
    """Its report would: `right: …`."""
    *_, last = read(path.with_suffix(".ipynb")).cells
    assert last.cell_type == "code"
    assert "check" in last.source
    assert last.outputs == []


@pytest.mark.parametrize("path", CHECKED, ids=lambda path: path.stem)
@pytest.mark.slow
def test_an_exercise_can_be_solved(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By the answer that is shipped: of its functions the last cell's own check finds nothing, and
    no more does `check` of the file, for which a forward function alone is not a pass. Without them
    the cell stops."""
    answer, call = FOLDER / "answers" / path.name, last_check(read(path).cells[-1].source)
    with pytest.raises(NameError):
        report_of(call, {})
    defined: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(answer.read_text(encoding="utf-8"), str(answer), "exec"), defined)
    report = report_of(call, defined)
    report.raise_findings()
    assert report.tensors
    own = {n for n, f in defined.items() if getattr(f, "__module__", 0) == defined["__name__"]}
    assert set(report.candidate.split()) <= own  # the others are the lesson's, which they call
    judged = any(re.search("backward|update|propagate", name) for name in own)
    settings = [f"--{k.arg}={ast.literal_eval(k.value)}" for k in call.keywords]
    exit_code = main(["check", str(answer), *settings])
    assert exit_code == (0 if judged else 2), capsys.readouterr().out


def last_check(cell: str) -> ast.Call:
    """Return the call in a lesson's last cell, `print(check_functions(f, g, …))`."""
    (call,) = [
        node
        for node in ast.walk(ast.parse(cell))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == check_functions.__name__
    ]
    return call


def report_of(call: ast.Call, defined: dict[str, Any]) -> Report:
    """Return the report of this call of `check_functions` on these functions."""
    names = {**defined, check_functions.__name__: check_functions}
    return eval(compile(ast.Expression(call), "the last cell", "eval"), names)


def test_the_readme_lists_every_lesson() -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert all(f"({path.stem}.ipynb)" in readme for path in LESSONS)


def printed(cell: Any) -> str:
    return "".join(
        out.get("text", "") or out.get("data", {}).get("text/plain", "")
        for out in cell.get("outputs", ())
    )
