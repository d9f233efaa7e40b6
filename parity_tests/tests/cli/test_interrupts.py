"""Ctrl-C at any moment: one line, exit code 130, and nothing half written."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from parity_tests.tests.support.paths import PROGRAMS, ROOT
from ref_numpy.terminal import interrupted_afterwards, run_command


def test_an_interrupted_command_is_exit_code_130() -> None:
    def interrupted() -> int:
        raise KeyboardInterrupt

    assert run_command(interrupted, "parity_tests") == 130


@contextlib.contextmanager
def replaced_by_an_error() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt as error:
        raise ImportError("half imported") from error


@pytest.mark.skipif(os.name != "posix", reason="a process cannot send itself SIGINT elsewhere")
@pytest.mark.parametrize(
    "library", [contextlib.suppress(KeyboardInterrupt), replaced_by_an_error()]
)
def test_an_interrupt_that_a_library_drops_is_one(library, capsys) -> None:
    """As by a bare `except:` around an import."""
    handler = signal.getsignal(signal.SIGINT)

    def command() -> int:
        with library:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(5)
        return 0

    assert run_command(command, "parity_tests") == 130
    assert capsys.readouterr().err == "parity_tests: interrupted\n"
    assert signal.getsignal(signal.SIGINT) is handler


@pytest.mark.subprocess
def test_an_interrupted_process_closes_its_files_and_does_not_wait_for_threads() -> None:
    """A thread of a library that was half imported may wait for ever, or abort."""
    script = """
import atexit, sys, threading
from ref_numpy.terminal import run_program
threading.Thread(target=threading.Event().wait).start()
atexit.register(print, "closed")
def command():
    raise KeyboardInterrupt
run_program(command, "mine")
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (130, "closed\n", "mine: interrupted\n")


INTERRUPTED = {
    "check": ("-m", "parity_tests", "check", str(PROGRAMS / "week4.py")),
    "page": ("-m", "parity_tests", "page", "--out", "page.html"),
    "sensitivity": ("-m", "parity_tests", "sensitivity"),
    "train": (str(ROOT / "train.py"), "fit", "--data", "TwoMoons", "--trainer.max_epochs", "9999"),
}


@pytest.mark.slow
@pytest.mark.subprocess
@pytest.mark.skipif(os.name != "posix", reason="process groups are POSIX's")
@pytest.mark.parametrize("seconds", [0.4, 1.0, 1.7, 3.1, 5.3])
@pytest.mark.parametrize("name", INTERRUPTED)
def test_an_interrupt_at_any_moment_is_one_line(name, seconds: float, tmp_path: Path) -> None:
    """Of the whole process group, as a terminal sends it; nothing half written is left."""
    process = subprocess.Popen(
        [sys.executable, *INTERRUPTED[name]], cwd=tmp_path, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    time.sleep(seconds)
    if process.poll() is not None:
        process.communicate()  # which closes the pipes
        pytest.skip("it was done before")
    os.killpg(process.pid, signal.SIGINT)
    sent = time.monotonic()
    _, err = process.communicate(timeout=60)
    if process.returncode == 0 and time.monotonic() - sent < 1:
        pytest.skip("it had done its work, and ended, when the signal came")
    # Python ends itself by the signal where that came in the midst of an import in C, or while
    # Python ends, which prints nothing; a shell reports both as 130.
    assert process.returncode in (130, -signal.SIGINT)
    if "Traceback" in err:  # of Python's own start, before a line of ours
        assert "in run" not in err
        assert "in main" not in err
    elif err or process.returncode == 130:
        # A training that has begun reports, and names the command that resumes it.
        ends = (
            ": interrupted",
            "; Ctrl-C once more ends at once",
            "resume lightning_logs/version_0",
        )
        assert err.splitlines()[-1].endswith(ends if name == "train" else ends[0])
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
    assert not [*tmp_path.rglob("*.partial")]


@pytest.mark.skipif(os.name != "posix", reason="a process cannot send itself SIGINT elsewhere")
def test_an_interrupt_while_torch_is_loaded_is_raised_after_that() -> None:
    handler, done = signal.getsignal(signal.SIGINT), []

    def load() -> None:
        with interrupted_afterwards():
            os.kill(os.getpid(), signal.SIGINT)
            done.append("loaded")

    with pytest.raises(KeyboardInterrupt):
        load()
    assert done == ["loaded"]
    assert signal.getsignal(signal.SIGINT) is handler
    with interrupted_afterwards():
        pass


LOADS_TORCH = {
    "page": ["parity", "page", "--out", "page.html"],
    "page of a file": ["parity", "page", str(PROGRAMS / "week3.py"), "--out", "page.html"],
    "twin": ["parity", "twin"],
    "sensitivity": ["parity", "sensitivity", "--seeds", "1"],
    "mistakes": ["parity", "mistakes"],
    "false-positives": ["parity", "false-positives", "--candidates", "3"],
    "fit": ["train.py", "fit"],
    "numpy": ["train.py", "numpy"],
}


@pytest.mark.slow
@pytest.mark.subprocess
@pytest.mark.parametrize("name", LOADS_TORCH)
def test_torch_is_loaded_where_an_interrupt_waits(name: str, tmp_path: Path) -> None:
    """An exception in the midst of torch's own import in C++ ends the process with SIGABRT."""
    program, *words = LOADS_TORCH[name]
    script = f"""
import signal, sys
sys.argv = {[program, *words]!r}
class Watch:
    def find_spec(self, name, path=None, target=None):
        if name == "torch":
            try:
                signal.raise_signal(signal.SIGINT)
                print("it waits", flush=True)
            finally:
                import os; os._exit(0)
sys.meta_path.insert(0, Watch())
from {"train" if program == "train.py" else "parity_tests.cli.start"} import run
run()
print("torch was not loaded")
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.stdout.splitlines()[-1:] == ["it waits"], done.stderr
