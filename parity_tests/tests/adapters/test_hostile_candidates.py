"""Programs that try to decide their own verdict, or to stop the judge: none passes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from parity_tests.adapters.apart import examine_apart
from parity_tests.adapters.request import Request
from parity_tests.checking.verdict import FAILED, PASSED
from parity_tests.tests.support.paths import PROGRAMS, ROOT
from ref_numpy import InputError

pytestmark = [
    pytest.mark.subprocess,
    pytest.mark.skipif(not Path("/proc/self").exists(), reason="these are for Linux"),
]

HOSTILE = PROGRAMS / "hostile.py"
PATIENCE = 30  # seconds, after which a process that should be gone is not


# The fast tests have one of each way to fail.
FAST = {
    "patches_the_reference", "returns_a_payload", "leaves_a_child_with_the_connection",
    "forges_an_answer", "changes_what_is_sent", signal.SIGKILL,
}  # fmt: skip


def rows(*every: Any) -> list[Any]:
    """The rows of a table of tests, of which those that are not fast are marked as slow."""
    return [
        pytest.param(*row, marks=[] if row[0] in FAST else pytest.mark.slow)
        for row in (one if isinstance(one, tuple) else (one,) for one in every)
    ]


def hostile(name: str, **asked: Any) -> Request:
    return Request(f"{HOSTILE}:{name}", network="6-5-4-3", examples=11, **asked)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOSTILE_FILE", str(tmp_path / "written"))
    return tmp_path / "written"


@pytest.mark.slow
def test_its_reference_is_right() -> None:
    assert examine_apart(hostile("right")).verdict == PASSED


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "found"),
    rows(
        ("wrong", {"dW.value"}),
        ("patches_the_reference", {"dW.value", "db.value"}),
        ("patches_the_comparison", {"dW.value"}),
        ("patches_numpy", {"dW.value"}),
        ("returns_a_payload", {"dW.no-numbers", "A.no-numbers", "tensor.unknown-name"}),
        ("alternates", {"dW.no-numbers"}),
        ("is_always_right", {"dW.value"}),
        ("is_two_traces", {"dW.value"}),
        ("raises_an_interrupt", {"call.crashed"}),
        ("leaves_a_child_with_the_connection", {"call.crashed"}),
        ("kills_its_guardian", {"call.crashed"}),
        ("closes_every_file", {"call.crashed"}),
    ),
)
def test_it_fails(file: Path, name: str, found: set[str]) -> None:
    report = examine_apart(hostile(name, time_limit=1000))
    assert (report.verdict, {finding.code for finding in report.findings}) == (FAILED, found)
    if name == "returns_a_payload":
        assert not file.exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "code"),
    rows(
        ("returns_a_report", "trace.type"),
        ("forges_an_answer", "call.malformed"),
        ("sends_a_pickle", "call.malformed"),
        ("sends_too_much", "call.malformed"),
        ("sends_a_deep_answer", "call.malformed"),
        ("sends_an_array_without_its_bytes", "call.malformed"),
        ("sends_objects", "call.malformed"),
        ("changes_what_is_sent", "call.malformed"),
        ("breaks_what_is_sent", "call.malformed"),
        ("raises_an_error_of_ours", "call.malformed"),
    ),
)
def test_it_is_not_judged(file: Path, name: str, code: str) -> None:
    with pytest.raises(InputError) as raised:
        examine_apart(hostile(name, time_limit=1000))
    assert raised.value.code == code
    assert not file.exists()


@pytest.mark.slow
def test_an_answer_without_end_is_late() -> None:
    with pytest.raises(InputError) as raised:
        examine_apart(hostile("sends_without_end", time_limit=0.5))
    assert raised.value.code == "call.no-return"


@pytest.mark.parametrize("name", rows("takes_all_memory", "lets_a_child_take_all_memory"))
def test_too_much_memory_is_one_sentence(name: str) -> None:
    with pytest.raises(InputError) as raised:
        examine_apart(hostile(name, time_limit=1000, memory_limit=400_000_000))
    assert raised.value.code == "call.memory"
    assert "took more than 400 MB of memory" in str(raised.value)


@pytest.mark.slow
def test_memory_that_processes_share_counts_once() -> None:
    """128 MB, which a process shares with those that it forks."""
    report = examine_apart(hostile("shares_memory_with_children", memory_limit=600_000_000))
    assert report.verdict == PASSED, str(report)


@pytest.mark.slow
@pytest.mark.parametrize("name", rows("leaves_a_child_with_the_connection", "kills_its_guardian"))
def test_what_was_left_is_gone(file: Path, name: str) -> None:
    """Also a child of another session, which holds the connection."""
    examine_apart(hostile(name))
    assert gone(pids_in(file))


@pytest.mark.slow
@pytest.mark.parametrize("number", rows(signal.SIGKILL, signal.SIGTERM, signal.SIGINT))
def test_everything_ends_with_the_command(file: Path, number: int) -> None:
    command = [
        sys.executable, "-m", "parity_tests", "check", f"{HOSTILE}:waits_with_a_child",
        "--time-limit", "1e10",
    ]  # fmt: skip
    pipe = subprocess.PIPE
    begun = subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, start_new_session=True)
    pids = pids_in(file)
    begun.send_signal(number)
    out, err = begun.communicate()
    assert gone(pids)
    assert b"Traceback" not in out + err
    if number == signal.SIGINT:
        assert begun.returncode == 130


def pids_in(file: Path) -> list[int]:
    """The numbers of processes in a file, as soon as it has some."""
    last = time.monotonic() + PATIENCE
    while time.monotonic() < last:
        found = file.read_text().split() if file.exists() else []
        if len(found) > 1:
            return [*map(int, found)]
        time.sleep(0.02)
    raise AssertionError("no process was started")


def gone(pids: list[int]) -> bool:
    """Whether the processes end."""
    last = time.monotonic() + PATIENCE
    while any(map(runs, pids)) and time.monotonic() < last:
        time.sleep(0.02)
    return not any(map(runs, pids))


def runs(pid: int) -> bool:
    """Whether there is such a process, which is no zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return re.sub(r".*\) ", "", state)[0] not in "ZX"


@pytest.mark.slow
def test_standard_output_is_a_text_stream(capfd: pytest.CaptureFixture[str]) -> None:
    report = examine_apart(hostile("uses_standard_output"))
    assert report.verdict == PASSED, str(report)
    out, err = capfd.readouterr()
    assert out == ""
    assert err.split("\n")[:4] == ["one", "two: Σ", "three", "four"]
    assert report.notes == ("the candidate printed 24 lines, which went to standard error",)


@pytest.mark.slow
def test_the_judge_never_imports_the_candidate(tmp_path: Path, capfd: Any) -> None:
    path = tmp_path / "judged_apart.py"
    path.write_text("import os, ref_numpy\nprint(os.getpid())\nrun = ref_numpy.run\n")
    sys.modules.pop("candidate_mine", None)  # of another test, which loads a program itself
    assert examine_apart(Request(f"{path}:run", network="5-3", examples=7)).verdict == PASSED
    (line, *_) = capfd.readouterr().err.splitlines()
    assert int(line) != os.getpid()
    assert "candidate_judged_apart" not in sys.modules
