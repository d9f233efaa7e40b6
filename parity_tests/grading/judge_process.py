"""The processes that judge submissions, from the class's side."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from parity_tests.check_messages import input_error
from parity_tests.grading.judged_submission import unjudged

LARGEST = 2**26  # bytes of an answer


class Judges:
    """Starts a process for each submission, several at once, and ends them all when it ends.

    Args:
        seconds: that a submission may take, all its calls together.
        one_thread: each computes with one thread.
    """

    def __init__(self, seconds: float, one_thread: bool) -> None:
        self.seconds, self.one_thread = seconds, one_thread
        self.running: set[subprocess.Popen[bytes]] = set()
        self.lock, self.ended = threading.Lock(), False

    def __enter__(self) -> Judges:
        return self

    def __exit__(self, *exception: object) -> None:
        self.end()

    def end(self) -> None:
        """End all processes, and start none any more."""
        with self.lock:
            self.ended = True
            for process in self.running:
                kill(process)

    def judge(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answer of `judged_submission.judge`, or why there is none.

        That of a process that ended without an answer has "again": a later command tries it again.
        """
        late = threading.Event()
        with self.lock:
            if self.ended:
                raise InterruptedError
            process = self.start()
            self.running.add(process)
        timer = threading.Timer(self.seconds, lambda: (late.set(), kill(process)))
        timer.start()
        assert process.stdin is not None
        assert process.stdout is not None
        with process:  # its pipes are closed
            try:
                with suppress(OSError):
                    process.stdin.write(json.dumps(order).encode() + b"\n")
                    process.stdin.flush()
                answer = process.stdout.read(LARGEST)
            finally:
                timer.cancel()
                kill(process)
                with self.lock:
                    self.running.discard(process)
        try:
            return json.loads(answer)
        except ValueError:
            name = order["name"]
            if late.is_set():
                return unjudged(input_error("grade.late", name=name, seconds=self.seconds))
            return unjudged(input_error("grade.ended", name=name)) | {"again": True}

    def start(self) -> subprocess.Popen[bytes]:
        """Start a process, which imports as this one does."""
        program = (
            f"import sys; sys.path[:] = {sys.path!r}; "
            "from parity_tests.grading.judged_submission import main; main()"
        )
        threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        one = {name: "1" for name in threads if name not in os.environ} if self.one_thread else {}
        return subprocess.Popen(
            [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, start_new_session=True, env={**os.environ, **one},
        )  # fmt: skip


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process; that of its candidate ends with it."""
    if process.poll() is None:
        with suppress(OSError):
            if os.name == "nt":
                process.kill()
            else:
                os.killpg(process.pid, signal.SIGKILL)
