"""np.add.at: of each place, the error of a sum of the terms that are added there, and no more."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from parity_tests.error_model.alike_terms import count_alike_into, share_alike
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import BFLOAT16, FLOAT32, FLOAT64, Precision
from parity_tests.error_model.summation import Terms
from parity_tests.tests.support.error_arrays import COARSE
from ref_numpy import Array

N, V = 3, 6  # features, and tokens
IDS = np.array([[0, 2, 2, 5, 2], [4, 4, 2, 0, 2], [2, 2, 4, 2, 2]])  # (m, T); 1 and 3 do not occur


def terms(p: Precision, seed: int = 0) -> dict[str, ErrorArray]:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((N, *IDS.shape))
    e = rng.random(x.shape) / 8
    return {
        "exact": ErrorArray(x, p=p),
        "relative": ErrorArray(x, p=p, relative=0.25),
        "absolute": ErrorArray(x, e, p),
        "one for all": ErrorArray(x, 0.5, p),
        "sum": ErrorArray(x, e, p) + ErrorArray(x[:1], p=p),
        "scaled": ErrorArray(x, p=p, pending_sum=Terms(3, np.abs(x), 0.125, e, 2.0)),
        "lengths": np.stack([ErrorArray(x, e, p).sum(axis=0), ErrorArray(x[0], p=p)] * 2)[:N],
    }


def scattered(x: ErrorArray, ids: Array = IDS, n: int = V) -> ErrorArray:
    """dE += Σ over the positions of each token."""
    dE = np.zeros_like(x, shape=(len(x.value), n))
    np.add.at(dE, (slice(None), ids), x)
    return dE


@pytest.mark.parametrize("p", [COARSE, FLOAT32, BFLOAT16, FLOAT64], ids=lambda p: p.name)
@pytest.mark.parametrize("name", terms(COARSE))
def test_a_place_has_the_error_of_the_sum_of_its_terms(name: str, p: Precision) -> None:
    x = terms(p)[name]
    dE = scattered(x)
    for token in range(V):
        at = token == IDS
        if not at.any():
            assert (dE.value[:, token] == 0).all()
            assert (dE.error[:, token] == 0).all()
            continue
        alone = x[:, at].sum(axis=1)
        np.testing.assert_array_equal(dE.value[:, token], alone.value)
        above = 1 + 2.0**-45  # sums in another order
        assert (dE.error[:, token] <= alone.error * above).all()
        assert (alone.error <= dE.error[:, token] * above).all()


def test_more_terms_are_added_to_what_stands_there() -> None:
    x = terms(COARSE)["absolute"]
    dE, once = scattered(x), scattered(x)
    np.add.at(dE, (slice(None), IDS), x)
    np.testing.assert_array_equal(dE.error, (once + once).error)
    np.testing.assert_array_equal(dE.value, 2 * once.value)
    begun = ErrorArray(np.full((N, V), 0.5), 0.25, COARSE)
    np.add.at(begun, (slice(None), IDS), x)
    np.testing.assert_array_equal(
        begun.error, (ErrorArray(np.full((N, V), 0.5), 0.25, COARSE) + once).error
    )


def test_one_number_is_added_at_every_index() -> None:
    dE = np.zeros_like(ErrorArray(np.ones(4), p=COARSE))
    np.add.at(dE, np.array([1, 1, 3]), ErrorArray(0.5, 0.25, COARSE))
    assert dE.value.tolist() == [0, 1, 0, 0.5]
    assert dE.pending_sum.K.tolist() == [0, 2, 0, 1]
    assert dE.error[1] >= 0.5


def test_sums_of_one_length_stay_whole_numbers() -> None:
    x = ErrorArray(np.ones((2, 6)), p=COARSE)
    dE = np.zeros_like(x, shape=(2, 3))
    np.add.at(dE, (slice(None), np.array([0, 1, 2, 2, 1, 0])), x)
    assert dE.pending_sum.K == 2
    np.testing.assert_array_equal(dE.error, (x[:, :3] + x[:, 3:]).error)
    sums = np.zeros_like(x, shape=(2, 3))
    np.add.at(sums, (slice(None), np.array([0, 1, 2, 2, 1, 0])), x + x)
    assert sums.pending_sum.K == 4


@pytest.mark.parametrize("axis", [0, 1, None, (0, 1)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_a_sum_of_sums_of_different_lengths_has_all_their_terms(axis: Any, keepdims: bool) -> None:
    """One column of sums is added to all columns of an array, whose elements are a term more."""
    x = ErrorArray(np.random.default_rng(1).standard_normal(IDS.shape), p=FLOAT32)
    column = np.zeros_like(x, shape=(V, 1))
    np.add.at(column, (IDS, 0), x)
    occurrences = np.array([[2], [0], [9], [0], [3], [1]])
    np.testing.assert_array_equal(column.pending_sum.K, occurrences)
    ones = ErrorArray(np.ones((V, N)), p=FLOAT32)
    biased = column + ones
    np.testing.assert_array_equal(biased.error, (np.tile(column, (1, N)) + ones).error)
    total = biased.sum(axis=axis, keepdims=keepdims)
    K = np.tile(occurrences + 1, (1, N)).sum(axis=axis, keepdims=keepdims)
    assert np.shape(total.pending_sum.K) == total.shape
    np.testing.assert_array_equal(total.pending_sum.K, K)


def test_windows_are_added_back_by_their_indices() -> None:
    """col2im of windows of 3 with stride 1: the middle is in three, the ends in one."""
    at = np.arange(5)[:, np.newaxis] + np.arange(3)
    x = ErrorArray(np.random.default_rng(2).standard_normal((2, 5, 3)), p=COARSE)
    image = np.zeros_like(x, shape=(2, 7))
    np.add.at(image, (slice(None), at), x)
    assert image.pending_sum.K[0].tolist() == [1, 2, 3, 3, 3, 2, 1]


def test_no_terms_are_no_sum() -> None:
    x = ErrorArray(np.zeros(0), p=COARSE)
    sums = np.zeros_like(x, shape=3)
    np.add.at(sums, np.zeros(0, int), x)
    assert sums.pending_sum.K == 0
    assert sums.error.tolist() == [0, 0, 0]
    empty = np.zeros_like(x, shape=0)
    np.add.at(empty, np.zeros(0, int), x)
    assert empty.shape == (0,)


def test_what_may_underflow_in_each_product_is_added_with_it() -> None:
    p = replace(COARSE, flush=2.0**-4)
    x = np.random.default_rng(5).standard_normal((2, 6, 3))
    product = ErrorArray(x, p=p) @ ErrorArray(np.ones((3, 4)), p=p)
    assert np.ndim(product.pending_sum.absolute) == 0
    ids = np.array([0, 1, 0, 0, 1, 2])
    sums = np.zeros_like(product, shape=(2, 3, 4))
    np.add.at(sums, (slice(None), ids), product)
    for k in range(3):
        alone = product[:, k == ids].sum(axis=1)
        above = 1 + 2.0**-45
        assert (sums.error[:, k] <= alone.error * above).all()
        assert (alone.error <= sums.error[:, k] * above).all()


P = FLOAT32.with_union_bound(100)


def test_where_the_worst_case_is_taken_nothing_is_counted() -> None:
    x = ErrorArray(np.full((1, 50), 0.3), p=P)
    assert P.gamma_cancelling(50, P.u) > 50 * P.u
    assert np.all(scattered(x, np.zeros(50, int), 1).pending_sum.alike == 0)


def test_of_sums_of_different_lengths_the_longest_counts() -> None:
    """Of 100 equal sums of 1 to 3 terms, as many terms may be alike as if all had 3."""
    sizes, ids = np.full((1, 100), 0.3), np.zeros(100, int)
    lengths = np.arange(100)[np.newaxis] % 3 + 1
    sums = ErrorArray(sizes, p=P, pending_sum=Terms(lengths, sizes))
    once = scattered(ErrorArray(sizes, p=P), ids, 1).pending_sum.alike
    assert once[0, 0] > 50
    np.testing.assert_array_equal(scattered(sums, ids, 1).pending_sum.alike, 3 * once)


ALIKE: dict[str, Any] = {
    "equal": lambda rng, K: np.full(K, 0.3),
    "of two values": lambda rng, K: rng.choice([0.3, -0.7], K),
    "half of them equal": lambda rng, K: np.where(rng.random(K) < 0.5, 0.3, rng.random(K)),
    "normal": lambda rng, K: rng.standard_normal(K),
    "just enough that are equal": lambda rng, K: np.where(np.arange(K) < 4.4 * np.sqrt(K), 0.3, 0),
    "few, and zeros": lambda rng, K: np.where(rng.random(K) < 0.9, 0, rng.standard_normal(K)),
}


@pytest.mark.parametrize("u", [FLOAT32.u, 2.0**-9])  # the second: terms are below the unit
@pytest.mark.parametrize("name", ALIKE)
def test_alike_terms_are_counted_in_each_sum(name: str, u: float) -> None:
    """The share of each sum's own terms, by its own unit; sums of different lengths."""
    rng, lengths = np.random.default_rng(4), np.array([3000, 700, 1, 200])
    each = [
        ALIKE[name](rng, K) * scale for K, scale in zip(lengths, (1, 80, 1, 1 / 9), strict=True)
    ]
    ids = np.repeat(np.arange(4), lengths)
    order = rng.permutation(len(ids))
    x, ids = np.concatenate(each)[order], ids[order]
    found = count_alike_into(
        x, u, lambda t: np.bincount(ids, t, minlength=4), lambda total: total[ids]
    )
    for K, t, count in zip(lengths, each, found, strict=True):
        wanted = K * share_alike(t[np.newaxis], u, K)[0]
        assert abs(count - wanted) <= K * 2.0**-24  # another order of the shares' sums


def test_equal_terms_may_be_added_one_after_the_other() -> None:
    """A token's gradient, the same at every position: the error grows as K u, not as √K u."""
    K, p = 2**14, FLOAT32.with_union_bound(10**7)
    ids = np.repeat([0, 1, 1], K)
    x = np.full((1, 3 * K), np.float32(np.log(2)))
    dE = scattered(ErrorArray(x, p=p), ids, 2)
    in_turn = np.add.accumulate(x[0].astype(np.float32))[-1]
    exact = 3 * K * float(x[0, 0])
    whole = scattered(ErrorArray(x, p=p), np.zeros(3 * K, int), 1)
    assert abs(float(in_turn) - exact) <= whole.error[0, 0]
    terms = whole.pending_sum
    without = ErrorArray(whole.value, p=p, pending_sum=terms._replace(alike=0.0)).error
    assert abs(float(in_turn) - exact) > without[0, 0]
    assert dE.pending_sum.alike[0].tolist() == [K, 2 * K]
    twice = scattered(ErrorArray(x, p=p) + ErrorArray(x, p=p), ids, 2)
    assert twice.pending_sum.alike[0].tolist() == [2 * K, 4 * K]
