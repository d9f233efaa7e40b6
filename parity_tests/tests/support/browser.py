"""A page in headless Chromium, for tests: opened, typed at and read."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.support.ui import WebDriverWait

Keys = webdriver.Keys


def chromium() -> Iterator[Any]:
    """The browser. Without one its tests are skipped, or fail where REQUIRE_BROWSER is set."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    driver = shutil.which("chromedriver")
    if not (program and driver):
        missing = pytest.fail if os.environ.get("REQUIRE_BROWSER") else pytest.skip
        missing("needs chromium and chromedriver on the PATH")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for flag in (
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--disable-dev-shm-usage", "--window-size=1280,1000",
    ):  # fmt: skip
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    yield browser
    browser.quit()


def opened(browser: Any, file: Path) -> None:
    browser.get("about:blank")
    browser.get(file.as_uri())
    wait_until(browser, "return document.getElementById('title')?.textContent !== ''")


def wait_until(browser: Any, condition: str) -> None:
    """Wait until a script returns true, as events come a moment later on a busy machine."""
    WebDriverWait(browser, 30).until(lambda it: it.execute_script(condition))


def press(browser: Any, *keys: str) -> None:
    webdriver.ActionChains(browser).send_keys(*keys).perform()


def later(browser: Any, arrow: str = Keys.ARROW_RIGHT) -> None:
    """A moment of the training further."""
    keys = webdriver.ActionChains(browser)
    keys.key_down(Keys.SHIFT).send_keys(arrow).key_up(Keys.SHIFT).perform()


def text(browser: Any, selector: str) -> str:
    return browser.execute_script(f"return document.querySelector('{selector}').textContent")
