"""The share of terms that are alike, beside its definition in fractions."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Literal

import numpy as np
import pytest

from parity_tests.error_model.alike_terms import (
    PART,
    SAMPLE,
    products_alike,
    sample_of,
    share_alike,
)
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import FLOAT32, FLOAT64
from parity_tests.error_model.summation import Terms
from ref_numpy import Array

U = 2.0**-8  # few digits, so that the waves' arguments are small and nearly exact


def wave(y: Fraction) -> Fraction:
    """The triangular wave of period 1: −1 at whole numbers, 1 halfway between them."""
    return 4 * abs(y - round(y)) - 1


def share(x: Array, u: float, K: int) -> Fraction:
    """By the docstring of share_alike, on two grids."""
    sizes = [abs(Fraction(float(number))) for number in x]
    h = 2 * Fraction(u) * sum(sizes) * K / len(x)
    grids = []
    for grid in (Fraction(1), Fraction(2**-0.5)):
        y = [size / h for size in sizes]
        own = [min(Fraction(1), 2 * at) for at in y]
        waves = (sum(r * wave(grid * at + shift) for r, at in zip(own, y, strict=True))
                 for shift in (0, Fraction(1, 4)))  # fmt: skip
        grids.append(sum(map(abs, waves)) / len(x))
    c = min(max(grids), Fraction(1))
    return c if c > Fraction(4 / math.sqrt(len(x))) else Fraction(0)


def rows(n: int) -> dict[str, Array]:
    rng = np.random.default_rng(n)
    return {
        "equal": np.full(n, -0.3),
        "two values": rng.choice([0.3, 0.7], n),
        "half equal": np.where(rng.random(n) < 0.5, 0.3, rng.random(n)),
        "mostly zeros": np.where(rng.random(n) < 0.7, 0, 0.3),
        "nearly equal": 1 + 1e-3 * rng.standard_normal(n),
        "small ones": np.where(np.arange(n) < 3, 9.0, 0.01 * rng.random(n)),
        "random": rng.standard_normal(n),
    }


@pytest.mark.parametrize("name", rows(1))
@pytest.mark.parametrize(("n", "K"), [(50, 50), (200, 200), (200, 500)])
def test_a_share_is_that_of_the_definition(name: str, n: int, K: int) -> None:
    x = rows(n)[name]
    given = np.stack([x, 2.0**40 * x, 2.0**-40 * x])
    kept = given.copy()
    ours = share_alike(given, U, K)
    np.testing.assert_array_equal(given, kept)
    for one in ours:
        assert abs(Fraction(float(one)) - share(x, U, K)) <= Fraction(2.0**-40)


def test_equal_terms_are_alike_and_zeros_are_not() -> None:
    n = 400
    assert share_alike(np.full((1, n), 0.3), FLOAT32.u, n)[0] > 1 - n * FLOAT64.u
    assert share_alike(np.zeros((2, n)), FLOAT32.u, n).tolist() == [0, 0]


def test_a_sample_has_no_number_twice() -> None:
    for K, n in ((SAMPLE + 1, SAMPLE), (4096, 1024), (5000, 1250)):
        sample = sample_of(K)
        assert len(set(sample.tolist())) == len(sample) == n
        assert 0 <= sample.min() < sample.max() < K
        assert sample.max() - sample.min() > K / 2
        assert sample_of(K) is sample
        sample_of.cache_clear()
        np.testing.assert_array_equal(sample_of(K), sample)


def test_products_have_the_smaller_share_of_their_factors() -> None:
    K = 300
    a, b = np.stack(list(rows(K).values())), np.stack(list(rows(K).values())[:5]).T
    of_rows, of_columns = share_alike(a, U, K), share_alike(b.T, U, K)
    for alike, wanted in (
        (products_alike(a, b, U), np.minimum.outer(of_rows, of_columns)),
        (products_alike(b.T, a.T, U), np.minimum.outer(of_columns, of_rows)),
    ):
        np.testing.assert_array_equal(alike, wanted)
    random = np.random.default_rng(0).standard_normal((2, K))
    assert isinstance(products_alike(random, b, FLOAT32.u), float)
    assert products_alike(a, random.T, FLOAT32.u) == 0


def test_of_many_factors_a_sample_is_looked_at() -> None:
    K = 3000
    a, b = np.full((1, K), 0.3), np.full((K, 1), 0.7)
    seen = share_alike(a[:, sample_of(K)], U, K)
    assert products_alike(a, b, U) == seen[0]
    assert products_alike(a[:, :SAMPLE], b[:SAMPLE], U) == share_alike(a[:, :SAMPLE], U, SAMPLE)[0]


P = FLOAT32.with_union_bound(100)


def alike_of(total: ErrorArray) -> Array:
    assert total.pending_sum is not None
    return np.asarray(total.pending_sum.alike)


def test_a_sum_knows_how_many_of_its_terms_are_alike() -> None:
    """Along the axis, in its shape; of a sum of sums, those of the longest."""
    n = 2000
    x = np.stack([np.full(n, 0.3), np.random.default_rng(0).standard_normal(n)])
    shares = n * share_alike(x, P.accumulate, n)
    assert shares[0] > 0 == shares[1]
    given = ErrorArray(x, p=P)
    np.testing.assert_array_equal(alike_of(given.sum(axis=1)), shares)
    np.testing.assert_array_equal(alike_of(given.sum(axis=1, keepdims=True)), shares[:, np.newaxis])
    np.testing.assert_array_equal(
        alike_of(ErrorArray(x.T, p=P).sum(axis=0, keepdims=True)), shares[np.newaxis]
    )
    whole = ErrorArray(x[:1], p=P).sum()
    np.testing.assert_array_equal(alike_of(whole), shares[0])
    more = given.sum(axis=1) + given.sum(axis=1)
    np.testing.assert_array_equal(alike_of(more), 2 * shares)


@pytest.mark.parametrize(
    ("shape", "axis"), [((2, 100, 3), 1), ((100, 2, 3), 0), ((20, 2, 30), (0, 2))]
)
def test_alike_terms_are_counted_along_axes_of_an_array(
    shape: tuple[int, ...], axis: int | tuple[int, ...]
) -> None:
    """Of sums along a middle or first axis, or two, only the one of equal terms has any."""
    x = np.random.default_rng(0).standard_normal(shape)
    rows = np.moveaxis(x, axis, 0) if isinstance(axis, int) else np.moveaxis(x, 1, -1)
    rows[..., 1] = 0.3
    n = x.size // 2 if isinstance(axis, tuple) else shape[axis]
    wanted = np.zeros(x.sum(axis=axis).shape)
    wanted[..., 1] = n * share_alike(np.full((1, n), 0.3), P.accumulate, n)[0]
    assert wanted.max() > n / 2
    for keepdims in (False, True):
        total = ErrorArray(x, p=P).sum(axis=axis, keepdims=keepdims)
        assert alike_of(total).shape == total.shape
        np.testing.assert_array_equal(alike_of(total).reshape(wanted.shape), wanted)


def test_where_no_terms_are_alike_none_are_counted() -> None:
    x = np.random.default_rng(0).standard_normal((2, 2000))
    assert not share_alike(x, P.accumulate, 2000).any()
    assert (alike_of(ErrorArray(x, p=P).sum(axis=1)) == 0).all()


def test_of_sums_of_different_lengths_the_longest_counts() -> None:
    """Of 100 equal sums of 1 to 3 terms, as many terms may be alike as if all had 3."""
    K, n = np.arange(100) % 3 + 1, 100
    sums = ErrorArray(np.full((1, n), 0.3), p=P, pending_sum=Terms(K, np.full((1, n), 0.3)))
    share = share_alike(np.full((1, n), 0.3), P.accumulate, n)
    np.testing.assert_array_equal(alike_of(sums.sum(axis=1)), 3 * n * share)


def test_where_the_worst_case_is_taken_nothing_is_counted() -> None:
    x = np.full((1, 50), 0.3)
    assert alike_of(ErrorArray(x, p=P).sum(axis=1)) == 0
    assert alike_of(ErrorArray(np.full((1, 2000), 0.3), p=FLOAT32).sum(axis=1)) == 0
    for p, K in ((FLOAT32, 2000), (P, 50)):
        ones = np.ones((K, 1))
        assert alike_of(ErrorArray(ones.T, p=p) @ ErrorArray(ones, p=p)) == 0


def test_a_vector_is_a_row_or_a_column() -> None:
    K = 1000
    row, column = ErrorArray(np.full((1, K), 0.3), p=P), ErrorArray(np.full((K, 1), 0.7), p=P)
    alike = alike_of(row @ column)[0, 0]
    assert alike > K / 2
    assert alike_of(row[0] @ column).tolist() == [alike]
    assert alike_of(row @ column[:, 0]).tolist() == [alike]
    assert alike_of(row[0] @ column[:, 0]) == alike


def test_a_product_knows_how_many_of_its_terms_are_alike() -> None:
    K = 1000
    a, b = np.full((1, K), 0.3), np.full((K, 2), 0.7)
    b[:, 1] = np.random.default_rng(0).standard_normal(K)
    product = ErrorArray(a, p=P) @ ErrorArray(b, p=P)
    wanted = K * products_alike(a, b, P.accumulate)
    assert wanted[0, 0] > 0 == wanted[0, 1]
    np.testing.assert_array_equal(alike_of(product), wanted)
    part = product.examples(slice(0, 1))
    np.testing.assert_array_equal(alike_of(part), wanted[:, :1])
    total = product.sum(axis=1)  # each of the two terms that are added is a sum of K
    assert total.pending_sum.K == 2 * K


@pytest.mark.parametrize("order", ["C", "F"])
def test_many_rows_have_the_shares_of_a_few(order: Literal["C", "F"]) -> None:
    """To the bit: large arrays are looked at in parts."""
    rng = np.random.default_rng(7)
    x = np.where(rng.random((301, 400)) < rng.random((301, 1)), 0.3, rng.random((301, 400)))
    x = np.asarray(x, order=order)
    assert x.size > 4 * PART
    few = [share_alike(x[i : i + 7], U, 400) for i in range(0, 301, 7)]
    np.testing.assert_array_equal(share_alike(x, U, 400), np.concatenate(few))
