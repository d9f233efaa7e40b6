"""The error function beside many digits, at each dtype, and its rule for other arrays."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest

from ref_numpy import Array
from ref_numpy.error_function import erf

RNG = np.random.default_rng(0)
# Each place where the formula changes, and numbers so small that their squares underflow.
PLACES = np.concatenate([
    [0.0, -0.0, 1.0, -1.0, 6.0, 27.0, -1e300, 1e-300, 5e-324], np.nextafter(1, [0, 2]),
    np.nextafter(6, [0, 7]), RNG.uniform(0.9, 1.1, 300), RNG.uniform(-6.5, 6.5, 1000),
    10 ** RNG.uniform(-20, 1, 300), -(10 ** RNG.uniform(-20, 1, 300)),
])  # fmt: skip


@pytest.mark.parametrize(
    ("dtype", "ulps"), [(np.float64, 2), (np.float32, 0.51), (np.float16, 0.51)]
)
def test_it_is_off_by_the_units_that_it_states(dtype: Any, ulps: float) -> None:
    """Of a number below the smallest normal one the unit is the smallest number."""
    with np.errstate(over="ignore"):
        x = PLACES.astype(dtype)
    x = x[np.isfinite(x)]
    found = erf(x)
    assert found.dtype == dtype
    assert found.shape == x.shape
    with mpmath.workdps(40):
        for each, result in zip(x, found, strict=True):
            exact = mpmath.erf(mpmath.mpf(float(each)))
            unit = np.spacing(np.abs(dtype(float(exact))))
            assert abs(mpmath.mpf(float(result)) - exact) <= ulps * mpmath.mpf(float(unit)), each


def test_its_ends_and_its_signs() -> None:
    assert erf(np.array([np.inf, -np.inf])).tolist() == [1, -1]
    assert np.isnan(erf(np.array([np.nan]))).all()
    assert np.signbit(erf(np.array([-0.0, 0.0]))).tolist() == [True, False]
    assert erf(np.float64(0)) == 0
    assert np.array_equal(erf(-PLACES), -erf(PLACES))


def test_an_array_with_a_rule_of_its_own_is_asked_for_it() -> None:
    """By NumPy's protocol; an array that only inherits NumPy's is computed."""

    class Asked:
        def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
            return function, types, args, kwargs

    class Plain(np.ndarray):
        pass

    asked: Any = Asked()
    assert erf(asked) == (erf, (Asked,), (asked,), {})
    x: Array = np.array([0.5, 3.0])
    assert erf(x.view(Plain)).tolist() == erf(x).tolist()
