"""A kernel, called three times, against the same mathematics in a few lines of NumPy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from parity_tests.adapters.call_wording import sentence
from parity_tests.adapters.operations.operation_report import each_of, judge_results
from parity_tests.adapters.operations.operation_results import (
    Operation,
    as_numbers,
    expected_results,
    name_of,
)
from parity_tests.adapters.operations.result_precisions import Precisions
from parity_tests.check_messages import input_error
from parity_tests.checking.findings import Finding, make_finding, make_remark
from parity_tests.checking.guarded_calls import CandidateError, call
from parity_tests.checking.judged import Calls
from parity_tests.checking.later_findings import merged
from parity_tests.checking.report import Report, engine
from parity_tests.error_model.precisions import FLOAT64
from ref_numpy import InputError

CALLS = 2  # with the same numbers


def check_kernel(
    kernel: Callable[..., Any],
    operation: Operation,
    inputs: Sequence[Any],
    precision: Precisions = None,
    seed: int = 0,
) -> Report:
    """Compare any callable with the same mathematics: a kernel of Triton, C, JAX, or compiled code.

    It is called twice with the inputs, and once with other numbers: those of each array of floats
    in another order and with the other sign. Results that were kept are found so. Other numbers may
    not be what a kernel is for, such as weights that add up to 1: another error there is a note.

    Args:
        kernel: takes the inputs, and returns what the operation returns.
        operation: in a few lines of NumPy.
        inputs: of both.
        precision: as `judge_results` takes it.
        seed: of the other order.

    Raises:
        InputError: the operation fails with these inputs, or has a function without a rule; or no
            precision is given, and the type of the results has none; or inputs are no tuple.
    """
    if hasattr(inputs, "shape") or not inputs:
        raise input_error("operation.inputs", type=type(inputs).__name__)
    name = name_of(kernel)
    try:
        returned, changed = called_with_copies(kernel, inputs)
        first = judge_results(returned, operation, inputs, precision, name)
        if first.findings or changed:
            return replace(first, findings=(*first.findings, *changed))
        again, changed = called_with_copies(kernel, inputs)
        report = judge_results(again, operation, inputs, precision, name)
    except CandidateError as error:
        raised = Finding("call", "error", str(error), code="call.raised")
        return Report(name, "", (raised,), (), engine=engine())
    where = make_remark("later.same", at=(CALLS,), calls=CALLS)
    found = merged((finding, where) for finding in report.findings)
    if found or changed:
        return replace(first, findings=(*found, *changed), calls=Calls(CALLS))
    return with_other_numbers(first, kernel, operation, inputs, returned, precision, seed)


def with_other_numbers(
    first: Report, kernel: Callable[..., Any], operation: Operation, inputs: Sequence[Any],
    returned: Any, precision: Precisions, seed: int,
) -> Report:  # fmt: skip
    """Return the report with what another call with other numbers shows: results that were kept."""
    others = with_other_signs_and_order(inputs, seed)
    name, alone = name_of(kernel), replace(first, calls=Calls(CALLS))
    try:
        expected, before = (expected_results(operation, x, FLOAT64) for x in (others, inputs))
    except InputError:  # the operation is not for such numbers
        return alone
    moves = any(not np.array_equal(expected[n][0].value, before[n][0].value) for n in expected)
    if not moves or any(not np.isfinite(x[0].value).all() for x in expected.values()):
        return alone
    try:
        result, changed = called_with_copies(kernel, others)
        report = judge_results(result, operation, others, precision, name)
    except InputError as error:
        return replace(alone, notes=(*alone.notes, other_numbers(str(error))))
    where = make_remark("later.order")
    if report.findings and are_equal(result, returned):
        kept = [(f, where) for f in report.findings]
        return replace(first, findings=tuple(merged(kept)))
    if report.findings or changed:
        texts = "; ".join(f.message for f in (*report.findings, *changed))
        return replace(alone, notes=(*alone.notes, other_numbers(texts)))
    sizes = {as_numbers(x).shape[0] for x in inputs if np.ndim(as_numbers(x))}
    return replace(first, calls=Calls(CALLS, (max(sizes, default=1),)))


def other_numbers(text: str) -> str:
    """Return the note on a call with other numbers, which decides nothing."""
    return sentence("note.other-numbers", text=text)


def are_equal(one: Any, other: Any) -> bool:
    """Return whether two calls returned the same numbers."""
    pairs = zip(each_of(one), each_of(other), strict=False)
    return all(np.array_equal(as_numbers(x), as_numbers(y), equal_nan=False) for x, y in pairs)


def called_with_copies(
    kernel: Callable[..., Any], inputs: Sequence[Any]
) -> tuple[Any, list[Finding]]:
    """Return what a kernel returns for copies of the inputs, and a finding for each it changed.

    Raises:
        CandidateError: it raised an exception.
    """
    name, given = name_of(kernel), [copied(x) for x in inputs]
    returned = call(name, kernel, *given)
    each = enumerate(zip(given, inputs, strict=True))
    return returned, [f for k, (x, was) in each for f in changed_in_place(name, k, x, was)]


def copied(x: Any) -> Any:
    """Return a copy of an array that may be changed in place, of NumPy or torch; else x itself."""
    if hasattr(x, "detach"):
        return x.detach().clone().requires_grad_(x.requires_grad)
    return x.copy(order="K") if isinstance(x, np.ndarray) else x


def changed_in_place(function: str, k: int, x: Any, was: Any) -> list[Finding]:
    """Return the finding that an input has changed; none where it has not."""
    if not hasattr(x, "shape"):
        return []
    now, before = np.asarray(as_numbers(x)), np.asarray(as_numbers(was))
    if now.shape != before.shape or now.dtype == object:
        return []
    different = np.not_equal(now, before) & ~((now != now) & (before != before))
    if not different.any():
        return []
    argument, wrong = f"input {k}", int(different.sum())
    facts = {"function": function, "argument": argument, "wrong": wrong, "size": now.size}
    finding = make_finding(argument, "changed", "changed", facts=facts, wrong=wrong, size=now.size)
    return [replace(finding, layer=None, code="argument.changed")]


def with_other_signs_and_order(inputs: Sequence[Any], seed: int) -> list[Any]:
    """Return the inputs, the numbers of each array of floats in another order, times −1."""
    rng = np.random.default_rng(seed)

    def other(x: Any) -> Any:
        if not hasattr(x, "shape") or as_numbers(x).dtype.kind != "f":
            return x
        order, own = rng.permutation(as_numbers(x).size), copied(x)
        leaf = own.detach() if hasattr(own, "detach") else own
        moved = -leaf.reshape(-1)[order].reshape(x.shape)
        return moved.requires_grad_(x.requires_grad) if hasattr(x, "detach") else moved

    return [other(x) for x in inputs]
