"""LeNet-5: LeCun, Bottou, Bengio and Haffner, *Gradient-Based Learning*, Proc. IEEE 86, 1998."""

from __future__ import annotations

from ref_numpy.arrays.shape_checks import check_sizes
from ref_numpy.graphs.chain import activation_from_name
from ref_numpy.graphs.graph import Graph, Shape
from ref_numpy.layer import Layer
from ref_numpy.layers.convolutional.average_pool import AveragePool
from ref_numpy.layers.convolutional.conv2d import Conv2d
from ref_numpy.layers.convolutional.max_pool import MaxPool
from ref_numpy.layers.dense import Dense
from ref_numpy.layers.flatten import Flatten
from ref_numpy.layers.softmax import Softmax
from ref_numpy.network import NetworkSpec
from ref_numpy.registry import lookup

MEAN = AveragePool(2)
POOLS: dict[str, Layer] = {"average": MEAN, "max": MaxPool(2)}


def lenet(
    image: Shape = (1, 28, 28),
    n_y: int = 10,
    hidden: str | Layer = "tanh",
    pool: str | Layer = MEAN,
    lambd: float = 0.0,
    f: int = 5,
) -> NetworkSpec:
    """Return the network of two convolutions with poolings, and three dense layers.

    Its second convolution sees all 6 features of the first, and its output is a softmax; in the
    paper some connections are left out, and the output is of radial basis functions.

    Args:
        image: (n_C, H, W) of one example.
        n_y: the classes.
        hidden: the activation.
        pool: after each convolution: average, or max as later programs have it; or a layer.
        lambd: λ of L2 regularisation, 0 for none.
        f: of the kernels, f × f; 3 for images of 8 × 8, which are too small for 5.

    Raises:
        InputError: the image is too small, or a name is unknown.
    """
    check_sizes(f)
    graph, g = Graph({"x": tuple(image)}), activation_from_name(hidden)
    after = pool if isinstance(pool, Layer) else lookup(POOLS, "pooling", pool)
    last = "x"
    for name, n, padded in (("c", 6, True), ("d", 16, False)):
        padding = f // 2 if padded else 0
        last = graph.add(name, Conv2d(graph.shapes[last][0], n, f, padding=padding), last)
        last = graph.add(f"{name}.a", g, last)
        last = graph.add(f"{name}.pool", after, last)
    last = graph.add("flat", Flatten(), last)
    for name, n in (("e", 120), ("f", 84)):
        last = graph.add(name, Dense(graph.shapes[last][0], n), last)
        last = graph.add(f"{name}.a", g, last)
    last = graph.add("z", Dense(84, n_y), last)
    graph.add("y", Softmax(), last)
    return NetworkSpec.from_graph(graph, lambd=lambd)
