"""The table of wrong programs: none passes without a reason, and the right program passes."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from parity_tests.campaigns import false_negatives
from parity_tests.campaigns.false_negatives import (
    EXPLAINED,
    FOUND,
    KINDS,
    MISSED,
    SUSPICIOUS,
    UNJUDGED,
    programs,
    row,
)
from parity_tests.campaigns.wrong_programs import (
    formulas,
    kept_between_calls,
    low_products,
    lower_precision,
    races,
    reductions,
    tiles,
)
from parity_tests.campaigns.wrong_programs.right_program import (
    BINARY,
    FULL,
    NETWORK,
    SQUARE,
    RightProgram,
)
from parity_tests.checking import check_run
from parity_tests.checking.judged import Calls
from parity_tests.cli import campaign_commands
from parity_tests.diagnosis.explained_check import check
from parity_tests.error_model.precisions import FLOAT64, PRECISIONS
from parity_tests.kinds.random_problem import random_problem

# Programs that pass at a precision, since what they do is less than its rounding may do.
WITHIN_BOUNDS = {
    ("float64", "The logarithm in J has an ε of 1e-16"),
    ("float32", "The logarithm in J has an ε of 1e-16"),
    ("bfloat16", "The logarithm in J has an ε of 1e-16"),
    ("float16", "The logarithm in J has an ε of 1e-16"),
    ("bfloat16", "The logarithm in J has an ε of 1e-3"),
    ("bfloat16", "σ is clipped to 1e-4 … 1 − 1e-4"),
    ("bfloat16", "dZ goes through float16, where small gradients are zero"),
    ("bfloat16", "1/m is a number of bfloat16"),
    ("float16", "1/m is a number of bfloat16"),
    (
        "float32",
        "W1 X of bfloat16 × 2 operands, 8,192 inputs; all other products are right",
    ),
}
SUSPICIONS = {("float32", "W1 X of TF32 operands, 8,192 inputs; all other products are right")}
# Programs whose errors sums in half precision may have, too: the check does not judge them.
OTHER_ARITHMETIC = {
    *(("bfloat16", program.title()) for program in (
        kept_between_calls.AveragedCost, tiles.DropsRestOf256, tiles.OverlapsRest,
        tiles.DividedByWholeTiles, tiles.LossOfWholeTiles, lower_precision.StoredInFloat16,
        lower_precision.FastTanh, reductions.NoPenalty, reductions.PenaltyOfBiases,
        low_products.BFloat16Sums, low_products.BFloat16BiasSums, formulas.Leaky,
    )),
    *(("float16", program.title()) for program in (
        low_products.OneLowOperand, low_products.Float16Sums,
        lower_precision.StoredInBFloat16, lower_precision.LowBias,
        low_products.LowBiasSums, low_products.BFloat16BiasSums, tiles.DropsRestOf256,
        tiles.OverlapsRest,
    )),
}  # fmt: skip
RARE = "One element of dW2 is another one's in 1 of 1,000 calls"
QUICK = [
    one for i, one in enumerate(programs()) if i % 16 == 0 and one[1].network.input_shape < (99,)
]


@pytest.mark.parametrize("precision", FULL)
@pytest.mark.parametrize("network", [NETWORK, BINARY, SQUARE], ids=["5", "1", "square"])
def test_the_right_program_passes(network, precision: str) -> None:
    p = PRECISIONS[precision]
    check(RightProgram(p), network, *random_problem(network, 11), p).raise_findings()


def test_the_table_has_at_least_60_programs_of_every_kind() -> None:
    every = list(programs())
    assert len({program.title() for _, program in every}) == len(every) >= 60
    assert {kind for kind, _ in every} == KINDS.keys()
    assert set(campaign_commands.FULL) == set(FULL)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "program"), QUICK, ids=[p.__name__ for _, p in QUICK])
def test_a_wrong_program_is_found(kind: str, program: type[RightProgram]) -> None:
    assert_as_listed(row(kind, program, PRECISIONS[program.precisions[0]]))


@pytest.mark.slow
@pytest.mark.parametrize("k", range(4))
def test_every_wrong_program_is_found_or_explained(k: int) -> None:
    """Each at one of its precisions; at all of them: `parity false-negatives`."""
    for i, (kind, program) in enumerate([*programs()][k::4]):
        precision = program.precisions[(i + k) % len(program.precisions)]
        assert_as_listed(row(kind, program, PRECISIONS[precision]))


def assert_as_listed(one: false_negatives.Row) -> None:
    place = one.precision, one.title
    is_small = place in WITHIN_BOUNDS or one.title == RARE
    outcome = SUSPICIOUS if place in SUSPICIONS else EXPLAINED if is_small else FOUND
    assert one.outcome == (UNJUDGED if place in OTHER_ARITHMETIC else outcome), one


@pytest.mark.slow
def test_a_check_that_does_not_judge_later_calls_fails_the_campaign(monkeypatch) -> None:
    def unjudged(report, first, others, same, m):
        return replace(report, calls=Calls(same, (m,)))

    monkeypatch.setattr(check_run, "with_later_calls", unjudged)
    for program in (
        kept_between_calls.KeptByShape, kept_between_calls.ZeroAtEverySecondCall, tiles.DropsRest64,
    ):  # fmt: skip
        one = row("", program, FLOAT64)
        assert (one.verdict, one.outcome) == ("passed", MISSED), one


@pytest.mark.slow
def test_errors_of_another_arithmetic_at_a_later_call_are_not_judged() -> None:
    """At the first call, of 11 examples, there is no rest of tiles of 16."""
    one = row("tiles", tiles.OverlapsRest, PRECISIONS["bfloat16"])
    assert (one.verdict, one.outcome) == ("not judged", UNJUDGED)


def test_a_rare_fault_is_explained_by_its_rate() -> None:
    one = row("races", races.RareElement, FLOAT64)
    assert one.outcome == EXPLAINED
    assert one.why == "wrong in 1 of 1000 calls; 1 in 2.5 calls is found"


@pytest.mark.slow
def test_the_command_prints_the_table_and_fails_where_a_program_is_missed(monkeypatch) -> None:
    def printed(program: type[RightProgram]) -> tuple[int, str]:
        monkeypatch.setattr(false_negatives, "programs", lambda: iter([("tiles", program)]))
        console = Console(width=120, record=True, file=io.StringIO())
        return false_negatives.campaign(console, ["float64"]), console.export_text()

    code, text = printed(tiles.DropsRest8)
    assert code == 0
    line = "dW leaves out the rest of the examples after whole tiles of 8 float64 found"
    assert line in " ".join(text.split())
    assert "1 wrong programs, 1 checks: 1 found, 0 suspicious, 0 not judged, " in text

    class Harmless(RightProgram):
        """Listed as a program that changes an argument; this one changes none."""

        in_trace = False

    assert printed(Harmless)[0] == 1
