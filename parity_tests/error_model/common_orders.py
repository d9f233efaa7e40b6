"""The rounding error of many sums together, if each is added in one of the common orders.

Write one sum as it was computed. Each addition rounds ŝ, the exact sum of the two numbers that are
added, and each product rounds t. The error of the whole is the sum of those roundings, exactly:

    error = Σ_j δ_j + Σ_k η_k        |δ_j| ≤ u 2^⌊log₂ |ŝ_j|⌋        |η_k| ≤ u 2^⌊log₂ |t_k|⌋

since a rounding to nearest is off by at most half a unit in the last place, h. A term of zero, as
ReLU's outputs give, is added exactly and has no δ. Each δ and η is taken to be uniform between −h
and h, whatever those before (Hull and Swenson, *Tests of probabilistic models for propagation of
roundoff errors*, Communications of the ACM 9(2), 1966): it is sub-Gaussian with its variance, h²/3.
Then the vector of the errors of n sums, each divided by its scale σ,

    σ² = (u²/3) (Σ_j 4^⌊log₂ |ŝ_j|⌋ + Σ_k 4^⌊log₂ |t_k|⌋)

is sub-Gaussian with parameter 1: for every vector g, E exp(Σ_i g_i error_i/σ_i) is at most
exp(‖g‖²/2), one rounding after the other. So (Hsu, Kakade and Zhang, *A tail inequality for
quadratic forms of subgaussian random vectors*, Electronic Communications in Probability 17(52),
2012, theorem 1), except with probability exp(−x),

    (1/n) Σ_i (error_i/σ_i)² ≤ 1 + 2√(x/n) + 2x/n

Conditions that the element's bound does not need:

- The order is common: its σ is at most that of the natural order, of the reversed one, or of q
  interleaved sums: 2, 8, 32, 128, as the lanes of vector units are, or 3, as colours are. Other
  powers of 2 are within a factor 2 in σ, since what has a period of 2 has one of 4. The partial
  sums of a block are differences of two of these, and no larger but by coincidence; those of pairs
  are shorter.
- The n sums round independently: of sums whose digits are the same, one is taken.
- Roundings are uniform. Those of equal terms are not, since each addition rounds alike; nor those
  of numbers with few bits, which are often halves of a unit. So the common orders are also *carried
  out*. If an error has a part that is uniform and a rest, rms(error/σ) is at most the sum of both
  parts' own, and the rest is taken to be no larger than the largest rms(error/σ) of a carried-out
  order, the *drift*. Above 1, which uniform roundings have, the drift may be another in each order:
  it counts as many times, up to the limit's own number of times.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from parity_tests.error_model.precisions import FALSE_POSITIVE_RATE
from ref_numpy import Array

LANES = (2, 3, 8, 32, 128)


def carry_out_sums(
    terms: Array, wide: Any = np.float64, lanes: Iterable[int] = LANES
) -> Iterator[tuple[Array, Array]]:
    """Add the terms of each sum in each of the common orders, in the terms' own arithmetic.

    Args:
        terms: (K, n), those of a sum in a column.
        wide: a wider NumPy type, in which the sums of lanes are added.
        lanes: how many interleaved sums, beside one.

    Yields:
        The sums, (n,), and Σ 4^⌊log₂ |ŝ|⌋ of the additions that round, (n,).
    """
    n = terms.shape[1]
    orders = [terms, terms[::-1], *(interleaved(terms, q) for q in lanes if 2 * q <= len(terms))]
    for ordered in orders:
        partial_sums = added_in_turn(ordered)
        total = partial_sums[-1].reshape(-1, n).sum(axis=0, dtype=wide)
        partial_sums[ordered == 0] = 0  # a term of zero rounds nothing
        yield total, squared_powers(partial_sums.reshape(-1, n))


# The bits of the exponent, which alone are those of the power of 2.
EXPONENTS: dict[Any, tuple[Any, int]] = {
    np.float32: (np.uint32, 0xFF << 23),
    np.float64: (np.uint64, 0x7FF << 52),
}


def squared_powers(x: Array) -> Array:
    """Return Σ_k 4^⌊log₂ |x_k|⌋ of each column; what is below the normal numbers counts as 0."""
    bits, exponent = EXPONENTS[x.dtype.type]
    powers = (np.ascontiguousarray(x).view(bits) & bits(exponent)).view(x.dtype)
    return np.einsum("kn,kn->n", powers, powers, dtype=np.float64)


def squares_of_equals(factor: Array, terms: Array) -> tuple[Array, bool]:
    """Return Σ_g (Σ_{k in g} t_k)² of each column, where the terms of g have equal factors.

    Where a factor may have been rounded once more, the equal ones were rounded alike.

    Args:
        factor: (K, n).
        terms: (K, n), its products.

    Returns:
        The squares, (n,), and whether no two terms but zeros have equal factors in a column.
    """
    K, n = factor.shape
    order = np.argsort(factor, axis=0)
    factor, terms = (np.take_along_axis(x, order, axis=0).T.ravel() for x in (factor, terms))
    begins = np.append(True, factor[1:] != factor[:-1])
    begins[::K] = True
    start = np.flatnonzero(begins)
    totals = np.add.reduceat(terms, start)
    squares = np.add.reduceat(totals**2, np.searchsorted(start, np.arange(0, n * K, K)))
    return squares, np.count_nonzero(totals) == np.count_nonzero(terms)


def added_in_turn(terms: Array) -> Array:
    """Return all partial sums along the first axis, as NumPy's accumulate, which is slower."""
    partial_sums = np.empty_like(terms)
    partial_sums[0] = terms[0]
    total = partial_sums[0]
    for term, result in zip(terms[1:], partial_sums[1:], strict=True):
        np.add(total, term, result)
        total = result
    return partial_sums


def interleaved(terms: Array, q: int) -> Array:
    """Return the terms as q sums, (⌈K/q⌉, q n): the first has the terms 0, q, 2q, …."""
    K, n = terms.shape
    if K % q:
        terms = np.concatenate([terms, np.zeros((-K % q, n), terms.dtype)])
    return terms.reshape(-1, q * n)


def error_limit(n: int, n_tensors: int, drift: float) -> float:
    """Return what rms(error/σ) may be: L + drift·min(max(drift, 1), L), where L = rms_limit.

    Args:
        n: how many sums were sampled.
        n_tensors: of a check.
        drift: the largest rms(error/σ) of a carried-out order.
    """
    L = rms_limit(n, n_tensors)
    return L + drift * min(max(drift, 1.0), L)


def rms_limit(n: int, n_tensors: int) -> float:
    """Return √(1 + 2√(x/n) + 2x/n), which rms(error/σ) exceeds with probability exp(−x).

    Args:
        n: how many sums were sampled.
        n_tensors: of a check, in any of which a correct candidate is suspected with
            FALSE_POSITIVE_RATE at most.
    """
    x = math.log(max(n_tensors, 1) / FALSE_POSITIVE_RATE)
    return math.sqrt(1 + 2 * math.sqrt(x / n) + 2 * x / n)
