"""The memory of this machine, and the resident memory of processes.

On Linux from /proc; elsewhere by psutil, where it is installed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")
HAS_PROC = PROC.joinpath(f"self/task/{os.getpid()}/children").exists()
CONTAINER = Path("/sys/fs/cgroup/memory.max")  # of cgroups, version 2


def machine_memory() -> int | None:
    """Return the bytes of memory that this machine, or container, has; None where it is unknown."""
    known: list[int] = []
    with suppress(AttributeError, ValueError, OSError):
        known.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    with suppress(ValueError, OSError):
        known.append(int(CONTAINER.read_text()))
    if not known:
        with suppress(ImportError):
            import psutil

            known.append(psutil.virtual_memory().total)
    return min(known, default=None)


def can_be_measured() -> bool:
    """Return whether `resident` knows anything on this machine."""
    if HAS_PROC:
        return True
    try:
        import psutil  # noqa: F401
    except ImportError:
        return False
    return True


def is_above(most: int, pid: int) -> bool:
    """Return whether the processes that one has started, and those that they have, use more memory.

    Pages that processes share are counted once, but only where it matters: that takes longer.

    Args:
        most: bytes.
        pid: of the process that has started them, which itself is not counted.
    """
    if not HAS_PROC:
        return sum(by_psutil(pid)) > most
    every = list(descendants(pid))
    return sum(map(resident, every)) > most and sum(map(proportional, every)) > most


def descendants(pid: int) -> Iterator[int]:
    """Yield the processes that a process has started, and those that they have."""
    for children in PROC.glob(f"{pid}/task/*/children"):
        with suppress(OSError, ValueError):
            for child in map(int, children.read_text().split()):
                yield child
                yield from descendants(child)


def resident(pid: int) -> int:
    """Return the bytes of a process that are in memory; 0 where it has ended."""
    with suppress(OSError, ValueError, IndexError):
        return int((PROC / str(pid) / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0


def proportional(pid: int) -> int:
    """Return the bytes of a process in memory, of each page its share."""
    with suppress(OSError, ValueError, IndexError):
        for line in (PROC / str(pid) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return resident(pid)


def by_psutil(pid: int) -> Iterator[int]:
    """Yield the resident bytes of each process that a process has started, and so on."""
    with suppress(ImportError):
        import psutil

        with suppress(psutil.Error):
            for process in psutil.Process(pid).children(recursive=True):
                with suppress(psutil.Error):
                    yield process.memory_info().rss
