"""The rule of erf: of small errors without the intervals' ends, at each of which erf is costly."""

from __future__ import annotations

import math

import numpy as np

from parity_tests.error_model.elementwise import elementary, round_once
from parity_tests.error_model.intervals import OUTWARD, ErrorOperand, Interval
from parity_tests.error_model.precisions import FLOAT32, FLOAT64, U64
from parity_tests.error_model.ulp_tables import absolute_error, relative_error
from ref_numpy import Array
from ref_numpy.error_function import erf

END = 6.0
at_both_ends = elementary(erf, -np.inf)


def error_function(a: ErrorOperand) -> Interval:
    """Return erf x ± error: of small errors by erf's slope, of others by the intervals' ends.

    Small are e ≤ |x|/4 with e³ ≤ 2⁻⁵⁰ min(|x|, 1). What `most_change` has too much is then less
    than 0.4 e³ and its own rounding, and the ends' rounding is more: 10 · 2⁻⁵³ of erf |x| and of
    the change. Errors of halves are not small.
    """
    e, r = a.error, np.abs(a.value)
    is_small = (4 * e <= r) & (e * e * e <= 8 * U64 * np.minimum(r, 1))
    if a.p.u > FLOAT32.u or not is_small.all():
        return at_both_ends(a)
    own = relative_error(erf, a.p) + relative_error(erf, FLOAT64)
    carried = most_change(a.value, e) + absolute_error(erf, a.p)
    return round_once(erf(a.value), carried, a.p, own)


def most_change(x: Array, e: Array) -> Array:
    """Bound |erf(x + t) − erf x| for |t| ≤ e.

    It is largest towards 0, where erf is steeper. With r = |x| it is

        (2/√π) ∫_0^e exp(−(r − t)²) dt ≤ (2/√π) exp(−r²) ∫_0^e exp(2rt) dt

    and exp(2rt), which is convex, has a mean of at most (1 + exp(2re))/2. Both steps add at most
    (2/√π) exp(−r² + 2re) e³ (1 + r²)/3. An r above 6, where erf is 1, is taken as 6.

    Args:
        x: the numbers.
        e: their errors.
    """
    r = np.minimum(np.abs(x), END)
    density = np.exp(r * r * (2 * U64 - 1))  # both products are rounded
    return OUTWARD / math.sqrt(math.pi) * e * density * (1 + np.exp(2 * r * e))
