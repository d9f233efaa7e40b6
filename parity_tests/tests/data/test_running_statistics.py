"""Mean and deviation by chunks: what those of all examples at once are."""

from __future__ import annotations

import itertools
from fractions import Fraction
from functools import reduce
from operator import add
from typing import Any

import numpy as np
import pytest

from parity_tests.error_model.error_array import ErrorArray
from ref_numpy import InputError, Standardiser
from torch_impl.data.running_statistics import Moments, standardiser_of


class Bounded(ErrorArray):
    """An error array as data come: with a least number as well."""

    def __len__(self) -> int:
        return len(self.value)

    def min(self, axis: int) -> ErrorArray:
        return -((-self).max(axis))


def chunked(x: np.ndarray, sizes: list[int], kind: Any = np.asarray) -> Moments:
    ends = [0, *itertools.accumulate(sizes)]
    assert ends[-1] == len(x)
    return reduce(add, (Moments.of(kind(x[a:b])) for a, b in itertools.pairwise(ends)))


def test_moments_of_one_chunk_by_hand() -> None:
    found = Moments.of(np.array([[1.0, 7], [3, 7], [5, 7], [7, 7]]))
    assert found.m == 4
    assert found.mean.tolist() == [4, 7]
    assert found.S.tolist() == [20, 0]
    assert found.least.tolist() == [1, 7]
    assert found.largest.tolist() == [7, 7]


def test_two_chunks_of_different_lengths_by_hand() -> None:
    """0 and 2, 2, 8 → δ = 4, mean 3, S = 0 + 24 + 16·3/4; nothing is rounded."""
    for values, mean in (([0.0, 2, 2, 8], 3), ([8.0, 0, 1, 3], 3)):
        x = np.array(values)[:, np.newaxis]
        found = chunked(x, [1, 3])
        deviations = sum((v - mean) ** 2 for v in values)
        assert (found.m, found.mean.tolist(), found.S.tolist()) == (4, [mean], [deviations])
        assert (found.least.tolist(), found.largest.tolist()) == ([min(values)], [max(values)])
        np.testing.assert_array_equal(found.sigma, [np.sqrt(deviations / 4)])


SIZES = [[1] * 60, [60], [13, 1, 40, 6], [30, 30], [59, 1], [1, 59]]


@pytest.mark.parametrize("sizes", SIZES, ids=lambda sizes: f"{len(sizes)} chunks")
@pytest.mark.parametrize("offset", [0.0, 1.0, 1e6, -1e12])
def test_chunks_agree_with_the_reference_as_far_as_rounding_lets_them(sizes, offset) -> None:
    """Both are within what their own roundings allow of what the fractions say: also where the
    mean is a million million deviations away, and Σ x² − m·mean² has no right digit."""
    x = np.random.default_rng(1).standard_normal((60, 5)) * [1, 10, 0.1, 3, 1] + offset
    x[:, 4] = x[0, 4]
    ours, bound = chunked(x, sizes), chunked(x, sizes, Bounded)
    for k, column in enumerate(x.T):
        exact = [Fraction(v) for v in column.tolist()]
        mean = sum(exact) / 60
        S = sum((v - mean) ** 2 for v in exact)
        assert abs(Fraction(ours.mean[k]) - mean) <= Fraction(bound.mean.error[k])
        assert abs(Fraction(ours.S[k]) - S) <= Fraction(bound.S.error[k])

    reference = Standardiser.of(x.T)
    ours = ours.standardiser(5)
    at_once = Moments.of(Bounded(x))
    for mine, theirs, its_bound, whole in (
        (ours.mu, reference.mu, bound.mean, at_once.mean),
        (ours.sigma[:4], reference.sigma[:4], bound.sigma[:4], at_once.sigma[:4]),
    ):
        allowed = its_bound.error + whole.error
        assert np.all(np.abs(mine - theirs)[:, 0] <= allowed)
        assert np.all(allowed <= np.abs(theirs)[:, 0])  # the bound means something
    assert ours.sigma[4] == reference.sigma[4] == 1


@pytest.mark.parametrize("sizes", [[4, 4, 8], [8, 8], [16]])
@pytest.mark.parametrize("each_feature", [True, False])
def test_where_nothing_is_rounded_it_is_the_references_standardiser(sizes, each_feature) -> None:
    """Integers, and chunks as long as all before them: every division is by a power of 2."""
    x = np.random.default_rng(2).integers(0, 256, (16, 8)).astype(np.float64)
    x[:, 3] = 9
    if each_feature:
        found = chunked(x, sizes)
    else:
        found = chunked(x.reshape(-1, 1), [8 * size for size in sizes])
    ours, reference = found.standardiser(8), Standardiser.of(x.T, each_feature)
    ends = [0, *itertools.accumulate(sizes)]
    chunks = (x[a:b] for a, b in itertools.pairwise(ends))
    for same in (ours, standardiser_of(chunks, 8, each_feature)):
        np.testing.assert_array_equal(same.mu, reference.mu, strict=True)
        np.testing.assert_array_equal(same.sigma, reference.sigma, strict=True)
    assert (ours.sigma[3] == 1) == each_feature


def test_what_never_changes_within_a_chunk_may_change_between_chunks() -> None:
    x = np.array([[1.0, 0.1], [1, 0.1], [3, 0.1], [3, 0.1]])
    ours = chunked(x, [2, 2]).standardiser(2)
    assert ours.sigma.tolist() == [[1], [1]]
    assert ours.mu.tolist() == [[2], [0.1]]
    x[2:, 0] = 5
    assert chunked(x, [2, 2]).standardiser(2).sigma.tolist() == [[2], [1]]


@pytest.mark.filterwarnings("error")
def test_numbers_whose_squares_have_no_room_are_refused() -> None:
    x = np.array([[0.25, 1e300], [0.5, -1e300], [1.0, 0.0]])
    with pytest.raises(InputError) as refused:
        standardiser_of([x[:2], x[2:]], 2)
    assert (refused.value.code, refused.value.facts) == ("data.too-large", {"largest": "1e+300"})
    x[:, 1] = 1e300
    assert standardiser_of([x[:2], x[2:]], 2).sigma[1] == 1
