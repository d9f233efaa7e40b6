"""A dropout with a dictionary of settings in its test mode, in which nothing is dropped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from parity_tests.adapters.call_wording import sentence
from parity_tests.adapters.layer_functions.function_pairs import FunctionPair
from parity_tests.adapters.layer_functions.one_step import OneStepProblem
from parity_tests.adapters.layer_functions.own_names import in_own_names
from parity_tests.adapters.layer_functions.pair_arguments import SETTINGS
from parity_tests.adapters.layer_functions.pair_calls import PairCaller, Reading, read
from parity_tests.checking.report import Report
from parity_tests.diagnosis.explained_check import check_trace
from parity_tests.error_model.precisions import Precision

TEST = {"mode": "test", "training": False}


@dataclass(frozen=True)
class TestModeCaller(PairCaller):
    """Calls functions with the settings of an evaluation."""

    __test__ = False  # it is no test

    def arguments(self, name: str, reading: Reading, problem: OneStepProblem) -> dict[str, Any]:
        """Return the arguments of a forward function that evaluates."""
        given = super().arguments(name, reading, problem)
        return {n: {**x, **TEST} if isinstance(x, Mapping) else x for n, x in given.items()}


def with_dropout_evaluation(
    report: Report, caller: PairCaller, pair: FunctionPair, reading: Reading,
    problem: OneStepProblem, p: Precision,
) -> Report:  # fmt: skip
    """Return the report on a dropout with its test mode, or a note.

    A function whose source names no mode has none.

    Args:
        report: on the functions in training.
        caller: calls them.
        pair: the functions.
        reading: what they are.
        problem: their arguments.
        p: their arithmetic.
    """
    is_told = reading.step.layer.is_random and SETTINGS in reading.order
    if not is_told or report.findings:
        return report
    name, step = pair.forward, problem.step
    source = caller.program.source(name)
    testing = TestModeCaller(caller.program, caller.functions)
    called = testing.both(pair, reading, problem)
    if (
        step.output not in called.own
        or source is None
        or '"mode"' not in source[2].replace("'", '"')
    ):
        note = sentence("note.training-alone", function=name)
        return replace(report, notes=(*report.notes, note))
    trace = read(called, problem, reading.layout)
    judged = check_trace(
        step.spec(False), problem.params, problem.X, problem.Y, trace, p, name,
        {f"d{step.output}": problem.d.astype(np.float64)},
    )  # fmt: skip
    own = {problem.canonical(n): (called.function[n], n) for n in called.own}
    judged = in_own_names(judged, own)
    found = [
        replace(f, message=sentence("layer.test-mode", function=name, message=f.message))
        for f in judged.findings
    ]
    tested = tuple(replace(t, name=f"{t.name} (test)") for t in judged.tensors)
    note = sentence("note.test-mode", function=name)
    return replace(
        report, findings=tuple(found), notes=(*report.notes, note),
        tensors=(*report.tensors, *(() if found else tested)),
    )  # fmt: skip
