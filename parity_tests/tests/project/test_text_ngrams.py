"""The n-gram model of the benchmarks: counted by hand, and a distribution."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest

ngrams = pytest.importorskip(
    "benchmarks.accuracies.text_ngrams", reason="benchmarks are not in the wheel"
)
Ngrams, Order = ngrams.Ngrams, ngrams.Order


def test_a_discount_is_that_of_the_strings_seen_once_and_twice() -> None:
    order = Order.of({"ab": 1, "ac": 2, "ba": 1, "ca": 2, "cb": 5})
    assert order.discount == 2 / (2 + 2 * 2)
    assert order.counts["c"] == {"a": 2, "b": 5}
    assert order.totals == {"a": 3, "b": 1, "c": 7}


def test_bigrams_are_counted_by_hand() -> None:
    """aabab: aa 1, ab 2, ba 1, so that D = 2/4; before a come a and b, before b only a.

    The counts of a and b are then 2 and 1: n₁ = n₂ = 1, D' = 1/3.
    """
    model, V = Ngrams("aabab", 2, 3), 3
    lower = {
        c: (max(N - Fraction(1, 3), 0) + Fraction(1, 3) * 2 * Fraction(1, V)) / 3
        for c, N in (("a", 2), ("b", 1), ("c", 0))
    }
    assert sum(lower.values()) == 1
    for c, N in (("a", 1), ("b", 2), ("c", 0)):
        right = (max(N - Fraction(1, 2), 0) + Fraction(1, 2) * 2 * lower[c]) / 3
        assert is_near(model.probability("ba", c), right)
    assert is_near(model.probability("c", "a"), lower["a"])  # c was never seen


def is_near(found: float, right: Fraction) -> bool:
    """Whether up to 8 roundings of numbers below 1 explain the difference."""
    return abs(Fraction(found) - right) <= 8 * Fraction(2) ** -53


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_probabilities_add_up_to_one(n: int) -> None:
    text = "the cat sat on the mat, and the dog sat on the log. " * 2
    characters = sorted({*text})
    model = Ngrams(text, n, len(characters))
    for before in ("", "t", "the ", "xyz", "sat on the "):
        total = math.fsum(model.probability(before, c) for c in characters)
        # n sums of V terms of at most 1, each rounded some times
        assert abs(total - 1) <= 8 * n * len(characters) * 2.0**-53
    assert model.bits(text) < math.log2(len(characters))
