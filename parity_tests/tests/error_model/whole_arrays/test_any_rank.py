"""Sums, means and products of arrays of any rank: as those of each matrix, and of each row."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import BFLOAT16, FLOAT32, FLOAT64, TF32, Precision
from parity_tests.tests.support.error_arrays import COARSE

SHAPE = (2, 3, 4, 5)
PRECISIONS = (FLOAT32, FLOAT64.with_union_bound(100), BFLOAT16, TF32)


def array(p: Precision, shape: tuple[int, ...] = SHAPE, kind: int = 0, seed: int = 0) -> ErrorArray:
    """Without error, with a relative one, or an absolute one."""
    rng = np.random.default_rng(seed + kind)
    x, e = rng.standard_normal(shape), rng.random(shape) / 16
    return ErrorArray(x, e if kind == 2 else 0.0, p, 0.125 if kind == 1 else 0.0)


def close(a: Any, b: Any) -> bool:
    """Equal but for the order in which magnitudes were added, in float32."""
    return np.shape(a) == np.shape(b) and bool(np.all(np.abs(a - b) <= 2.0**-20 * np.abs(b)))


@pytest.mark.parametrize("p", PRECISIONS, ids=lambda p: p.name)
@pytest.mark.parametrize("kind", range(3))
@pytest.mark.parametrize("axis", [(1,), (0, 2), (-1, 1), (3, 1, 2), None, -2, 0])
def test_a_sum_over_axes_is_that_over_one(axis: Any, kind: int, p: Precision) -> None:
    x = array(p, kind=kind)
    axes = tuple(a % 4 for a in (range(4) if axis is None else np.atleast_1d(axis)))
    kept = [a for a in range(4) if a not in axes]
    rows = x.transpose(*kept, *axes).reshape(*(SHAPE[a] for a in kept), -1)
    for name in ("sum", "mean", "var", "max", "min"):
        wanted = getattr(rows, name)(axis=-1)
        for got in (getattr(x, name)(axis), getattr(np, name)(x, axis=axis)):
            assert close(got.value, wanted.value)
            assert close(got.error, wanted.error)
        kept_dims = getattr(x, name)(axis=axis, keepdims=True)
        assert kept_dims.shape == x.value.sum(axis=axis, keepdims=True).shape
        assert close(np.squeeze(kept_dims.error), np.squeeze(wanted.error))


@pytest.mark.parametrize("p", PRECISIONS, ids=lambda p: p.name)
@pytest.mark.parametrize("kinds", [(0, 0), (1, 0), (2, 1), (0, 2)])
@pytest.mark.parametrize(
    ("left", "right"),
    [((2, 3, 4, 5), (2, 3, 5, 6)), ((4, 5), (2, 3, 5, 6)), ((3, 4, 5), (5, 2)),
     ((2, 1, 4, 5), (3, 5, 2)), ((5,), (3, 5, 2)), ((3, 4, 5), (5,)), ((5,), (5,))],
)  # fmt: skip
def test_a_stack_of_products_is_a_product_each(left, right, kinds, p: Precision) -> None:
    """By the same bound as one matrix; the scale of a stack is that of its largest."""
    a, b = array(p, left, kinds[0]), array(p, right, kinds[1], seed=5)
    whole = a @ b
    assert whole.shape == (a.value @ b.value).shape
    A, B = (x[np.newaxis] if axis == 0 and x.ndim == 1 else x for axis, x in enumerate((a, b)))
    B = B[:, np.newaxis] if b.ndim == 1 else B
    stack = np.broadcast_shapes(A.shape[:-2], B.shape[:-2])
    A, B = (np.broadcast_to(x, (*stack, *x.shape[-2:])) for x in (A, B))
    each = np.empty((2, *stack, A.shape[-2], B.shape[-1]))
    for i in np.ndindex(stack):
        one = A[i] @ B[i]
        each[0][i], each[1][i] = one.value, one.error
    assert close(whole.error, each[1].reshape(whole.shape))


def test_a_product_in_a_stack_has_the_terms_of_its_own_that_are_alike() -> None:
    """Of two heads, the one with equal rows and columns alone."""
    K, p = 2000, FLOAT32.with_union_bound(100)
    a, b = np.random.default_rng(0).standard_normal((2, 2, 3, K))
    a[1, 2], b[1, 1] = 0.3, 0.7
    product = ErrorArray(a, p=p) @ ErrorArray(b, p=p).swapaxes(1, 2)
    assert product.pending_sum is not None
    alike = product.pending_sum.alike
    assert alike.shape == (2, 3, 3)
    assert alike[1, 2, 1] == K
    assert (np.delete(alike.ravel(), 16) == 0).all()
    more = np.concatenate([a, a[:, :1]], axis=1)  # more rows than columns
    swapped = ErrorArray(more, p=p) @ ErrorArray(b, p=p).swapaxes(1, 2)
    assert swapped.pending_sum.alike[1, 2, 1] == K


def test_operands_of_any_rank_are_broadcast() -> None:
    """W columns(A) + b, (n, 1) + (n, m, T), and a mask of (T, 1, T)."""
    A, b = array(COARSE, (3, 2, 4), 2), array(COARSE, (3, 1, 1), 2, seed=1)
    for got, wanted in (
        (A + b, A + np.broadcast_to(b, A.shape)),
        (A * b, A * np.broadcast_to(b, A.shape)),
        (A / (b + 40), A / np.broadcast_to(b + 40, A.shape)),
        (np.maximum(A, b), np.maximum(A, np.broadcast_to(b, A.shape))),
    ):
        np.testing.assert_array_equal(got.error, wanted.error)
    W = array(COARSE, (6, 3), 0, seed=2)
    Z = W @ A.reshape(3, -1)
    each = np.stack([(W @ A[:, i]).error for i in range(2)], axis=1)
    assert close(Z.error.reshape(6, 2, 4), each)
