"""A part of the campaign: mistakes are found where they are and named; other numbers blame none."""

from __future__ import annotations

import io
from collections import Counter

import pytest
from rich.console import Console

from parity_tests.campaigns.mistakes import campaign, parts
from parity_tests.campaigns.plant_in_reference import Key
from parity_tests.campaigns.random_corruptions import corrupted, residual


def is_a_small_epsilon(mistake: Key) -> bool:
    """Whether it is an ε of at most 1e-10."""
    code, *facts = mistake
    is_epsilon = code in ("J.epsilon-inside-log", "dA.epsilon-in-quotient")
    return is_epsilon and int(dict(facts)["epsilon"].removeprefix("1e-")) >= 10


@pytest.mark.parametrize(
    ("precision", "step"),
    [
        pytest.param("float64", 23, marks=pytest.mark.slow),
        pytest.param("float32", 59, marks=pytest.mark.slow),
        pytest.param("bfloat16", 59, marks=pytest.mark.slow),
    ],
)
def test_mistakes_are_found_where_they_are_and_named(precision: str, step: int) -> None:
    verdicts: Counter[str] = Counter()
    for _, some in parts(precision, step):
        for one in some:
            verdicts[one.verdict] += 1
            assert one.verdict not in ("wrong", "elsewhere"), one
            # A change within rounding is an ε, or half of a sum that is almost nothing.
            small = one.verdict == "small" and precision == "float64"
            assert not small or is_a_small_epsilon(one.mistake), one
    right = verdicts["named"] + verdicts["several"]
    assert verdicts["named"] > 40
    if precision == "float64":
        assert right >= 0.98 * (verdicts.total() - verdicts["small"])


@pytest.mark.parametrize("precision", ["float64", "float32", "bfloat16", "float16"])
@pytest.mark.slow
def test_other_wrong_numbers_are_found_and_blamed_on_no_mistake(precision: str) -> None:
    kinds = set()
    for one in corrupted(precision, seed=1, step=9):
        kinds.add(one.kind)
        assert one.found, one
        assert not one.blamed, one
    assert len(kinds) > 5


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["float64", "float32", "bfloat16"])
def test_in_a_graph_they_are_blamed_on_no_mistake_either(precision: str) -> None:
    """On none in any share of a sum, and on no pair or constant."""
    kinds = set()
    for one in corrupted(precision, seed=1, step=23, spec=residual()):
        kinds.add(one.kind)
        assert one.found, one
        assert not one.blamed, one
    assert len(kinds) > 3


@pytest.mark.slow
def test_a_row_that_is_scaled_by_little_is_not_the_whole_times_c() -> None:
    """c is near enough to 1 that each other element may be times c, or may be right."""
    every = [*corrupted("float64", step=46, spec=residual())]
    assert ("e", "a scaled row") in [(one.tensor, one.kind) for one in every]
    assert [one for one in every if one.blamed or not one.found] == []


@pytest.mark.slow
def test_the_command_prints_both_tables() -> None:
    console = Console(width=80, record=True, file=io.StringIO())
    assert campaign(console, step=1500) == 0
    printed = console.export_text()
    assert "planted in" in printed
    assert "float64 copy" in printed
    assert "bfloat16 course" in printed
    assert "corrupted" in printed
    assert "float16 one element" in printed
