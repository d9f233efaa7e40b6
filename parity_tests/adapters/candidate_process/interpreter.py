"""The interpreter that a candidate's process is: how it is started, and killed, on each system."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import suppress


def started(theirs: socket.socket, memory: int) -> subprocess.Popen[bytes]:
    """Start the process, with its end of the connection."""
    pipe = subprocess.PIPE
    if os.name == "nt":  # which hands a socket over by a description of it
        process = subprocess.Popen(command(-1, memory), stdin=pipe, stdout=pipe)
        assert process.stdin is not None
        described = theirs.share(process.pid)  # pyright: ignore[reportAttributeAccessIssue]
        process.stdin.write(len(described).to_bytes(4, "little") + described)
        process.stdin.flush()
        return process
    number = theirs.fileno()
    return subprocess.Popen(
        command(number, memory), stdin=pipe, stdout=pipe, pass_fds=[number],
        start_new_session=True,
    )  # fmt: skip


def command(number: int, memory: int) -> list[str]:
    """Return the command of `main.main`, in an interpreter that imports as this one does.

    It also finds modules of the current folder, after all others.
    """
    optimised = ["-" + "O" * sys.flags.optimize] if sys.flags.optimize else []
    path = [*sys.path]
    with suppress(OSError):  # it was deleted
        path.append(os.getcwd())
    program = (
        f"import sys; sys.path[:] = {path!r}; "
        f"from parity_tests.adapters.candidate_process.main import main; main({number}, {memory})"
    )
    return [sys.executable, *optimised, "-c", program]


def end_group(process: subprocess.Popen[bytes]) -> None:
    """Kill what may be left of a process: of one that had no time to end by itself."""
    if process.poll() is None:
        if os.name == "nt":
            every = ["taskkill", "/T", "/F", "/PID", str(process.pid)]
            subprocess.run(every, capture_output=True, check=False)
        process.kill()
        process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
