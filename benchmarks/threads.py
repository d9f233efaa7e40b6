"""Run calls in processes of their own, each with a given number of threads.

BLAS, OpenMP and XLA take their number of threads when they are loaded, and not all of them notice a
change; and the threads of two such libraries in one process disturb each other.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any
from unittest import mock

NUMBER = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS",
    "NPROC",  # XLA's; it ignores the flags that are documented to limit its threads
)  # fmt: skip

ENDING = 10  # s that a process may take to end


class Process:
    """A process that makes the calls it gets, one after the other, and keeps one result."""

    def __init__(self, threads: int) -> None:
        context = get_context("spawn")
        self.connection, theirs = context.Pipe()
        environment = dict.fromkeys(NUMBER, str(threads)) | {"JAX_PLATFORMS": "cpu"}
        with mock.patch.dict(os.environ, environment):
            self.process = context.Process(target=serve, args=(theirs,))
            self.process.start()
        theirs.close()

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Return function(*arguments), computed in the process."""
        return self.request("call", function, *arguments)

    def keep(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Keep function(*arguments) in the process instead of the object kept before."""
        self.request("keep", function, *arguments)

    def use(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Return function(kept, *arguments), computed in the process."""
        return self.request("use", function, *arguments)

    def request(self, kind: str, function: Callable[..., Any], *arguments: Any) -> Any:
        """Send one call and return its result.

        Raises:
            RuntimeError: The call failed in the process; the message has its traceback.
        """
        self.connection.send((kind, function, arguments))
        result, error = self.connection.recv()
        if error:
            raise RuntimeError(f"{function.__name__} failed in a process of its own:\n{error}")
        return result

    def end(self) -> None:
        """Close the connection, at which the process ends by itself; else kill it."""
        self.connection.close()
        self.process.join(ENDING)
        self.process.kill()
        self.process.join()


def serve(connection: Connection) -> None:
    """Make calls in the new process until the other side closes the connection."""
    kept: Any = None
    while True:
        try:
            kind, function, arguments = connection.recv()
        except EOFError:
            return
        try:
            result = function(*((kept, *arguments) if kind == "use" else arguments))
            if kind == "keep":
                kept, result = result, None
            connection.send((result, None))
        except Exception:
            connection.send((None, traceback.format_exc()))


@contextmanager
def processes(threads: int, n: int) -> Iterator[list[Process]]:
    """Start n processes with this many threads each; they end with the block."""
    started = [Process(threads) for _ in range(n)]
    try:
        yield started
    finally:
        for process in started:
            process.end()


def run_in_process(threads: int, call: Callable[..., Any], *arguments: Any) -> Any:
    """Return call(*arguments), computed in a process of its own."""
    with processes(threads, 1) as (process,):
        return process.call(call, *arguments)
