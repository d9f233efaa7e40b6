"""The rounding error of a sum of K terms, in whatever order they are added.

Lemma. Addition j of K − 1, in any order, gives (x + y)(1 + δ_j), |δ_j| ≤ u, of two earlier results.
Let E(δ_j | the δ before) = 0. Then with probability 1 − 2 exp(−λ²/2) the first K − 2 additions make
an error of at most λ √(K − 2) u S, S = max_j |x + y|, and S ≤ (Σ|t| + |Σ t|)/2 + the error so far.

Proof. The result is Σ t + Σ_j e_j exactly, e_j = δ_j (x + y), since each e_j is added up like a
term. (x + y) is known before δ_j is, so that Σ e_j is a martingale whose steps are at most u S:
Azuma and Hoeffding's inequality. Without errors x + y is a sum of some of the terms: at most the
sum of the positive ones, or of the negative ones, of which the larger is (Σ|t| + |Σ t|)/2. ∎

That the bound holds for every partial sum as well, which S needs, costs the factor K in
`Precision.with_union_bound`. The last addition is of the result itself: u |Σ t|. Where the δ do not
have mean zero, Σ e_j is at most (K − 2) u S: so where terms are alike (alike_terms.py), and where
an arithmetic does not round to nearest. γ_K ≥ λ√K u is used for both.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from parity_tests.error_model.intervals import OUTWARD, ErrorOperand
from parity_tests.error_model.precisions import FLOAT32, U64, Precision, worst_case
from ref_numpy import Array

SMALLEST, LARGEST = 2.0**-1000, 2.0**1000  # of the scales: 1/scale is finite as well


class Terms(NamedTuple):
    """The terms of a pending sum, to which more may be added.

    Attributes:
        K: the number of terms, or an array of it, of each element.
        size: their total magnitude is Σ|t| = scale·size.
        relative: their own errors come to scale·(relative·size + absolute).
        absolute: see `relative`.
        scale: keeps size within float32's range.
        alike: how many of the terms are alike (alike_terms.py), broadcast to size.
        operands: how many arrays were added, each of which may be a sum.
    """

    K: Any
    size: Array
    relative: float = 0.0
    absolute: Any = 0.0
    scale: float = 1.0
    alike: Any = 0.0
    operands: int = 1

    def __add__(self, other: Terms) -> Terms:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Return the terms of both sums."""
        return Terms(
            self.K + other.K,
            self.scale * self.size.astype(np.float64) + other.scale * other.size,
            max(self.relative, other.relative),
            self.scale * self.absolute + other.scale * other.absolute,
            alike=self.alike + other.alike,
            operands=self.operands + other.operands,
        )

    def mapped(self, f: Callable[[Array], Array], shape: tuple[int, ...]) -> Terms:
        """Return the terms of f(sum), where f moves elements of this shape, or chooses some."""

        def move(x: Any) -> Any:
            return f(np.broadcast_to(x, shape)) if np.ndim(x) else x

        K, size, relative, absolute, scale, alike, operands = self
        size = f(np.broadcast_to(size, shape))
        return Terms(move(K), size, relative, move(absolute), scale, move(alike), operands)

    def apart(self, shape: tuple[int, ...]) -> Terms:
        """Return the same terms with every number an array of this shape, and of scale 1."""
        size = self.scale * np.broadcast_to(self.size, shape).astype(np.float64)
        absolute = OUTWARD * (self.scale * self.absolute + self.relative * size)
        K, absolute, alike = (np.broadcast_to(x, shape) for x in (self.K, absolute, self.alike))
        return Terms(K, size, 0.0, absolute, alike=alike, operands=self.operands)


def summation_error(value: Array, terms: Terms, p: Precision, relative: float = 0.0) -> Array:
    """Bound the error of a sum in any order: s Σ|terms| + r |value| + e absolute + underflow.

    The terms' errors, c Σ|t|; then K − 2 additions, γ (Σ|t| (1 + 2γ + 2c) + |value|)/2; then
    v (|value| + the error so far) for each of: the last addition, the rounding to a narrower
    format, and `relative`.

    Args:
        value: of the sum.
        terms: its terms.
        p: the arithmetic.
        relative: an error of the finished sum, relative to it.

    Returns:
        The bound, in the shape of the value.
    """
    if np.ndim(terms.K):
        return error_by_length(value, terms, p, relative)
    K, size, c, absolute, scale, alike, _ = terms
    inner = max(K - 2, 0)
    g = p.gamma(inner, p.accumulate, alike) + p.gamma(inner, U64, alike)
    s, r, e = c + g * (1 + 2 * g + 2 * c) / 2, g / 2, 1 + g
    last = p.accumulate + U64 if K > 1 else 0.0
    stored = p.u if p.u > p.accumulate else 0.0
    for v in (last, stored, relative):
        s, r, e = s * (1 + v), r * (1 + v) + v, e * (1 + v)
    outward = OUTWARD * (1 + worst_case(K, U64))
    small = K * p.flush + p.underflow
    with np.errstate(invalid="ignore"):  # ∞ · 0
        error = np.multiply(size, outward * s * scale, dtype=np.float64)
        rest = np.abs(value)
        rest *= outward * r
        error += rest
        error += outward * e * scale * absolute + small
    if not np.isfinite(g).all():  # so many terms have no bound, unless each is 0
        unbounded = np.where((size == 0) & (absolute == 0), small, np.inf)
        error = np.where(np.isnan(error), unbounded, error)
    return error


def error_by_length(value: Array, terms: Terms, p: Precision, relative: float) -> Array:
    """Bound the error of sums of different lengths K: of no terms there is none."""
    error, K = np.zeros(value.shape), np.broadcast_to(terms.K, value.shape)
    for length in np.unique(K[K > 0]):
        at = length == K
        some = terms.mapped(lambda x, at=at: x[at], value.shape)._replace(K=int(length))
        error[at] = summation_error(value[at], some, p, relative)
    return error


def product_magnitudes(a: ErrorOperand, b: ErrorOperand) -> tuple[Array, float]:
    """|A||B| ≤ size·scale, the total magnitude of the terms of each element of A B.

    It is computed in float32, which is faster, and scaled so that nothing overflows. By underflow a
    term loses at most 2⁻¹²⁴ of the largest term that there could be.

    Args:
        a: A (…, n, K).
        b: B (…, K, m).

    Returns:
        size (…, n, m) in float32, and the scale.
    """
    K, scales = a.shape[-1], (power_of_two(a.peak), power_of_two(b.peak))
    with np.errstate(over="ignore", invalid="ignore"):
        A, B = (
            np.multiply(x, 1 / scale, out=np.empty_like(x, np.float32), casting="same_kind")
            for x, scale in zip((a.value, b.value), scales, strict=True)
        )
        size = np.abs(A, out=A) @ np.abs(B, out=B)
        size += K * 2.0**-124
    outward = 1 + worst_case(K + 4, FLOAT32.u)
    return size, outward * max(scales[0] * scales[1], SMALLEST)


def power_of_two(x: float) -> float:
    """Return a power of two near x."""
    if not 0 < x < math.inf:
        return 1.0
    return 2.0 ** math.frexp(min(max(x, SMALLEST), LARGEST))[1]
