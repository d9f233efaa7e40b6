"""What one call of a candidate gave, and whether another call gave the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from parity_tests.checking.findings import VALUES, Finding
from parity_tests.checking.report import Report
from parity_tests.checking.trace_structure import as_array
from ref_numpy import Array

Trace = Mapping[str, Array]
Params = dict[str, Array]
Problem = tuple[Params, Any, Array]  # params, X (or each input by name), Y


@dataclass(frozen=True)
class Outcome:
    """What one call gave.

    Attributes:
        trace: its tensors, which no later call can change.
        of_call: findings of the call itself: an argument that it changed in place.
        compare: compares each layer alone, as if these had been the parameters.
        explain: compares it in full, and names causes; it is given the trace of the call before.
    """

    trace: Trace
    of_call: tuple[Finding, ...]
    compare: Callable[[Params], Report]
    explain: Callable[[Trace], Report]


@dataclass(frozen=True)
class FirstCall:
    """A candidate, and its first call.

    Attributes:
        call: calls the candidate with a problem.
        problem: that of the first call: parameters, X and Y.
        outcome: what it gave.
    """

    call: Callable[[Problem], Outcome]
    problem: Problem
    outcome: Outcome

    @property
    def trace(self) -> Trace:
        """Its tensors."""
        return self.outcome.trace

    @property
    def params(self) -> Params:
        """Its parameters."""
        return self.problem[0]


def copied(trace: Any) -> Trace:
    """Return the trace's numbers as they are now, which a later call cannot change.

    There are none in what is no mapping, which `check_trace` refuses.
    """
    if not isinstance(trace, Mapping):
        return {}
    arrays = {n: as_array(x) for n, x in trace.items()}
    return {n: a.copy() for n, a in arrays.items() if a.dtype.kind in "fiub"}


def are_equal(first: Trace, later: Trace) -> bool:
    """Return whether two traces are the same, bit for bit."""
    return first.keys() == later.keys() and all(is_same(x, later[n]) for n, x in first.items())


def is_same(x: Array, y: Array) -> bool:
    """Return whether two arrays have the same dtype, shape and numbers."""
    return x.dtype == y.dtype and np.array_equal(x, y, equal_nan=True)


def differs(finding: Finding, first: Trace, later: Trace) -> bool:
    """Return whether a wrong tensor was another at a later call, by more than its bound."""
    n = finding.tensor
    if finding.kind not in VALUES or n not in first or n not in later or finding.bound is None:
        return False
    x, y = first[n], later[n]
    if x.shape != y.shape:
        return True
    # Differences of bool are not defined, and those of unsigned numbers are not negative.
    apart = np.abs(np.subtract(x, y, dtype=np.float64))
    return bool((apart > finding.bound).any())
