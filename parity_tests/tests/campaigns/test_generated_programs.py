"""Programs that are written at random: the right ones are read as they were written, and pass."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from rich.console import Console

from parity_tests.adapters.interfaces import network_program
from parity_tests.campaigns.generated_programs.generate import generated
from parity_tests.campaigns.generated_programs.program_checks import (
    FOUND,
    MISSED,
    RIGHT,
    check_program,
)
from parity_tests.campaigns.generated_programs.program_choices import INTERFACES
from parity_tests.campaigns.generated_programs.programs_campaign import campaign
from ref_numpy import InputError


def test_a_seed_is_one_program_and_a_mistake_is_one_change_of_it() -> None:
    for seed in range(4 * len(INTERFACES)):
        right, wrong = generated(seed), generated(seed, seed)
        assert right.text == generated(seed).text
        compile(right.text, "right", "exec")
        pairs = zip(right.text.split("\n"), wrong.text.split("\n"), strict=True)
        assert sum(a != b for a, b in pairs) == (1 if wrong.mistake else 0)


@pytest.mark.slow
def test_right_programs_are_read_as_they_were_written_and_wrong_ones_are_found(
    tmp_path: Path,
) -> None:
    seeds = range(100, 100 + len(INTERFACES))
    right = [check_program(generated(seed), tmp_path)[0] for seed in seeds]
    assert [(r.seed, r.outcome, r.why) for r in right if r.outcome != RIGHT] == []
    assert {r.interface for r in right} == {*INTERFACES}
    wrong = [check_program(generated(seed, seed), tmp_path)[0] for seed in seeds[::2]]
    outcomes = Counter(result.outcome for result in wrong if result.mistake)
    assert outcomes[MISSED] == 0
    assert outcomes[FOUND] > len(wrong) // 2


def test_a_campaign_resumes_and_fails_where_a_program_is_misread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = tmp_path / "programs.jsonl"
    console = Console(width=200, record=True)
    assert campaign(1, 1, str(record), console) == 0
    before = record.read_bytes()
    assert campaign(2, 1, str(record), console) == 0
    assert record.read_bytes().startswith(before)
    assert "2 random right programs from seed 1: 0 refused, 0 misread" in console.export_text()
    read = network_program.layout_of
    monkeypatch.setattr(
        network_program, "layout_of", lambda facts: read({**facts, "rows": not facts["rows"]})
    )
    assert campaign(1, 1, "", console) == 1
    assert "0 refused, 1 misread" in console.export_text()
    record.write_text('{"format": 1, "code": "another"}\n', encoding="utf-8")
    with pytest.raises(InputError) as refused:
        campaign(1, 1, str(record), console)
    assert refused.value.code == "record.other-code"
