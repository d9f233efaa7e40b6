"""The page as a person meets it, in headless Chromium: by keyboard, light and dark, on a phone."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from parity_tests.__main__ import main
from parity_tests.calls import call
from parity_tests.page.recorded import Recording, record
from parity_tests.page.request import PageRequest
from parity_tests.page.writing import page

webdriver = pytest.importorskip("selenium.webdriver", reason="needs selenium, of the extra test")
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")

pytestmark = [
    pytest.mark.skipif(not (BROWSER and DRIVER), reason="needs chromium and chromedriver"),
    pytest.mark.filterwarnings("ignore"),  # those of selenium's own connections
]
Keys = webdriver.Keys
WRONG = ("(1 - np.power(A1, 2))", "(1 - A1)")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for flag in (
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--disable-dev-shm-usage", "--window-size=1280,1000",
    ):  # fmt: skip
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def moons() -> Recording:
    return record(PageRequest(), call)


@pytest.fixture(scope="module")
def pages(moons: Recording, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """moons.html, digits.html, and wrong.html of a course program with a wrong derivative."""
    folder = tmp_path_factory.mktemp("pages")
    source = (Path(__file__).parent / "candidates" / "week3.py").read_text(encoding="utf-8")
    assert WRONG[0] in source
    (folder / "mine.py").write_text(source.replace(*WRONG), encoding="utf-8")
    request = PageRequest(network="64-32-10", hidden="relu", output="softmax", precision="float32")
    for name, recording in (("moons", moons), ("digits", record(request, call))):
        (folder / f"{name}.html").write_text(page(recording), encoding="utf-8")
    assert main(["page", str(folder / "mine.py"), "--out", str(folder / "wrong.html")]) == 1
    return folder


def opened(browser: Any, file: Path) -> None:
    browser.get("about:blank")
    browser.get(file.as_uri())


def press(browser: Any, *keys: str) -> None:
    webdriver.ActionChains(browser).send_keys(*keys).perform()


def later(browser: Any, arrow: str = Keys.ARROW_RIGHT) -> None:
    """A moment of the training further."""
    keys = webdriver.ActionChains(browser)
    keys.key_down(Keys.SHIFT).send_keys(arrow).key_up(Keys.SHIFT).perform()


def text(browser: Any, selector: str) -> str:
    return browser.execute_script(f"return document.querySelector('{selector}').textContent")


def test_every_step_and_every_moment_is_reached_by_keyboard(
    browser: Any, pages: Path, moons: Recording
) -> None:
    opened(browser, pages / "moons.html")
    names = ["Z1", "A1", "Z2", "A2", "J", "dZ2", "dW2", "db2", "dA1", "dZ1", "dW1", "db1", "dA0"]
    seen = []
    for _ in range(40):  # more than there are
        seen.append(browser.current_url.partition("#")[2])
        press(browser, Keys.ARROW_RIGHT)
    assert list(dict.fromkeys(seen)) == [*names, "W1+", "b1+", "W2+", "b2+"]
    press(browser, Keys.ARROW_LEFT)
    assert browser.current_url.endswith("#W2+")
    said = [text(browser, "#moment-said")]
    for _ in moons.moments:
        later(browser)
        said.append(text(browser, "#moment-said"))
    iterations = [int(re.findall(r"\d+", each)[0]) for each in dict.fromkeys(said)]
    assert iterations == [moment.iteration for moment in moons.moments]
    later(browser, Keys.ARROW_LEFT)
    assert text(browser, "#moment-said") == said[-3]
    assert browser.get_log("browser") == []


def test_the_numbers_on_the_page_are_the_traces(
    browser: Any, pages: Path, moons: Recording
) -> None:
    """One of each tensor, at the first moment and at a later one, to the last bit."""
    opened(browser, pages / "moons.html")
    rng = np.random.default_rng(0)
    for k in (0, 3):
        for name, element in moons.moments[k].elements.items():
            if name == "A0":
                continue  # it is no step, but the inputs of one
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
            assert element.own is not None
            assert float(rows_shown[0]) == element.own[at], name
            assert float(rows_shown[1]) == element.reference[at], name
        for _ in range(3):
            later(browser)
    assert browser.get_log("browser") == []


def test_a_candidate_with_a_finding_opens_where_it_is_wrong(browser: Any, pages: Path) -> None:
    opened(browser, pages / "wrong.html")
    assert browser.current_url.endswith("#dZ1")
    found = text(browser, "#finding")
    assert "dZ1 is wrong" in found
    assert "1 − A stands for 1 − A²" in found
    assert "dZ = dA * (1 - A * A)" in found
    assert "mine.py, line 22" in found
    assert "wrong rows: all; wrong columns: all" in found
    assert "1 finding" in text(browser, "#verdict")
    bad = "return [...document.querySelectorAll('#flow .bad')].map((b) => b.dataset.step)"
    assert browser.execute_script(bad) == ["dZ1"]
    press(browser, Keys.ARROW_RIGHT)
    assert browser.execute_script("return document.getElementById('finding').hidden")
    assert browser.get_log("browser") == []


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
    (folder / "made.html").write_text(page(record(PageRequest(candidate, **options), call)))
    opened(browser, folder / "made.html")


def test_what_is_not_finite_or_has_another_shape_is_shown(browser: Any, tmp_path: Path) -> None:
    made_by(browser, tmp_path, "one_nan", iterations=5)
    assert browser.current_url.endswith("#A1")
    assert "1 of 128 elements that are not finite" in text(browser, "#finding")
    browser.find_element("css selector", "#theirs canvas").send_keys(
        Keys.ENTER, Keys.ARROW_DOWN, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT
    )
    assert "1, 2 of programs.py:one_nanNaN" in text(browser, "#readout").replace("A[1]", "")
    made_by(browser, tmp_path, "transposed", iterations=5)
    assert browser.current_url.endswith("#dZ1")
    assert text(browser, "#dimensions") == "dZ[1] has (32, 4); expected (4, 32) ✗"
    assert text(browser, "#theirs figcaption") == "(32, 4)"
    assert browser.get_log("browser") == []


def test_a_name_is_text_whatever_it_says(browser: Any, tmp_path: Path) -> None:
    made_by(browser, tmp_path, "odd_name", iterations=5)
    assert browser.current_url.endswith("#Z1")
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
def test_what_a_number_is_made_of_gives_that_number(
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
            value, largest = float(rows[0][1]), eval(re.sub(r"(?<!e)-", "+", made))
            half_a_unit = len(numbers) * largest / 2 / 10**3
            assert abs(eval(made) - value) <= half_a_unit, (table, made)
            written += 1
        press(browser, Keys.ARROW_RIGHT)
    assert written >= len(names) // 2


def test_operands_are_read_by_keyboard_and_a_turned_picture_turns_the_arrows(
    browser: Any, pages: Path, moons: Recording
) -> None:
    opened(browser, pages / "moons.html")
    elements = moons.moments[0].elements
    browser.find_element("css selector", "#theirs canvas").send_keys(
        Keys.ENTER, Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ARROW_RIGHT
    )  # torch's rows are examples
    assert elements["Z1"].own is not None
    assert str(elements["Z1"].own[1, 2]) in text(browser, "#readout")
    browser.find_element("css selector", "#reads figure:nth-child(2) canvas").send_keys(
        Keys.ENTER, Keys.ARROW_DOWN, Keys.ARROW_RIGHT
    )
    assert f"A[0]1, 3{elements['A0'].own[1, 3]}" in text(browser, "#readout")  # pyright: ignore


def test_an_address_names_a_step(browser: Any, pages: Path) -> None:
    opened(browser, pages / "moons.html")
    browser.execute_script("location.hash = '#dW1'")
    assert text(browser, "#title").startswith("dW[1]")
    browser.get("about:blank")
    browser.get(f"{(pages / 'moons.html').as_uri()}#%")
    assert text(browser, "#title").startswith("Z[1]")
    assert browser.get_log("browser") == []


def test_one_moment_has_no_slider(browser: Any, tmp_path: Path) -> None:
    made_by(browser, tmp_path, "", iterations=1)
    assert not browser.find_element("id", "play").is_displayed()


@pytest.mark.parametrize("name", ["moons", "digits", "wrong"])
def test_no_step_is_wider_than_a_phone(browser: Any, pages: Path, name: str) -> None:
    """Only what scrolls by itself, as the list of steps and an equation do, may be wider."""
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
    """WCAG 2.2, 1.4.3: a contrast of 4.5 between text and what is behind it."""
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
