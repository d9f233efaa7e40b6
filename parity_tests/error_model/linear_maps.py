"""The one rule of every 0/1-linear map: value and error go through the same map.

Reshape, transpose, slice, gather, windows, repeat, broadcast and pad move numbers, and round
nothing. The adjoint of a map that repeats numbers adds what it repeated: of k copies a sum of k
terms, in an order that no program states. So do scatter-add (of a gather), col2im (of windows), and
segment sums (of a repeat).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from parity_tests.error_model.alike_terms import ArrayMap, count_alike_into
from parity_tests.error_model.balls import Ball
from parity_tests.error_model.precisions import worst_case
from parity_tests.error_model.summation import Terms
from ref_numpy import Array

B = TypeVar("B", bound=Ball)


def move(a: B, f: ArrayMap) -> B:
    """Return f(a), where every element of f(a) is one of a; a sum stays pending."""
    value = f(a.value)
    if a.pending_sum is not None:
        terms = a.pending_sum.mapped(f, a.shape)
        return a.made(value, relative=a.relative, pending_sum=terms)
    if a.scaled:
        return a.made(value, relative=a.relative)
    return a.made(value, f(np.broadcast_to(a.absolute, a.shape)), relative=a.relative)


def fill(a: B, f: ArrayMap, constants: ArrayMap | None = None) -> B:
    """Return f(a), where every element of f(a) is one of a, or a constant, which is exact.

    Args:
        a: the numbers.
        f: moves them, with 0 for each constant.
        constants: moves them, with each constant; f, where they are 0.
    """
    if a.pending_sum is not None:  # 0 is the sum of no terms
        a = a.made(a.value, relative=a.relative, pending_sum=a.pending_sum.apart(a.shape))
    moved = move(a, f)
    if constants is None:
        return moved
    value, terms = constants(a.value), moved.pending_sum
    if terms is None or a.relative:
        return a.made(value, 0.0 if a.exact else moved.error)
    c = np.abs(constants(np.zeros_like(a.value)))  # each other constant is that of one
    c = np.where(np.isfinite(c), c, 0)
    terms = terms._replace(K=terms.K + (c > 0), size=terms.size + c)  # their scale is 1
    return a.made(value, pending_sum=terms)


def join(parts: Sequence[B], f: Callable[[Sequence[Array]], Array]) -> B:
    """Return the array that f makes of several, such as np.concatenate and np.stack."""
    first, value = parts[0], f([a.value for a in parts])
    if all(a.scaled and a.relative == first.relative for a in parts):
        return first.made(value, relative=first.relative)
    if all(a.pending_sum is None for a in parts) or any(
        a.pending_sum is not None and a.relative for a in parts
    ):
        return first.made(value, f([a.error for a in parts]))
    each = [terms_apart(a) for a in parts]
    K, size, absolute, alike = (
        f([getattr(terms, name) for terms in each]) for name in ("K", "size", "absolute", "alike")
    )
    operands = max(terms.operands for terms in each)
    terms = Terms(K, size, 0.0, absolute, alike=alike, operands=operands)
    return first.made(value, pending_sum=terms)


def terms_apart(a: Ball) -> Terms:
    """Return the terms of a pending sum, or the one of a number that is none; 0 is no term."""
    if a.pending_sum is not None:
        return a.pending_sum.apart(a.shape)
    terms = a.terms(whole=True).apart(a.shape)
    return terms._replace(K=np.where((a.value == 0) & (a.error == 0), 0, 1))


def begin(x: B) -> B:
    """Return x as the first term of a sum: 0 + x rounds nothing."""
    return x if x.pending_sum is not None else x.made(x.value, pending_sum=terms_apart(x))


def put(a: B, part: Any, x: B) -> B:
    """Return a with a[part] = x."""
    at = np.arange(a.value.size).reshape(a.shape)
    x = move(x, lambda value: np.broadcast_to(value, at[part].shape).reshape(-1))
    at[part] = a.value.size + np.arange(x.value.size).reshape(at[part].shape)
    both = join([move(a, lambda value: value.reshape(-1)), x], np.concatenate)
    return move(both, lambda value: value[at])


def add_into(a: B, add: ArrayMap, back: ArrayMap) -> B:
    """Return sums of elements of a, in any order, each element in one of the sums.

    The error is that of a sum of the K terms that stand there: K is each sum's own, since a token
    that occurs once in a text is not rounded as often as one that occurs a thousand times.

    Args:
        a: the terms.
        add: the map from terms to sums, such as np.add.at into zeros.
        back: its adjoint, which gives to each term its sum's number.
    """
    terms, p = a.terms(whole=True), a.p
    counts = np.rint(add(np.ones(a.shape))).astype(np.int64)
    same = counts.size and counts.min() == counts.max()
    most = int(counts.max(initial=0))
    if np.ndim(terms.K):
        K = np.rint(add(np.broadcast_to(terms.K, a.shape).astype(np.float64))).astype(np.int64)
    else:
        K = most * terms.K if same else counts * terms.K
    size = add(np.broadcast_to(terms.size, a.shape).astype(np.float64))
    absolute = terms.absolute
    if np.ndim(absolute) or absolute:
        absolute = add(np.broadcast_to(absolute, a.shape))
    alike = 0.0
    if p.gamma_cancelling(most, p.accumulate) < worst_case(most, p.accumulate):
        alike = np.max(terms.K) * count_alike_into(a.value, p.accumulate, add, back)
    longer = Terms(K, size, terms.relative, absolute, terms.scale, alike)
    return a.made(add(a.value), pending_sum=longer)
