"""The page of programs that do odd things, and the operands of a number."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from parity_tests.adapters.candidate_process.in_this_process import program_here
from parity_tests.page.html import page
from parity_tests.page.page_request import PageRequest
from parity_tests.page.training_recording import record

pytest.importorskip("selenium", reason="needs selenium, of the extra test")
from parity_tests.tests.support.browser import Keys, opened, press, text

pytestmark = pytest.mark.filterwarnings("ignore")  # those of selenium's own connections

PROGRAMS = """
import numpy as np
import ref_numpy


def one_nan(spec, params, X, Y):
    trace = ref_numpy.run(spec, params, X, Y)
    trace["A1"] = trace["A1"].copy()
    trace["A1"][1, 2] = np.nan
    return trace


def transposed(spec, params, X, Y):
    trace = ref_numpy.run(spec, params, X, Y)
    return trace | {"dZ1": trace["dZ1"].T}


def odd_name(spec, params, X, Y):
    return ref_numpy.run(spec, params, X, Y) | {"<!--<script>": X, "<!--script-->": X}
"""


def made_by(browser: Any, folder: Path, name: str, **options: Any) -> None:
    """Open the page of a function of PROGRAMS, or of the twin."""
    (folder / "programs.py").write_text(PROGRAMS, encoding="utf-8")
    candidate = f"{folder / 'programs.py'}:{name}" if name else ""
    (folder / "made.html").write_text(
        page(record(PageRequest(candidate, **options), program_here()))
    )
    opened(browser, folder / "made.html")


@pytest.mark.slow
def test_tensors_not_finite_or_of_another_shape_are_shown(browser: Any, tmp_path: Path) -> None:
    made_by(browser, tmp_path, "one_nan", iterations=5)
    assert browser.execute_script("return location.hash") == "#A1"
    assert "1 of 80 elements that are not finite" in text(browser, "#finding")
    browser.find_element("css selector", "#theirs canvas").send_keys(
        Keys.ENTER, Keys.ARROW_DOWN, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT
    )
    assert "2, 3 of programs.py:one_nanNaN" in text(browser, "#readout").replace("A[1]", "")
    made_by(browser, tmp_path, "transposed", iterations=5)
    assert browser.execute_script("return location.hash") == "#dZ1"
    assert text(browser, "#dimensions") == "dZ[1] has (20, 4); expected (4, 20) ✗"
    assert text(browser, "#theirs figcaption") == "(20, 4)"
    assert browser.get_log("browser") == []


@pytest.mark.slow
def test_a_name_is_shown_as_text(browser: Any, tmp_path: Path) -> None:
    made_by(browser, tmp_path, "odd_name", iterations=5)
    assert browser.execute_script("return location.hash") == "#Z1"
    assert "<!--<script> is not a tensor of this network" in text(browser, "#elsewhere")
    assert "<!--script--> is not a tensor of this network" in text(browser, "#elsewhere")
    assert browser.get_log("browser") == []


@pytest.mark.parametrize(
    "options",
    [
        {"network": "2-2-1", "lambd": 0.7, "examples": 3},
        {"network": "1-1", "examples": 1},
        {"network": "2-3-2", "hidden": "softmax", "output": "softmax", "examples": 4},
    ],
    ids=["regularised", "one of all", "softmax"],
)
@pytest.mark.slow
def test_the_operands_of_a_number_give_that_number(
    browser: Any, tmp_path: Path, options: dict[str, Any]
) -> None:
    """To within the four digits in which its parts are shown, each wrong by half a unit at most."""
    made_by(browser, tmp_path, "", iterations=5, data="random", **options)
    names = browser.execute_script(
        "return [...document.querySelectorAll('#flow button')].map((b) => b.dataset.step)"
    )
    written = 0
    for _ in names:
        rows = browser.execute_script(
            "return [...document.querySelectorAll('#readout tr')].map((r) => "
            "[...r.children].map((c) => c.textContent))"
        )
        table = dict(rows)
        if "made of" in table:
            made = table["made of"].replace("·", "*").replace("−", "-")
            numbers = re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?:e-?\d+)?", made)
            (shown, *_) = [text for head, text in rows if " of " in head and "made" not in head]
            value, largest = float(shown), eval(re.sub(r"(?<!e)-", "+", made))
            half_a_unit = len(numbers) * largest / 2 / 10**3
            assert abs(eval(made) - value) <= half_a_unit, (table, made)
            written += 1
        press(browser, Keys.ARROW_RIGHT)
    assert written >= len(names) // 2


@pytest.mark.slow
def test_one_snapshot_has_no_slider(browser: Any, tmp_path: Path) -> None:
    made_by(browser, tmp_path, "", iterations=1)
    assert not browser.find_element("id", "play").is_displayed()
