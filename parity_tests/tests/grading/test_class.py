"""A class with real processes: one that hangs, crashes or is missing does not stop the others."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from parity_tests.cli.commands import main
from parity_tests.grading.judge_process import Judges
from parity_tests.grading.judged_submission import judge
from parity_tests.grading.result_table import read_table
from parity_tests.tests.support.paths import PROGRAMS, ROOT

pytestmark = [pytest.mark.slow, pytest.mark.subprocess]
OPTIONS = ("--network", "5-4-1", "--examples", "11", "--require", "dW,db,J,backward_propagation")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    right = (PROGRAMS / "week3.py").read_text(encoding="utf-8")
    call = "def backward_propagation(parameters, cache, X, Y):\n"
    assert call in right
    programs = {
        "ana/mine.py": right,
        "ben/mine.py": right.replace("np.power(A1, 2)", "A1"),
        "cid/mine.py": right.replace(call, f"{call}    import os; os.abort()\n"),
        "dan/mine.py": right.replace(call, f"{call}    while True: pass\n"),
        "eve/mine.py": right.replace(call, "def other(parameters, cache, X, Y):\n"),
        "flo/readme.txt": "",
    }
    for name, text in programs.items():
        (tmp_path / "class" / name).parent.mkdir(parents=True)
        (tmp_path / "class" / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_every_submission_has_a_row(folder: Path, monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.chdir(folder)
    command = ["grade", "class", *OPTIONS, "--time-limit", "3", "--jobs", "2", "--hints", "where"]
    assert main([*command, "--html", "pages"]) == 2
    rows = read_table(Path("results.csv"))
    assert {name: (r.verdict, r.right, r.of, r.findings) for name, r in rows.items()} == {
        "ana": ("passed", 9, 9, ""),
        "ben": ("failed", 7, 10, "dZ.wrong"),
        "cid": ("failed", 0, 1, "call.crashed"),
        "dan": ("not judged", 0, 0, "call.no-return"),
        "eve": ("not judged", 1, 6, ""),
        "flo": ("not judged", 0, 0, "grade.no-program"),
    }
    assert rows["ben"].sentence == "dZ1 is wrong, in the backward step of layer 1"
    assert "backward_propagation" in rows["eve"].sentence
    pages = {path.name: path.read_text(encoding="utf-8") for path in Path("pages").iterdir()}
    assert {"ana.html", "ben.html"} <= pages.keys()
    assert "dA * (1 - A)" not in pages["ben.html"]
    assert "parity check ben" in pages["ben.html"]
    assert capsys.readouterr().out.endswith("6 submissions: 1 passed, 2 failed, 3 not judged\n")


def test_a_submission_that_takes_too_long_is_ended(folder: Path) -> None:
    order = {"name": "dan", "request": {"candidate": str(folder / "class/dan/mine.py")}, "html": ""}
    start = time.monotonic()
    with Judges(2.0, one_thread=True) as judges:
        answer = judges.judge(order)
    assert answer["codes"] == ["grade.late"]
    assert time.monotonic() - start < 60  # that of the call


def test_nothing_is_left_of_a_class_that_was_killed(folder: Path) -> None:
    program = folder / "class/dan/mine.py"
    program.write_text(
        "import subprocess, time\n"
        f"subprocess.Popen(['sh', '-c', 'sleep 3600 # {folder}'])\n"
        f"open('{folder}/started', 'w')\n"
        "def run(spec, params, X, Y): pass\n"
        "time.sleep(3600)\n"
    )
    command = [
        sys.executable, "-m", "parity_tests", "grade", str(program), "--function", "run",
    ]  # fmt: skip
    process = subprocess.Popen(
        [*command, "--out", str(folder / "r.csv")], cwd=ROOT, stdout=subprocess.DEVNULL
    )
    until(lambda: (folder / "started").exists())
    process.send_signal(signal.SIGKILL)
    process.wait()
    until(lambda: not [p for p in command_lines() if str(folder) in p])
    assert read_table(folder / "r.csv") == {}


def command_lines() -> list[str]:
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return lines


def until(condition: Any) -> None:
    last = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < last
        time.sleep(0.05)


def test_the_answer_is_of_plain_data(folder: Path) -> None:
    request = {
        "candidate": str(folder / "class/ben/mine.py"), "network": "5-4-1", "examples": 11,
    }  # fmt: skip
    answer = judge({"name": "ben", "request": request, "html": ""})
    assert json.loads(json.dumps(answer)) == answer
    assert answer["sentence"].startswith("dZ1 is wrong: 1 − A² was expected, 1 − A is used")
    (wrong,) = [name for name, right, _ in answer["parts"] if not right]
    assert wrong == "dZ1"
