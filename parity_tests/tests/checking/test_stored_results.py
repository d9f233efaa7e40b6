"""The bound of a result that is computed in float32 and stored once, in bfloat16 or float16."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from parity_tests.checking.expected.stored_results import of_gradients, stored
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import FLOAT32, U64, Precision, precision_named

ONCE = [precision_named("bfloat16-once"), precision_named("float16-once")]


def of_exact(value: float, error: float, p: Precision) -> tuple[Fraction, Fraction, bool]:
    """The stored bound, error + u (|value| + error) + underflow; that of the model; is it right?"""
    u = Fraction(1, 2**p.bits)
    e = Fraction(error)
    exact = e + u * (abs(Fraction(value)) + e) + Fraction(p.underflow)
    bound = Fraction(float(stored(ErrorArray(value, error, p.inside)).error))
    return exact, bound, exact <= bound <= exact * (1 + 64 * Fraction(U64))


@pytest.mark.parametrize("p", ONCE, ids=["bfloat16", "float16"])
@pytest.mark.parametrize(
    ("value", "error"),
    [(3.0, 2.0**-4), (-3.0, 2.0**-20), (0.0, 4.0), (1 / 3, 0.0), (2.0**-120, 2.0**-126),
     (0.0, 2.0**-130)],
)  # fmt: skip
def test_a_stored_result_is_rounded_once(value: float, error: float, p: Precision) -> None:
    """Its error is that inside, a rounding of the largest number that it may be, and underflow."""
    exact, bound, is_right = of_exact(value, error, p)
    assert is_right, (float(exact), float(bound))


@pytest.mark.parametrize("p", ONCE, ids=["bfloat16", "float16"])
def test_the_bound_is_reached(p: Precision) -> None:
    """1 + u lies between two numbers of p; inside, a correct result is any within 1 + u ± u/2."""
    u = Fraction(1, 2**p.bits)
    value, error = float(1 + u), float(u / 2)
    highest = p.round(np.float64(value + error))
    assert Fraction(float(highest)) == 1 + 2 * u
    assert Fraction(float(stored(ErrorArray(value, error, p.inside)).error)) > u


def test_what_is_above_the_largest_number_has_no_bound() -> None:
    p = precision_named("float16-once")
    x = stored(ErrorArray([65504.0, 65500.0, -65500.0, -65505.0], [0.0, 3.0, 5.0, 0.0], p.inside))
    assert np.isinf(x.error).tolist() == [False, False, True, True]


@pytest.mark.parametrize("p", ONCE, ids=["bfloat16", "float16"])
def test_numbers_that_are_stored_already_are_not_rounded(p: Precision) -> None:
    """Exact ones of the format, such as those that ReLU passes on; and those only moved."""
    exact = stored(ErrorArray([[3.0], [1 / 3]], p=p.inside))
    assert exact.error[0] == 0 < exact.error[1]
    gradient = ErrorArray([[3.0, 1 / 3]], p=p.inside, relative=p.u)
    moved = stored(-gradient.T)
    assert (moved.relative, moved.absolute, moved.p) == (p.u, 0, p)
    doubled: Any = gradient * gradient
    assert (stored(doubled).error > doubled.error).all()


@pytest.mark.parametrize("p", ONCE, ids=["bfloat16", "float16"])
def test_a_sum_ends_where_it_is_stored(p: Precision) -> None:
    total: Any = ErrorArray(1.0, p=p.inside) + ErrorArray(1 / 3, p=p.inside)
    kept = stored(total)
    assert (kept.pending_sum, kept.p) == (None, p)
    assert p.u * 4 / 3 < kept.error < (p.u + 4 * FLOAT32.u) * 4 / 3


@pytest.mark.parametrize("name", ["float64", "float32", "bfloat16", "float16-fused", "tf32"])
def test_other_arithmetics_store_nothing_else(name: str) -> None:
    p = precision_named(name)
    x = ErrorArray([1 / 3], [0.5], p)
    assert stored(x) is x
    assert p.inside is p
    assert of_gradients(p, 4) == replace(p, underflow=4 * p.underflow, flush=4 * p.flush)


@pytest.mark.parametrize("p", ONCE, ids=["bfloat16", "float16"])
def test_gradients_without_their_scale_underflow_sooner(p: Precision) -> None:
    inside = of_gradients(p.inside, 6)
    assert (inside.underflow, inside.flush) == (6 * FLOAT32.underflow, 6 * FLOAT32.flush)
    assert inside.stores
    assert inside.stores.underflow == 6 * p.underflow
    assert stored(ErrorArray(0.0, 2.0**-140, inside)).error > 6 * p.underflow
