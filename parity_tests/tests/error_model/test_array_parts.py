"""The parts of an error array: relative and absolute errors, slices, and terms of a longer sum."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from parity_tests.error_model.alike_terms import share_alike
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import BFLOAT16, FLOAT32

X = np.random.default_rng(0).standard_normal((3, 4))


def test_an_error_has_a_relative_and_an_absolute_part() -> None:
    assert ErrorArray([-2.0], [0.5], relative=0.25).error.tolist() == [1.0]
    assert ErrorArray([-2.0], relative=0.25).error.tolist() == [0.5]
    assert ErrorArray([-2.0], np.float32([0.5])).error.dtype == np.float64


def test_an_error_array_has_the_sizes_of_its_value() -> None:
    a = ErrorArray(X, 0.5, FLOAT32)
    assert (a.shape, a.ndim, a.size, a.dtype) == ((3, 4), 2, 12, np.float64)


def test_one_rounding_more_is_bounded_from_above() -> None:
    rng = np.random.default_rng(1)
    for i in range(200):
        x, error, relative = rng.random(3) * [1, i % 2, 1]
        bound = ErrorArray(x, error).rounded(relative).error
        exact = Fraction(relative) * Fraction(x) + (1 + Fraction(relative)) * Fraction(error)
        assert exact <= Fraction(float(bound)) <= exact * Fraction(1 + 2**-40)


def test_a_slice_keeps_what_is_broadcast_along_its_axis() -> None:
    whole = ErrorArray(X, np.arange(3.0)[:, np.newaxis])
    np.testing.assert_array_equal(whole.examples(slice(1, 3)).error, whole.error[:, 1:3])
    np.testing.assert_array_equal(whole.rows(slice(1, 3)).error, whole.error[1:3])


def test_a_stored_sum_that_is_summed_again_is_rounded_once() -> None:
    """By u|s|, and not by u for each of its terms: here s = 0."""
    x = np.tile([1.0, -1.0], (4, 25))
    twice = ErrorArray(x, p=BFLOAT16).sum(axis=1).sum()
    assert float(twice.error) < BFLOAT16.u * np.abs(x).sum() / 10


@pytest.mark.parametrize("size", [2.0**-20, 1.0, 2.0**20])
def test_a_stored_product_that_is_added_is_stored_twice(size: float) -> None:
    rng = np.random.default_rng(2)
    W, A = size * rng.standard_normal((3, 50)), size * rng.standard_normal((50, 4))
    b = ErrorArray(np.zeros((3, 1)), p=BFLOAT16)
    total = ErrorArray(W, p=BFLOAT16) @ ErrorArray(A, p=BFLOAT16)
    bound = (total + b).error / (BFLOAT16.u * np.abs(total.value))
    assert (bound > 2).all()  # stored twice: before b is added, and after that
    assert (bound < 2.1 + 60 * 2**-15 * (np.abs(W) @ np.abs(A)) / np.abs(total.value)).all()


def test_a_rounding_of_a_stored_sum_is_that_of_its_value() -> None:
    once = ErrorArray(X, p=BFLOAT16).sum(axis=0)
    more = once.rounded(1 / 2).terms(whole=True).absolute - once.terms(whole=True).absolute
    assert (more > np.abs(once.value) / 2).all()


@pytest.mark.slow
@pytest.mark.parametrize("keepdims", [True, False])
@pytest.mark.parametrize("axis", [0, 1, 2, None])
def test_alike_terms_are_counted_along_any_axis(axis: int | None, keepdims: bool) -> None:
    rng = np.random.default_rng(3)
    x = np.where(rng.random((80, 90, 100)) < 0.7, 0.3, rng.random((80, 90, 100)))
    p = FLOAT32.with_union_bound(100)
    total = ErrorArray(x, p=p).sum(axis=axis, keepdims=keepdims)

    def count(row: Any) -> float:
        return row.size * share_alike(row[np.newaxis], p.accumulate, row.size)[0]

    wanted = count(x.ravel()) if axis is None else np.apply_along_axis(count, axis, x)
    assert total.pending_sum is not None
    shown = np.broadcast_to(total.pending_sum.alike, total.shape)
    wanted = np.reshape(wanted, total.shape)
    assert len(np.unique(wanted)) > 1 or axis is None
    assert wanted.max() > 10
    assert (np.abs(shown - wanted) <= wanted * 2.0**-24).all()  # another order of the shares' sums


def test_a_sum_of_sums_has_the_alike_terms_of_each() -> None:
    n, p = 500, FLOAT32.with_union_bound(100)
    once = ErrorArray(np.full((1, n), 0.3), p=p)
    both = (once + once).sum(axis=1)
    assert both.pending_sum is not None
    assert float(np.squeeze(both.pending_sum.alike)) > 1.9 * n


def test_a_plain_number_is_divided_by_one_rounding() -> None:
    third = ErrorArray([1.0], p=FLOAT32) / 3.0
    assert third.pending_sum is None
    assert 0 < float(third.error[0]) < 1.01 * FLOAT32.u / 3


def test_a_sum_is_divided_by_a_power_of_two_without_error() -> None:
    total = ErrorArray(X, p=FLOAT32).sum(axis=0)
    np.testing.assert_array_equal((total / 4.0).error, total.error / 4)


def test_a_sum_is_divided_by_a_number_that_has_an_error() -> None:
    total = ErrorArray(X, p=FLOAT32).sum(axis=0)
    bound = (total / ErrorArray(3.0, 0.5, FLOAT32)).error
    assert (bound >= np.abs(total.value) * (1 / 2.5 - 1 / 3)).all()
    each = total / ErrorArray([2.0, 3.0, 4.0, 5.0], p=FLOAT32)
    assert np.isfinite(each.error).all()


def test_errors_that_a_product_carries_are_added_at_float64() -> None:
    product = ErrorArray(X, 0.1) @ ErrorArray(X.T, 0.1)
    assert product.pending_sum is not None
    assert product.pending_sum.absolute.dtype == np.float64
