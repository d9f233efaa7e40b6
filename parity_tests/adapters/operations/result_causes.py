"""Why a result of an operation is wrong: one factor, or where the wrong elements stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from parity_tests.adapters.course.update_functions import update_context
from parity_tests.checking.causes import Cause
from parity_tests.checking.comparison import closest, p_value
from parity_tests.checking.findings import Finding
from parity_tests.diagnosis.cause_wording import Pattern, unknown
from parity_tests.diagnosis.fitted_constants import multiple
from parity_tests.diagnosis.tensor_context import TensorContext
from parity_tests.diagnosis.unexplained import factor, where
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import Precision
from parity_tests.kinds.equivalent_formulas import Formulas
from parity_tests.kinds.formula_text import FormulaText
from ref_numpy import Array


def factor_of(own: Array, right: Formulas, p: Precision) -> Cause | None:
    """Return the cause that all numbers are the right ones times c; None where they are not.

    Rounding makes no such errors: one element determines c, and each other one has by chance that
    c with a probability of about its bound ÷ its error.

    Args:
        own: the result.
        right: value ± error by each way to compute it.
        p: its arithmetic.
    """
    cause = multiple(context_of_result(right), own, p)
    if cause is None or cause.scale is None:
        return None
    c, error = cause.scale
    chance = p_value(ErrorArray(c, error, p) * right[0], own, right, fitted=1)
    cause = replace(cause, p_value=chance)
    return cause if cause.is_certain else None


def explained(finding: Finding, own: Array, right: Formulas, p: Precision) -> Finding:
    """Return the finding with its cause, or with where the wrong elements are.

    Args:
        finding: of a value.
        own: the result.
        right: value ± error by each way to compute it.
        p: its arithmetic.
    """
    cause = factor_of(own, right, p) if own.any() else None
    if cause is not None:
        return replace(finding, causes=(cause,), right_line=cause.right)
    *_, ratio = closest(own, right)
    remark = unknown("unknown.no-known-mistake", [*patterns(own, right, ratio > 1)])
    return replace(finding, remark=remark)


def patterns(own: Array, right: Formulas, off: Array) -> Iterator[Pattern]:
    """Yield where the wrong elements are: in a range of one axis, as the tail of a tile is.

    Args:
        own: the result.
        right: value ± error by each way to compute it.
        off: which elements are wrong.
    """
    if not own.any():
        yield "zeros", {}
    elif off.size == 1:
        difference = float(own.flat[0] - right[0].value.flat[0])
        yield from factor(context_of_result(right), difference, float(right[0].error.flat[0]))
    elif (ranges := [*ranges_of(off)]) and off.sum() > 1:
        yield "range", min(ranges, key=lambda r: (r["last"] - r["first"]) / r["end"])
    else:
        yield where(context_of_result(right), off)


def ranges_of(off: Array) -> Iterator[dict[str, int]]:
    """Yield the range of each axis that has all wrong elements, where it is not the whole axis."""
    for axis, length in enumerate(off.shape):
        places = np.flatnonzero(off.any(axis=tuple(k for k in range(off.ndim) if k != axis)))
        first, last = int(places[0]), int(places[-1])
        if last - first + 1 < length:
            yield {
                "n": int(off.sum()), "first": first, "last": last, "axis": axis, "end": length - 1,
            }  # fmt: skip


def context_of_result(right: Formulas) -> TensorContext:
    """Return the context of a result, of which nothing but its value is known."""
    formula = FormulaText("result", "operation(*inputs)")
    return replace(update_context({}), kind="result", formulas=(formula,), right=right)
