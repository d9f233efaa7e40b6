"""The lines of dropout by a known mask: A = A ∗ D / keep_prob and dA = dA ∗ D / keep_prob."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import numpy as np

from parity_tests.adapters.course.unit_findings import in_unit_check
from parity_tests.adapters.second_course.number_checks import NOTHING
from parity_tests.checking.comparison import Comparison
from parity_tests.checking.findings import Finding
from parity_tests.checking.trace_structure import as_array
from parity_tests.diagnosis.diagnose import explain_tensor
from parity_tests.diagnosis.hypotheses import values
from parity_tests.diagnosis.line_functions import FUNCTIONS
from parity_tests.diagnosis.tensor_context import TensorContext
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import Precision
from parity_tests.kinds.equivalent_formulas import Formulas
from parity_tests.kinds.formula_text import ALL, FormulaText, edit
from ref_numpy import Array


def line_of_mask(x: str) -> FormulaText:
    """Return x = x ∗ D / keep_prob with its mistakes."""
    return FormulaText(x, f"{x} * D / keep_prob", (
        edit("missing-keep_prob", "it is not divided by keep_prob", " / keep_prob", ""),
        edit("times-keep_prob", "it is multiplied by keep_prob, not divided",
             "/ keep_prob", "* keep_prob"),
        edit("divided-by-1-minus-keep_prob", "it is divided by 1 − keep_prob",
             "/ keep_prob", "/ (1 - keep_prob)"),
        edit("keep_prob-twice", "it is divided by keep_prob twice",
             "/ keep_prob", "/ keep_prob / keep_prob"),
        edit("missing-mask", "the mask D{l} is not applied", " * D", ""),
        edit("inverted-mask", "the mask is inverted: what should stay is 0", " D ", " (1 - D) "),
        edit("missing-mask-and-keep_prob", "neither the mask D{l} nor 1/keep_prob is applied",
             ALL, x),
    ))  # fmt: skip


FORWARD, BACKWARD = line_of_mask("A"), line_of_mask("dA")


def mask_findings_of(
    function: str, name: str, own: Any, right: ErrorArray, D: Array, keep_prob: float, p: Precision
) -> Iterator[Finding]:
    """Yield the finding that a tensor is not that before the mask, times D / keep_prob.

    Args:
        function: the candidate's.
        name: of the tensor, A1 or dA1.
        own: the candidate's tensor.
        right: that before the mask, value ± error.
        D: the mask.
        keep_prob: the share that stays.
        p: the candidate's arithmetic.
    """
    array = as_array(own)
    formula = BACKWARD if name[0] == "d" else FORWARD
    names = {formula.left: right, "D": ErrorArray(D.astype(float), p=p), "keep_prob": keep_prob}
    names = {**NOTHING, **names, "np": FUNCTIONS}
    context = TensorContext("D", int(name[-1]), (formula,), Formulas(()), (names,), None, name)
    context = replace(context, right=Formulas(values(context, formula.right)))
    wide = array.astype(np.float64)
    for found in Comparison.of(wide, context.right).findings(
        name, str(array.dtype), "value", "value"
    ):
        found = explain_tensor(found, context, wide, p)
        yield in_unit_check(replace(found, layer=None), function, name, found.message)


def before_mask(W: Array, dZ: Array, p: Precision) -> ErrorArray:
    """Return W^T dZ ± its error."""
    wide = (ErrorArray(x.astype(np.float64), p=p) for x in (W.T, dZ))
    W_T, d = wide
    return cast(ErrorArray, W_T @ d).rounded(p.output_rounding)
