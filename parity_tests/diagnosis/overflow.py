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
from parity_tests.kinds.backward_lines import DA_LAST
from parity_tests.kinds.formula_text import FormulaText
from ref_numpy import Array, BinaryCrossEntropy, CrossEntropy, Sigmoid, Softmax, SquaredError, Tanh

# Formulas that overflow, and the code of each.
ACTIVATIONS = {
    Sigmoid: (("np.exp(Z) / (1 + np.exp(Z))", "exp-overflows"),),
    Tanh: (
        ("(np.exp(Z) - np.exp(-Z)) / (np.exp(Z) + np.exp(-Z))", "tanh-exp-overflows"),
        ("(np.exp(2 * Z) - 1) / (np.exp(2 * Z) + 1)", "tanh-exp-2z-overflows"),
    ),
    Softmax: (("np.exp(Z) / np.exp(Z).sum(axis=0, keepdims=True)", "softmax-exp-overflows"),),
}
# Those of the cross-entropies, whose logarithms and quotients of A may be infinite.
FINITE = {"J": "J = np.sum(loss(Z, Y)) / m", "dA": "dZ = A - Y", "dZ": "dZ = A - Y"}
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
    A = without_error(context.bindings[0]["A"])
    is_of_log = context.kind == "J" and type(context.loss) in (BinaryCrossEntropy, CrossEntropy)
    return bool(is_of_log and A is not None and ((A < 0) | (A > 1)).any())


def overflows(context: TensorContext, p: Precision) -> Iterator[Overflow]:
    """Yield the formulas of this tensor that may overflow."""
    kind, formula, loss = context.kind, context.formulas[0], type(context.loss)
    if kind == "A":
        for text, code in ACTIVATIONS.get(type(context.layer), ()):
            yield Overflow(text, code, {}, formula.text)
    elif kind in FINITE and loss in (BinaryCrossEntropy, CrossEntropy):
        is_last = kind == "dA" and context.l == context.bindings[0]["L"]
        for right in (DA_LAST[loss],) if is_last else context.formulas:
            yield Overflow(right.right, "infinite-log", {}, FINITE[kind])
    elif kind == "J" and loss is SquaredError and (wider := WIDER.get(np.dtype(p.dtype).name)):
        facts = {"largest": f"{np.finfo(p.dtype).max:.5g}", "wider": wider}
        yield Overflow(formula.right, "squares-overflow", facts, in_dtype(formula, wider))


def in_dtype(formula: FormulaText, dtype: str) -> str:
    """Return the line of the squared error, computed in another dtype."""
    errors = f"(A - Y).astype(np.{dtype})"
    return f"{formula.left} = {formula.right.replace('(A - Y)', errors)}"


def narrow(x: object, p: Precision) -> object:
    """Return numbers in the candidate's own dtype, in which they overflow where its own do."""
    return x.astype(p.dtype) if isinstance(x, np.ndarray) else x
