"""Heads, scores, masks and weighted values: by hand, beside torch, and what they refuse."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import ref_numpy
import torch_impl
from parity_tests import check
from parity_tests.kinds.random_problem import random_problem
from parity_tests.tests.support.named_causes import codes
from ref_numpy import (
    Array,
    Cache,
    Context,
    Flatten,
    Graph,
    InputError,
    LayerNorm,
    NetworkSpec,
    WholeNumbers,
)
from ref_numpy.layers.attention.causal_softmax import CausalSoftmax
from ref_numpy.layers.attention.join_heads import JoinHeads
from ref_numpy.layers.attention.padded_softmax import PaddedSoftmax
from ref_numpy.layers.attention.scores import Scores
from ref_numpy.layers.attention.split_heads import SplitHeads
from ref_numpy.layers.attention.weighted_values import WeightedValues
from ref_numpy.layers.split import Split
from torch_impl import conventions

M = 3


def forward(layer: Any, *inputs: Array) -> Any:
    return layer.forward({}, Context(), *inputs)[0]


def backward(layer: Any, inputs: tuple[Array, ...], *d: Array) -> Any:
    results = forward(layer, *inputs)
    outputs = results if isinstance(results, tuple) else (results,)
    return layer.backward({}, Cache(inputs, outputs, None, Context()), *d)[0]


def test_heads_are_those_of_torchs_view() -> None:
    x = torch.arange(2 * 5 * 12.0).view(2, 5, 12)  # (m, T, n)
    heads = x.view(2, 5, 3, 4)  # (m, T, h, d)
    A = conventions.from_batch(x)
    Z = forward(SplitHeads(3), A)
    assert np.array_equal(Z, heads.permute(3, 0, 2, 1).numpy())
    assert Z.base is not None  # a view
    assert np.array_equal(forward(JoinHeads(), Z), A)
    assert np.array_equal(backward(SplitHeads(3), (A,), Z), A)
    assert np.array_equal(backward(JoinHeads(), (Z,), A), Z)


def test_torchs_multi_head_attention_has_these_heads() -> None:
    """Of the same weights: nn.MultiheadAttention's joint in_proj, scores, softmax and out_proj."""
    n, h, T = 6, 2, 5
    module = nn.MultiheadAttention(n, h, batch_first=True, dtype=torch.float64)
    W, b = (x.detach().numpy() for x in (module.in_proj_weight, module.in_proj_bias))
    X = np.random.default_rng(0).standard_normal((n, M, T))
    graph = Graph({"x": (n, T)})
    graph.add("joint", ref_numpy.Dense(n, 3 * n), "x")
    graph.add(["q", "k", "v"], Split(3), "joint")
    for part in "qkv":
        graph.add(f"{part}.heads", SplitHeads(h), part)
    graph.add("s", Scores(), "q.heads", "k.heads")
    graph.add("p", ref_numpy.Softmax(), "s")
    graph.add("o", WeightedValues(), "p", "v.heads")
    graph.add("joined", JoinHeads(), "o")
    graph.add("out", ref_numpy.Dense(n, n), "joined")
    graph.add("flat", Flatten(), "out")
    spec = NetworkSpec.from_graph(graph, "squared_error")
    out = module.out_proj
    params = {"joint.W": W, "joint.b": b[:, None], "out.W": out.weight.detach().numpy(),
              "out.b": out.bias.detach().numpy()[:, None]}  # fmt: skip
    x = conventions.to_batch(X)
    result, weights = module(x, x, x, average_attn_weights=False)
    Y = np.zeros((n * T, M))
    trace = {"out": conventions.from_batch(result.detach()),
             "p": weights.detach().permute(3, 0, 1, 2).numpy()}  # fmt: skip
    before = {n: x for n, x in ref_numpy.run(spec, params, X, Y).items() if n in ("joint", *"qkvs")}
    report = check({**before, **trace}, spec, params, X, Y)
    assert not report.findings, str(report)


