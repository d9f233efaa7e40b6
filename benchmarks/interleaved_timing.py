"""Timing things side by side: they take turns, so that a busy machine slows all of them."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Sequence

TURN = 0.005  # s: a call that is shorter is repeated until it has taken this long
ROUNDS = (15, 101)  # at least, at most


def side_by_side(*calls: Callable[[], object], rounds: int = 15) -> list[float]:
    """The median time of each, in seconds; the first round warms up."""
    return [statistics.median(times) for times in in_turn(*calls, rounds=rounds)]


def ratio(times: Sequence[float], others: Sequence[float]) -> float:
    """How many times as long one takes as the other: the median over the rounds, each of which has
    a time of both. What slows the machine for seconds slows both of most rounds, but not half of
    the times of each, as two medians would need it to."""
    return statistics.median(own / other for own, other in zip(times, others, strict=True))


def in_turn(*calls: Callable[[], object], rounds: int) -> list[list[float]]:
    """Every time of each. A call that gives a float has timed itself.

    Each round has another order: what goes before leaves the caches and the heap as it used them.
    """
    times: list[list[float]] = [[] for _ in calls]
    pairs, shuffled = list(zip(calls, times, strict=True)), random.Random(0)
    for _ in range(rounds + 1):
        shuffled.shuffle(pairs)
        for call, own in pairs:
            start = time.perf_counter()
            given = call()
            own.append(given if isinstance(given, float) else time.perf_counter() - start)
    return [own[1:] for own in times]


def within(seconds: float, calls: Sequence[Callable[[], object]]) -> list[list[float]]:
    """Every time of each, in as many rounds as take about `seconds`."""
    each = [lambda n, call=call: timed(call, n) for call in calls]
    return fitting(seconds, [filling(call) for call in calls], each)


def fitting(
    seconds: float, filled: Sequence[tuple[int, float]], timers: Sequence[Callable[[int], float]]
) -> list[list[float]]:
    """The same of what is timed elsewhere.   filled: what `filling` says of each.   timers: the
    seconds of one of n calls."""
    turns = [lambda t=t, n=n: t(n) for t, (n, _) in zip(timers, filled, strict=True)]
    rounds = min(max(round(seconds / sum(s for _, s in filled)), ROUNDS[0]), ROUNDS[1])
    return in_turn(*turns, rounds=rounds)


def filling(call: Callable[[], object], turn: float = TURN) -> tuple[int, float]:
    """How many calls fill a turn, and the seconds that it takes. The first call may compile."""
    call()
    n, own = 1, timed(call, 1)
    while n * own < turn / 2:
        n *= 2
        own = min(timed(call, n), timed(call, n))  # which nothing else has interrupted
    n = max(1, round(turn / own))
    return n, n * own


def timed(call: Callable[[], object], n: int) -> float:
    """The seconds of one of n calls; where they are short, one more first warms the caches, which
    the others have filled with their own."""
    if n > 1:
        call()
    start = time.perf_counter()
    for _ in range(n):
        call()
    return (time.perf_counter() - start) / n
