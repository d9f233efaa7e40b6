"""Errors that are no mistake, but another arithmetic inside than the declared one.

A program of bfloat16 may keep its sums in bfloat16, or its kernels may be fused. Its errors are
then larger than the declared arithmetic allows; that is not judged, and the report names the
arithmetic to declare.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from parity_tests.checking.comparison import closest
from parity_tests.checking.findings import Cause, Finding
from parity_tests.checking.layerwise import Expected
from parity_tests.kinds.equivalent_formulas import Formulas
from ref_numpy import Array

# Of 20 normal numbers or more, the largest is so many times the next in one case of 4000.
GAP, ENOUGH = 3.0, 20


def are_of_rounding(
    findings: Iterable[Finding], own: dict[str, Array], expected: Iterable[Expected]
) -> bool:
    """Return whether wrong values may all be of rounding: no known mistake, no single elements.

    Args:
        findings: of values, with their causes.
        own: the candidate's tensors.
        expected: value ± error of each tensor, in an arithmetic that has such errors.
    """
    wrong = {finding.tensor: finding for finding in findings}
    if any(is_mistake(cause) for finding in wrong.values() for cause in finding.causes):
        return False
    return all(is_spread(own[n], formulas) for n, formulas in expected if n in wrong)


def is_mistake(cause: Cause) -> bool:
    """Return whether a cause is one listed mistake, and neither a precision nor fitted numbers."""
    return cause.is_certain and "+" not in cause.code and not {"q", "c"} & set(cause.facts)


def is_spread(candidate: Array, formulas: Formulas) -> bool:
    """Return whether errors are everywhere, as those of rounding are.

    Of few elements it cannot be told, and they may be.
    """
    if candidate.size < ENOUGH:
        return True
    *_, ratio = closest(candidate, formulas)
    second, largest = np.partition(ratio.ravel(), -2)[-2:]
    return bool(largest <= GAP * second)
