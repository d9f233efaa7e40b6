"""The guardian of a candidate's process: ends it, and all that it started, and watches its memory.

It is the process that the judge starts. It starts the candidate's process, and ends it when that
uses too much memory, and when its own standard input ends: when the judge is done, or was killed.
The candidate may start processes and end before them; they become the guardian's (on Linux), which
ends them, too.

Only the standard library is imported here, so that nothing else is in memory twice.
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import signal
import sys
import threading
import time
from contextlib import suppress
from typing import Any

from parity_tests.adapters.candidate_process import memory

INTERVAL = 0.05  # seconds between two looks
LONGEST_END = 2.0  # seconds until processes that cannot be killed are left alone
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36  # of Linux: prctl(2)


def guard(channel: int, most: int) -> None:
    """Become the guardian; return in the candidate's process, a new one, alone.

    Args:
        channel: the candidate's connection, which the guardian must not hold.
        most: bytes of memory.
    """
    if not hasattr(os, "fork"):
        guard_by_thread(most)
        return
    ask_linux(PR_SET_CHILD_SUBREAPER, 1)
    pid = os.fork()
    if pid:
        os.close(channel)
        ending = watch(pid, most)
        with suppress(OSError):  # the judge was killed
            os.write(1, json.dumps(ending).encode())
        os._exit(0)
    os.setpgid(0, 0)
    ask_linux(PR_SET_PDEATHSIG, signal.SIGKILL)
    if not memory.can_be_measured():
        limit_addresses(most)


def ask_linux(option: int, value: int) -> None:
    """Call prctl(option, value), where there is such a function."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def limit_addresses(most: int) -> None:
    """Limit the memory that this process itself may reserve, where it cannot be watched."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def watch(pid: int, most: int) -> dict[str, Any]:
    """Wait until the candidate's process ends, or must; then end it and all that it started.

    Args:
        pid: of the candidate's process.
        most: bytes of memory.

    Returns:
        Its "exit_code" or its "signal", and whether it used too much "memory".
    """
    too_much, status = False, None
    while status is None and not too_much:
        if select.select([0], [], [], INTERVAL)[0]:  # the end of standard input
            break
        status = ended(pid)
        too_much = status is None and memory.is_above(most, os.getpid())
    with suppress(OSError):
        os.killpg(pid, signal.SIGKILL)
    with suppress(OSError):
        os.kill(pid, signal.SIGKILL)
    if status is None:
        status = os.waitpid(pid, 0)[1]
    end_all_others()
    code = os.waitstatus_to_exitcode(status)
    how = {"signal": name_of(-code)} if code < 0 else {"exit_code": code}
    return {"memory": too_much, **how}


def ended(pid: int) -> int | None:
    """Return the status with which a process has ended; None where it has not."""
    which, status = os.waitpid(pid, os.WNOHANG)
    return status if which else None


def end_all_others() -> None:
    """Kill the processes that became this one's children, until there are none."""
    last = time.monotonic() + LONGEST_END
    with suppress(ChildProcessError):  # there is none any more
        while time.monotonic() < last:
            for pid in memory.descendants(os.getpid()):
                with suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(INTERVAL / 10)


def name_of(number: int) -> str:
    """Return a signal's name: "SIGSEGV"."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def guard_by_thread(most: int) -> None:
    """Without `fork` (Windows): a thread ends this process, which is the candidate's."""

    def end_with_input() -> None:
        sys.stdin.buffer.read()
        os._exit(1)

    def end_with_memory() -> None:
        while not memory.is_above(most, os.getppid()):
            time.sleep(INTERVAL)
        os._exit(TOO_MUCH_MEMORY)

    threading.Thread(target=end_with_input, daemon=True).start()
    if memory.can_be_measured():
        threading.Thread(target=end_with_memory, daemon=True).start()


TOO_MUCH_MEMORY = 77  # an exit code
