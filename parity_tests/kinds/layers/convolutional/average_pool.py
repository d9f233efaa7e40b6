"""What the mean of each window brings to the proof."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from parity_tests.kinds.formula_text import ALL, Edit, FormulaText, edit
from parity_tests.kinds.layer_kind import LayerKind
from parity_tests.kinds.windows import pooling_lines as lines
from parity_tests.kinds.windows.grown_windows import constants_of_pooling, of_both
from ref_numpy import AveragePool, Flatten, Graph

COUNTS = {True: "every", False: "inside"}  # whether the padding counts
V = f"windows(A_prev, {lines.HOW})"


def graph() -> Graph:
    """Return a graph of small images, whose windows overlap and see padding."""
    graph = Graph({"x": (3, 5, 4)})
    graph.add("z", AveragePool(3, stride=2, padding=1, count_include_pad=False), "x")
    graph.add("flat", Flatten(), "z")
    return graph


def of_count(pad: bool) -> Iterator[Edit]:
    """Yield the mistakes in the number that is divided by."""
    count = COUNTS[pad]
    yield edit("missing-count", "it is not divided by the number of elements", f" / {count}", "")
    yield edit("divided-by-f", "it is divided by f; the number of elements was expected",
               f" / {count}", " / f")  # fmt: skip
    if pad:
        yield edit("without-padding", "it is divided by the number of elements that are no "
                   "padding; all of them were expected", "every", "inside")  # fmt: skip
    else:
        yield edit("with-padding", "it is divided by the number of all elements; that of those "
                   "which are no padding was expected", "inside", "every")  # fmt: skip


def of_layer(pad: bool) -> LayerKind:
    """Return what it brings, where the padding counts or not."""
    count = COUNTS[pad]
    right = f"added(dZ[:, None] / {count}, {lines.HOW})"
    return LayerKind(
        meaning="the mean of each window of {Z}",
        names=lines.names,
        line=FormulaText("Z", f"{V}.sum(axis=1) / {count}", (
            *of_count(pad),
            edit("maximum", "the mean was expected, the maximum is used",
                 ALL, f"windows(A_prev, {lines.HOW}, -np.inf).max(axis=1)"),
            edit("missing-last-element", "the last element of each window is left out",
                 ".sum(", "[:, :-1].sum("),
            edit("padding-of-edges", "the padding repeats the numbers at the edges; zeros were "
                 "expected", ALL, f"windows(np.pad(A_prev, ((0, 0), (0, 0), *((padding, padding) "
                 f"for _ in A_prev.shape[2:])), 'edge'), f, stride, 0).sum(axis=1) / {count}"),
            edit("smaller-windows", "the windows are one element too small along each axis",
                 ALL, "windows(A_prev, f - 1, stride, padding).mean(axis=1)"),
            lines.NO_STRIDE,
            lines.NEXT_WINDOWS,
        )),
        derivative_line=FormulaText("dA_prev", right, (
            *of_count(pad),
            edit("first-element", "the first element of each window alone has the gradient",
                 ALL, f"added(np.where(number == 0, dZ[:, None] / {count}, 0), {lines.HOW})"),
            edit("times-A", "it is multiplied by the input", ALL, f"A_prev * {right}"),
            *lines.of_places(),
        )),
        graph=graph,
    )  # fmt: skip


KIND = replace(
    of_layer(False),
    grown=of_both(
        lambda g, n: AveragePool(
            **constants_of_pooling(g), count_include_pad=bool(g.rng.random() < 0.5)
        )
    ),
    for_layer=lambda layer: of_layer(layer.count_include_pad),
)
