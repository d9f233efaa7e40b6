"""The error function, which NumPy lacks."""

from __future__ import annotations

import math

import numpy as np

from ref_numpy.arrays.own_rules import with_own_rules
from ref_numpy.layer import Array

# Of the series of erf z / z in z² (Abramowitz and Stegun, *Handbook of Mathematical Functions*,
# 7.1.5), from the highest power down: up to |z| = 1 the next term is below 2⁻⁶⁰ of the sum.
SERIES = [2 / math.sqrt(math.pi) * (-1) ** n / (math.factorial(n) * (2 * n + 1))
          for n in reversed(range(19))]  # fmt: skip

# e^{z²} erfc z = P(z)/Q(z) for z from 0.46875 to 4: W. J. Cody, *Rational Chebyshev Approximations
# for the Error Function*, Math. Comp. 23 (1969), in the digits of his program CALERF (netlib).
P = (
    2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594e0, 6.61191906371416295e1,
    2.98635138197400131e2, 8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3,
    1.23033935479799725e3,
)  # fmt: skip
Q = (
    1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2,
    1.62138957456669019e3, 3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3,
    1.23033935480374942e3,
)  # fmt: skip
END = 6.0  # up to here P/Q has eight digits, of an erfc below 2·10⁻⁸; erf 6 is 1 at float64


@with_own_rules
def erf(Z: Array) -> Array:
    """Return erf z = (2/√π) ∫_0^z e^{−t²} dt of each number.

    It is the series in z² up to |z| = 1, and 1 − erfc |z| with the sign of z beyond. Float64 is
    computed with: a result is off by at most 2 units in its last place, and is then rounded.

    Args:
        Z: numbers of a float dtype.

    Returns:
        An array of the shape and dtype of Z.
    """
    x = np.asarray(Z, np.float64)
    near = np.clip(x, -1, 1)
    y = np.minimum(np.abs(x), END)
    erfc = np.exp(-y * y) * np.polyval(P, y) / np.polyval(Q, y)
    result = np.where(y <= 1, near * np.polyval(SERIES, near * near), np.copysign(1 - erfc, x))
    return result.astype(np.result_type(Z, np.float16))
