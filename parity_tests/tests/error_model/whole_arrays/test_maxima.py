"""Maxima by their contenders, where the maximum stands, and masks of −∞."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import (
    BFLOAT16,
    FLOAT16,
    FLOAT32,
    FLOAT64,
    Precision,
)  # fmt: skip
from parity_tests.tests.support.error_arrays import COARSE, seeds
from ref_numpy import Array


def inside(x: Array, e: Array) -> Any:
    """Yield arrays within x ± e: the ends of every element, and its middle."""
    for s in itertools.product((-1, 0, 1), repeat=x.size):
        yield [Fraction(v) + k * Fraction(r) for v, k, r in zip(x, s, e, strict=True)]


@given(seeds)
def test_a_maximum_holds_every_maximum_within_the_intervals(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.integers(-3, 4, 4) + rng.choice([0, 2.0**-50], 4)
    e = rng.choice([0, 0.5, 2.0**-50, 3], 4)
    a = ErrorArray(x, e, COARSE)
    largest, smallest, place = a.max(), a.min(), a.argmax()
    contending = set()
    for numbers in inside(x, e):
        for result, pick in ((largest, max), (smallest, min)):
            off = abs(pick(numbers) - Fraction(float(result.value)))
            assert off <= Fraction(float(result.error))
        at = numbers.index(max(numbers))
        assert abs(at - place.value) <= place.error
        contending.add(at)
    # No more than the largest error of one that can be the maximum, and the farthest of those.
    lowest = max(Fraction(v) - Fraction(r) for v, r in zip(x, e, strict=True))
    can = [k for k in range(4) if Fraction(x[k]) + Fraction(e[k]) >= lowest]
    assert contending <= {*can}
    near = [k for k in range(4) if Fraction(x[k]) + Fraction(e[k]) >= lowest - Fraction(2.0**-50)]
    assert largest.error <= max(e[near])
    assert place.error <= max(abs(k - int(place.value)) for k in near)


def test_an_element_that_cannot_be_the_maximum_does_not_count() -> None:
    x = ErrorArray(
        [[1.0, 2.0, -1e30], [1.75, 2.0, 1.0]], [[0.5, 0.25, 1e28], [0.5, 0.25, 9]], COARSE
    )
    largest = x.max(axis=1)
    assert largest.value.tolist() == [2, 2]
    assert largest.error.tolist() == [0.25, 9]
    assert x[0].max(keepdims=True).error.tolist() == [0.25]
    assert (-x).min(axis=1).error.tolist() == [0.25, 9]
    assert x.max(axis=0).error.tolist() == [0.5, 0.25, 9]
    assert ErrorArray([2.0, 1.0, 1.0], [0.5, 0.5, 0.25]).max().error == 0.5  # 1.5 may be both
    assert ErrorArray([1.0, 3.0]).max().exact


def test_where_the_maximum_stands() -> None:
    x = ErrorArray([[1.0, 9, 5, 8], [1, 2, 3, 4]], [[0, 0.5, 0, 0.5], [1, 0, 0.25, 0.5]], COARSE)
    at = x.argmax(axis=1)
    assert at.value.tolist() == [1, 3]
    assert at.error.tolist() == [2, 0]
    kept = x.argmax(axis=1, keepdims=True)
    assert (kept.value.tolist(), kept.error.tolist()) == ([[1], [3]], [[2], [0]])
    assert np.argmax(x, axis=1).error.tolist() == [2, 0]
    assert np.argmax(x, axis=1, keepdims=True).error.tolist() == [[2], [0]]
    assert x.T.argmax(axis=0).error.tolist() == [2, 0]
    for axis in (1, 2):  # of each matrix of a stack, along its rows or its columns
        stack = ErrorArray(np.stack([x.value, x.value[::-1]]), x.error, COARSE)
        each = [stack[i].argmax(axis=axis - 1) for i in range(2)]
        at_each = stack.argmax(axis=axis)
        assert at_each.value.tolist() == [one.value.tolist() for one in each]
        assert at_each.error.tolist() == [one.error.tolist() for one in each]
    whole = x.argmax()
    assert (float(whole.value), float(whole.error)) == (1, 2)
    mask = np.arange(4)[:, np.newaxis] == at
    assert mask.value.T.tolist() == [[0, 1, 0, 0], [0, 0, 0, 1]]
    assert mask.error.T.tolist() == [[1, 1, 1, 1], [0, 0, 0, 0]]  # between 1 and 3, and around
    assert (np.arange(4)[:, np.newaxis] != at).error.tolist() == mask.error.tolist()
    rounded = ErrorArray([-np.inf, 1.0, 2.0], relative=0.25)  # −∞ is not rounded
    assert (float(rounded.argmax().value), float(rounded.argmax().error)) == (2, 0)
    assert rounded.max().error == 0.5
    exact = ErrorArray(x.value)
    assert exact.argmax(axis=1).exact
    chosen = np.take_along_axis(exact, exact.argmax(axis=1, keepdims=True), axis=1)
    assert chosen.value.tolist() == [[9], [4]]
    with pytest.raises(TypeError, match="an index that has an error"):
        np.take_along_axis(x, at[:, np.newaxis], axis=1)


def softmax(S: Any) -> Any:
    t = np.exp(S - S.max(axis=0, keepdims=True))
    return t / t.sum(axis=0, keepdims=True)


T = 5
ALLOWED = np.arange(T)[:, np.newaxis, np.newaxis] <= np.arange(T)  # key ≤ query: (T, 1, T)
FILLS: dict[str, Any] = {
    "-inf": lambda S: np.where(ALLOWED, S, -np.inf),
    "-1e30": lambda S: np.where(ALLOWED, S, -1e30),
    "+ -inf": lambda S: S + np.where(ALLOWED, 0, -np.inf),
    "-inf +": lambda S: np.where(ALLOWED, 0, -np.inf) + S,
    "- inf": lambda S: S - np.where(ALLOWED, 0, np.inf),
    "+ -1e30": lambda S: S + np.where(ALLOWED, 0, -1e30),
    "+ -inf twice": lambda S: S + np.where(ALLOWED, 0, -np.inf) + np.where(ALLOWED, 0, -np.inf),
}


@pytest.mark.parametrize("p", [FLOAT64, FLOAT32, BFLOAT16, FLOAT16], ids=lambda p: p.name)
@pytest.mark.parametrize("error", [None, "absolute", "sum"])
@pytest.mark.parametrize("fill", FILLS)
def test_a_masked_softmax_has_the_error_of_what_is_not_masked(
    fill: str, error: str | None, p: Precision
) -> None:
    """Of every query, beside the softmax of its keys alone; the others are 0."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((T, 3, T))
    off = 0.0 if error is None else rng.random(x.shape) * p.u
    S = ErrorArray(x, off, p) + ErrorArray(x[:1], p=p) if error == "sum" else ErrorArray(x, off, p)
    masked = softmax(FILLS[fill](S))
    # A mask that is added is one operand more, which may be rounded.
    alone = S + 0 if "+" in fill or "- inf" in fill else +S
    alone = alone + 0 if fill.endswith("twice") else alone
    for query in range(T):
        keys = slice(0, query + 1)
        wanted = softmax(alone[keys, :, query])
        np.testing.assert_array_equal(masked.value[keys, :, query], wanted.value)
        got = masked.error[keys, :, query]
        # each key that is masked adds what may underflow, and is one addition more
        more = (T + 2) * (p.accumulate + 2 * p.u) + T * (p.underflow + p.flush)
        assert (got >= wanted.error * (1 - 2.0**-40)).all()
        assert (got <= wanted.error * (1 + 2.0**-10) + 2 * more * wanted.value + more * p.u).all()
        assert (masked.value[query + 1 :, :, query] == 0).all()
        assert (masked.error[query + 1 :, :, query] <= 2 * more).all()


