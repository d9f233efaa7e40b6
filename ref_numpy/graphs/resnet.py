"""Residual networks of images: He, Zhang, Ren and Sun, *Deep Residual Learning*, CVPR 2016.

spec = resnet((3, 32, 32), n=3)     # ResNet-20 of CIFAR-10, with projections
"""

from __future__ import annotations

from collections.abc import Sequence

from ref_numpy.arrays.shape_checks import check_sizes
from ref_numpy.graphs.graph import Graph, Shape
from ref_numpy.input_messages import input_error
from ref_numpy.layers.add import Add
from ref_numpy.layers.batch_norm import BatchNorm
from ref_numpy.layers.convolutional.conv2d import Conv2d
from ref_numpy.layers.convolutional.global_average_pool import GlobalAveragePool
from ref_numpy.layers.dense import Dense
from ref_numpy.layers.relu import ReLU
from ref_numpy.layers.softmax import Softmax
from ref_numpy.network import NetworkSpec


def resnet(
    image: Shape = (3, 32, 32),
    n_y: int = 10,
    n: int = 3,
    widths: Sequence[int] = (16, 32, 64),
    lambd: float = 0.0,
) -> NetworkSpec:
    """Return a convolution, stages of n blocks, the mean over all positions, and a dense layer.

    A block is a = relu(x + f(x)), where f is two convolutions of 3 × 3, each with a batch norm, and
    a ReLU between them. Each stage but the first halves height and width in its first block. Where
    the shape changes, the shortcut is a projection: a convolution of 1 × 1 and a batch norm
    (the paper's option B). So there are 2 n · len(widths) + 2 layers with weights, projections not
    counted; 20 by default. Draw its weights as "he" says.

    Args:
        image: (n_C, H, W) of one example.
        n_y: the classes.
        n: the blocks of a stage.
        widths: the features of each stage.
        lambd: λ of L2 regularisation, 0 for none.

    Raises:
        InputError: a size does not fit.
    """
    if not isinstance(widths, Sequence) or not widths:
        raise input_error("resnet.widths", widths=widths)
    check_sizes(n, *widths)
    graph = Graph({"x": tuple(image)})
    last = add_convolution(graph, "stem", "x", widths[0])
    last = graph.add("stem.a", ReLU(), last)
    for stage, width in enumerate(widths):
        for k in range(n):
            stride = 2 if stage > 0 and k == 0 else 1
            last = add_block(graph, f"stage.{stage}.{k}", last, width, stride)
    last = graph.add("mean", GlobalAveragePool(), last)
    last = graph.add("z", Dense(widths[-1], n_y), last)
    graph.add("y", Softmax(), last)
    return NetworkSpec.from_graph(graph, lambd=lambd)


def add_block(graph: Graph, name: str, x: str, n: int, stride: int = 1) -> str:
    """Add a basic block, a = relu(shortcut(x) + f(x)), and return the name of its result.

    Args:
        graph: to which its steps are added, named `name.c1`, ….
        name: of the block.
        x: the name of a tensor (n_prev, m, H, W).
        n: the features of the result.
        stride: of the first convolution, and of the projection.
    """
    last = add_convolution(graph, f"{name}.c1", x, n, stride=stride)
    last = graph.add(f"{name}.a1", ReLU(), last)
    last = add_convolution(graph, f"{name}.c2", last, n)
    shortcut = x
    if graph.shapes[x] != graph.shapes[last]:
        shortcut = add_convolution(graph, f"{name}.projection", x, n, f=1, stride=stride)
    last = graph.add(f"{name}.sum", Add(), shortcut, last)
    return graph.add(f"{name}.a", ReLU(), last)


def add_convolution(graph: Graph, name: str, x: str, n: int, f: int = 3, stride: int = 1) -> str:
    """Add a convolution that keeps the size but for its stride, and its batch norm.

    The convolution has no b, since a batch norm subtracts the mean and adds its own β.

    Args:
        graph: to which both are added, named `name` and `name.norm`.
        name: of the convolution.
        x: the name of a tensor (n_prev, m, H, W).
        n: the features of the result.
        f: of the kernels, an odd number.
        stride: of the convolution.
    """
    n_prev = graph.shapes[x][0]
    layer = Conv2d(n_prev, n, f, stride=stride, padding=f // 2, bias=False)
    return graph.add(f"{name}.norm", BatchNorm(n), graph.add(name, layer, x))
