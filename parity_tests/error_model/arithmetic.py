"""Rules of sums and quotients: a sum stays pending, and more may be added to it."""

from __future__ import annotations

import math
from typing import TypeVar

import numpy as np

from parity_tests.error_model import elementwise
from parity_tests.error_model.balls import Ball
from parity_tests.error_model.intervals import compose_relative_errors
from parity_tests.error_model.precisions import U64
from parity_tests.error_model.summation import Terms
from ref_numpy import Array

B = TypeVar("B", bound=Ball)


def add(a: B, b: Ball) -> B:
    """Add; the sum stays pending."""
    value = a.value + b.value
    return a.made(value, pending_sum=terms_of_both(a, b, value))


def subtract(a: B, b: Ball) -> B:
    """Subtract; the sum stays pending."""
    value = a.value - b.value
    return a.made(value, pending_sum=terms_of_both(a, b, value))


def terms_of_both(a: Ball, b: Ball, value: Array) -> Terms:
    """Return the terms of a + b or a − b: none where one of them is an infinity for certain."""
    whole = a.operands + b.operands <= 2
    terms = a.terms(whole) + b.terms(whole)
    if not np.isinf(value).any():
        return terms
    certain = np.isinf(value) & (a.certain_infinities | b.certain_infinities)
    return terms._replace(K=np.where(certain, 0, terms.K))


def positive(a: B) -> B:
    """Return +a: what is computed so far is stored here, and a pending sum ends."""
    return a if a.pending_sum is None else a.made(a.value, a.error)


def negative(a: B) -> B:
    """Negate, which is exact."""
    return a.made(-a.value, a.absolute, relative=a.relative, pending_sum=a.pending_sum)


def absolute(a: B) -> B:
    """Take |a|, which is exact."""
    error = 0.0 if a.scaled else a.error
    return a.made(np.abs(a.value), error, relative=a.relative if a.scaled else 0.0)


def divide(a: B, b: Ball) -> B:
    """Divide; a pending sum by m may be divided after its addition, or term by term."""
    if a.pending_sum is None or not b.exact or b.shape != ():
        return a.made(*elementwise.divide(a, b))
    m = float(np.abs(b.value))
    # (Σ t)/m or Σ (t·(1/m)): 1/m is rounded, and so is each product, or else their sum's. Halves
    # may store t·(1/m); a power of two rounds nothing.
    is_exact = math.frexp(m)[0] == 1 / 2
    each = 0.0 if is_exact else 2 * (a.p.accumulate + U64)
    terms = a.terms(whole=is_exact)
    terms = terms._replace(
        relative=compose_relative_errors(terms.relative, each), scale=(1 + each) * terms.scale / m
    )
    return a.made(a.value / b.value, pending_sum=terms)
