"""Error arrays of one number, and seeds, for property tests."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import FLOAT32

seeds = st.integers(0, 2**32 - 1)


def uncertain(value: float, error: float) -> ErrorArray:
    return ErrorArray(np.array([value]), np.array([error]), FLOAT32)
