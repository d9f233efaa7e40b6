"""Which trivial answers would pass, too: what the given inputs cannot show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np

from parity_tests.adapters.operations.operation_results import (
    Operation,
    as_numbers,
    called,
    is_float,
    named,
    ways,
)
from parity_tests.checking.comparison import Comparison
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import FLOAT32, Precision
from ref_numpy import Array, InputError

# The next lower format of each, and the bits of its significand: as cheaper hardware multiplies.
LOWER = {"float64": ("float32", 24), "float32": ("TF32", 11), "tf32": ("bfloat16", 8)}
OF_HALVES = ("FP8", 4)


def blind_spots(
    operation: Operation,
    inputs: Sequence[Any],
    expected: Mapping[str, Sequence[ErrorArray]],
    p: Precision,
) -> list[str]:
    """Return the trivial answers whose every result is within the bounds, in words.

    Args:
        operation: the mathematics.
        inputs: of the computation.
        expected: value ± error of each result, by each way to compute it.
        p: the arithmetic.
    """
    return [
        words
        for words, answer in trivial_answers(operation, inputs, expected, p)
        if all(within(answer[name], each) for name, each in expected.items())
    ]


def trivial_answers(
    operation: Operation,
    inputs: Sequence[Any],
    expected: Mapping[str, Sequence[ErrorArray]],
    p: Precision,
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield answers that cost less than the operation: zeros, an input, a lower format."""
    arrays = [as_numbers(x) for x in inputs]
    shapes = {name: each[0].shape for name, each in expected.items()}
    yield "zeros", {name: np.zeros(shape) for name, shape in shapes.items()}
    for k, x in enumerate(arrays):
        if is_float(x) and {*shapes.values()} == {x.shape}:
            yield f"input {k}", dict.fromkeys(shapes, x)
    words, bits = LOWER.get(p.format, OF_HALVES)
    lower = replace(FLOAT32, dtype=np.float64, bits=bits)
    given = [lower.round(x) if is_float(x) else x for x in arrays]
    if any(is_float(x) and not np.array_equal(x, y) for x, y in zip(arrays, given, strict=True)):
        with suppress(InputError):  # the operation may check what rounding spoils
            yield f"inputs in {words}", named(called("failed", ways(operation)[0], given))


def within(answer: Array, expected: Sequence[ErrorArray]) -> bool:
    """Return whether every element is within the bound of a way to compute the result."""
    return Comparison.of(answer, expected).ratio <= 1
