"""Constant powers: a², a³, 1/√a and others, by products, roots or a library's pow."""

from __future__ import annotations

from typing import TypeVar

import numpy as np

from parity_tests.error_model import elementwise
from parity_tests.error_model.balls import Ball
from parity_tests.error_model.intervals import compose_relative_errors
from parity_tests.error_model.precisions import FLOAT32, U64, Precision
from parity_tests.error_model.ulp_tables import relative_error

B = TypeVar("B", bound=Ball)

# The error of pow at float32 and at float64, in units in the last place, as in ulp_tables.py.
# CUDA C++ Programming Guide: powf 4, pow 2 (rsqrtf 2, rsqrt 1). glibc, SLEEF, oneMKL: 1. NumPy's
# own tests (numpy/_core/tests/data): 4 at float32, for SVML's vectors; float64: below 1.
POW_ULPS = (4.0, 2.0)


def power(a: B, exponent: Ball) -> B:
    """Compute a^r: |â^r − a^r| ≤ |r| e max |x|^(r−1), with x in a ± e (the mean value theorem).

    Raises:
        TypeError: the exponent is not a constant, or the arithmetic does not hold it.
    """
    if exponent.shape != () or not exponent.exact:
        raise TypeError("np.power has a rounding rule for a constant exponent that is not rounded")
    r = float(exponent.value)
    if r == 2:
        return a.made(*elementwise.multiply(a, a))
    if r == 0.5:
        return a.made(*elementwise.elementary(np.sqrt, 0.0)(a))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        value, carried = np.power(a.value, r), np.zeros(())
        if not a.exact:
            farthest = a.largest if r > 1 else np.maximum(np.abs(a.value) - a.error, 0)
            steepest = abs(r) * np.power(farthest, r - 1) * (1 + (abs(r) + 8) * 4 * U64)
            carried = np.where(a.error > 0, a.error * steepest, 0)
    if r > 1:  # a factor below `flush` may be taken as zero, x^(r−1) at last
        carried = carried + a.p.flush ** (r / (r - 1))
    own = 2 * POW_ULPS[1] * U64
    return a.made(*elementwise.round_once(value, carried, a.p, rounding_of_power(r, a.p) + own))


def rounding_of_power(r: float, p: Precision) -> float:
    """Return the largest relative error of x^r, of an exact x.

    A program calls pow; or it multiplies |r| factors, one of them √x where |r| ends in a half, and
    divides where r < 0. Halves store each of these results, and compute pow and √ in float32.
    """
    stored, own = (p.u, FLOAT32.u) if p.u > FLOAT32.u else (0.0, p.u)
    library = compose_relative_errors(stored, 2 * POW_ULPS[p.u < FLOAT32.u] * own)
    whole, rest = divmod(abs(r), 1)
    if rest not in (0, 0.5):
        return library
    root = [compose_relative_errors(stored, relative_error(np.sqrt, p))] * (rest > 0)
    products = max(int(whole) + len(root) - 1, 0)
    each = root + [p.u] * (products + (r < 0))
    return max(library, compose_relative_errors(*each))
