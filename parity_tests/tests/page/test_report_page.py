"""`check --html`: a report as one file."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import ref_numpy
from parity_tests import check, random_problem, with_hints
from parity_tests.adapters.request import Request
from parity_tests.checking.findings import Finding
from parity_tests.checking.report import Report
from parity_tests.cli.commands import main
from parity_tests.page.report_page.check_command import check_command
from parity_tests.page.report_page.report_html import report_page
from parity_tests.page.report_page.write_report import check_report_path
from parity_tests.tests.support.paths import PROGRAMS
from ref_numpy import InputError, NetworkSpec

SPEC = NetworkSpec.dense([5, 7, 3], "tanh", "softmax")
COMMAND = "parity check mine.py --seed 0"
VOID = {"meta", "wbr"}


def run(change: Callable[..., Any]) -> Callable[..., Any]:
    def mine(spec: Any, params: Any, X: Any, Y: Any) -> Any:
        trace = ref_numpy.run(spec, params, X, Y)
        return trace | change(trace, X.shape[1])

    return mine


@pytest.fixture(scope="module")
def found() -> Report:
    """Of dW2 without its 1/m, and b1's gradient as a row."""
    wrong = run(lambda t, m: {"dW2": m * t["dW2"], "db1": t["db1"].ravel()})
    return check(wrong, SPEC, *random_problem(SPEC, 11, 0), name="mine.py")


class Read(HTMLParser):
    """Reads a page: its texts by tag, its attributes, and whether every tag is closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self.attributes: list[tuple[str, str]] = []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in self.open:
            self.texts[tag][-1] += data


def test_it_has_all_that_the_report_has(found: Report) -> None:
    page = Read(report_page(found, COMMAND))
    assert page.texts["h1"] == ["✗ 2 findings"]
    assert page.texts["article"][0].startswith("dW2 is wrong")
    codes = page.texts["pre"]
    for finding in found.findings:
        assert finding.right_line in codes
        assert [c.wrong_line for c in finding.causes] == [
            line for line in codes if line in [c.wrong_line for c in finding.causes]
        ]
    rows = [row for row in page.texts["tr"] if row.endswith(("right", "wrong"))]
    assert len(rows) == len(found.tensors) + 1  # and db1, which could not be compared
    assert sum(row.endswith("wrong") for row in rows) == 2
    assert codes[-1] == COMMAND
    assert "NumPy" in page.texts["p"][-2]


def test_it_loads_nothing(found: Report) -> None:
    text = report_page(found, COMMAND)
    page = Read(text)
    assert "script" not in page.open
    assert "<script" not in text
    links = [x for name, x in page.attributes if name in ("href", "src", "srcset", "action")]
    assert links
    assert all(x.startswith("#") for x in links)
    assert not re.search(r"url\(|@import|https?:", text)
    ids = [x for name, x in page.attributes if name == "id"]
    assert {x[1:] for x in links} <= {*ids}
    assert len(ids) == len({*ids})


def test_a_program_writes_nothing_into_it_but_text() -> None:
    evil = "<script>alert(1)</script>&\x1b[2J"
    finding = Finding(evil, "error", f"{evil} raised", code="call.raised", yours=evil)
    report = Report(evil, "float64", (finding,), (), (evil,), notes=(evil,), adapter=evil)
    text = report_page(report, evil)
    assert "<script" not in text
    assert "\x1b" not in text
    assert Read(text).texts["h3"] == ["<script>alert(1)</script>&\\x1b[2J raised"]


@pytest.mark.parametrize("level", ["where", "what"])
def test_it_reveals_no_more_than_its_hints(found: Report, level: str) -> None:
    texts = "\n".join(Read(report_page(with_hints(found, level), COMMAND)).texts["body"])
    assert "dW2 is wrong" in texts
    for finding in found.findings:
        assert str(finding.right_line) not in texts
        for cause in finding.causes:
            assert cause.message not in texts
            assert cause.wrong_line not in texts
    worst = f"{found.findings[0].candidate:.6g}"
    assert (worst in texts) == (level == "what")


def test_a_passed_report_lists_what_was_not_judged() -> None:
    mine = run(lambda t, m: {})
    report = check(mine, SPEC, *random_problem(SPEC, 11, 0), name="mine.py")
    page = Read(report_page(report, COMMAND))
    assert page.texts["h1"] == ["✓ passed"]
    assert any("called 2 times" in line for line in page.texts["li"])


def test_the_command_gives_the_report_again() -> None:
    request = Request("my file.py", network="5-4-1", lambd=0.5, strict=True, memory_limit=2 * 10**9)
    assert check_command(request).replace(" \\\n ", "") == (
        "parity check 'my file.py' --network 5-4-1 --lambd 0.5 --seed 0 "
        "--memory-limit 2000000000 --strict"
    )
    assert check_command(Request("trace.npz")) == "parity check trace.npz"


def test_a_name_is_refused_before_the_check(tmp_path: Path) -> None:
    for out, code in (("report.pdf", "report.file-name"), ("no/r.html", "report.folder")):
        with pytest.raises(InputError) as refused:
            check_report_path(str(tmp_path / out))
        assert refused.value.code == code


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # those of selenium's own connections
def test_a_phone_shows_all_of_it_and_the_keyboard_leads_to_a_finding(
    browser: Any, tmp_path: Path, capsys: Any
) -> None:
    from parity_tests.tests.support.browser import Keys, press

    source = (PROGRAMS / "week3.py").read_text(encoding="utf-8")
    (tmp_path / "mine.py").write_text(source.replace("np.power(A1, 2)", "A1"), encoding="utf-8")
    out = tmp_path / "report.html"
    command = ["check", str(tmp_path / "mine.py"), "--network", "5-4-1", "--examples", "11"]
    assert main([*command, "--html", str(out)]) == 1
    assert "dZ1 is wrong" in capsys.readouterr().out
    browser.get(out.as_uri())
    browser.set_window_size(400, 900)
    try:
        width = "return [document.documentElement.scrollWidth, innerWidth]"
        needed, there = browser.execute_script(width)
        assert needed <= there
        press(browser, Keys.TAB)
        focused = "return document.activeElement.textContent"
        assert browser.execute_script(focused) == "dZ1"
        press(browser, Keys.ENTER)
        assert browser.execute_script("return location.hash") == "#finding-1"
        assert browser.get_log("browser") == []
    finally:
        browser.set_window_size(1280, 1000)
