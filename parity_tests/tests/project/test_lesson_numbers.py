"""Every number in a lesson's prose is produced by a cell above it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from parity_tests.tests.project.lesson_numbers import (
    constants_of_source,
    numbers_of_prose,
    printed_numbers,
    unproduced_numbers,
)
from parity_tests.tests.support.paths import ROOT

NOTEBOOKS = sorted((ROOT / "lessons").glob("[0-9][0-9]_*.ipynb"))
FROM_ELSEWHERE = {
    "04": {
        "99 %": "the course, week 2: its cat classifier on the training set",
        "70 %": "the course, week 2: its cat classifier on the test set",
    },
    "06": {"0.01": "the definition of leaky ReLU, which the table gives"},
    "08": {"2016": "the year of Telgarsky's paper"},
    "10": {
        "10^{-7}": "course 2, gradient checking: a difference that is fine",
        "10^{-3}": "course 2, gradient checking: a difference that is a reason to worry",
    },
}  # fmt: skip


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_cell_produced_every_number_in_the_prose(path: Path) -> None:
    elsewhere = FROM_ELSEWHERE.get(path.stem[:2], {})
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    assert sorted(set(unproduced_numbers(cells)) - set(elsewhere)) == []
    prose = "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    assert set(elsewhere) <= {number.text for number in numbers_of_prose(prose)}


@pytest.mark.parametrize(
    ("prose", "printed"),
    [
        ("86 %", "accuracy 86.1%"),
        ("86 %", "accuracy 0.861"),
        ("86.1 %", "accuracy 0.861"),
        ("between 72 and 89 %", "71.9% 0.889"),
        ("72–89 %", "71.9% 88.9%"),
        ("about 0.07", "0.0712"),
        ("1,797 images", "(1797,)"),
        ("4·10⁻¹⁸", "4.25e-18"),
        ("$4 \\cdot 10^{-18}$", "-4.25e-18"),
        ("$-4.2 \\cdot 10^{-18}$", "-4.2e-18"),
        ("10⁻⁷", "9.8e-08"),
        ("1e14", "1.2e+14"),
        ("2¹⁵ units", "32768"),
        ("from 22.8 down to 5.4", "[22.81  5.39]"),
        ("12", "11.52"),
    ],
)
def test_a_number_that_a_cell_printed(prose: str, printed: str) -> None:
    assert numbers_of_prose(prose)
    assert unproduced_numbers(lesson(code(output=printed), text(prose))) == []


@pytest.mark.parametrize(
    ("prose", "printed"),
    [
        ("87 %", "86.1% 0.861 87"),
        ("86.2 %", "86.1%"),
        ("72–88 %", "71.9% 88.9%"),
        ("about 0.08", "0.0712 8%"),
        ("0.070", "0.0712"),
        ("1,798 images", "(1797,)"),
        ("4·10⁻¹⁷", "4.25e-18"),
        ("$4 \\cdot 10^{-17}$", "4.25e-18"),
        ("10⁻⁶", "9.8e-08"),
        ("1e15", "1.2e+14"),
        ("2¹⁴ units", "32768"),
        ("500", "500.6"),
        ("the 25 units of W1 (`25`, week 3)", "W25 float25 <Figure size 25x25 with 1 Axes>"),
    ],
)
def test_a_number_that_no_cell_printed(prose: str, printed: str) -> None:
    assert len(unproduced_numbers(lesson(code(output=printed), text(prose)))) == 1


def test_a_number_must_be_printed_above_it() -> None:
    assert unproduced_numbers(lesson(text("86.1 %"), code(output="86.1%"))) == ["86.1 %"]
    assert unproduced_numbers(lesson(code(output="86.1%"), text("86.1 %"))) == []


def test_a_setting_is_in_the_source_above_or_just_below() -> None:
    prose = "With α = 0.02 and 400 steps."
    setting, other = code("fit(0.02, steps=400)"), code("print(1)")
    assert unproduced_numbers(lesson(setting, text(prose))) == []
    assert unproduced_numbers(lesson(text(prose), setting)) == []
    assert unproduced_numbers(lesson(text(prose), other, setting)) == ["0.02", "400"]
    assert unproduced_numbers(lesson(code("fit(0.03, 401)"), text(prose))) == ["0.02", "400"]
    assert unproduced_numbers(lesson(code("plot(lw=0.02, s=400)"), text(prose))) == ["0.02", "400"]
    assert unproduced_numbers(lesson(code("# 0.02, '400'"), text(prose))) == ["0.02", "400"]


def test_the_title_is_not_compared() -> None:
    assert unproduced_numbers([text("86.1 %")]) == []


def test_what_is_no_claim() -> None:
    prose = (
        "# 2024\n1. In week 12, $W^{[11]}$ of layer 11 is `np.zeros(12)`: $$x = 13$$ W12, 7 units."
    )
    assert numbers_of_prose(prose) == []
    assert [n.text for n in numbers_of_prose(f"{prose}\n\nIt has 12 units.")] == ["12"]
    assert [n.text for n in numbers_of_prose("$\\alpha = 0.5$, $e^{710}$, 2-32-1, (4, 100)")] == [
        "0.5", "710", "32", "100",
    ]  # fmt: skip


def test_numbers_of_outputs_and_sources() -> None:
    assert [float(p.value) for p in printed_numbers("[1. 2.5] 1e-07 1,797 (4, 1) 5%")] == [
        1, 2.5, 1e-7, 1797, 4, 1, 5,
    ]  # fmt: skip
    assert {float(c) for c in constants_of_source("f(-0.5, h=2.0**-10, figsize=(6, 3))")} == {
        0.5, 2, 10, 2.0**-10,
    }  # fmt: skip


def lesson(*cells: dict[str, Any]) -> list[dict[str, Any]]:
    return [text("# the title"), *cells]


def text(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "source": [source]}


def code(source: str = "", output: str = "") -> dict[str, Any]:
    return {"cell_type": "code", "source": source, "outputs": [{"text": [output]}]}
