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

# The largest of 12 normal numbers or more is in one case of 2000 so many times the next.
GAP = 3.0


def is_of_arithmetic(
    findings: Iterable[Finding], own: dict[str, Array], expected: Iterable[Expected]
) -> bool:
    """Return whether all findings may be of rounding: no known mistake, and no single elements.

    Args:
        findings: of one trace, with their causes.
        own: the candidate's tensors.
        expected: value ± error of each tensor.
    """
    wrong = {finding.tensor: finding for finding in findings}
    if any(f.kind != "value" or any(map(is_mistake, f.causes)) for f in wrong.values()):
        return False
    return all(is_spread(own[n], formulas) for n, formulas in expected if n in wrong)


def is_mistake(cause: Cause) -> bool:
    """Return whether a cause is one listed mistake, and neither a precision nor fitted numbers."""
    return cause.is_certain and "+" not in cause.code and not {"q", "c"} & set(cause.facts)


def is_spread(candidate: Array, formulas: Formulas) -> bool:
    """Return whether errors are everywhere, as those of rounding are: there is no gap above 1."""
    *_, ratio = closest(candidate, formulas)
    falling = np.sort(ratio, axis=None)[::-1]
    wrong = int((falling > 1).sum())
    return (
        bool((falling[:wrong] <= GAP * falling[1 : wrong + 1]).all())
        if wrong < ratio.size
        else True
    )
