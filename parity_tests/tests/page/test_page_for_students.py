"""What a student sees of the page, in headless Chromium: marks, boxes, maps, and a phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from parity_tests.adapters.candidate_process.in_this_process import program_here
from parity_tests.page.html import page
from parity_tests.page.page_request import PageRequest
from parity_tests.page.training_recording import record

pytest.importorskip("selenium", reason="needs selenium, of the extra test")
from parity_tests.tests.support.browser import Keys, opened, press, text
from parity_tests.tests.support.paths import PROGRAMS

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # those of selenium's own connections
]
WRONG = ("(1 - np.power(A1, 2))", "(1 - A1)")
UPDATES = ["W1+", "b1+", "W2+", "b2+"]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """twin.html, softmax.html, and mine.html of a program of week 3 with a wrong derivative."""
    folder = tmp_path_factory.mktemp("students")
    source = (PROGRAMS / "week3.py").read_text(encoding="utf-8")
    assert WRONG[0] in source
    (folder / "mine.py").write_text(source.replace(*WRONG), encoding="utf-8")
    requests = {
        "mine": PageRequest(str(folder / "mine.py"), iterations=20),
        "twin": PageRequest(iterations=20),
        "softmax": PageRequest(network="64-32-10", hidden="relu", output="softmax", iterations=20),
    }
    for name, request in requests.items():
        made = page(record(request, program_here()))
        (folder / f"{name}.html").write_text(made, encoding="utf-8")
    return folder


@pytest.fixture
def phone(browser: Any) -> Iterator[Any]:
    size = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    yield browser
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def all_texts(browser: Any, selector: str) -> list[str]:
    code = f"return [...document.querySelectorAll('{selector}')].map((e) => e.textContent.trim())"
    return browser.execute_script(code)


def steps_marked(browser: Any, mark: str) -> list[str]:
    code = (
        "return [...document.querySelectorAll('#flow button')].filter((b) => "
        f"b.textContent.endsWith('{mark}')).map((b) => b.dataset.step)"
    )
    return browser.execute_script(code)


def go_to(browser: Any, step: str) -> None:
    browser.execute_script(f"document.querySelector('[data-step=\"{step}\"]').click()")


def test_a_step_that_a_homework_does_not_return_is_not_checked(browser: Any, pages: Path) -> None:
    opened(browser, pages / "mine.html")
    assert steps_marked(browser, "–") == ["dA1", "dA0", *UPDATES]
    assert steps_marked(browser, "✗") == ["dZ1"]
    assert steps_marked(browser, "✓") == [
        "Z1", "A1", "Z2", "A2", "J", "dZ2", "dW2", "db2", "dW1", "db1"
    ]  # fmt: skip
    go_to(browser, "dA1")
    assert text(browser, "#other") == "not checked: mine.py does not return dA[1]"
    assert text(browser, "#title").startswith("dA[1] backward, out of layer 2")
    go_to(browser, "W1+")
    assert text(browser, "#other").endswith("the check calls update_parameters on its own")
    opened(browser, pages / "twin.html")
    assert steps_marked(browser, "–") == []
    assert len(steps_marked(browser, "✓")) == 17


def test_the_box_beside_numpy_is_the_homeworks(browser: Any, pages: Path) -> None:
    opened(browser, pages / "mine.html")
    assert text(browser, "#verdict").startswith("✗ dZ[1] is wrong: 1 − A is used, 1 − A² was")
    assert all_texts(browser, "#sources h3") == ["NumPy, the reference", "mine.py"]
    assert text(browser, "#other") == "dZ1 = np.dot(W2.T, dZ2) * (1 - A1)line 22"
    assert text(browser, "#sources").count("mine.py") == 1
    assert "mine.py" not in text(browser, "#finding")
    for _ in range(20):
        assert "torch" not in text(browser, "main").lower()
        assert text(browser, "#note") == "" or "Both sides" not in text(browser, "#note")
        press(browser, Keys.ARROW_LEFT)
    assert browser.get_log("browser") == []


def test_the_torch_box_is_what_a_student_writes_and_our_line_below(
    browser: Any, pages: Path
) -> None:
    opened(browser, pages / "twin.html")
    assert all_texts(browser, "#sources h3") == ["NumPy", "PyTorch"]
    for step, code in {
        "Z1": "Z1 = nn.Linear(2, 4)(x)  # network[0](x)",
        "dW1": "J.backward()\nnetwork[0].weight.grad",
        "dZ1": "J.backward()\ndZ1 = m * Z1.grad  # after Z1.retain_grad()",
        "b2+": "torch.optim.SGD(network.parameters(), lr=1.2).step()\nnetwork[2].bias",
    }.items():
        go_to(browser, step)
        network, student, *ours = all_texts(browser, "#other pre")
        assert network == "network = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1))"
        assert student == code
        assert len(ours) == len(all_texts(browser, "#other .below small")) > 0
    assert all_texts(browser, "#numpy pre")[0] == "b2 = b2 - 1.2 * db2"


def test_indices_and_colours_are_in_words(browser: Any, pages: Path) -> None:
    opened(browser, pages / "twin.html")
    browser.find_element("css selector", "#ours canvas").send_keys(
        Keys.ENTER, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_DOWN
    )
    assert "row 2, column 3; in NumPy [1, 2]" in text(browser, "#readout")
    assert "Z[1]2, 3 of torch" in text(browser, "#readout")
    assert "(20, 4), transposed: a row is an example" in text(browser, "#theirs")
    shown = browser.find_element("css selector", ".legend").text
    for words in ("orange: negative", "white: 0", "blue: positive; darker = larger",
                  "green: within rounding", "red: too large"):  # fmt: skip
        assert words in shown
    assert "brighter" not in shown  # which are the words of dark mode


def test_each_unit_shows_its_map(browser: Any, pages: Path) -> None:
    """Another one for each unit; another one after the training; large under the pointer."""
    opened(browser, pages / "twin.html")
    code = "return [...document.querySelectorAll('[data-map]')].map((i) => i.getAttribute('href'))"
    first = browser.execute_script(code)
    assert len(first) == len(set(first)) == 2 + 4 + 1
    assert all(image.startswith("data:image/png") for image in first)
    browser.execute_script(
        "const s = document.getElementById('moment'); s.value = s.max;"
        "s.dispatchEvent(new Event('input'))"
    )
    last = browser.execute_script(code)
    assert [a == b for a, b in zip(first, last, strict=True)] == [True] * 2 + [False] * 5
    assert text(browser, "#plane-said").startswith("a[2] over x1, x2")
    enter = "document.querySelector('[data-of=\"A1 2\"]').parentElement.dispatchEvent("
    browser.execute_script(f"{enter}new PointerEvent('pointerenter'))")
    assert text(browser, "#plane-said").startswith("a[1]3 over x1, x2")
    browser.execute_script(f"{enter}new PointerEvent('pointerleave'))")
    go_to(browser, "A1")
    assert text(browser, "#plane-said").startswith("a[1]1 over x1, x2")  # that of the element
    opened(browser, pages / "softmax.html")
    assert browser.execute_script(code) == []
    assert "Each circle: the output of the unit for example 1" in text(browser, "#network-said")
    assert browser.get_log("browser") == []


@pytest.mark.parametrize("name", ["mine", "twin", "softmax"])
def test_on_a_phone_no_digit_is_cut_and_buttons_are_tall(
    phone: Any, pages: Path, name: str
) -> None:
    opened(phone, pages / f"{name}.html")
    press(phone, *[Keys.ARROW_LEFT] * 20)
    cut = (
        "return [...document.querySelectorAll('#readout td, #readout th, pre')]"
        ".filter((e) => e.scrollWidth > e.clientWidth || "
        "e.getBoundingClientRect().right > document.documentElement.clientWidth).length"
    )
    low = (
        "return [...document.querySelectorAll('button, summary')].filter((b) => b.offsetParent && "
        "b.getBoundingClientRect().height < 44).length"
    )
    unsaid = (  # wider than its place, without the sentence that it scrolls
        "return [...document.querySelectorAll('.scrolls')].filter((e) => "
        "(e.scrollWidth > e.clientWidth + 1) !== (e.nextElementSibling.offsetHeight > 0)).length"
    )
    for _ in range(17):
        assert [phone.execute_script(code) for code in (cut, low, unsaid)] == [0, 0, 0]
        label, value = phone.execute_script(
            "return [...document.querySelectorAll('#readout tr:last-child > *')]"
            ".map((e) => e.getBoundingClientRect().top)"
        )
        assert label < value
        press(phone, Keys.ARROW_RIGHT)