def test_scores_and_values_of_two_features_on_paper() -> None:
    """One example and head, d = 4: q = (2, 0, 0, 0), k_0 = (3, 9, 9, 9), k_1 = (5, 7, 7, 7)."""
    Q, K = np.zeros((4, 1, 1, 1)), np.array([[3.0, 5], [9, 7], [9, 7], [9, 7]])
    Q[0] = 2
    S = forward(Scores(), Q, K.reshape(4, 1, 1, 2))
    assert S[:, 0, 0, 0].tolist() == [3, 5]  # 2 · 3/√4, 2 · 5/√4
    dQ, dK = backward(Scores(), (Q, K.reshape(4, 1, 1, 2)), np.array([10.0, 1]).reshape(2, 1, 1, 1))
    assert dQ[:, 0, 0, 0].tolist() == [17.5, 48.5, 48.5, 48.5]  # (10 · 3 + 5)/2, (10 · 9 + 7)/2
    assert dK[:, 0, 0].tolist() == [[10, 1], [0, 0], [0, 0], [0, 0]]
    V, P = np.array([[1.0, 2], [0, 4]]).reshape(2, 1, 1, 2), np.array([0.25, 0.75])
    assert forward(WeightedValues(), P.reshape(2, 1, 1, 1), V)[:, 0, 0, 0].tolist() == [1.75, 3]


