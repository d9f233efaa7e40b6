"""A kernel, called three times, against the same mathematics in a few lines of NumPy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from parity_tests.adapters.operations.operation_report import Precisions, judge_results
from parity_tests.adapters.operations.operation_results import Operation, as_numbers, name_of
from parity_tests.checking.findings import Finding, make_finding, make_remark
from parity_tests.checking.guarded_calls import CandidateError, call
from parity_tests.checking.judged import Calls
from parity_tests.checking.later_findings import merged
from parity_tests.checking.report import Report, engine

CALLS = 2  # with the same numbers


def check_kernel(
    kernel: Callable[..., Any],
    operation: Operation,
    inputs: Sequence[Any],
    precision: Precisions = None,
    seed: int = 0,
) -> Report:
    """Compare any callable with the same mathematics: a kernel of Triton, C, JAX, or compiled code.

    It is called twice with the inputs, and once with the numbers of each array of floats in another
    order, which finds results that were kept, and memory that was not initialised.

    Args:
        kernel: takes the inputs, and returns what the operation returns.
        operation: in a few lines of NumPy.
        inputs: of both.
        precision: as `judge_results` takes it.
        seed: of the other order.

    Raises:
        InputError: the operation fails with these inputs, or has a function without a rule; or no
            precision is given, and the type of the results has none.
    """
    name = name_of(kernel)
    try:
        first, changed = judge_call(kernel, operation, inputs, precision)
        if first.findings or changed:
            return replace(first, findings=(*first.findings, *changed))
        others = in_another_order(inputs, seed)
        again = [
            (make_remark("later.same", at=(CALLS,), calls=CALLS), inputs),
            (make_remark("later.order"), others),
        ]
        found = [
            (finding, where)
            for where, given in again
            for finding in judge_call(kernel, operation, given, first.precision)[0].findings
        ]
    except CandidateError as error:
        raised = Finding("call", "error", str(error), code="call.raised")
        return Report(name, "", (raised,), (), engine=engine())
    sizes = {as_numbers(x).shape[0] for x in inputs if np.ndim(as_numbers(x))}
    calls = Calls(CALLS, (max(sizes, default=1),))
    return replace(first, findings=tuple(merged(found)), calls=calls)


def judge_call(
    kernel: Callable[..., Any], operation: Operation, inputs: Sequence[Any], precision: Precisions
) -> tuple[Report, list[Finding]]:
    """Return the report on one call, and a finding for each input that it changed in place."""
    name = name_of(kernel)
    before = [np.array(as_numbers(x)) for x in inputs]
    actual = call(name, kernel, *inputs)
    report = judge_results(actual, operation, before, precision, name)
    return report, [
        finding
        for k, (x, was) in enumerate(zip(inputs, before, strict=True))
        for finding in changed_in_place(name, k, np.asarray(as_numbers(x)), was)
    ]


def changed_in_place(function: str, k: int, x: np.ndarray, was: np.ndarray) -> list[Finding]:
    """Return the finding that an input has changed; none where it has not."""
    different = np.not_equal(x, was) & ~((x != x) & (was != was))
    if x.dtype == object or not different.any():
        return []
    argument, wrong = f"input {k}", int(different.sum())
    facts = {"function": function, "argument": argument, "wrong": wrong, "size": x.size}
    finding = make_finding(argument, "changed", "changed", facts=facts, wrong=wrong, size=x.size)
    return [replace(finding, layer=None, code="argument.changed")]


def in_another_order(inputs: Sequence[Any], seed: int) -> list[Any]:
    """Return the inputs, the numbers of each array of floats in another order."""
    rng = np.random.default_rng(seed)

    def reordered(x: Any) -> Any:
        if not hasattr(x, "shape") or as_numbers(x).dtype.kind != "f":
            return x
        order = rng.permutation(as_numbers(x).size)
        return x.reshape(-1)[order].reshape(x.shape)

    return [reordered(x) for x in inputs]
