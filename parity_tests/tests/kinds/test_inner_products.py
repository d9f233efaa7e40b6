"""The inner products of a network, on whole numbers, where every formula is exact."""

from __future__ import annotations

import numpy as np
import pytest

from parity_tests.kinds.inner_products import inner_products
from ref_numpy import (
    Add,
    Array,
    Dense,
    Flatten,
    Graph,
    Identity,
    NetworkSpec,
    SquaredError,
    initialise,
    run,
)
from ref_numpy.arrays.axes import batch_shape, columns

M = 8  # a power of two, so that 1/m is exact


def problem(spec: NetworkSpec) -> tuple[dict[str, Array], Array, Array]:
    rng = np.random.default_rng(0)
    params = {n: rng.integers(-4, 5, x.shape).astype(float) for n, x in initialise(spec).items()}
    shapes = (batch_shape(spec.input_shape, M), batch_shape(spec.output_shape, M))
    X, Y = (rng.integers(-4, 5, shape).astype(float) for shape in shapes)
    return params, X, Y


def at_positions() -> NetworkSpec:
    graph = Graph({"x": (5, 4)})
    graph.add("h", Dense(5, 3), "x")
    graph.add("k", Dense(3, 6, bias=False), "h")
    graph.add("f", Flatten(), "k")
    graph.add("y", Identity(), "f")
    return NetworkSpec.from_graph(graph, lambd=0.5)


def with_shared_uses() -> NetworkSpec:
    """x is used twice, and so is W: their gradients are sums of products."""
    graph = Graph({"x": (5, 4)})
    graph.add("h", Dense(5, 5), "x")
    graph.add("k", Dense(5, 5), "h", share={"W": "h.W"})
    graph.add("r", Add(), "k", "x")
    graph.add("f", Flatten(), "r")
    return NetworkSpec.from_graph(graph, SquaredError())


NETWORKS = {
    "chain": (
        NetworkSpec.dense([5, 3, 2], "identity", "identity", lambd=0.5),
        {"Z1", "Z2", "dW1", "dW2", "db1", "db2", "dA1", "dA0"},
    ),
    "chain without bias": (
        NetworkSpec.chain((Dense(5, 3, bias=False), Identity()), SquaredError()),
        {"Z1", "dW1", "dA0"},
    ),
    "at positions": (
        at_positions(),
        {"h", "k", "dh.W", "dh.b", "dk.W", "dx", "dh"},
    ),
    "uses": (with_shared_uses(), {"h", "k", "dh", "dh.b", "dk.b"}),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_each_product_is_its_tensor(name: str) -> None:
    spec, names = NETWORKS[name]
    params, X, Y = problem(spec)
    trace = run(spec, params, X, Y)
    products = [*inner_products(spec, params, trace, M)]
    assert {product.tensor for product in products} == names
    for product in products:
        total = product.left @ product.right
        if product.first is not None:
            total = total + product.first
        total = total / product.divisor
        if product.addend is not None:
            total = total + product.addend
        assert np.array_equal(total, columns(trace[product.tensor])), product.tensor