def test_an_infinity_without_error_stays_one() -> None:
    a = ErrorArray([-np.inf, 2.0, np.inf, 1.0], p=BFLOAT16)
    b = ErrorArray([1.0, 3.0, 2.0, -np.inf], [0.5, 0.5, 0.5, 0.0], BFLOAT16)
    total = a + b
    assert total.value.tolist() == [-np.inf, 5, np.inf, -np.inf]
    assert total.error[[0, 2, 3]].tolist() == [0, 0, 0]
    alone = ErrorArray([2.0], p=BFLOAT16) + ErrorArray([3.0], 0.5, BFLOAT16)
    assert total.error[1] == alone.error[0]
    assert (total + b).error[[0, 2, 3]].tolist() == [0, 0, 0]
    assert (-total).error[[0, 2, 3]].tolist() == [0, 0, 0]
    assert total.certain_infinities.tolist() == [True, False, True, True]


def test_an_infinity_with_an_error_has_no_bound() -> None:
    a = ErrorArray([np.inf, 1.0], [np.inf, 0.0])
    with np.errstate(over="ignore", invalid="ignore"):
        assert not (a + ErrorArray([1.0, 1.0])).error[0] < np.inf
        overflown = ErrorArray([1.5e308, 1.0]) + ErrorArray([1.5e308, 1.0])
        assert overflown.value[0] == np.inf
        assert not overflown.error[0] < np.inf
    assert not a.certain_infinities.any()
    unknown = ErrorArray([-np.inf, 1.0], [np.inf, 0.25]).max()
    assert not unknown.error < np.inf


def test_the_maximum_of_certain_infinities_is_one_of_them() -> None:
    """A relative error rounds no infinity: a row that is masked whole, or has +∞, has no error."""
    rounded = ErrorArray([[-np.inf, -np.inf], [np.inf, 2.0]], relative=0.25)
    assert rounded.max(axis=1).value.tolist() == [-np.inf, np.inf]
    assert rounded.max(axis=1).error.tolist() == [0, 0]
