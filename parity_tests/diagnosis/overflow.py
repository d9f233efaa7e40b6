"""Numbers that are not finite, by formulas that are right on paper and overflow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from parity_tests.checking.causes import Cause
from parity_tests.diagnosis.cause_wording import CAUSES, make_cause
from parity_tests.diagnosis.formula_eval import evaluate, without_error
from parity_tests.diagnosis.tensor_context import TensorContext
from parity_tests.error_model.precisions import Precision
from parity_tests.kinds.formula_text import FormulaText
from parity_tests.kinds.known_kinds import kind_of
from ref_numpy import Array

WIDER = {"float16": "float32", "float32": "float64"}


class Overflow(NamedTuple):
    """A formula that may overflow, the code of the cause, its facts, and a line that does not."""

    text: str
    code: str
    facts: dict[str, Any]
    finite: str | None


def overflow_causes(
    context: TensorContext, candidate: Array, p: Precision
) -> tuple[list[Cause], str | None]:
    """Return the formulas that overflow in the candidate's arithmetic, and one that does not.

    Each is not finite where the candidate's tensor is not, and only there.

    Args:
        context: of the tensor.
        candidate: the candidate's tensor.
        p: its arithmetic.
    """
    left = context.formulas[0].left
    names = {n: narrow(without_error(x), p) for n, x in context.bindings[0].items()}
    causes, finite = [], context.formulas[0].text
    for one in overflows(context, p):
        value = evaluate(one.text, names)
        if value is not None and np.shape(value) == candidate.shape:
            bad = ~np.isfinite(value)
            if bad.any() and np.array_equal(bad, ~np.isfinite(candidate)):
                facts = context.facts_of(CAUSES[one.code]) | one.facts
                wrong = f"{left} = {one.text}"
                causes.append(make_cause(context.kind, one.code, wrong, None, **facts))
                finite = one.finite
    return causes, finite


def is_outside_of_log(context: TensorContext) -> bool:
    """Return whether J takes the logarithm of numbers below 0: of an A, or of 1 − A, that is wrong.

    Then no other formula of J is at fault, and none helps.
    """
    A = without_error(context.bindings[0].get("A"))
    is_of_log = context.kind == "J" and "J" in context.loss_kind.finite
    return bool(is_of_log and A is not None and ((A < 0) | (A > 1)).any())


def overflows(context: TensorContext, p: Precision) -> Iterator[Overflow]:
    """Yield the formulas of this tensor that may overflow."""
    kind, formula, loss = context.kind, context.formulas[0], context.loss_kind
    if kind == "A":
        for one in kind_of(context.layer).overflows:
            yield Overflow(one.text, one.code, {}, formula.text)
    elif kind in loss.finite and (kind == "J" or context.is_last or not context.in_graph):
        is_last = kind == "dA" and context.is_last
        for right in (loss.gradient_line,) if is_last else context.formulas:
            if right is not None:
                yield Overflow(right.right, "infinite-log", {}, loss.finite[kind])
    elif kind == "J" and loss.squares and (wider := WIDER.get(np.dtype(p.dtype).name)):
        facts = {"largest": f"{np.finfo(p.dtype).max:.5g}", "wider": wider}
        finite = in_dtype(formula, loss.squares, wider)
        yield Overflow(formula.right, "squares-overflow", facts, finite)


def in_dtype(formula: FormulaText, part: str, dtype: str) -> str:
    """Return the line with a part of it computed in another dtype."""
    return f"{formula.left} = {formula.right.replace(part, f'{part}.astype(np.{dtype})')}"


def narrow(x: object, p: Precision) -> object:
    """Return numbers in the candidate's own dtype, in which they overflow where its own do."""
    return x.astype(p.dtype) if isinstance(x, np.ndarray) else x
