"""A class: continued, resumed, and never half-written. The judges are stand-ins here."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from parity_tests.adapters.request import Request
from parity_tests.cli.commands import main
from parity_tests.grading import grade as graded
from parity_tests.grading.grade import Grading
from parity_tests.grading.judge_process import Judges
from parity_tests.grading.result_table import read_table
from ref_numpy import InputError

NAMES = ["ana.py", "ben.py", "cid.py"]
RIGHT = {"verdict": "passed", "codes": [], "sentence": "", "text": "", "parts": [["dW1", True, ""]]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "class").mkdir()
    for name in NAMES:
        (tmp_path / "class" / name).write_text(f"# {name}\n")
    return tmp_path / "class"


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the stand-in answers, by the submission's name; "calls" are the names that it got."""
    answers: dict[str, Any] = {"calls": [], "orders": {}}

    def judge(self: Judges, order: Mapping[str, Any]) -> Any:
        answers["calls"].append(order["name"])
        answers["orders"][order["name"]] = order
        answer = answers.get(order["name"], RIGHT)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    monkeypatch.setattr(Judges, "judge", judge)
    return answers


def run(folder: Path, **changes: Any) -> tuple[int, list[str]]:
    lines: list[str] = []
    request = Request(network="5-4-1", **changes.pop("request", {}))
    grading = Grading(folder, request, folder.parent / "results.csv", **changes)
    return graded.grade(grading, lines.append), lines


def test_the_exit_code_tells_whether_all_were_judged(folder: Path, judged: Any) -> None:
    judged["ben.py"] = RIGHT | {
        "verdict": "failed", "codes": ["dW.value"], "parts": [["dW1", False, ""], ["J", True, ""]]
    }  # fmt: skip
    code, lines = run(folder)
    assert code == 0
    table = read_table(folder.parent / "results.csv")
    assert [(r.name, r.verdict, r.score) for r in table.values()] == [
        ("ana.py", "passed", 1), ("ben.py", "failed", 1 / 2), ("cid.py", "passed", 1),
    ]  # fmt: skip
    assert "ben.py: failed, 1 of 2 right: dW.value (" in "\n".join(lines)
    (folder / "dan").mkdir()  # without a program
    code, lines = run(folder)
    assert code == 2
    assert lines[-1].endswith(
        "4 submissions: 2 passed, 1 failed, 1 not judged (3 of an earlier run)"
    )


def test_an_unchanged_submission_is_not_checked_again(folder: Path, judged: Any) -> None:
    run(folder)
    run(folder)
    assert sorted(judged["calls"]) == NAMES
    (folder / "ben.py").write_text("# better\n")
    run(folder)
    assert judged["calls"][3:] == ["ben.py"]
    run(folder, request={"hints": "where"})
    assert sorted(judged["calls"][4:]) == NAMES


def test_what_ended_without_an_answer_is_tried_again(folder: Path, judged: Any) -> None:
    judged["ben.py"] = RIGHT | {"verdict": "not judged", "again": True}
    assert run(folder)[0] == 2
    judged["ben.py"] = RIGHT
    assert run(folder)[0] == 0
    assert judged["calls"][3:] == ["ben.py"]


def test_an_interruption_leaves_a_whole_table(folder: Path, judged: Any) -> None:
    judged["cid.py"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        run(folder)
    assert [*read_table(folder.parent / "results.csv")] == NAMES[:2]
    assert [path.name for path in folder.parent.iterdir() if path.suffix != ""] == ["results.csv"]
    judged["cid.py"] = RIGHT
    assert run(folder)[0] == 0
    assert judged["calls"][3:] == ["cid.py"]


def test_several_are_checked_at_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    together = threading.Barrier(3, timeout=60)

    def judge(self: Judges, order: Mapping[str, Any]) -> Any:
        together.wait()
        return RIGHT

    monkeypatch.setattr(Judges, "judge", judge)
    assert run(folder, jobs=3)[0] == 0


def test_the_order_has_the_options_and_its_share_of_the_memory(folder: Path, judged: Any) -> None:
    run(folder, jobs=2, function="run", html=folder.parent / "pages", request={"require": "dW"})
    orders = judged["orders"]
    request = orders["ana.py"]["request"]
    assert request["candidate"] == f"{folder / 'ana.py'}:run"
    assert (request["network"], request["require"]) == ("5-4-1", "dW")
    assert orders["ana.py"]["html"] == str(folder.parent / "pages" / "ana.py.html")
    run(folder, jobs=1, function="net")
    alone = judged["orders"]["ana.py"]["request"]["memory_limit"]
    assert request["memory_limit"] == alone // 2


def test_the_table_of_another_class_is_not_overwritten(folder: Path, judged: Any) -> None:
    run(folder)
    (folder.parent / "other").mkdir()
    (folder.parent / "other/zoe.py").write_text("")
    with pytest.raises(InputError) as refused:
        run(folder.parent / "other")
    assert refused.value.code == "grade.other-class"
    assert [*read_table(folder.parent / "results.csv")] == NAMES


def test_a_folder_of_reports_that_cannot_be_made_is_refused(folder: Path, judged: Any) -> None:
    with pytest.raises(InputError) as refused:
        run(folder, html=folder / "ana.py")
    assert refused.value.code == "grade.html"
    assert judged["calls"] == []


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["no"], "no is neither a folder nor a file"),
        ([".", "--out", "a.csv", "--gradescope", "b.json"], "leave one out"),
        ([".", "--jobs", "0"], "a whole number from 1 up"),
        ([".", "--hints", "all"], "expected one of where, what, line"),
    ],
)
def test_bad_input_is_one_sentence(
    arguments: list[str], expected: str, capsys: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    try:
        code = main(["grade", *arguments])
    except SystemExit as ended:
        code = ended.code
    (line,) = capsys.readouterr().err.splitlines()
    assert (code, line[:14]) == (2, "parity: error:")
    assert expected in line
