"""Every formula of a network in the course's general form, for layer l of L."""

from __future__ import annotations

from parity_tests.page.docstring_equations import (
    equations,
    gradient_equation,
    loss_equation,
    mean_equation,
    with_layer_numbers,
)
from parity_tests.page.mathml import mathml
from ref_numpy import Dense, Elementwise, NetworkSpec

DIMENSIONS = (
    ("W[l]", "(n[l], n[l−1])"), ("b[l]", "(n[l], 1)"), ("Z[l], A[l]", "(n[l], m)"),
    ("dW[l]", "(n[l], n[l−1])"), ("db[l]", "(n[l], 1)"), ("dZ[l], dA[l]", "(n[l], m)"),
    ("A[0] = X", "(n[0], m)"),
)  # fmt: skip


def every_formula(spec: NetworkSpec) -> str:
    """Write a list of formulas with a heading for each part of a training step, as HTML."""
    dense = equations(Dense, Dense.backward)
    elementwise = equations(Elementwise)
    first = f"d{spec.loss_reads[0]}[L]"
    decay = " + (λ/m) W[l]" if spec.lambd else ""
    general = {n: with_layer_numbers(text, "l", "l−1") for n, text in (dense | elementwise).items()}
    kinds = dict.fromkeys(type(step.layer) for step in spec.steps if step.output[0] == "A")
    parts = {
        "Forward": ["A[0] = X", general["Z"], general["A"], "ŷ = a[L]"],
        "Cost": [loss_equation(spec), *mean_equation(spec)],
        "Backward": [
            gradient_equation(spec, first, "A[L]"), general["dW"] + decay, general["db"],
            general["dA_prev"], general["dZ"],
        ],
        "Update": ["W[l] := W[l] − α dW[l]", "b[l] := b[l] − α db[l]"],
    }  # fmt: skip
    parts |= {kind.kind: [*equations(kind).values()] for kind in kinds}
    lists = [f"<h3>{name}</h3>{''.join(map(mathml, texts))}" for name, texts in parts.items()]
    rows = "".join(
        f"<tr><td>{inline(name)}</td><td>{inline(shape)}</td></tr>" for name, shape in DIMENSIONS
    )
    dimensions = f"<h3>Dimensions</h3><table>{rows}</table>"
    return "".join(f"<section>{part}</section>" for part in [*lists, dimensions])


def inline(text: str) -> str:
    """Write an equation in MathML that stands within a line."""
    return mathml(text).replace('display="block"', 'display="inline"')
