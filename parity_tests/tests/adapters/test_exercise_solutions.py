"""Solutions of the lessons' exercises in students' styles, through each lesson's own check."""

from __future__ import annotations

import linecache
from typing import Any

import pytest

from parity_tests.adapters.check_functions import check_functions
from parity_tests.checking.report import Report
from parity_tests.tests.support.exercise_solutions import (
    Exercise,
    activations,
    linear_layer,
    logistic_regression,
    networks,
    updates,
)

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of wrong solutions' own logs

EXERCISES = {
    name: exercise
    for module in (linear_layer, activations, logistic_regression, networks, updates)
    for name, exercise in vars(module).items()
    if isinstance(exercise, Exercise)
}
# The one that is quick; the others are slow.
QUICK = ("LINEAR_FORWARD",)


def report_on(exercise: Exercise, source: str) -> Report:
    """Return the report of the lesson's check, as in a notebook."""
    linecache.cache["mine.py"] = len(source), None, source.splitlines(keepends=True), "mine.py"
    cell: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(source, "mine.py", "exec"), cell)
    return check_functions(*(cell[f] for f in exercise.functions), **exercise.settings)


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=() if n in QUICK else pytest.mark.slow) for n in EXERCISES]
)
def test_right_solutions_pass_and_a_mistake_is_found_where_it_is(name: str) -> None:
    """A mistake is named or is one finding; one that is no wrong value names its mistake itself."""
    for source, where in EXERCISES[name].solutions():
        report = report_on(EXERCISES[name], source)
        found = [finding.tensor for finding in report.findings]
        if where:
            assert report.verdict == "failed", source
            assert any(part in tensor for part in where.split("|") for tensor in found), str(report)
            named = any(f.causes or f.kind != "value" for f in report.findings)
            assert named or len(found) == 1, str(report)
        else:
            assert (report.verdict, found) == ("passed", []), f"{source}\n{report}"


def test_there_are_many_solutions_and_each_is_another_program() -> None:
    sources = [[source for source, _ in e.solutions()] for e in EXERCISES.values()]
    assert sum(map(len, sources)) >= 150
    assert all(len({*some}) == len(some) for some in sources)
