"""The kinds of graphs by numbers that are worked by hand, and what they refuse."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import torch

from ref_numpy import (
    Add,
    Array,
    Cache,
    Concatenate,
    Context,
    Dense,
    Embedding,
    Flatten,
    Graph,
    InputError,
    Layer,
    LayerNorm,
    Multiply,
    NetworkSpec,
    RMSNorm,
    Softmax,
    Unembedding,
    WholeNumbers,
    initialise,
)
from ref_numpy.graphs.network_json import item_of

CONTEXT = Context()


def column(*numbers: float) -> Array:
    return np.array(numbers)[:, np.newaxis]


def results(layer: Layer, params: Any, inputs: tuple[Array, ...], *d: Array) -> tuple[Any, ...]:
    """(z, the gradients of the inputs, those of the parameters)"""
    z, kept = layer.forward(params, CONTEXT, *inputs)
    return z, *layer.backward(params, Cache(inputs, (z,), kept, CONTEXT), *d)


def test_sums_and_products() -> None:
    a, b, c, d = column(1, -2), column(3, 5), column(10, 20), column(7, 11)
    z, d_inputs, _ = results(Add(), {}, (a, b, c), d)
    assert z.tolist() == [[14], [23]]
    assert [x.tolist() for x in d_inputs] == [[[7], [11]]] * 3
    z, (da, db), _ = results(Multiply(), {}, (a, b), d)
    assert z.tolist() == [[3], [-10]]
    assert (da.tolist(), db.tolist()) == ([[21], [55]], [[7], [-22]])


def test_the_features_of_several_tensors() -> None:
    a, b, c = column(1, 2), column(3), column(4, 5, 6)
    z, d_inputs, _ = results(Concatenate(), {}, (a, b, c), column(7, 8, 9, 10, 11, 12))
    assert z.ravel().tolist() == [1, 2, 3, 4, 5, 6]
    assert [x.ravel().tolist() for x in d_inputs] == [[7, 8], [9], [10, 11, 12]]


@pytest.mark.parametrize("axes", [(0,), (4, 0), (0, 3, 4), (2, 0, 3, 4)])
def test_positions_become_features_in_torchs_order(axes: tuple[int, ...]) -> None:
    """torch has the features last, but those of images after the examples."""
    n, m, *positions = 3, 5, 2, 4, 7
    shape = (n, m, *positions[: len(axes) - 1])
    A = np.arange(np.prod(shape)).reshape(shape)
    x = torch.from_numpy(np.moveaxis(A, 0, 1 if A.ndim > 3 else -1).copy())
    z, dA, _ = results(Flatten(), {}, (A,), torch.nn.Flatten()(x).numpy().T)
    assert np.array_equal(z, torch.nn.Flatten()(x).numpy().T)
    assert np.array_equal(dA, A)


def test_layer_norm() -> None:
    """(1, 3, 5, 7): μ = 4, σ² = 5, and with ε = 11 r = 1/4: all is exact."""
    params = {"gamma": column(4, 8, 12, 16), "beta": column(1, 2, 3, 4)}
    d = column(1, 0, 0, 0)  # dÂ = (4, 0, 0, 0): its mean is 1, and that of dÂ ∗ Â is −3/4
    z, dA, gradients = results(LayerNorm(4, epsilon=11), params, (column(1, 3, 5, 7),), d)
    # Â = (−3/4, −1/4, 1/4, 3/4)
    assert z.ravel().tolist() == [-3 + 1, -2 + 2, 3 + 3, 12 + 4]
    assert (64 * dA).ravel().tolist() == [64 - 16 - 9, -16 - 3, -16 + 3, -16 + 9]
    assert gradients["gamma"].ravel().tolist() == [-3 / 4, 0, 0, 0]
    assert gradients["beta"].ravel().tolist() == [1, 0, 0, 0]


def test_rms_norm() -> None:
    """(1, 1, 3, 5): the mean of the squares is 9, and with ε = 7 r = 1/4: all is exact."""
    params = {"gamma": column(4, 8, 12, 16)}
    d = column(1, 0, 0, 2)  # dÂ = (4, 0, 0, 32), dÂ ∗ Â = (1, 0, 0, 40): a mean of 41/4
    z, dA, gradients = results(RMSNorm(4, epsilon=7), params, (column(1, 1, 3, 5),), d)
    assert z.ravel().tolist() == [1, 2, 9, 20]
    assert (64 * dA).ravel().tolist() == [64 - 41, -41, -123, 512 - 205]
    assert gradients["gamma"].ravel().tolist() == [1 / 4, 0, 0, 5 / 2]


def test_norms_begin_with_ones() -> None:
    graph = Graph({"x": (5, 4)})
    graph.add("n", LayerNorm(5), "x")
    graph.add("r", RMSNorm(5), "n")
    graph.add("y", Flatten(), "r")
    params = initialise(NetworkSpec.from_graph(graph, "squared_error"))
    assert {name: x.tolist() for name, x in params.items()} == {
        "n.gamma": [[1]] * 5, "n.beta": [[0]] * 5, "r.gamma": [[1]] * 5,
    }  # fmt: skip


@pytest.mark.parametrize("bias", [True, False])
def test_dense_at_positions_is_dense_of_each_column(bias: bool) -> None:
    rng = np.random.default_rng(0)
    A, dZ = rng.standard_normal((5, 6, 4)), rng.standard_normal((3, 6, 4))
    layer = Dense(5, 3, bias)
    params = {name: rng.standard_normal(s) for name, s in layer.parameter_shapes().items()}
    z, dA, gradients = results(layer, params, (A,), dZ)
    flat, d_flat, gradients_of_flat = results(layer, params, (A.reshape(5, 24),), dZ.reshape(3, 24))
    assert np.array_equal(z.reshape(3, 24), flat)
    assert np.array_equal(dA.reshape(5, 24), d_flat)
    assert gradients.keys() == ({"W", "b"} if bias else {"W"})
    assert all(np.array_equal(x, gradients_of_flat[name]) for name, x in gradients.items())


def test_softmax_of_each_position() -> None:
    rng = np.random.default_rng(0)
    Z, dA = rng.standard_normal((5, 6, 4)), rng.standard_normal((5, 6, 4))
    A, dZ, _ = results(Softmax(), {}, (Z,), dA)
    for t in range(4):
        at_t, dZ_at_t, _ = results(Softmax(), {}, (Z[..., t],), dA[..., t])
        assert np.array_equal(A[..., t], at_t)
        assert np.array_equal(dZ[..., t], dZ_at_t)


def test_files_name_the_bias_only_where_there_is_none() -> None:
    """Earlier versions read the others."""
    assert item_of(Dense(5, 3)) == {"kind": "dense", "n_prev": 5, "n": 3}
    assert item_of(Dense(5, 3, bias=False)) == {
        "kind": "dense", "n_prev": 5, "n": 3, "bias": False,
    }  # fmt: skip
    spec = NetworkSpec.chain((Dense(5, 3, bias=False), Softmax()), NetworkSpec.dense([2, 2]).loss)
    assert NetworkSpec.from_json(spec.to_json()) == spec
    assert "bias" not in json.loads(NetworkSpec.dense([5, 3]).to_json())["layers"][0]


def test_a_token_that_occurs_twice_has_both_gradients() -> None:
    """Token 1 stands at two places, token 0 at one, token 2 at none."""
    E = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    x, dA = np.array([1, 0, 1]), np.array([[10.0, 20.0, 30.0], [1.0, 2.0, 3.0]])
    A, d_tokens, gradients = results(Embedding(3, 2), {"E": E}, (x,), dA)
    assert A.tolist() == [[2, 1, 2], [5, 4, 5]]
    assert d_tokens is None
    assert gradients["E"].tolist() == [[20, 40, 0], [2, 4, 0]]


def test_the_scores_of_all_tokens() -> None:
    E = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    Z, dA, gradients = results(Unembedding(2, 3), {"E": E}, (column(1, 10),), column(1, 0, 2))
    assert Z.ravel().tolist() == [41, 52, 63]
    assert dA.ravel().tolist() == [1 + 6, 4 + 12]
    assert gradients["E"].tolist() == [[1, 0, 2], [10, 0, 20]]


def test_an_embedding_is_shared() -> None:
    graph = Graph({"x": WholeNumbers(7, (4,))})
    graph.add("v", Embedding(7, 5), "x")
    graph.add("z", Unembedding(5, 7), "v", share={"E": "v.E"})
    graph.add("flat", Flatten(), "z")
    spec = NetworkSpec.from_graph(graph, "squared_error")
    assert spec.parameter_shapes == {"v.E": (5, 7)}
    assert spec.weights == ("v.E",)
    assert NetworkSpec.from_json(spec.to_json()) == spec


REFUSALS = {
    "embedding.numbers": lambda graph: graph.add("z", Embedding(7, 5), "tokens"),
    "graph.whole-numbers": lambda graph: graph.add("z", Embedding(5, 7), "x"),
    "layer.one-input": lambda graph: graph.add("z", Add(), "x"),
    "layer.equal-shapes": lambda graph: graph.add("z", Multiply(), "x", "y"),
    "concatenate.positions": lambda graph: graph.add("z", Concatenate(), "x", "short"),
    "graph.number-of-inputs": lambda graph: graph.add("z", Multiply(), "x", "x", "x"),
    "layer.size": lambda graph: LayerNorm(0),
    "norm.epsilon": lambda graph: RMSNorm(5, epsilon=0),
    "layer.input-features": lambda graph: graph.add("z", RMSNorm(3), "x"),
    "dense.input-size": lambda graph: graph.add("z", Dense(3, 7), "x"),
}


@pytest.mark.parametrize("code", REFUSALS)
def test_wrong_shapes_are_refused(code: str) -> None:
    inputs = {"x": (5, 4), "y": (3, 4), "short": (3, 2), "tokens": WholeNumbers(8, (4,))}
    graph = Graph(inputs)
    with pytest.raises(InputError) as refused:
        REFUSALS[code](graph)
    assert refused.value.code == code


def test_a_refusal_names_the_shapes() -> None:
    graph = Graph({"x": (5, 4), "y": (3, 4)})
    with pytest.raises(InputError, match=r"\(\(5, 4\), \(3, 4\)\) an example; expected equal"):
        graph.add("z", Add(), "x", "y")
    with pytest.raises(InputError, match=r"\(5, 4\) an example; expected \(3, 4\): make the two"):
        graph.add("z", Dense(3, 7), "x")
