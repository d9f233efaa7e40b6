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


def is_of_arithmetic(
    findings: Iterable[Finding], own: dict[str, Array], expected: Iterable[Expected]
) -> bool:
    """Return whether there are findings that may all be of rounding.

    None is a known mistake, or of single elements.

    Args:
        findings: of one trace, with their causes.
        own: the candidate's tensors.
        expected: value ± error of each tensor.
    """
    wrong = {finding.tensor: finding for finding in findings}
    if not wrong or any(
        f.kind != "value" or any(map(is_mistake, f.causes)) for f in wrong.values()
    ):
        return False
    return all(is_spread(own[n], formulas) for n, formulas in expected if n in wrong)


def is_mistake(cause: Cause) -> bool:
    """Return whether a cause is one listed mistake, and neither a precision nor fitted numbers."""
    return cause.is_certain and "+" not in cause.code and not {"q", "c"} & set(cause.facts)


def is_spread(candidate: Array, formulas: Formulas) -> bool:
    """Return whether errors are everywhere, as those of rounding are: no gap is above the bound.

    Of few elements it cannot be told, and they may be.
    """
    *_, ratio = closest(candidate, formulas)
    falling = np.sort(ratio, axis=None)[::-1]
    wrong = min(int((falling > 1).sum()), ratio.size - 1)
    return ratio.size < ENOUGH or bool((falling[:wrong] <= GAP * falling[1 : wrong + 1]).all())
