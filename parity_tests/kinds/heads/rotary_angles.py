"""The cosine and sine of rotary angles, with the roundings of a program that computes them.

An angle φ = t base^(−2j/d) is computed at float64, or, beside float32 and halves, in float32, as
Llama's programs do. With e = 2j/d it is off by a relative error of at most

    r = (3 e log base + ε + 2) u,

where the exponent e log base takes three roundings (of log base, of /d and of · 2j in
e^{−2j (log base)/d}; in base^e it is one), ε u is the error of a library's pow or exp, and 1/x and
the product with t round once each.
So |cos φ̂ − cos φ| ≤ |sin φ| rφ + (rφ)²/2, and the same of the sine.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.intervals import OUTWARD
from parity_tests.error_model.powers import POW_ULPS
from parity_tests.error_model.precisions import FLOAT32, U64, Precision
from parity_tests.error_model.ulp_tables import relative_error
from ref_numpy.layer import Array
from ref_numpy.layers.attention.rotary import turned

# The error of cos and sin at float32 and at float64, in units in the last place, as in
# ulp_tables.py. NumPy: 4 that its tests allow the vectors of SVML at float32, below 1 at float64.
# glibc: 1. SLEEF: 1, and 3.5 of its faster ones. oneMKL: 1. CUDA: 2 and 2. Half a unit is added.
ULPS = (4.5, 2.5)


def error_of_angles(angle: Array, base: float, p: Precision) -> Array:
    """Return the largest error of each angle t base^(−e): its exponent is known by its size.

    Args:
        angle: t base^(−e), (d/2, 1, …, T).
        base: of the layer.
        p: the arithmetic of a program, which has angles in float32 at least.
    """
    u = max(min(p.u, FLOAT32.u), U64)
    d = 2 * angle.shape[0]
    exponent = np.arange(0, d, 2) / d * math.log(base)  # e log base
    library = max(2 * POW_ULPS[u < FLOAT32.u], relative_error(np.exp, p) / u)
    r = (3 * exponent + library + 2) * (u + U64)
    return OUTWARD * np.abs(angle) * r.reshape(-1, *(1,) * (angle.ndim - 1))


def rounded_cosines_and_sines(angle: Array, base: float, p: Precision) -> tuple[Any, Any]:
    """Return cos φ and sin φ ± their errors, stored in p.

    Args:
        angle: of each pair and position.
        base: of the layer.
        p: the arithmetic of a program.
    """
    c, s, off = np.cos(angle), np.sin(angle), error_of_angles(angle, base, p)
    own = 2 * (ULPS[1] * U64 if p.u < FLOAT32.u else ULPS[0] * FLOAT32.u)
    stored = p.u if p.u > FLOAT32.u else 0.0
    own = (own + U64) * (1 + stored) + stored
    each = (
        ErrorArray(x, OUTWARD * (own * np.abs(x) + (1 + own) * (np.abs(y) + off / 2) * off), p)
        for x, y in ((c, s), (s, c))
    )
    return tuple(each)  # pyright: ignore[reportReturnType]


def turned_by(A: Any, angle: Array, base: float) -> Any:
    """Return A with each pair turned by its angle, computed as a program does."""
    p: Precision | None = getattr(A, "p", None)
    if p is None:
        return turned(A, np.cos(angle), np.sin(angle))
    c, s = rounded_cosines_and_sines(angle, base, p)
    if p.stores is not None:  # halves hold the cosines and sines as halves, or in float32
        c, s = (x.rounded(p.stores.u) for x in (c, s))
    return turned(A, c, s)
