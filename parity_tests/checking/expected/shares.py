"""The shares in a gradient: one from each use of a tensor, judged as their sum."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.intervals import OUTWARD, compose_relative_errors
from parity_tests.error_model.precisions import U64
from parity_tests.kinds.equivalent_formulas import Formulas
from ref_numpy import NetworkSpec

L2_TERM = "(λ/m) W"  # the share that no step has, which is no name of a step


class Shares:
    """The shares of each tensor and parameter that were met so far, each by several formulas.

    Args:
        spec: the network.

    Attributes:
        met: the shares of each tensor with several, by use.
        shared: the weights that several steps use, whose L2 term is a share of its own.
    """

    def __init__(self, spec: NetworkSpec) -> None:
        self.missing = uses_of(spec)
        self.shared = [W for W in spec.weights if spec.lambd and self.missing[W] > 1]
        self.missing.update(self.shared)
        self.met: dict[str, dict[str, Formulas]] = {}

    def add(self, name: str, by: str, share: Iterable[ErrorArray]) -> Formulas | None:
        """Add a use's share; return the gradient by each formula if this is the last use.

        Args:
            name: of the tensor or parameter.
            by: the use: the step's name, or "J" of what the loss reads, or L2_TERM.
            share: by each formula.
        """
        formulas = share if isinstance(share, Formulas) else Formulas(share)
        self.missing[name] -= 1
        if not self.missing[name] and name not in self.met:
            return formulas
        met = self.met.setdefault(name, {})
        again, k = by, 2
        while by in met:  # a step that takes a tensor twice
            by, k = f"{again}, use {k}", k + 1
        met[by] = formulas
        return None if self.missing[name] else Formulas(sums_of([*met.values()]))


def uses_of(spec: NetworkSpec) -> Counter[str]:
    """Return how many shares the gradient of each tensor and parameter has."""
    uses = Counter([spec.loss_reads])
    for step in spec.backward_steps:
        uses.update((*step.inputs, *step.parameters.values()))
    return uses


def sums_of(shares: Sequence[Formulas]) -> Iterator[ErrorArray]:
    """Yield the sum of the shares by their first formulas, and of what any formula may give."""
    yield total([formulas[0] for formulas in shares])
    if any(len([*formulas]) > 1 for formulas in shares):
        yield total([formulas.hull() for formulas in shares])


def total(shares: Sequence[ErrorArray]) -> ErrorArray:
    """Return Σ_k shares[k], added in any order, each partial sum stored.

    Each of the N − 1 additions rounds a number that is at most Σ |share ± error|.
    """
    p, N = shares[0].p, len(shares)
    each = compose_relative_errors(*[p.u + U64] * (N - 1))
    value: Any = sum(share.value for share in shares)
    error: Any = sum(np.asarray(share.error) for share in shares)
    size: Any = sum(np.abs(share.value) for share in shares)
    bound = OUTWARD * ((1 + each) * error + each * size + (N - 1) * p.underflow)
    return ErrorArray(value, bound, p)