@pytest.mark.parametrize(("h", "h_K"), [(4, 2), (6, 2), (3, 1)])
def test_a_head_of_keys_serves_successive_heads_of_queries(h: int, h_K: int) -> None:
    """As torch's repeat_interleave of keys and values; their gradients are the groups' sums."""
    rng = np.random.default_rng(1)
    Q, K = rng.integers(-3, 4, (4, M, h, 5)) * 1.0, rng.integers(-3, 4, (4, M, h_K, 2)) * 1.0
    dS = rng.integers(-3, 4, (2, M, h, 5)) * 1.0  # √4 and whole numbers: nothing is rounded
    each = np.repeat(K, h // h_K, axis=2)
    S = forward(Scores(), Q, K)
    assert np.array_equal(S, forward(Scores(), Q, each))
    dQ, dK = backward(Scores(), (Q, K), dS)
    every_dQ, every_dK = backward(Scores(), (Q, each), dS)
    assert np.array_equal(dQ, every_dQ)
    assert np.array_equal(dK, every_dK.reshape(4, M, h_K, h // h_K, 2).sum(axis=3))
    O = forward(WeightedValues(), dS, K)
    assert np.array_equal(O, forward(WeightedValues(), dS, each))
    _, dV = backward(WeightedValues(), (dS, K), Q)
    _, every_dV = backward(WeightedValues(), (dS, each), Q)
    assert np.array_equal(dV, every_dV.reshape(4, M, h_K, h // h_K, 2).sum(axis=3))


def test_a_query_sees_the_keys_up_to_its_own() -> None:
    S = np.full((3, 1, 1, 4), 5.0)
    S[2] = 1e6  # which a query that does not see it must not notice
    P = forward(CausalSoftmax(), S)[:, 0, 0]
    assert P.T.tolist() == [[1, 0, 0], [0.5, 0.5, 0], [0, 0, 1], [0, 0, 1]]


def test_padding_has_no_probability_and_a_query_without_keys_has_none_at_all() -> None:
    S = np.zeros((3, 2, 1, 3))
    counting = np.array([[1, 0, 1], [0, 0, 1]])
    P = forward(PaddedSoftmax(), S, counting)[:, :, 0]
    assert P[:, 0, 0].tolist() == [0.5, 0, 0.5]
    assert P[:, 1, 2].tolist() == [0, 0, 1]
    P = forward(PaddedSoftmax(causal=True), S, counting)[:, :, 0]
    assert P[:, 0].T.tolist() == [[1, 0, 0], [1, 0, 0], [0.5, 0, 0.5]]
    assert P[:, 1].T.tolist() == [[0, 0, 0], [0, 0, 0], [0, 0, 1]]
    dS, none = backward(PaddedSoftmax(causal=True), (S, counting), np.ones_like(S))
    assert none is None
    assert not dS.any()


def test_a_program_whose_softmax_is_not_a_number_without_keys_is_found() -> None:
    """Torch's softmax of −∞ alone is NaN."""
    graph = Graph({"s": (3, 2, 4), "counting": WholeNumbers(2, (3,))})
    graph.add("z", PaddedSoftmax(), "s", "counting")
    graph.add("flat", Flatten(), "z")
    spec = NetworkSpec.from_graph(graph, "squared_error")
    params, X, Y = random_problem(spec, 4)
    X = {**X, "counting": np.array([[1, 1, 0], [0, 0, 0], [0, 1, 1], [1, 1, 1]])}  # pyright: ignore[reportGeneralTypeIssues]
    trace = dict(ref_numpy.run(spec, params, X, Y))
    assert not check(trace, spec, params, X, Y).findings
    wrong = trace["z"].copy()
    wrong[:, 1] = np.nan
    assert check({**trace, "z": wrong}, spec, params, X, Y).findings[0].tensor == "z"
    wrong[:, 1] = 1 / 3
    finding, *_ = check({**trace, "z": wrong}, spec, params, X, Y).findings
    assert codes(finding) == ["P.uniform-without-keys"]


def network(layer: Any, *shapes: Any) -> NetworkSpec:
    graph = Graph({f"x{i}_": shape for i, shape in enumerate(shapes)})
    graph.add("z", layer, *graph.inputs)
    graph.add("flat", Flatten(), "z")
    return NetworkSpec.from_graph(graph, "squared_error")


REFUSALS = [
    ("layer.size", lambda: SplitHeads(0)),
    ("attention.split", lambda: network(SplitHeads(4), (6, 3))),
    ("attention.split", lambda: network(SplitHeads(2), (6,))),
    ("attention.no-heads", lambda: network(JoinHeads(), (6, 3))),
    ("attention.no-heads", lambda: network(CausalSoftmax(), (6, 3))),
    ("attention.groups", lambda: network(Scores(), (5, 4, 3), (5, 3, 3))),
    ("attention.features", lambda: network(Scores(), (5, 4, 3), (6, 4, 3))),
    ("attention.keys", lambda: network(WeightedValues(), (5, 4, 3), (6, 4, 3))),
    ("attention.padding", lambda: network(PaddedSoftmax(), (5, 4, 3), WholeNumbers(3, (5,)))),
    ("attention.padding", lambda: network(PaddedSoftmax(), (5, 4, 3), WholeNumbers(2, (3,)))),
    ("split.features", lambda: network(Split(4), (6, 3))),
    ("layer.size", lambda: Split(0)),
    ("graph.two-positions", lambda: torch_impl.twin.Network(network(LayerNorm(5), (5, 4, 3)))),
]


@pytest.mark.parametrize(("code", "refused"), REFUSALS)
def test_what_does_not_fit_is_refused(code: str, refused: Callable[[], Any]) -> None:
    with pytest.raises(InputError) as error:
        refused()
    assert error.value.code == code


def test_of_any_number_of_axes_parts_are_those_of_the_features() -> None:
    for positions in ((), (4,), (4, 2)):
        A = np.arange(6 * M * math.prod(positions)).reshape(6, M, *positions) * 1.0
        parts = forward(Split(3), A)
        twin = torch_impl.twin.twin(Split(3))(conventions.to_batch(A))
        for k, (part, of_torch) in enumerate(zip(parts, twin, strict=True)):
            assert np.array_equal(part, A[2 * k : 2 * k + 2])
            assert np.array_equal(conventions.from_batch(of_torch), part)
        assert np.array_equal(backward(Split(3), (A,), *parts), A)
