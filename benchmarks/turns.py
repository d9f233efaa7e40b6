"""Timing things side by side: they take turns, so that a busy machine slows all of them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def side_by_side(*calls: Callable[[], object], rounds: int = 15) -> list[float]:
    """The median time of each, in seconds; the first round warms up."""
    return [statistics.median(times) for times in in_turn(*calls, rounds=rounds)]


def in_turn(*calls: Callable[[], object], rounds: int) -> list[list[float]]:
    """Every time of each. A call that gives a float has timed itself."""
    times: list[list[float]] = [[] for _ in calls]
    for _ in range(rounds + 1):
        for call, own in zip(calls, times, strict=True):
            start = time.perf_counter()
            given = call()
            own.append(given if isinstance(given, float) else time.perf_counter() - start)
    return [own[1:] for own in times]
