"""Tensors of a trace that are one array in memory, of which one overwrote the other."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from itertools import compress
from typing import Any

import numpy as np
from numpy.lib.array_utils import byte_bounds

from parity_tests.checking.findings import Finding, kind_of, make_remark, without_cause
from ref_numpy import Array, NetworkSpec

# Layers whose results, or whose gradients, may be the numbers that they were given.
MOVING = ("add", "concatenate", "dropout", "flatten", "identity")


def is_overwritten(finding: Finding, trace: Mapping[str, Any]) -> bool:
    """Return whether a Z is the very array of its activation, which was computed in place."""
    Z, A = trace.get(finding.tensor), trace.get(f"A{finding.layer}")
    if kind_of(finding.tensor) != "Z" or not isinstance(Z, np.ndarray):
        return False
    return isinstance(A, np.ndarray) and address(Z) == address(A)


def address(x: Array) -> int:
    """Return where an array's numbers begin in memory."""
    return x.__array_interface__["data"][0]


class Memory:
    """Where each array of a trace lies in memory, to find those that lie in the same place.

    Args:
        trace: the tensors.
        spec: the network.
    """

    def __init__(self, trace: Mapping[str, Any], spec: NetworkSpec) -> None:
        self.arrays = {n: x for n, x in trace.items() if isinstance(x, np.ndarray) and x.size > 1}
        self.moving = [
            {f"{d}{name}" for name in (*step.inputs, *step.outputs)}
            for step in spec.steps
            if step.layer.kind in MOVING
            for d in ("", "d")
        ]

    @cached_property
    def places(self) -> Array:
        """The size of each array, where its bytes begin, and where they end."""
        each = [(x.size, *byte_bounds(x)) for x in self.arrays.values()]
        return np.array(each, np.uint64).reshape(-1, 3).T

    def sharing(self, name: str) -> str | None:
        """Return the first other tensor of the same size that has bytes of this one."""
        wrong = self.arrays.get(name)
        if wrong is None:
            return None
        begin, end = byte_bounds(wrong)
        sizes, begins, ends = self.places
        shared = (sizes == wrong.size) & (begins < end) & (ends > begin)
        one = {name}.union(*(names for names in self.moving if name in names))
        others = (n for n in compress(self.arrays, shared) if n not in one)
        return next((n for n in others if np.shares_memory(self.arrays[n], wrong)), None)

    def explain(self, finding: Finding) -> Finding:
        """Return the finding, with the remark that it shares its memory with another tensor.

        Where both have the same numbers on paper, as Z and A of an identity activation, they may
        be one array.
        """
        other = self.sharing(finding.tensor)
        if other is None:
            return finding
        remark = make_remark("memory.shared", tensor=finding.tensor, other=other)
        return without_cause(finding, remark)
