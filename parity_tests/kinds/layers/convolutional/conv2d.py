"""What the convolution of images brings to the proof."""

from __future__ import annotations

from parity_tests.kinds.windows.convolution_lines import of_convolution
from parity_tests.kinds.windows.grown_windows import (
    constants_of_convolution,
    of_images,
)
from ref_numpy import Conv2d, Flatten, Graph


def graph() -> Graph:
    """Return a graph of small images, in which each constant of the convolution counts."""
    graph = Graph({"x": (4, 7, 3)})
    graph.add("z", Conv2d(4, 10, 2, stride=2, padding=1, dilation=2, groups=2), "x")
    graph.add("flat", Flatten(), "z")
    return graph


KIND = of_convolution(2, graph, of_images(lambda g, n: Conv2d(**constants_of_convolution(g, n))))
