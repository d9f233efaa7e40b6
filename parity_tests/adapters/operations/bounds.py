"""The bound of each element of a result, for tests of one's own: in pytest, or in a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from parity_tests.adapters.operations.operation_report import judge_results
from parity_tests.adapters.operations.operation_results import Operation, expected_results
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import Precision, precision_named
from ref_numpy import Array


class Bound(NamedTuple):
    """What each element of a result may be: |element − value| ≤ error.

    Attributes:
        value: what the operation gives, float64.
        error: how far off rounding may be, in the same shape; infinite where anything may be.
    """

    value: Array
    error: Array


def bound(
    operation: Operation,
    *inputs: Any,
    precision: str | Precision = "float64",
    device: str | None = "cpu",
) -> dict[str, Bound]:
    """Return the derived bound of every element of an operation's results.

        def layer_norm(x, gamma, beta):
            r = x - x.mean(axis=-1, keepdims=True)
            return gamma * r / np.sqrt((r * r).mean(axis=-1, keepdims=True) + 1e-5) + beta

        y, error = bound(layer_norm, x, gamma, beta, precision="bfloat16-once")["result"]

    Args:
        operation: the mathematics, in a few lines of NumPy; returns an array, a tuple or a
            dictionary. It may be several functions that are equal on paper.
        inputs: exactly the numbers that the computation takes: arrays, tensors of torch, and
            whatever else the operation takes.
        precision: the arithmetic of the computation; "bfloat16-once" computes in float32 inside.
        device: "cpu" or "cuda"; None bounds any device's.

    Returns:
        {"result": Bound}; of a tuple {"result 0": …, "result 1": …}; of a dictionary its own names.

    Raises:
        InputError: the operation fails with these inputs, or has a function without a rule.
    """
    results = expected_results(operation, inputs, precision_named(precision).on(device))
    return {name: around(each) for name, each in results.items()}


def around(each: Sequence[ErrorArray]) -> Bound:
    """Return the bound around all ways to compute a result."""
    value = each[0].value
    return Bound(value, np.max([np.abs(x.value - value) + x.error for x in each], axis=0))


def assert_within(
    actual: Any,
    operation: Operation,
    *inputs: Any,
    precision: str | Precision | tuple[str | Precision, ...] | None = None,
    strict: bool = False,
) -> None:
    """Assert that every element of the results is within the bound of the same mathematics.

        def test_my_kernel():
            x = torch.randn(16, 512, dtype=torch.bfloat16)
            assert_within(my_softmax(x), softmax_in_numpy, x)

    Args:
        actual: the results: an array of any library, a tuple or a dictionary, as the operation
            returns them.
        operation: the mathematics, in a few lines of NumPy; or several ways to compute it, of
            which each is right.
        inputs: exactly the numbers that the computation took.
        precision: its arithmetic, or several, of which one has to hold. None takes that of the
            type of the results; of halves, float32 inside, whose results are stored once.
        strict: a trivial answer, such as zeros or inputs in TF32, must not pass as well.

    Raises:
        AssertionError: a result is wrong, or the bounds say nothing about it ("not judged"); if
            `strict`, also where the inputs do not tell it from a trivial answer.
        InputError: the operation fails with these inputs, or has a function without a rule.
    """
    __tracebackhide__ = True
    report = judge_results(actual, operation, inputs, precision)
    report.raise_findings()
    if strict and report.notes:
        raise AssertionError(str(report))
