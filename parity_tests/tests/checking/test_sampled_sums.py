"""Sampled sums: every common order of a sum passes the second level's judgement of its errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import accumulate
from math import sqrt

import numpy as np
import pytest

from parity_tests.checking.sampled_sums import SampledSums
from parity_tests.checking.second_level import SumJudgement, judged
from parity_tests.error_model.precisions import PRECISIONS, Precision
from parity_tests.kinds.inner_products import InnerProduct
from ref_numpy import Array

FLOAT32 = PRECISIONS["float32"].with_union_bound(10**6)
M = 12  # of the products below, which are 16 × K times K × 12


def one_by_one(W: Array, A: Array) -> Array:
    total = np.zeros((len(W), A.shape[1]), W.dtype)
    for k in range(W.shape[1]):
        total += W[:, k : k + 1] * A[k : k + 1]
    return total


def fused(W: Array, A: Array) -> Array:
    """Products that are not rounded, as an FMA's."""
    total = np.zeros((len(W), A.shape[1]), W.dtype)
    for k in range(W.shape[1]):
        exact = W[:, k : k + 1].astype(np.float64) * A[k : k + 1] + total
        total = exact.astype(W.dtype)
    return total


def in_blocks(W: Array, A: Array, size: int = 96) -> Array:
    parts = (one_by_one(W[:, i : i + size], A[i : i + size]) for i in range(0, len(A), size))
    return sum(parts, np.zeros((len(W), A.shape[1]), W.dtype))


def in_lanes(W: Array, A: Array, q: int) -> Array:
    lanes = (one_by_one(W[:, r::q], A[r::q]) for r in range(q))
    return sum(lanes, np.zeros((len(W), A.shape[1]), W.dtype))


def pairwise(W: Array, A: Array) -> Array:
    return np.stack([(W * a).sum(axis=1) for a in A.T], axis=1)


ORDERS: dict[str, Callable[[Array, Array], Array]] = {
    "BLAS": lambda W, A: W @ A,
    "one by one": one_by_one,
    "fused": fused,
    "reversed": lambda W, A: one_by_one(W[:, ::-1], A[::-1]),
    "blocks": in_blocks,
    "4 lanes": lambda W, A: in_lanes(W, A, 4),
    "16 lanes": lambda W, A: in_lanes(W, A, 16),
    "pairwise": pairwise,
    "einsum": lambda W, A: np.einsum("ik,kj->ij", W, A),
}


