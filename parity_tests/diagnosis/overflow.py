"""Numbers that are not finite, by formulas that are right on paper and overflow."""

from __future__ import annotations

import numpy as np

from parity_tests.checking.findings import Cause
from parity_tests.diagnosis.cause_wording import CAUSES, make_cause
from parity_tests.diagnosis.formula_eval import evaluate, without_error
from parity_tests.diagnosis.tensor_context import TensorContext
from parity_tests.error_model.precisions import Precision
from ref_numpy import Array
from ref_numpy.activations import Sigmoid, Softmax, Tanh

# Formulas that overflow, and the code of each.
ACTIVATIONS = {
    Sigmoid: (("np.exp(Z) / (1 + np.exp(Z))", "exp-overflows"),),
    Tanh: (
        ("(np.exp(Z) - np.exp(-Z)) / (np.exp(Z) + np.exp(-Z))", "tanh-exp-overflows"),
        ("(np.exp(2 * Z) - 1) / (np.exp(2 * Z) + 1)", "tanh-exp-2z-overflows"),
    ),
    Softmax: (("np.exp(Z) / np.exp(Z).sum(axis=0, keepdims=True)", "softmax-exp-overflows"),),
}
FINITE = {"J": "J = np.sum(loss(Z, Y)) / m", "dA": "dZ = A - Y", "dZ": "dZ = A - Y"}


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
    formula = context.formulas[0]
    overflowing = ACTIVATIONS.get(type(context.layer), ()) if context.kind == "A" else ()
    if context.kind in FINITE:
        overflowing = tuple((x.right, "infinite-log") for x in context.formulas)
    names = {n: narrow(without_error(x), p) for n, x in context.bindings[0].items()}
    causes = []
    for text, code in overflowing:
        value = evaluate(text, names)
        if value is not None and np.shape(value) == candidate.shape:
            bad = ~np.isfinite(value)
            if bad.any() and np.array_equal(bad, ~np.isfinite(candidate)):
                facts = context.facts_of(CAUSES[code])
                wrong = f"{formula.left} = {text}"
                causes.append(make_cause(context.kind, code, wrong, None, **facts))
    return causes, FINITE.get(context.kind, formula.text)


def narrow(x: object, p: Precision) -> object:
    """Return numbers in the candidate's own dtype, in which they overflow where its own do."""
    return x.astype(p.dtype) if isinstance(x, np.ndarray) else x
