"""The mistakes that another layer's parameter or tensor of the same shape is used."""

from __future__ import annotations

import re
from collections.abc import Iterator

from parity_tests.diagnosis.cause_wording import CAUSES
from parity_tests.diagnosis.layers_in_reach import layers_in_reach
from parity_tests.diagnosis.tensor_context import TensorContext
from parity_tests.kinds.formula_text import ALL, Edit, edit

# The texts of a line that name a layer's own parameter or tensor, and what another layer's has.
OTHER_LAYERS = {
    "Z": {"W": ("W @", "W{} @"), "b": (" + b", " + b{}"), "A": ("A_prev", "A{}")},
    "dW": {"dZ": ("dZ", "dZ{}"), "A": ("A_prev", "A{}")},
    "db": {"dZ": ("dZ", "dZ{}")},
    "dA": {"W": ("W.T", "W{}.T"), "dZ": ("dZ", "dZ{}")},
}
# Of dZ = dA g'(Z): what the line may take of another layer, and the code of that.
OF_AN_ACTIVATION = {
    "dA": "other-layer-dA", "Z": "other-layer-Z", "A": "other-layer-A-in-derivative",
}  # fmt: skip
TAKES_A_LAYERS = {*OTHER_LAYERS, "dZ"}  # the tensors whose line takes one of its layer


def general(code: str, *texts: str, **facts: str) -> Edit:
    """Return an edit with the sentence that `CAUSES` has for this code."""
    return edit(code, CAUSES[code], *texts, **facts)


def other_layers(c: TensorContext) -> Iterator[Edit]:
    """Yield the mistakes that another layer's parameter or tensor of the same shape is used.

    A gradient of a single unit has the shape of every layer by broadcasting. In a graph none: its
    layers have no numbers, by which people take another one's tensor.
    """
    if c.l is None:
        return
    if c.kind == "dZ":
        yield from other_layers_of_dZ(c)
        return
    names = c.bindings[0]
    for letter, (old, new) in OTHER_LAYERS.get(c.kind, {}).items():
        expected = "A_prev" if letter == "A" else letter
        here = c.l - 1 if letter == "A" else c.l
        last = names["L"]
        # A later tensor is not there yet; A[l] for A[l−1] is in the catalogue.
        there = {"Z": range(c.l), "dZ": range(c.l + 1, last + 1)}
        ks = there["Z"] if c.kind == "Z" and letter == "A" else there.get(letter, range(last + 1))
        for k in filter(ks.__contains__, layers_in_reach(c.l, last)):
            other = names.get(f"{letter}{k}")
            is_same = k == here or (letter == "A" and k == c.l)
            if other is None or is_same or other.shape != getattr(names[expected], "shape", 0):
                continue
            facts = {f"other_{letter}": f"{letter}{k}"}
            yield general(f"other-layer-{letter}", old, new.format(k), **facts)


def other_layers_of_dZ(c: TensorContext) -> Iterator[Edit]:
    """Yield the mistakes that dA, Z or A of another layer is used in dZ.

    dA of a single unit has the shape of any layer's by broadcasting.
    """
    names, shape, l = c.bindings[0], c.right[0].shape, c.l or 0
    if c.is_last or len(shape) != 2:
        return
    for letter, code in OF_AN_ACTIVATION.items():
        first = l + 1 if letter == "dA" else 1  # an earlier gradient is not there yet
        for k in layers_in_reach(l, names["L"]):
            other = names.get(f"{letter}{k}")
            fits = (shape, (1, shape[1])) if letter == "dA" else (shape,)
            if k < first or k == l or other is None or other.shape not in fits:
                continue
            facts = {f"other_{letter}": f"{letter}{k}"}
            if letter == "dA":
                yield general(code, letter, f"{letter}{k}", **facts)
                continue
            for formula in c.formulas:
                text = re.sub(rf"\b{letter}\b", f"{letter}{k}", formula.right)
                if text != formula.right:
                    yield general(code, ALL, text, **facts)
