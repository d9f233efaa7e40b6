"""What a normalisation keeps from one batch to the next, and what it computes when it evaluates.

A function with a dictionary of settings, such as cs231n's `bn_param`, is called with running
statistics in it: in training, after which they are those of a convention; and in evaluation.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from parity_tests.adapters.call_wording import sentence
from parity_tests.adapters.interfaces.layout import BIAS
from parity_tests.adapters.layer_functions.function_pairs import is_named
from parity_tests.adapters.layer_functions.one_step import OneStepProblem
from parity_tests.adapters.layer_functions.pair_arguments import SETTINGS
from parity_tests.adapters.layer_functions.pair_calls import (
    Called,
    PairCaller,
    Reading,
    read,
    result_and_cache,
)
from parity_tests.adapters.layer_functions.pair_readings import judged
from parity_tests.adapters.layer_functions.running_statistics import (
    judge_statistic,
    reversed_momentum,
)
from parity_tests.checking.report import Report
from parity_tests.diagnosis.explained_check import check_trace
from parity_tests.error_model.precisions import Precision
from ref_numpy import Array

KEYS = {"mean": "running_mean", "variance": "running_var"}


def with_state(
    report: Report, caller: PairCaller, name: str, reading: Reading, problem: OneStepProblem,
    p: Precision,
) -> Report:  # fmt: skip
    """Return the report on a function with its running statistics and its evaluation, or a note.

    Args:
        report: on the function in training.
        caller: calls it.
        name: of the function.
        reading: what it is.
        problem: its arguments.
        p: its arithmetic.
    """
    if {*problem.state} != {*KEYS} or report.findings:
        return report
    evaluated = evaluation(caller, name, reading, problem, p)
    if evaluated is None:
        note = sentence("note.state-not-checked", function=name)
        return replace(report, notes=(*report.notes, note))
    if evaluated.findings:
        return replace(report, findings=evaluated.findings)
    kept = statistics_kept(caller, name, reading, problem)
    every = {n: judge_statistic(name, n, x, problem, p) for n, x in kept.items()}
    found = [one.finding for one in every.values() if one.finding is not None]
    if not found and all(one.is_right for one in every.values()):
        own = statistics_kept(caller, name, reading, problem, with_momentum=False)
        found = reversed_momentum(name, own, problem)
    if found:
        return replace(report, findings=tuple(found))
    wrong = [KEYS[n] for n, one in every.items() if not one.is_right]
    missing = [KEYS[n] for n in KEYS if n not in kept]
    code = "wrong" if wrong else "not-seen" if missing else "right"
    notes = [sentence(f"note.state-{code}", function=name, names=" and ".join(wrong or missing))]
    if any(one.is_unbiased for one in every.values()):
        notes.append(sentence("note.state-unbiased", function=name))
    required = tuple(f"{name}.{n}" for n in wrong)
    return replace(
        report, notes=(*report.notes, *notes), required=(*report.required, *required),
        tensors=(*report.tensors, *(t.of_function(name, "Z (test)") for t in evaluated.tensors)),
    )  # fmt: skip


def arguments(
    caller: PairCaller, name: str, reading: Reading, problem: OneStepProblem, training: bool
) -> dict[str, Any]:
    """Return the arguments of a call with running statistics among the settings."""
    given = caller.arguments(name, reading, problem)
    state = {KEYS[n]: reading.layout.given(BIAS, x) for n, x in problem.state.items()}
    mode = {"mode": "train" if training else "test", "training": training}
    return {n: {**x, **mode, **state} if isinstance(x, dict) else x for n, x in given.items()}


def evaluation(
    caller: PairCaller, name: str, reading: Reading, problem: OneStepProblem, p: Precision
) -> Report | None:
    """Return the report on a function's result in evaluation; None where it knows no such mode.

    It raised, or looked up other keys, or computed the same as in training.
    """
    if SETTINGS not in reading.order:
        return None
    called, step = Called(), problem.step
    given = arguments(caller, name, reading, problem, False)
    result, outcome, error = caller.program.call(name, given)
    if result is None or error is not None or outcome.missing:
        return None
    called.own[step.output] = result_and_cache(result)[0]
    if not judged(called, problem, reading.layout, False, p, explain=False).findings:
        return None
    trace = read(called, problem, reading.layout)
    report = check_trace(step.spec(False), problem.params, problem.X, problem.Y, trace, p, name)
    found = [
        replace(
            f, tensor=f"{name}.{f.tensor}",
            message=sentence("layer.evaluation", function=name, message=f.message),
        )
        for f in report.findings
    ]  # fmt: skip
    return replace(report, findings=tuple(found))


def statistics_kept(
    caller: PairCaller, name: str, reading: Reading, problem: OneStepProblem,
    with_momentum: bool = True,
) -> dict[str, Array]:  # fmt: skip
    """Return the running statistics after a call in training.

    They are read from the dictionary of settings, or else from the function's variables.

    Args:
        caller: calls the function.
        name: of the function.
        reading: what it is.
        problem: its arguments.
        with_momentum: the settings have a momentum; else the function takes its own.
    """
    given = arguments(caller, name, reading, problem, True)
    if not with_momentum:
        given = {
            n: {k: v for k, v in x.items() if k != "momentum"} if isinstance(x, dict) else x
            for n, x in given.items()
        }
    _, outcome, _ = caller.program.call(name, given, held=True)
    kept: dict[str, Array] = {}
    for own, x in sorted(outcome.held.items(), key=lambda one: "." not in one[0]):
        for n in KEYS:
            if is_named(own.rpartition(".")[2], n) and x.size == problem.state[n].size:
                kept.setdefault(n, np.asarray(x, float).reshape(-1, 1))
    return kept