def structured(K: int) -> Iterator[tuple[str, Array, Array]]:
    """Factors W (16, K) and A (K, 12) that are hard for one assumption or another."""
    rng = np.random.default_rng(K)
    normal, uniform, every = rng.standard_normal, rng.random, np.arange(K)
    signs = np.where(every % 2, 1.0, -0.9)
    yield "normal", normal((16, K)), normal((K, M))
    yield "He, ReLU", normal((16, K)) * sqrt(2 / K), np.maximum(normal((K, M)), 0)
    yield "one constant", np.full((16, K), 0.1), np.full((K, M), 0.3)
    yield "equal terms", np.repeat(uniform((16, 1)), K, 1), np.repeat(uniform((1, M)), K, 0)
    yield (
        "two-valued",
        np.where(uniform((16, K)) < 0.5, -0.4, 0.6),
        uniform((1, M)) + 0 * every[:, None],
    )
    yield "two signs", signs * uniform((16, 1)), np.repeat(uniform((1, M)), K, 0)
    yield "alternating", signs * uniform((16, K)), 0.5 + uniform((K, M))
    yield "period 4", np.where(every % 4, -1, 3) * uniform((16, K)), 0.5 + uniform((K, M))
    yield (
        "repeated",
        np.repeat(normal((16, K // 16)), 16, 1),
        np.repeat(normal((K // 16, M)), 16, 0),
    )
    yield "repeated examples", normal((16, K)), np.repeat(normal((K, 2)), M // 2, 1)
    yield "period 16", np.where(every % 16, -1, 15) * uniform((16, 1)), 0.5 + 0 * uniform((K, M))
    yield "one-hot", normal((16, K)), (every[:, None] == rng.integers(K, size=M)).astype(float)
    yield "sparse", normal((16, K)), normal((K, M)) * (uniform((K, M)) < 0.02)
    yield "sorted", np.sort(normal((16, K)), 1), np.repeat(0.5 + uniform((1, M)), K, 0)
    yield "many magnitudes", normal((16, K)) * 2 ** rng.uniform(-20, 20, (16, K)), normal((K, M))
    yield "integers", rng.integers(-3, 4, (16, K)), rng.integers(0, 5, (K, M))


def judgement(W: Array, A: Array, Z: Array, p: Precision = FLOAT32) -> SumJudgement:
    product = InnerProduct("Z1", W.astype(np.float64), A.astype(np.float64))
    return judged(SampledSums.of(product, Z.astype(np.float64), M, p), n_tensors=12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "K", [32, *(pytest.param(K, marks=pytest.mark.slow) for K in (256, 1024, 4096, 16384))]
)
def test_every_common_order_passes_on_structured_data(K: int, dtype: str) -> None:
    p = PRECISIONS[dtype].with_union_bound(10**6)
    for name, W, A in structured(K):
        W, A = np.ascontiguousarray(W, p.dtype), np.ascontiguousarray(A, p.dtype)
        for order, product in ORDERS.items():
            assert judgement(W, A, product(W, A), p).ratio <= 1, (name, order)


@pytest.mark.parametrize("b", [0, 60])
def test_the_scale_is_that_of_the_longest_partial_sums(b: int) -> None:
    """σ² = (u²/3) (Σ 4^⌊log₂ ŝ⌋ + Σ 4^⌊log₂ t⌋), from integers: their partial sums are exact."""
    W, A = np.array([[7.0, 2.0, -5.0, 3.0]]), np.array([[3.0], [-4.0], [1.0], [2.0]])
    product = InnerProduct("Z1", W, A, first=np.array([[float(b)]]))
    sums = SampledSums.of(product, W @ A + b, 1, FLOAT32)
    terms = [21, -8, -5, 6]
    orders = [terms, terms[::-1]]
    if b:
        orders = [[b, *terms], [*terms, b], [b, *terms[::-1]], [*terms[::-1], b]]
    every = [squared_powers(list(accumulate(order))) for order in orders]
    every += [] if b else [squared_powers([21, 16, -8, -2])]  # two lanes
    assert sums.scale == [scale_of(max(every) + squared_powers(terms), K=4)]
    assert sums.drift == 0
    assert sums.exact == [14 + b]


def scale_of(squares: int, K: int) -> float:
    """σ, with the error that the partial sums of another order have themselves."""
    return (1 + FLOAT32.gamma(K, 2.0**-24)) * 2.0**-24 * sqrt(squares / 3)


def squared_powers(numbers: list[int]) -> int:
    return sum(4 ** (abs(x).bit_length() - 1) for x in numbers)


def test_the_errors_of_a_rounded_gradient_count_for_each_element_that_shares_them() -> None:
    """dW = (1/m) dZ A^T with m = 3, which no binary number divides: 1 + 2·(elements of a row)."""
    dZ, A = np.array([[1.0, 2.0, 4.0]]), np.array([[1.0, 1.0, 1.0], [1.0, 2.0, 4.0]])
    product = InnerProduct("dW1", dZ, A.T, 3, gradient="left")
    sums = SampledSums.of(product, dZ @ A.T / 3, 3, FLOAT32)
    # The partial sums of the reversed order are 4, 6, 7 and 16, 20, 21; the terms are powers of 2.
    of_7 = 3 * 4**2 + (1 + 2 * 2) * (1 + 2**2 + 4**2)
    of_21 = 3 * 16**2 + (1 + 2 * 2) * (1 + 4**2 + 16**2)
    assert sorted(sums.scale) == [scale_of(of_7, K=3), scale_of(of_21, K=3)]


def test_lanes_may_have_longer_partial_sums() -> None:
    """Of numbers with a period of 8, whose sum is near 0, but not that of each eighth."""
    rng = np.random.default_rng(0)
    W = np.where(np.arange(2048) % 8 < 4, -1, 1) * rng.random((16, 2048))
    W, A = W.astype(np.float32), (0.5 + rng.random((2048, M))).astype(np.float32)
    assert judgement(W, A, in_lanes(W, A, 8)).ratio <= 1


def test_sums_with_the_same_digits_are_one() -> None:
    W, A = np.array([[1.0, 2.0], [2.0, 4.0], [-1.0, -2.0], [1.0, 3.0]]), np.ones((2, 1))
    assert len(SampledSums.of(InnerProduct("Z1", W, A), W @ A, 1, FLOAT32).exact) == 2


@pytest.mark.parametrize("m", [10_001, 30_001])
def test_a_gradient_divided_by_m_first_passes(m: int) -> None:
    """dW = (dZ/m) A^T rounds equal numbers of dZ alike.

    Those are the first of softmax with weights of zero, whose 7 classes are in turn.
    """
    rng = np.random.default_rng(0)
    in_turn = (np.arange(m) + np.arange(7)[:, None]) % 7
    dZ = np.where(in_turn, 1 / 7, 1 / 7 - 1).astype(np.float32)
    A = (0.5 + 0.01 * rng.random((M, m))).astype(np.float32)
    product = InnerProduct("dW1", dZ.astype(float), A.T.astype(float), m, gradient="left")
    for scaled in (dZ / np.float32(m), dZ * np.float32(1 / m)):
        dW = pairwise(scaled, A.T).astype(np.float64)
        assert judged(SampledSums.of(product, dW, m, FLOAT32), n_tensors=12).ratio <= 1


def test_equal_terms_over_m_round_in_a_way_of_their_own() -> None:
    """dW = (dZ/m) A^T, whose terms are ±a/m with a hinge's gradient and constant A."""
    m, rng = 19_505, np.random.default_rng(0)
    dZ = np.where(rng.random((5, m)) < [[0.1], [0.2], [0.3], [0.4], [0.45]], -1.0, 1.0)
    for a in (0.5, 0.75, 0.8125):  # of few bits: their own sums are exact
        A = np.full((1, m), a)
        product = InnerProduct("dW1", dZ, A.T, m, gradient="left")
        dW = np.stack([np.add.accumulate(row * a)[-1:] for row in dZ / m])
        double = PRECISIONS["float64"].with_union_bound(10**6)
        assert judged(SampledSums.of(product, dW, m, double), n_tensors=12).ratio <= 1


def test_products_that_underflow_may_be_lost() -> None:
    rng = np.random.default_rng(0)
    W, A = (rng.random((16, 40)) * 2.0**-64).astype(np.float32), np.full((40, M), 2.0**-61)
    products = W[:, :, None] * A
    products[products < np.finfo(np.float32).tiny] = 0
    assert 0 < (products == 0).sum() < products.size
    assert judgement(W, A, products.sum(axis=1)).ratio <= 1


def test_what_is_added_to_a_finished_sum_may_round() -> None:
    """dW = (1/m) dZ A^T + (λ/m) W, where W is much larger than the sum."""
    rng = np.random.default_rng(0)
    dZ, A, W = (rng.standard_normal(s).astype(np.float32) for s in ((16, 64), (M, 64), (16, M)))
    L2 = np.float32(1000 / 64) * W
    product = InnerProduct(
        "dW1", dZ.astype(float), A.T.astype(float), 64, addend=1000 / 64 * W.astype(float),
        gradient="left",
    )  # fmt: skip
    sums = SampledSums.of(product, (dZ @ A.T / 64 + L2).astype(float), 64, FLOAT32)
    assert judged(sums, n_tensors=12).ratio <= 1
