"""Numbers that are not finite, by formulas that are right on paper and overflow."""

from __future__ import annotations

import numpy as np

from parity_tests.checking.findings import Cause
from parity_tests.diagnosis.formula_eval import computed, plain
from parity_tests.diagnosis.tensor_context import Site
from parity_tests.error_model.precisions import Precision
from ref_numpy import Array
from ref_numpy.activations import Sigmoid, Softmax, Tanh

LARGEST = "subtract the largest z of each example first"
ACTIVATIONS = {
    Sigmoid: (
        ("np.exp(Z) / (1 + np.exp(Z))", "e^z overflows for a large z: use 1 / (1 + e^−z)"),
    ),
    Tanh: (
        ("(np.exp(Z) - np.exp(-Z)) / (np.exp(Z) + np.exp(-Z))", "e^z overflows: use np.tanh"),
        ("(np.exp(2 * Z) - 1) / (np.exp(2 * Z) + 1)", "e^2z overflows: use np.tanh"),
    ),
    Softmax: (
        ("np.exp(Z) / np.exp(Z).sum(axis=0, keepdims=True)", f"e^z overflows: {LARGEST}"),
    ),
}  # fmt: skip
FINITE = {"J": "J = np.sum(loss(Z, Y)) / m", "dA": "dZ = A - Y", "dZ": "dZ = A - Y"}
OF_A = "A{l} is exactly 0 or 1 there, whose logarithm or quotient is infinite: use the logits Z{l}"


def overflowing(site: Site, candidate: Array, p: Precision) -> tuple[list[Cause], str | None]:
    """The formulas that, in the candidate's arithmetic, are not finite where the candidate is not,
    and only there; and the line that stays finite."""
    line = site.lines[0]
    texts = ACTIVATIONS.get(type(site.layer), ()) if site.kind == "A" else ()
    if site.kind in FINITE:
        texts = tuple((x.right, OF_A) for x in site.lines)
    names = {n: narrow(plain(x), p) for n, x in site.ways[0].items()}
    causes = []
    for text, said in texts:
        value = computed(text, names)
        if value is not None and np.shape(value) == candidate.shape:
            bad = ~np.isfinite(value)
            if bad.any() and np.array_equal(bad, ~np.isfinite(candidate)):
                causes.append(Cause(site.say(said), f"{line.left} = {text}"))
    return causes, FINITE.get(site.kind, line.shown)


def narrow(x: object, p: Precision) -> object:
    """Numbers in the candidate's own dtype, in which they overflow where they do there."""
    if isinstance(x, np.ndarray):
        return x.astype(p.dtype)
    return x
