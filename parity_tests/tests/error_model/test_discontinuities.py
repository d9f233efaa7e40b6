"""Functions of error arrays that jump, beside exact arithmetic; and parts of an array."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import FLOAT32
from parity_tests.tests.support.error_arrays import seeds, uncertain

JUMPS = {
    "minimum": (np.minimum, min),
    "maximum": (np.maximum, max),
    "floor_divide": (lambda a, b: a // b, lambda a, b: a // b),
    "trunc": (lambda a, b: np.trunc(a), lambda a, b: math.trunc(a)),
    "sign": (lambda a, b: np.sign(a), lambda a, b: (a > 0) - (a < 0)),
    "less": (lambda a, b: a < b, lambda a, b: a < b),
    "less_equal": (lambda a, b: a <= b, lambda a, b: a <= b),
    "greater": (lambda a, b: a > b, lambda a, b: a > b),
    "greater_equal": (lambda a, b: a >= b, lambda a, b: a >= b),
}


@pytest.mark.parametrize("name", JUMPS)
@given(st.floats(-4, 4, width=16), st.floats(-4, 4, width=16), seeds)
def test_what_jumps_holds_every_result_in_the_interval(name: str, a, b, seed: int) -> None:
    """Exactly, at the ends of both intervals and within them."""
    ours, exact = JUMPS[name]
    e_a, e_b = (float(e) for e in np.random.default_rng(seed).choice([0, 2.0**-12, 0.5], 2))
    assume(name != "floor_divide" or abs(b) > e_b)
    result = ours(uncertain(a, e_a), uncertain(b, e_b))
    for s, t in itertools.product((-1, Fraction(1, 3), 1), repeat=2):
        inside = exact(Fraction(a) + s * Fraction(e_a), Fraction(b) + t * Fraction(e_b))
        assert abs(inside - Fraction(float(result.value[0]))) <= Fraction(float(result.error[0]))


def test_a_part_of_an_array_has_its_part_of_the_error() -> None:
    whole = ErrorArray(np.arange(6.0).reshape(2, 3), np.arange(6.0, 12.0).reshape(2, 3), FLOAT32)
    part = whole[:, -1:]
    assert part.value.tolist() == [[2], [5]]
    assert part.error.tolist() == [[8], [11]]
    total = whole.sum(axis=0, keepdims=True)
    assert total[:, :1].error[0, 0] == total.error[0, 0]
