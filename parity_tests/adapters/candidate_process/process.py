"""A candidate's process, from the judge's side: start it, ask it, and end it with all it started.

Whatever the candidate does there (hang, crash, exit, start processes, take all memory, send other
bytes than an answer), asking ends within the time limit, with an answer or one sentence.
"""

from __future__ import annotations

import json
import select
import socket
import subprocess
import sys
import time
from contextlib import suppress
from typing import Any

from parity_tests.adapters.candidate_process.answers import lost, malformed
from parity_tests.adapters.candidate_process.interpreter import end_group, started
from parity_tests.adapters.candidate_process.memory import machine_memory
from parity_tests.adapters.candidate_process.wire import (
    LENGTHS,
    Malformed,
    decoded,
    encoded,
    lengths,
)
from parity_tests.check_messages import input_error

INTERVAL = 0.05  # seconds between two looks at the process
PART = 2**20  # bytes that are sent or received at once
LONGEST_END = 30.0  # seconds that the guardian may take to end everything


class CannotStart(RuntimeError):
    """The process ended before the candidate was loaded: a failure of ours."""


class CandidateProcess:
    """A process that serves one candidate; a context, at whose end it is gone.

    It is started by the first request, unless it was before.

    Args:
        candidate: its name.
        seconds: that each request may take.
        memory: bytes that the process and those that it starts may have in memory; None takes half
            of this machine's.
    """

    def __init__(self, candidate: str, seconds: float, memory: int | None = None) -> None:
        self.candidate, self.seconds = candidate, seconds
        self.memory = memory or (machine_memory() or sys.maxsize) // 2
        self.ready = False
        self.ending: dict[str, Any] | None = None
        self.error: Exception | None = None
        self.process: subprocess.Popen[bytes] | None = None
        self.channel, self.theirs = socket.socketpair()
        self.channel.setblocking(False)

    def start(self) -> None:
        """Start the process; it imports what it needs while this one goes on."""
        self.process = started(self.theirs, self.memory)
        self.theirs.close()

    def __enter__(self) -> CandidateProcess:
        return self

    def __exit__(self, *exception: object) -> None:
        self.end()

    def ask(self, name: str, request: tuple[Any, ...]) -> Any:
        """Send a request, and return the answer.

        Args:
            name: of what is called, for messages.
            request: to `service.Service`.

        Raises:
            CandidateLost: there is no answer, and the process has ended; and so for every later
                request.
        """
        if self.error is None:
            try:
                return self.answer(request)
            except TimeoutError:
                late = input_error("call.no-return", call=name, seconds=self.seconds)
                self.error = lost(late)
            except Malformed as error:
                self.error = malformed(name, error)
            except (EOFError, OSError):
                self.error = self.why_it_ended(name, request[0], **self.end())
            self.end()
        raise self.error

    def answer(self, request: tuple[Any, ...]) -> Any:
        """Send a request, and return the answer, once the process is ready."""
        if self.process is None:
            self.start()
        if not self.ready:
            self.receive(float("inf"))
            self.ready = True
        last = time.monotonic() + self.seconds
        for part in encoded(request):
            self.send(part, last)
        return self.receive(last)

    def why_it_ended(self, name: str, what: str, memory: bool = False, **ending: Any) -> Exception:
        """Return the error for a process that ended instead of answering.

        Args:
            name: of what was called.
            what: the request.
            memory: whether it took too much.
            ending: its "exit_code" or "signal".
        """
        if memory:
            limit = memory_text(self.memory)
            return lost(input_error("call.memory", call=name, limit=limit))
        if not self.ready:
            text = f"the process of {self.candidate} ended before it was loaded: {ending}"
            return CannotStart(text)
        if what == "load":  # nothing of the candidate was called yet
            return lost(input_error("candidate.unreadable", name=name, **ending))
        return lost(input_error("call.crashed", name=name, **ending))

    def send(self, part: Any, last: float) -> None:
        """Send bytes until the time `last`."""
        left = memoryview(part)
        while left:
            self.wait(last, sending=True)
            with suppress(BlockingIOError):
                left = left[self.channel.send(left[:PART]) :]

    def receive(self, last: float) -> Any:
        """Return the data of the next message, all of which must be there at the time `last`."""
        header, arrays = lengths(self.exactly(LENGTHS.size, last))
        if header + arrays > self.memory // 2:
            raise Malformed(f"a message of {header + arrays} bytes")
        return decoded(self.exactly(header, last), self.exactly(arrays, last))

    def exactly(self, n: int, last: float) -> bytearray:
        """Return the next n bytes.

        Raises:
            EOFError: there are none, and will not be.
        """
        data = bytearray(n)
        left = memoryview(data)
        while left:
            self.wait(last)
            with suppress(BlockingIOError):
                n_read = self.channel.recv_into(left[:PART])
                if not n_read:
                    raise EOFError
                left = left[n_read:]
        return data

    def wait(self, last: float, sending: bool = False) -> None:
        """Wait until bytes can be received, or sent.

        Raises:
            TimeoutError: the time is over.
            EOFError: the process has ended, though another one may still hold its connection.
        """
        here = [self.channel]
        while True:
            if time.monotonic() > last:
                raise TimeoutError
            reading, writing, _ = select.select(
                [] if sending else here, here if sending else [], [], INTERVAL
            )
            if reading or writing:
                return
            if self.process is None or self.process.poll() is not None:
                raise EOFError

    def end(self) -> dict[str, Any]:
        """End the process and all that it started.

        Returns:
            Its "exit_code" or "signal", and whether it had too much "memory".
        """
        if self.ending is not None:
            return self.ending
        self.channel.close()
        self.theirs.close()
        if self.process is None:
            return {}
        try:
            told, _ = self.process.communicate(timeout=LONGEST_END)  # its input ends
        except subprocess.TimeoutExpired:
            told = b""
        finally:
            end_group(self.process)
        try:
            self.ending = dict(json.loads(told))
        except ValueError:
            self.ending = ending(self.process.returncode)
        return self.ending


def ending(code: int | None) -> dict[str, Any]:
    """Return the facts about a guardian that ended without a report: its signal or exit code."""
    if code is not None and code < 0:
        return {"signal": f"signal {-code}"}
    return {"exit_code": code}


def memory_text(n: int) -> str:
    """Return a number of bytes in words: "4 GB"."""
    return f"{n / 1e9:.3g} GB" if n >= 1e9 else f"{n / 1e6:.3g} MB"
