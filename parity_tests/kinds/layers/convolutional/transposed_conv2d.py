"""What the transposed convolution of images brings to the proof."""

from __future__ import annotations

from parity_tests.kinds.layers.convolutional.convolution_lines import of_transposed_convolution
from ref_numpy import Flatten, Graph, TransposedConv2d


def graph() -> Graph:
    """Return a graph of small images, in which each constant of the convolution counts."""
    graph = Graph({"x": (4, 3, 2)})
    layer = TransposedConv2d(4, 6, 3, stride=2, padding=1, dilation=2, groups=2, output_padding=1)
    graph.add("z", layer, "x")
    graph.add("flat", Flatten(), "z")
    return graph


KIND = of_transposed_convolution(2, graph)
