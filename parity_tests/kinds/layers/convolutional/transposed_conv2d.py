"""What the transposed convolution of images brings to the proof."""

from __future__ import annotations

from typing import Any

from parity_tests.kinds.windows.convolution_lines import of_transposed_convolution
from parity_tests.kinds.windows.grown_windows import (
    constants_of_convolution,
    of_images,
)
from ref_numpy import Flatten, Graph, TransposedConv2d


def graph() -> Graph:
    """Return a graph of small images, in which each constant of the convolution counts."""
    graph = Graph({"x": (4, 4, 2)})
    layer = TransposedConv2d(4, 10, 3, stride=2, padding=1, dilation=2, groups=2, output_padding=1)
    graph.add("z", layer, "x")
    graph.add("flat", Flatten(), "z")
    return graph


def drawn(g: Any, n: int) -> TransposedConv2d:
    """Return a layer with any constants."""
    constants = constants_of_convolution(g, n)
    more = int(g.rng.integers(0, constants["stride"]))
    return TransposedConv2d(**constants, output_padding=more)


KIND = of_transposed_convolution(2, graph, of_images(drawn))
