"""Rules of what is taken along axes: sum, mean, variance, maximum, and where the maximum stands."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from functools import wraps
from typing import Any, TypeVar

import numpy as np

from parity_tests.error_model.alike_terms import share_alike
from parity_tests.error_model.arithmetic import divide, negative, positive
from parity_tests.error_model.balls import Ball
from parity_tests.error_model.intervals import OUTWARD, compose_relative_errors, peak
from parity_tests.error_model.precisions import U64, worst_case
from parity_tests.error_model.summation import Terms
from ref_numpy import Array

Axes = int | tuple[int, ...] | None

B = TypeVar("B", bound=Ball)


def sum_along(a: B, axis: Axes = None, keepdims: bool = False) -> B:
    """Sum over axes; the sum stays pending."""
    value = a.value.sum(axis=axis, keepdims=keepdims)
    n = a.value.size // value.size
    terms = a.terms(whole=True)
    absolute = np.broadcast_to(terms.absolute, a.shape).sum(axis, keepdims=keepdims)
    size = np.broadcast_to(terms.size, a.shape).sum(axis, np.float64, keepdims=keepdims)
    K: Any = n * terms.K
    if np.ndim(terms.K):
        K = np.broadcast_to(terms.K, a.shape).sum(axis, keepdims=keepdims)
    alike = np.max(terms.K) * count_alike(a, n, axis, keepdims)
    longer = Terms(K, size, terms.relative, absolute, terms.scale, alike)
    return a.made(value, pending_sum=longer)


def count_alike(a: Ball, n: int, axis: Axes, keepdims: bool) -> Any:
    """Return how many of the n elements along axes are alike; 0 where it matters not."""
    u = a.p.accumulate
    if a.p.gamma_cancelling(n, u) >= worst_case(n, u):
        return 0.0
    axes = tuple(range(a.value.ndim)) if axis is None else np.atleast_1d(axis)
    last = range(-len(axes), 0)
    along = np.moveaxis(a.value, axes, last)
    alike = n * share_alike(along.reshape(-1, n), u, n)
    if not alike.any():
        return 0.0
    alike = alike.reshape(along.shape[: -len(axes)])
    return np.expand_dims(alike, tuple(axes)) if keepdims else alike


def kept(rule: Callable[..., B]) -> Callable[..., B]:
    """Return the rule of a statistic, which an array keeps: a norm's formulas take it again."""

    @wraps(rule)
    def statistic(a: B, axis: Axes = None, keepdims: bool = False, ddof: int = 0) -> B:
        key = rule.__name__, axis, keepdims, ddof
        if key not in a.statistics:
            a.statistics[key] = rule(a, axis, keepdims, ddof)
        return copy(a.statistics[key])  # which may be changed in place

    return statistic


@kept
def mean_along(a: B, axis: Axes = None, keepdims: bool = False, _: int = 0) -> B:
    """Return (Σ a)/n, which is stored: nothing is added between its terms."""
    return divided(sum_along(a, axis, keepdims), a.value.size)


def divided(total: B, size: int, ddof: int = 0) -> B:
    """Return a sum over the number of its terms, less ddof, stored."""
    return positive(divide(total, total.lift(size // total.value.size - ddof)))


@kept
def variance_along(a: B, axis: Axes = None, keepdims: bool = False, ddof: int = 0) -> B:
    """Return Σ_k (a_k − μ)² / (n − ddof), computed with the mean μ first, and stored.

    With D_k = a_k − μ of the reference's μ, |η_k| ≤ e_k the error of a_k, and |δ| ≤ e_μ how far the
    candidate's mean is from μ,

        Σ (D_k + η_k − δ)² − Σ D_k² = 2 Σ D_k η_k − 2 δ Σ D_k + Σ (η_k − δ)².

    Σ D_k is n times the error ρ of μ, which would be 0 without the reference's own rounding: so δ
    counts in second order, and a rounding of the mean hardly moves the variance. Of e_μ, which
    bounds the roundings of both, |ρ| is at most the share U64/(accumulate + U64). Rounding: that of
    a difference twice, and that of its square, relative to (D_k + η_k − δ)², where 2 |D_k| e_μ does
    not cancel.
    """
    p, mean = a.p, mean_along(a, axis, keepdims=True)
    D, e, e_mu = a.value - mean.value, a.error, mean.error
    rho = U64 / (p.accumulate + U64) * e_mu
    off = e + e_mu
    own = compose_relative_errors(*[p.u + U64] * 3)
    moved = 2 * np.abs(D) * (e + own * e_mu) + 2 * rho * e_mu + off * off
    carried = OUTWARD * (1 + own) * moved
    squares = a.made(D * D, carried + (p.underflow + 2 * p.flush * peak(D)), relative=own)
    return divided(sum_along(squares, axis, keepdims), a.value.size, ddof)


def contenders(a: Ball, axis: Axes) -> Array:
    """Return which elements may be the largest: a_k + e_k ≥ max_j (a_j − e_j).

    Rounding both sides keeps the order.
    """
    error = np.where(a.certain_infinities, 0, a.error)
    with np.errstate(invalid="ignore"):
        lowest = (a.value - error).max(axis=axis, keepdims=True)
        return ~(a.value + error < lowest)  # what is not a number may be


def max_along(a: B, axis: Axes = None, keepdims: bool = False) -> B:
    """Take the maximum over axes, with the largest error of those that may be the maximum.

    Others do not count, such as the −1e30, rounded, or −∞ with which masked elements are filled.
    """
    value = a.value.max(axis=axis, keepdims=keepdims)
    if a.exact:
        return a.made(value)
    error = np.where(a.certain_infinities, 0, a.error)
    error = np.where(contenders(a, axis), error, 0).max(axis=axis, keepdims=keepdims)
    return a.made(value, error)


def min_along(a: B, axis: Axes = None, keepdims: bool = False) -> B:
    """Take the minimum over axes."""
    return negative(max_along(negative(a), axis, keepdims))


def argmax_along(a: B, axis: int | None = None, keepdims: bool = False) -> B:
    """Return the index of the first maximum, ± how far those that may be the maximum stand."""
    index = np.argmax(a.value, axis, keepdims=True)
    value = index if keepdims else np.argmax(a.value, axis)
    if a.exact:
        return a.made(value)
    if axis is None:
        places = np.arange(a.value.size).reshape(a.shape)
    else:
        places = np.expand_dims(np.arange(a.shape[axis]), tuple(range(1, a.value.ndim)))
        places = np.moveaxis(places, 0, axis)
    away = np.where(contenders(a, axis), np.abs(places - index), 0)
    return a.made(value, away.max(axis=axis, keepdims=keepdims))
