"""What the convolution along one axis brings to the proof."""

from __future__ import annotations

from parity_tests.kinds.windows.convolution_lines import of_convolution
from parity_tests.kinds.windows.grown_windows import (
    constants_of_convolution,
    of_sequences,
)
from ref_numpy import Conv1d, Flatten, Graph


def graph() -> Graph:
    """Return a graph of short sequences, in which each constant of the convolution counts."""
    graph = Graph({"x": (4, 7)})
    graph.add("z", Conv1d(4, 10, 3, stride=2, padding=1, dilation=2, groups=2), "x")
    graph.add("flat", Flatten(), "z")
    return graph


KIND = of_convolution(1, graph, of_sequences(lambda g, n: Conv1d(**constants_of_convolution(g, n))))
