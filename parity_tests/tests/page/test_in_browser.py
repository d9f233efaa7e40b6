"""The page as a person meets it, in headless Chromium: by keyboard, light and dark, on a phone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from parity_tests.adapters.candidate_process.in_this_process import program_here
from parity_tests.cli.commands import main
from parity_tests.page.html import page
from parity_tests.page.page_request import PageRequest
from parity_tests.page.training_recording import PageRecording, record

pytest.importorskip("selenium", reason="needs selenium, of the extra test")
from parity_tests.tests.support.browser import Keys, later, opened, press, text, wait_until
from parity_tests.tests.support.paths import PROGRAMS

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # those of selenium's own connections
]
WRONG = ("(1 - np.power(A1, 2))", "(1 - A1)")


@pytest.fixture(scope="module")
def flower() -> PageRecording:
    return record(PageRequest(), program_here())


@pytest.fixture(scope="module")
def pages(flower: PageRecording, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """flower.html, digits.html, and wrong.html of a course program with a wrong derivative."""
    folder = tmp_path_factory.mktemp("pages")
    source = (PROGRAMS / "week3.py").read_text(encoding="utf-8")
    assert WRONG[0] in source
    (folder / "mine.py").write_text(source.replace(*WRONG), encoding="utf-8")
    request = PageRequest(network="64-32-10", hidden="relu", output="softmax", precision="float32")
    for name, recording in (("flower", flower), ("digits", record(request, program_here()))):
        (folder / f"{name}.html").write_text(page(recording), encoding="utf-8")
    assert main(["page", str(folder / "mine.py"), "--out", str(folder / "wrong.html")]) == 1
    return folder


def test_every_step_and_every_moment_is_reached_by_keyboard(
    browser: Any, pages: Path, flower: PageRecording
) -> None:
    opened(browser, pages / "flower.html")
    names = ["Z1", "A1", "Z2", "A2", "J", "dZ2", "dW2", "db2", "dA1", "dZ1", "dW1", "db1", "dA0"]
    seen = []
    for _ in range(20):  # more than there are
        seen.append(browser.execute_script("return location.hash.slice(1)"))
        press(browser, Keys.ARROW_RIGHT)
    assert list(dict.fromkeys(seen)) == [*names, "W1+", "b1+", "W2+", "b2+"]
    press(browser, Keys.ARROW_LEFT)
    assert browser.execute_script("return location.hash") == "#W2+"
    said = [text(browser, "#moment-said")]
    for _ in flower.snapshots:
        later(browser)
        said.append(text(browser, "#moment-said"))
    iterations = [int(re.findall(r"\d+", each)[0]) for each in dict.fromkeys(said)]
    assert iterations == [moment.iteration for moment in flower.snapshots]
    later(browser, Keys.ARROW_LEFT)
    assert text(browser, "#moment-said") == said[-3]
    assert browser.get_log("browser") == []


def test_the_numbers_on_the_page_are_the_traces(
    browser: Any, pages: Path, flower: PageRecording
) -> None:
    """One of each tensor, at the first moment and at a later one, to the last bit."""
    opened(browser, pages / "flower.html")
    rng = np.random.default_rng(0)
    for k in (0, 3):
        for name, element in flower.snapshots[k].elements.items():
            if name == "A0":
                continue  # it is not a step, but the inputs of one
            rows, columns = element.reference.shape or (1, 1)
            cell = int(rng.integers(rows)), int(rng.integers(min(columns, 6)))
            browser.execute_script(f"document.querySelector('[data-step=\"{name}\"]').click()")
            browser.find_element("css selector", "#ours canvas").click()  # in its middle
            browser.find_element("css selector", "#ours canvas").send_keys(
                Keys.ENTER, *[Keys.ARROW_LEFT] * columns, *[Keys.ARROW_UP] * rows,
                *[Keys.ARROW_RIGHT] * cell[1], *[Keys.ARROW_DOWN] * cell[0], Keys.ESCAPE,
            )  # fmt: skip
            rows_shown = browser.execute_script(
                "return [...document.querySelectorAll('#readout td')].map((td) => td.textContent)"
            )
            at = cell if element.reference.shape else ()
            assert element.candidate is not None
            values = rows_shown[1:] if at else rows_shown  # without the row of the indices
            assert float(values[0]) == element.candidate[at], name
            assert float(values[1]) == element.reference[at], name
        for _ in range(3):
            later(browser)
    assert browser.get_log("browser") == []


def test_a_candidate_with_a_finding_opens_where_it_is_wrong(browser: Any, pages: Path) -> None:
    opened(browser, pages / "wrong.html")
    assert browser.execute_script("return location.hash") == "#dZ1"
    found = text(browser, "#finding")
    assert "dZ[1] is wrong" in found
    assert "1 − A² was expected, 1 − A is used" in found
    assert "dZ = dA * (1 - A * A)" in found
    assert "line 22: dZ1 = np.dot(W2.T, dZ2) * (1 - A1)" in found
    assert "wrong rows: all; wrong columns: all" in found
    assert "1 finding" in text(browser, "#verdict")
    bad = "return [...document.querySelectorAll('#flow .bad')].map((b) => b.dataset.step)"
    assert browser.execute_script(bad) == ["dZ1"]
    press(browser, Keys.ARROW_RIGHT)
    assert browser.execute_script("return document.getElementById('finding').hidden")
    assert browser.get_log("browser") == []


def test_operands_are_read_by_keyboard_and_a_turned_picture_turns_the_arrows(
    browser: Any, pages: Path, flower: PageRecording
) -> None:
    opened(browser, pages / "flower.html")
    elements = flower.snapshots[0].elements
    browser.find_element("css selector", "#theirs canvas").send_keys(
        Keys.ENTER, Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ARROW_RIGHT
    )  # torch's rows are examples
    assert elements["Z1"].candidate is not None
    assert str(elements["Z1"].candidate[1, 2]) in text(browser, "#readout")
    browser.find_element("css selector", "#reads figure:nth-child(2) canvas").send_keys(
        Keys.ENTER, Keys.ARROW_DOWN, Keys.ARROW_RIGHT
    )
    assert f"A[0]2, 4{elements['A0'].candidate[1, 3]}" in text(browser, "#readout")  # pyright: ignore


def test_an_address_names_a_step(browser: Any, pages: Path) -> None:
    opened(browser, pages / "flower.html")
    browser.execute_script("location.hash = '#dW1'")
    wait_until(browser, "return document.getElementById('title').textContent.startsWith('dW')")
    assert text(browser, "#title").startswith("dW[1]")
    browser.get("about:blank")
    browser.get(f"{(pages / 'flower.html').as_uri()}#%")
    assert text(browser, "#title").startswith("Z[1]")
    assert browser.get_log("browser") == []


@pytest.mark.parametrize("name", ["flower", "digits", "wrong"])
def test_no_step_is_wider_than_a_phone(browser: Any, pages: Path, name: str) -> None:
    """Only parts that scroll, as the list of steps and an equation do, may be wider."""
    phone = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
    try:
        opened(browser, pages / f"{name}.html")
        press(browser, *[Keys.ARROW_LEFT] * 20)
        for _ in range(17):
            assert browser.execute_script("return document.documentElement.scrollWidth") <= 390
            press(browser, Keys.ARROW_RIGHT)
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_in_light_and_dark(browser: Any, pages: Path, scheme: str) -> None:
    """WCAG 2.2, 1.4.3: a contrast of 4.5 between text and its background."""
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    try:
        opened(browser, pages / "wrong.html")
        style = "getComputedStyle(document.documentElement)"
        names = ("page", "panel", "code", "ink", "faint", "right", "wrong", "now", "on-now")
        value = {
            n: browser.execute_script(f"return {style}.getPropertyValue('--{n}').trim()")
            for n in names
        }
        assert (luminance(value["page"]) < luminance(value["ink"])) == (scheme == "dark")
        for behind in ("page", "panel", "code"):
            for over in ("ink", "faint", "right", "wrong"):
                assert contrast(value[over], value[behind]) >= 4.5, (over, behind)
        assert contrast(value["now"], value["on-now"]) >= 4.5
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def luminance(colour: str) -> float:
    """Relative luminance of "#rrggbb" or "#rgb" (WCAG 2.2)."""
    hexes = colour[1:] if len(colour) == 7 else "".join(2 * c for c in colour[1:])
    c = np.array([int(hexes[k : k + 2], 16) / 255 for k in (0, 2, 4)])
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", ["flower", "digits"])
def test_the_cost_is_drawn_as_wide_as_it_is_shown(browser: Any, pages: Path, name: str) -> None:
    """Before anything is touched: with a plane beside it, and without one."""
    opened(browser, pages / f"{name}.html")
    drawn, shown = browser.execute_script(
        "const c = document.getElementById('curve');"
        "return [c.width, c.clientWidth * devicePixelRatio]"
    )
    assert drawn == int(shown) > 0
