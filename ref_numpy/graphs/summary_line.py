"""A network in one line of words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from ref_numpy.graphs.graph import Input, WholeNumbers
from ref_numpy.graphs.step import Step
from ref_numpy.layers.dense import Dense


def chain_in_words(inputs: Mapping[str, Input], steps: Sequence[Step]) -> str:
    """Return "784-512-10 (relu, softmax)"."""
    layers = [step.layer for step in steps]
    dense = [layer for layer in layers if isinstance(layer, Dense)]
    sizes = "-".join(map(str, [dense[0].n_prev, *(layer.n for layer in dense)]))
    return f"{sizes} ({', '.join(layer.kind for layer in layers if not isinstance(layer, Dense))})"


def graph_in_words(inputs: Mapping[str, Input], steps: Sequence[Step]) -> str:
    """Return "x (5, m) → y (3, m) by 4 steps (2 dense, add, softmax)"."""
    taken = ", ".join(f"{name} {with_m(shape)}" for name, shape in inputs.items())
    counts = Counter(step.layer.kind for step in steps)
    kinds = ", ".join(f"{n} {kind}" if n > 1 else kind for kind, n in counts.items())
    number = f"{len(steps)} step{'s' * (len(steps) > 1)}"
    return f"{taken} → {steps[-1].output} {with_m(steps[-1].shape)} by {number} ({kinds})"


def with_m(shape: Input) -> str:
    """Return the shape of m examples: "(5, m)", "(5, m, 12)"; of whole numbers "(m,)"."""
    each: list[object] = [*(shape.shape if isinstance(shape, WholeNumbers) else shape)]
    each.insert(0 if isinstance(shape, WholeNumbers) else 1, "m")
    return f"({', '.join(map(str, each))}{',' * (len(each) == 1)})"
