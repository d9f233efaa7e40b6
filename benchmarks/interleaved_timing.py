"""Time several calls side by side: they take turns, so that a busy machine slows all of them."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Sequence

TURN = 0.005  # s: a shorter call is repeated until it has taken this long
ROUNDS = (15, 101)  # at least, at most


def median_seconds(*calls: Callable[[], object], rounds: int = 15) -> list[float]:
    """Return the median time of each call, in seconds; the first round warms up."""
    return [statistics.median(times) for times in interleaved_seconds(*calls, rounds=rounds)]


def ratio(times: Sequence[float], others: Sequence[float]) -> float:
    """Return the median over the rounds of times[r] / others[r].

    A slow second of the machine slows both calls of most rounds, but not half of the times of each,
    as a ratio of two medians would need.
    """
    return statistics.median(own / other for own, other in zip(times, others, strict=True))


def interleaved_seconds(*calls: Callable[[], object], rounds: int) -> list[list[float]]:
    """Return every time of each call, `rounds` of them.

    Each round has another order, since a call leaves the caches and the heap as it used them.

    Args:
        calls: The timed calls. A call that returns a float has timed itself, in seconds.
        rounds: How many rounds count; one more, the first, only warms up.
    """
    times: list[list[float]] = [[] for _ in calls]
    pairs, shuffled = list(zip(calls, times, strict=True)), random.Random(0)
    for _ in range(rounds + 1):
        shuffled.shuffle(pairs)
        for call, own in pairs:
            start = time.perf_counter()
            result = call()
            own.append(result if isinstance(result, float) else time.perf_counter() - start)
    return [own[1:] for own in times]


def seconds_within_budget(
    seconds: float, calls: Sequence[Callable[[], object]]
) -> list[list[float]]:
    """Return every time of each call, in as many rounds as take about `seconds` in all."""
    timers = [lambda n, call=call: seconds_per_call(call, n) for call in calls]
    return seconds_of_timers(seconds, [calls_per_turn(call) for call in calls], timers)


def seconds_of_timers(
    seconds: float, turns: Sequence[tuple[int, float]], timers: Sequence[Callable[[int], float]]
) -> list[list[float]]:
    """Return every time that each timer measures, in as many rounds as take about `seconds`.

    Args:
        seconds: The budget of all rounds.
        turns: Of each timer (calls a turn, seconds of a turn), as `calls_per_turn` returns them.
        timers: timer(n) returns the seconds of one of n calls; the calls may run elsewhere.
    """
    calls = [lambda t=t, n=n: t(n) for t, (n, _) in zip(timers, turns, strict=True)]
    rounds = min(max(round(seconds / sum(s for _, s in turns)), ROUNDS[0]), ROUNDS[1])
    return interleaved_seconds(*calls, rounds=rounds)


def calls_per_turn(call: Callable[[], object], turn: float = TURN) -> tuple[int, float]:
    """Return how many calls fill a turn, and its seconds. The first call may compile."""
    call()
    n, own = 1, seconds_per_call(call, 1)
    while n * own < turn / 2:
        n *= 2
        # The smaller one: nothing else has interrupted it.
        own = min(seconds_per_call(call, n), seconds_per_call(call, n))
    n = max(1, round(turn / own))
    return n, n * own


def seconds_per_call(call: Callable[[], object], n: int) -> float:
    """Return the seconds of one of n calls.

    Where n > 1 one call more comes first: the other calls have filled the caches with their data.
    """
    if n > 1:
        call()
    start = time.perf_counter()
    for _ in range(n):
        call()
    return (time.perf_counter() - start) / n
