"""Rules that others compare by: torch's assert_close, a flat tolerance, and FlashAttention's."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from parity_tests.error_model.precisions import Precision
from ref_numpy import Array

# (rtol, atol) of torch.testing.assert_close, from its documentation.
ASSERT_CLOSE = {
    "float64": (1e-7, 1e-7),
    "float32": (1.3e-6, 1e-5),
    "bfloat16": (1.6e-2, 1e-5),
    "float16": (1e-3, 1e-5),
}
CLOSE, FLAT, TWICE = "assert_close", "flat 1e-2", "2 × plain"

# What each element may differ by: of a precision, the exact tensor and the plain computation.
Rule = Callable[[Precision, Array, Array], Array]


def close(p: Precision, exact: Array, plain: Array) -> Array:
    """Return atol + rtol |exact|, torch's for this precision."""
    rtol, atol = ASSERT_CLOSE[p.name]
    return atol + rtol * np.abs(exact)


def flat(p: Precision, exact: Array, plain: Array) -> Array:
    """Return (1 + |exact|)/100."""
    return 1e-2 * (1 + np.abs(exact))


def twice_plain(p: Precision, exact: Array, plain: Array) -> Array:
    """Return 2 max |plain − exact|, FlashAttention's rule.

    Its tests (`tests/test_flash_attn.py`) compare with the plain computation at the same precision.
    """
    return np.full(exact.shape, 2 * np.abs(plain - exact).max())


RULES: dict[str, Rule] = {CLOSE: close, FLAT: flat, TWICE: twice_plain}
