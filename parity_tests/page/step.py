"""A step of the page: everything that the page shows of one tensor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from parity_tests.page.source_excerpts import Source

Shapes = Mapping[str, tuple[int, ...]]
LABELS, LABELS_OF_GRAPH = "Y", "Y, the labels"  # which is no name of a tensor of a graph
AFTER = "+"  # "W1+" is W1 after the update


@dataclass(frozen=True)
class PageStep:
    """A tensor, its equations, and the lines of code that compute it on both sides.

    Attributes:
        name: of the tensor.
        phase: "forward", "cost", "backward" or "update".
        place: the layer that computes it, in words: "layer 2"; "" for the cost.
        meaning: what it is for, in one sentence.
        equations: MathML.
        reads: the tensors from which it is computed, and which of their elements [i, j] takes: "i:"
            row i, "j:" row j, ":j" column j, ":i" column i, "ij" the same element, "::" any.
        dimensions: the shapes in words.
        right: whether the shapes fit.
        numpy: lines of the reference.
        torch: lines of the twin.
        torch_code: the lines that a student would write in torch.
        torch_name: the tensor in those lines.
        layout: how the twin's tensor becomes the reference's: "T" transposed, "column" with a
            second dimension, "" as it is.
        numpy_code: the line that a student would write, where that of `numpy` is general.
        made: how an element is computed, which the page writes out: "dot" (+ the other tensors),
            "mean dot" (/ m, + λ/m times the other), "mean", "minus", "descent", "" not written out.
        note: a remark.
        box: the box of a graph's picture to which the tensor belongs.
    """

    name: str
    phase: str
    place: str
    meaning: str
    equations: tuple[str, ...]
    reads: dict[str, str]
    dimensions: str
    right: bool
    numpy: tuple[Source, ...]
    torch: tuple[Source, ...]
    torch_code: str
    torch_name: str
    layout: str = "T"
    numpy_code: str = ""
    made: str = ""
    note: str = ""
    box: str = ""
