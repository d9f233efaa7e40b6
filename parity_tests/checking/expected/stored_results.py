"""What a step computed in float32, and stored once: the rounding of its results."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.intervals import OUTWARD
from parity_tests.error_model.precisions import Precision


def stored(x: Any) -> ErrorArray:
    """Return a step's result as it is stored: error + u (|value| + error) + underflow.

    It is x itself, unless its arithmetic is that inside a step whose results are stored in another.
    What may be above the largest number of that may become infinite. Numbers that were only moved
    are stored ones already, and so is an exact result that is a number of the format.

    Args:
        x: an ErrorArray, in the arithmetic inside the step.

    Returns:
        The result, in the arithmetic of what is stored.
    """
    p = x.p.stores
    if p is None:
        return x
    x = +x
    if x.scaled and x.relative:  # of a gradient that was multiplied by m for the trace
        return x.working_in(p)
    error = x.rounded(p.u).error + OUTWARD * p.underflow
    error = np.where(x.largest > p.largest, np.inf, error)
    if (is_exact := x.error == 0).any():
        error = np.where(is_exact & (p.round(x.value) == x.value), 0.0, error)
    return ErrorArray(x.value, error, p)


def of_gradients(p: Precision, scale: float) -> Precision:
    """Return the arithmetic of gradients that are `scale` times smaller than those in the trace."""
    stores = p.stores and of_gradients(p.stores, scale)
    return replace(p, underflow=scale * p.underflow, flush=scale * p.flush, stores=stores)
