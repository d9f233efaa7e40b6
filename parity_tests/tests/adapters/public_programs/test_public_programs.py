"""Programs in public styles: right ones pass, each planted mistake is found and named.

What is not found, or not named, has an empty tensor or cause in the list of mistakes, and is a row
of the README's table: when it is found one day, these tests ask for a new list.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from parity_tests.checking.verdict import FAILED
from parity_tests.tests.adapters.public_programs.programs import (
    PublicProgram,
    named,
    public_programs,
)

PROGRAMS = {program.name: program for program in public_programs()}
QUICK = {
    "cs231n/softmax_classifier", "nielsen/matrix_of_a_batch", "from_scratch/logistic_regression",
    "oreilly/forward_info", "engines/miniflow", "course/planar_short",
}  # fmt: skip


def each(quick: set[str]) -> list[object]:
    return [pytest.param(p, id=n, marks=() if n in quick else pytest.mark.slow)
            for n, p in PROGRAMS.items()]  # fmt: skip


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of a program's own e^z, or of its plots
@pytest.mark.parametrize("program", each(QUICK))
def test_a_right_program_has_its_verdict(program: PublicProgram, tmp_path: Path) -> None:
    report = program.check(program.source, tmp_path)
    assert (report.verdict, report.findings, report.mistaken) == (program.verdict, (), ())


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("program", each({"oreilly/forward_info", "engines/miniflow"}))
def test_a_mistake_is_found_and_named(program: PublicProgram, tmp_path: Path) -> None:
    for mistake in program.mistakes:
        report = program.check(program.with_mistake(mistake), tmp_path)
        found = {finding.tensor for finding in report.findings}
        if not mistake.tensor:
            assert report.findings == (), (mistake, str(report))
            continue
        assert report.verdict == FAILED, mistake
        assert mistake.tensor in found, (mistake, found)
        codes = named(report, mistake.tensor)
        assert mistake.cause in codes if mistake.cause else codes == (), (mistake, codes)


@pytest.mark.slow
def test_a_network_of_20_layers_is_checked_as_one_of_3_is(tmp_path: Path) -> None:
    program = PROGRAMS["from_scratch/deep_dictionaries"]
    sizes = "-".join(map(str, [*range(24, 4, -1), 1]))
    deep = replace(program, options={"network": sizes})
    report = deep.check(program.source, tmp_path)
    assert (report.verdict, report.problem.partition(" ")[0]) == ("passed", sizes)
    assert "dW20" in report.judged


def test_there_are_many_programs_and_short_adapters() -> None:
    judged = [p for p in PROGRAMS.values() if p.verdict == "passed"]
    by_path = [p for p in judged if not p.adapter]
    assert len(judged) >= 30
    assert len(by_path) >= 0.6 * len(judged)
    assert max(p.adapter_lines for p in judged) <= 8
    assert all(len(p.mistakes) >= 3 for p in judged)


def test_each_mistake_is_another_line_of_its_program() -> None:
    for program in PROGRAMS.values():
        sources = {program.with_mistake(mistake) for mistake in program.mistakes}
        assert len({*sources, program.source}) == len(program.mistakes) + 1
