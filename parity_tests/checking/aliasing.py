"""Tensors of a trace that are one array in memory, of which one overwrote the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from parity_tests.checking.findings import Finding, kind_of, make_remark, without_cause
from ref_numpy import Array, NetworkSpec
from ref_numpy.activations import Identity


def is_overwritten(finding: Finding, trace: Mapping[str, Any]) -> bool:
    """Return whether a Z is the very array of its activation, which was computed in place."""
    Z, A = trace.get(finding.tensor), trace.get(f"A{finding.layer}")
    if kind_of(finding.tensor) != "Z" or not isinstance(Z, np.ndarray):
        return False
    return isinstance(A, np.ndarray) and address(Z) == address(A)


def address(x: Array) -> int:
    """Return where an array's numbers begin in memory."""
    return x.__array_interface__["data"][0]


def with_aliasing(finding: Finding, trace: Mapping[str, Any], spec: NetworkSpec) -> Finding:
    """Return the finding, with the remark that it shares its memory with another tensor.

    Where Z and A are one on paper, as of an identity activation, they may be one array.
    """
    wrong = trace[finding.tensor]
    if any(s.number == finding.layer and isinstance(s.layer, Identity) for s in spec.steps):
        return finding
    for name, other in trace.items():
        both = isinstance(other, np.ndarray) and isinstance(wrong, np.ndarray)
        if not both or name == finding.tensor or not other.size == wrong.size > 1:
            continue
        if np.may_share_memory(other, wrong):
            remark = make_remark("memory.shared", tensor=finding.tensor, other=name)
            return without_cause(finding, remark)
    return finding
