"""The page of a graph as a person meets it, in headless Chromium: boxes, positions, a phone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from parity_tests.adapters.candidate_process.in_this_process import program_here
from parity_tests.page.html import page
from parity_tests.page.page_request import PageRequest
from parity_tests.page.training_recording import PageRecording, record

pytest.importorskip("selenium", reason="needs selenium, of the extra test")
from parity_tests.tests.support.browser import Keys, opened, press, text
from parity_tests.tests.support.page_networks import GRAPHS, PLANTED, written

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # those of selenium's own connections
]


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, PageRecording]:
    """The twin's of both graphs, and that of a candidate with one wrong number."""
    folder = tmp_path_factory.mktemp("graphs")
    (folder / "mine.py").write_text(PLANTED, encoding="utf-8")
    made = {}
    for name, network, candidate in (
        ("residual", "residual", ""),
        ("texts", "texts", ""),
        ("planted", "texts", f"{folder / 'mine.py'}:one_number"),
    ):
        request = PageRequest(candidate, network=written(GRAPHS[network], folder), iterations=2)
        made[name] = record(request, program_here())
    return made


@pytest.fixture(scope="module")
def pages(recordings: dict[str, PageRecording], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    for name, recording in recordings.items():
        (folder / f"{name}.html").write_text(page(recording), encoding="utf-8")
    return folder


def go_to(browser: Any, step: str) -> None:
    browser.execute_script(f"document.querySelector('[data-step=\"{step}\"]').click()")


def boxes(browser: Any, marked: str) -> list[str]:
    """The boxes of the graph's picture that are marked so."""
    return browser.execute_script(
        f"return [...document.querySelectorAll('[data-box].{marked}')].map((b) => b.dataset.box)"
    )


def readout(browser: Any) -> dict[str, str]:
    rows = "[...document.querySelectorAll('#readout tr')]"
    cells = "[...row.children].map((cell) => cell.textContent)"
    return dict(browser.execute_script(f"return {rows}.map((row) => {cells})"))


def slide(browser: Any, position: int, axis: int = 0) -> None:
    browser.execute_script(
        "const s = document.querySelectorAll('#positions input')[arguments[0]];"
        "s.value = arguments[1]; s.dispatchEvent(new Event('input'));",
        axis, position,
    )  # fmt: skip


@pytest.mark.parametrize("name", ["residual", "texts"])
def test_every_step_is_reached_by_keyboard_and_its_box_is_marked(
    browser: Any, pages: Path, recordings: dict[str, PageRecording], name: str
) -> None:
    opened(browser, pages / f"{name}.html")
    spec, seen = recordings[name].spec, []
    for _ in range(60):  # more than there are
        step = browser.execute_script("return location.hash.slice(1)")
        if step in seen:
            break
        seen.append(step)
        (box,) = boxes(browser, "now")
        tensor = step.removesuffix("+")
        owners = {
            n: s.output for s in spec.steps[::-1] for n in (*s.outputs, *s.parameters.values())
        }
        owners |= {f"d{n}": owner for n, owner in owners.items()} | {
            f"d{n}": n for n in spec.inputs
        }
        assert box == {"J": "J", **owners}[tensor]
        assert text(browser, "#title").startswith(f"{tensor} :=" if step != tensor else tensor)
        press(browser, Keys.ARROW_RIGHT)
    updates = [f"{name}+" for name in spec.parameter_shapes]
    shown = [n for n in recordings[name].snapshots[0].elements if n not in (*spec.inputs, *updates)]
    assert seen == [*shown, *updates]
    assert browser.get_log("browser") == []


def test_a_box_leads_to_its_steps_one_after_the_other(browser: Any, pages: Path) -> None:
    opened(browser, pages / "residual.html")
    seen = []
    for _ in range(6):
        browser.execute_script(
            "document.querySelector('[data-box=\"norm\"]').dispatchEvent(new MouseEvent('click'))"
        )
        seen.append(text(browser, "#title").split()[0])
    assert seen == ["norm", "dnorm", "dnorm.gamma", "dnorm.beta", "norm.gamma", "norm.beta"]
    assert boxes(browser, "read") == []
    go_to(browser, "r")
    assert boxes(browser, "read") == ["h", "outer"]


def test_positions_are_shown_one_at_a_time_in_all_tensors(
    browser: Any, pages: Path, recordings: dict[str, PageRecording]
) -> None:
    opened(browser, pages / "texts.html")
    recording = recordings["texts"]
    elements = recording.snapshots[0].elements
    assert text(browser, "#positions label") == "position 1 of 5"
    slide(browser, 3)
    assert text(browser, "#positions label") == "position 4 of 5"
    browser.find_element("css selector", "#ours canvas").send_keys(
        Keys.ENTER, Keys.ARROW_DOWN, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ESCAPE
    )
    for name in ("e", "gate.0", "mixed", "scores", "dmixed"):
        go_to(browser, name)  # the position stays
        found, element = readout(browser), elements[name]
        assert element.candidate is not None
        assert found["element"] == "row 2, column 3, position 4; in NumPy [1, 2, 3]"
        assert float(found["NumPy reference"]) == element.reference[1, 2, 3]
        assert float(found[f"{name}2, 3, 4 of torch on cpu"]) == element.candidate[1, 2, 3]
    assert text(browser, "#theirs figcaption") == "(20, 5, 6), transposed: a row is an example"
    go_to(browser, "flat")
    assert text(browser, "#positions label") == "position 4 of 5"  # of what it is made of
    assert readout(browser)["element"] == "row 2, column 3; in NumPy [1, 2]"
    go_to(browser, "z")
    assert browser.execute_script("return document.getElementById('positions').hidden")
    assert browser.get_log("browser") == []


def test_tokens_are_whole_numbers_at_the_shown_position(
    browser: Any, pages: Path, recordings: dict[str, PageRecording]
) -> None:
    opened(browser, pages / "texts.html")
    browser.find_element("css selector", "#positions [data-by='1']").click()
    tokens = recordings["texts"].X
    figure = "#reads figure:nth-child(2)"
    assert text(browser, f"{figure} .label") == "tokens"
    assert text(browser, f"{figure} figcaption") == "(20, 5)"
    browser.find_element("css selector", f"{figure} canvas").send_keys(
        Keys.ENTER, *[Keys.ARROW_RIGHT] * 4
    )
    assert readout(browser)["tokens5, 2"] == str(tokens[4, 1])  # pyright: ignore


def test_a_slider_has_its_own_keys(browser: Any, pages: Path) -> None:
    opened(browser, pages / "texts.html")
    browser.find_element("id", "position0").send_keys(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    assert text(browser, "#positions label") == "position 3 of 5"
    assert text(browser, "#title").startswith("e forward")


def test_a_wrong_number_opens_at_its_position(browser: Any, pages: Path) -> None:
    opened(browser, pages / "planted.html")
    assert browser.execute_script("return location.hash") == "#drop"
    assert readout(browser)["element"] == "row 3, column 4, position 2; in NumPy [2, 3, 1]"
    assert "wrong rows: 3; wrong columns: 4; wrong positions: 2 (" in text(browser, "#finding")
    assert text(browser, "#positions label") == "position 2 of 5"
    assert boxes(browser, "bad") == ["e", "drop", "scores"]  # of de.E and scores, made of drop
    assert browser.get_log("browser") == []


def test_what_a_graph_has_not_is_left_out(browser: Any, pages: Path) -> None:
    opened(browser, pages / "residual.html")
    assert browser.execute_script("return document.getElementById('plane').hidden")
    assert "no decision boundary of a graph" in text(browser, "#network-said")
    assert "nn.Sequential" not in text(browser, "#other")
    assert text(browser, "#formulas h3") == "dense"


@pytest.mark.parametrize("name", ["residual", "texts", "planted"])
def test_no_step_is_wider_than_a_phone(browser: Any, pages: Path, name: str) -> None:
    phone = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
    try:
        opened(browser, pages / f"{name}.html")
        press(browser, *[Keys.ARROW_LEFT] * 40)
        for _ in range(40):
            assert browser.execute_script("return document.documentElement.scrollWidth") <= 390
            press(browser, Keys.ARROW_RIGHT)
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
