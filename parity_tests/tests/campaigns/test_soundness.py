"""A small campaign of each sort; the long ones are commands of `python -m parity_tests`."""

from __future__ import annotations

import pytest

from parity_tests.campaigns import soundness
from parity_tests.cli.commands import main

SEED = 1_000_000  # not one that the long campaign begins with


@pytest.mark.parametrize("n", [60, pytest.param(300, marks=pytest.mark.slow)])
def test_random_correct_candidates_pass(n: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["false-positives", "--candidates", str(n), "--seed", str(SEED)]) == 0
    printed = capsys.readouterr().out
    assert f"{n} random correct candidates from seed 1000000 on cpu: 0 findings" in printed
    for precision in soundness.PRECISIONS:
        assert f"\n{precision} " in printed


def test_a_wrong_candidate_fails_the_campaign(monkeypatch, capsys) -> None:
    twin = soundness.twin

    def wrong(precision: str, device: str):
        run = twin(precision, device)
        return lambda *problem: (t := run(*problem)) | {"J": t["J"] + 1}

    monkeypatch.setattr(soundness, "twin", wrong)
    assert main(["false-positives", "--candidates", "3", "--seed", "0"]) == 1
    printed = capsys.readouterr().out
    assert printed.count("J is wrong") == 3
    assert "seed 0: " in printed


def test_a_seed_gives_the_same_problem_again() -> None:
    first, second = (soundness.random_candidate(17) for _ in range(2))
    assert str(first) == str(second)
    assert all((first.params[n] == second.params[n]).all() for n in first.params)
    assert str(first) != str(soundness.random_candidate(18))
