"""Error arrays of one number, a coarse arithmetic, and seeds, for property tests."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st

from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import FLOAT32, U64, Precision

seeds = st.integers(0, 2**32 - 1)


def uncertain(value: float, error: float) -> ErrorArray:
    return ErrorArray(np.array([value]), np.array([error]), FLOAT32)


# In an arithmetic of three bits, terms of second order are as large as those of first order.
COARSE = Precision("coarse", np.float64, 3, 2.0**-3, 0.0, 0.0, math.inf)
ABOVE = 1 + 64 * Fraction(U64)  # a bound is a float64 number: the roundings of a few operations


def fraction(x: Any) -> Fraction:
    (number,) = np.asarray(x, dtype=np.float64).ravel()
    return Fraction(float(number))


def coarse(value: float, error: float = 0.0, p: Precision = COARSE) -> ErrorArray:
    return ErrorArray(np.array([value]), error, p)
