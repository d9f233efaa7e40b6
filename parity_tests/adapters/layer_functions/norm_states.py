"""What a normalisation keeps from one batch to the next, and what it computes when it evaluates.

A function with a dictionary of settings, such as cs231n's `bn_param`, is called with running
statistics in it: in training, after which they are those of a convention; and in evaluation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from parity_tests.adapters.call_wording import sentence
from parity_tests.adapters.interfaces.layout import BIAS
from parity_tests.adapters.layer_functions.function_pairs import is_named, required_names
from parity_tests.adapters.layer_functions.one_step import OneStepProblem
from parity_tests.adapters.layer_functions.pair_arguments import SETTINGS, values_of
from parity_tests.adapters.layer_functions.pair_calls import (
    Called,
    PairCaller,
    Reading,
    read,
    result_and_cache,
)
from parity_tests.adapters.layer_functions.pair_readings import judged
from parity_tests.checking.comparison import Comparison
from parity_tests.checking.report import Report
from parity_tests.diagnosis.explained_check import check_trace
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import Precision
from ref_numpy import Array
from ref_numpy.arrays.axes import columns

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
    wrong = [KEYS[n] for n, x in kept.items() if not is_of_a_convention(n, x, problem, p)]
    missing = [KEYS[n] for n in KEYS if n not in kept]
    code = "wrong" if wrong else "not-seen" if missing else "right"
    note = sentence(f"note.state-{code}", function=name, names=" and ".join(wrong or missing))
    required = tuple(f"{name}.{n}" for n in wrong)
    return replace(
        report, notes=(*report.notes, note), required=(*report.required, *required),
        tensors=(*report.tensors, *(t.of_function(name, "Z (test)") for t in evaluated.tensors)),
    )  # fmt: skip


def arguments(
    caller: PairCaller, name: str, reading: Reading, problem: OneStepProblem, training: bool
) -> dict[str, Any]:
    """Return the arguments of a call with running statistics among the settings."""
    names = required_names(caller.functions[name]) or reading.order
    given = values_of(reading.order, problem, reading.layout, names)
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
    caller: PairCaller, name: str, reading: Reading, problem: OneStepProblem
) -> dict[str, Array]:
    """Return the running statistics after a call in training, from the function's variables."""
    given = arguments(caller, name, reading, problem, True)
    _, outcome, _ = caller.program.call(name, given, held=True)
    return {
        n: np.asarray(x).reshape(-1, 1)
        for n in KEYS
        for own, x in outcome.held.items()
        if is_named(own, n) and x.size == problem.state[n].size
    }


def is_of_a_convention(name: str, x: Array, problem: OneStepProblem, p: Precision) -> bool:
    """Return whether running statistics are those of a convention.

    The batch's have the weight q or 1 − q, and its variance is divided by N or by N − 1.
    """
    before = ErrorArray(problem.state[name], 0.0, p)
    A = columns(np.asarray(next(iter(problem.inputs.values())), float))
    N, every = A.shape[1], ErrorArray(A, 0.0, p)
    if name == "mean":
        of_batch = [np.mean(every, axis=1, keepdims=True)]
    else:
        of_batch = [np.var(every, axis=1, keepdims=True)]
        of_batch += [v * (N / (N - 1)) for v in of_batch]
    constants: Mapping[str, Any] = vars(problem.step.layer)
    q = constants["momentum"]
    expected = [w * before + (1 - w) * s for w in (q, 1 - q) for s in of_batch]
    return Comparison.of(x, expected).ratio <= 1
