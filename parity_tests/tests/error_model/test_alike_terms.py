"""Sums whose terms are alike, in orders that engines have, beside the exact sums."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from parity_tests.error_model.alike_terms import products_alike, share_alike
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import BFLOAT16, FLOAT32, FLOAT64, Precision
from parity_tests.error_model.summation import summation_error
from ref_numpy import Array

Terms = Callable[[np.random.Generator, int], Array]

ALIKE: dict[str, Terms] = {
    "equal": lambda rng, K: np.full(K, math.log(2)),
    "of two values": lambda rng, K: rng.choice([0.3, -0.7], K),
    "half of them equal": lambda rng, K: np.where(rng.random(K) < 0.5, 0.3, rng.random(K)),
    "nearly equal": lambda rng, K: math.log(2) + 1e-3 * rng.standard_normal(K),
}
DIFFERENT: dict[str, Terms] = {
    "normal": lambda rng, K: rng.standard_normal(K),
    "normal, sorted": lambda rng, K: np.sort(rng.standard_normal(K)),
    "after ReLU": lambda rng, K: np.maximum(rng.standard_normal(K), 0),
    "uniform": lambda rng, K: rng.random(K),
    "few, and zeros": lambda rng, K: np.where(rng.random(K) < 0.99, 0, rng.standard_normal(K)),
    "zeros": lambda rng, K: np.zeros(K),
}


def in_turn(t: Array) -> float:
    return float(np.add.accumulate(t)[-1])


def orders(t: Array, rng: np.random.Generator) -> Iterator[Array]:
    """Natural, reversed, sorted, random, and all terms of one sign before the others."""
    yield from (t, t[::-1], np.sort(t), rng.permutation(t), t[np.argsort(t < 0, kind="stable")])


def error_ratios(terms: Terms, K: int, p: Precision) -> tuple[float, float]:
    """Return the largest error ÷ bound, with and without the alike terms, of several sums."""
    rng = np.random.default_rng(K)
    p = p.with_union_bound(10**7)
    ratios = []
    for _ in range(3):
        t = (terms(rng, K) * rng.uniform(0.5, 1)).astype(p.dtype)
        whole = ErrorArray(t[np.newaxis], p=p).sum(axis=1, keepdims=True)
        without = summation_error(whole.value, whole.pending_sum._replace(alike=0.0), p)
        exact = math.fsum(t.astype(float))
        off = max(abs(in_turn(order) - exact) for order in orders(t, rng))
        ratios.append((off / whole.error[0, 0], off / without[0, 0]))
    return max(r for r, _ in ratios), max(r for _, r in ratios)


@pytest.mark.parametrize(("p", "K"), [(FLOAT32, 2**16), (FLOAT64, 2**17)], ids=["32", "64"])
@pytest.mark.parametrize("terms", ["equal", "of two values", "half of them equal"])
def test_equal_terms_may_be_added_one_after_the_other(terms: str, p: Precision, K: int) -> None:
    """Every addition rounds to the same side: the error grows as K u, not as √K u."""
    with_alike, without = error_ratios(ALIKE[terms], K, p)
    assert with_alike <= 1 < without


def test_nearly_equal_terms_round_alike_as_well() -> None:
    """Losses before training differ by less than the unit of their sum."""
    with_alike, without = error_ratios(ALIKE["nearly equal"], 2**16, FLOAT32)
    assert with_alike <= 1 < without


def test_a_tenth_of_a_long_sum_that_is_alike_is_seen() -> None:
    """Of 2**18 terms a sample of 1,024 would hide it, and the sum be refused."""
    K, rng = 2**18, np.random.default_rng(0)
    t = np.where(rng.random(K) < 0.1, 0.01, rng.uniform(0, 0.02, K)).astype(np.float32)
    p = FLOAT32.with_union_bound(10**7)
    product = ErrorArray(np.ones((1, K)), p=p) @ ErrorArray(t[:, np.newaxis], p=p)
    off = max(abs(in_turn(order) - math.fsum(t.astype(float))) for order in (t, t[::-1]))
    assert off <= product.error[0, 0]


@pytest.mark.parametrize("K", [100, 784, 4096, 2**16])
@pytest.mark.parametrize("terms", DIFFERENT)
def test_other_terms_lose_nothing(terms: str, K: int) -> None:
    x = DIFFERENT[terms](np.random.default_rng(K), K).astype(np.float32).astype(float)
    assert share_alike(x[np.newaxis], FLOAT32.u, K)[0] == 0
    assert terms == "zeros" or error_ratios(DIFFERENT[terms], K, FLOAT32)[0] <= 1


@pytest.mark.parametrize("K", [200, 784, 4096, 2**16])
def test_the_products_of_random_bfloat16_lose_nothing(K: int) -> None:
    """They repeat always, having 16 bits, but no group is large."""
    rng = np.random.default_rng(K)
    a, b = (BFLOAT16.round(rng.standard_normal(s)).astype(float) for s in ((9, K), (K, 7)))
    p = FLOAT32.with_union_bound(10**7)
    product = ErrorArray(a, p=p) @ ErrorArray(b, p=p)
    without = summation_error(product.value, product.pending_sum._replace(alike=0.0), p)
    assert (product.error <= 1.1 * without).all()


def test_products_are_alike_where_both_factors_are() -> None:
    rng = np.random.default_rng(0)
    K = 2000
    a, b = rng.standard_normal((3, K)), rng.standard_normal((K, 2))
    a[1], b[:, 1] = 0.3, rng.choice([0.5, -0.5], K)
    assert products_alike(rng.standard_normal((3, K)), b, FLOAT32.u) == 0
    for alike in (products_alike(a, b, FLOAT32.u), products_alike(b.T, a.T, FLOAT32.u).T):
        assert alike[1, 1] >= 0.25
        assert (np.delete(alike.ravel(), 3) == 0).all()


def test_a_product_may_be_added_one_example_after_the_other() -> None:
    """dW of a network of zero weights: dZ = ±½ and a feature that is constant."""
    K, rng = 2**16, np.random.default_rng(0)
    dZ, X = rng.choice([0.5, -0.5], (2, K)), rng.standard_normal((3, K))
    dZ[1], X[2] = 0.5 + 1e-6, 0.37
    dZ, X = dZ.astype(np.float32), X.astype(np.float32)
    p = FLOAT32.with_union_bound(10**7)
    product = ErrorArray(dZ, p=p) @ ErrorArray(X.T, p=p)
    without = summation_error(product.value, product.pending_sum._replace(alike=0.0), p)
    wide = dZ.astype(float)
    off = np.array(
        [[abs(in_turn(d * x) - math.fsum(w * x)) for x in X] for d, w in zip(dZ, wide, strict=True)]
    )
    assert (off <= product.error).all()
    assert (off > without).any()
    np.testing.assert_array_equal(product.error[:, :2], without[:, :2])
