"""The reference as a candidate that is called many times, and may change a result at some calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ref_numpy
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import Array, NetworkSpec

SPEC = NetworkSpec.dense([5, 7, 3], "relu", "softmax")
PROBLEM = random_problem(SPEC, 11)
Run = Callable[..., Any]


def changing(change: Callable[[dict[str, Array], int, Any], Any]) -> Run:
    """A run of the reference, of which change(trace, number of the call, problem) is returned."""
    calls: list[Any] = []

    def run(*problem: Any) -> Any:
        calls.append(problem)
        return change(dict(ref_numpy.run(*problem)), len(calls), problem)

    return run
