"""Processes of their own, each with a number of threads.

BLAS, OpenMP and XLA take their number when they are loaded, and not all of them hear of a change;
and the threads of two of them in one process disturb each other.
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
    "NPROC",  # XLA's; it ignores the flags that are said to limit its threads
)  # fmt: skip

ENDING = 10  # s that a process may take to end


class Process:
    """Calls what it is asked to, one thing after the other, and may keep the result of one."""

    def __init__(self, threads: int) -> None:
        context = get_context("spawn")
        self.connection, theirs = context.Pipe()
        environment = dict.fromkeys(NUMBER, str(threads)) | {"JAX_PLATFORMS": "cpu"}
        with mock.patch.dict(os.environ, environment):
            self.process = context.Process(target=serve, args=(theirs,))
            self.process.start()
        theirs.close()

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """function(*arguments) there."""
        return self.asked("call", function, *arguments)

    def keep(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Keep function(*arguments) there, in the place of what was kept."""
        self.asked("keep", function, *arguments)

    def use(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """function(kept, *arguments) there."""
        return self.asked("use", function, *arguments)

    def asked(self, how: str, function: Callable[..., Any], *arguments: Any) -> Any:
        self.connection.send((how, function, arguments))
        result, error = self.connection.recv()
        if error:
            raise RuntimeError(f"{function.__name__} failed in a process of its own:\n{error}")
        return result

    def end(self) -> None:
        self.connection.close()  # upon which it ends by itself
        self.process.join(ENDING)
        self.process.kill()
        self.process.join()


def serve(connection: Connection) -> None:
    """In the new process, until the other one hangs up."""
    kept: Any = None
    while True:
        try:
            how, function, arguments = connection.recv()
        except EOFError:
            return
        try:
            result = function(*((kept, *arguments) if how == "use" else arguments))
            if how == "keep":
                kept, result = result, None
            connection.send((result, None))
        except Exception:
            connection.send((None, traceback.format_exc()))


@contextmanager
def processes(threads: int, n: int) -> Iterator[list[Process]]:
    """n of them with this many threads each; they end with the block."""
    started = [Process(threads) for _ in range(n)]
    try:
        yield started
    finally:
        for process in started:
            process.end()


def apart(threads: int, call: Callable[..., Any], *arguments: Any) -> Any:
    """call(*arguments) in a process of its own."""
    with processes(threads, 1) as (process,):
        return process.call(call, *arguments)
