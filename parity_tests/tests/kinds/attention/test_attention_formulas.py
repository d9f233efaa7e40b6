"""Each formula that is equal on paper is needed: some right program is refused without it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from parity_tests.checking.comparison import Comparison
from parity_tests.checking.expected.layerwise import LayerwiseReference
from parity_tests.error_model.precisions import precision_named
from parity_tests.kinds.known_kinds import kind_of
from parity_tests.tests.support.graphs.graph_runs import StoredRun, expected_tensors, graph_problem
from ref_numpy import Array, Flatten, Graph, Layer, NetworkSpec
from ref_numpy.layers.attention.attention import Attention
from ref_numpy.layers.attention.causal_softmax import CausalSoftmax
from ref_numpy.layers.attention.scores import Scores

D, H, T = 4, 2, 24


def network(layer: Layer, *names: str) -> NetworkSpec:
    graph = Graph(dict.fromkeys(names, (D, H, T)) if names else {"s": (T, H, T)})
    attends = isinstance(layer, Attention)
    graph.add(["z", "L"] if attends else "z", layer, *graph.inputs)
    graph.add("flat", Flatten(), "z")
    return NetworkSpec.from_graph(graph, "squared_error")


class Candidate:
    """A run whose every tensor is stored once, in halves; keys and values may be far from 0."""

    def __init__(self, layer: Layer, *names: str, precision: str, shift: float = 0) -> None:
        self.p, self.layer = precision_named(precision), layer
        self.spec = network(layer, *names)
        params, X, Y = graph_problem(self.spec, self.p)
        X = {name: self.rounded(x + shift * (name in "kv")) for name, x in X.items()}
        self.run = StoredRun(self.spec, self.p, (params, X, Y))
        self.trace = {n: x for n, x in self.run.trace.items() if n not in X}

    def rounded(self, x: Array) -> Array:
        return self.p.round(x).astype(float)

    def ratio(self, name: str, own: Array, patch: Any, **parts: Any) -> float:
        """The error ratio of a tensor, where the kind has other parts."""
        kind = replace(kind_of(self.layer), **parts)
        before = LayerwiseReference.kind_of
        with patch.context() as changed:
            changed.setattr(
                LayerwiseReference, "kind_of",
                lambda reference, step: kind if step.output == "z" else before(reference, step),
            )  # fmt: skip
            expected = expected_tensors(self.run, self.trace)[name]
            return Comparison.of(self.rounded(own), expected).ratio


def heads_first(X: Mapping[str, Array]) -> list[Array]:
    """(d, m, h, T) → (m, h, d, T)."""
    return [x.transpose(1, 2, 0, 3) for x in X.values()]


def features_first(x: Array) -> Array:
    return x.transpose(2, 0, 1, 3)


@pytest.mark.parametrize("from_result", [True, False])
def test_gradients_by_an_L_that_is_not_stored_are_needed(
    from_result: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Σ_k dp_k p_k is that sum, or Σ dO ∗ O of the O that was stored."""
    run = Candidate(Attention(), *"qkv", precision="bfloat16-once", shift=2)
    Q, K, V = heads_first(run.run.problem[1])
    O, dO = (run.trace[name].transpose(1, 2, 0, 3) for name in ("z", "dz"))
    S = K.swapaxes(2, 3) @ Q / np.sqrt(D)
    t = np.exp(S - S.max(axis=2, keepdims=True))
    P = t / t.sum(axis=2, keepdims=True)
    dP = V.swapaxes(2, 3) @ dO
    along = (dO * O if from_result else dP * P).sum(axis=2, keepdims=True)
    dQ = features_first(K @ (P * (dP - along)) / np.sqrt(D))
    assert run.ratio("dq", dQ, monkeypatch) <= 1
    # O and L that are computed again give the other sum.
    assert (run.ratio("dq", dQ, monkeypatch, backwards=()) > 1) == from_result


def test_factors_of_scores_that_are_divided_first_are_needed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Q and K by d^¼, stored in bfloat16; of some numbers all roundings have one sign."""
    run = Candidate(Scores(), *"qk", precision="bfloat16")
    Q, K, *_ = heads_first(run.run.problem[1])
    Q, K = (run.rounded(x * D**-0.25) for x in (Q, K))
    dS = run.trace["dz"].transpose(1, 2, 0, 3)
    for name, factor, gradient in (("dq", K, dS), ("dk", Q, dS.swapaxes(2, 3))):
        own = features_first(run.rounded(factor @ gradient) * D**-0.25)
        assert run.ratio(name, own, monkeypatch) <= 1
        assert run.ratio(name, own, monkeypatch, backwards=()) > 1
    x = run.rounded(1 + np.arange(128) / 128)
    divided = run.rounded(x * D**-0.25)
    product = D * np.outer(divided, divided)
    k, q = np.unravel_index(np.argmax(run.rounded(product) / np.outer(x, x)), product.shape)
    X = {"q": np.full((D, 6, H, T), x[q]), "k": np.full((D, 6, H, T), x[k])}
    run.run = StoredRun(run.spec, run.p, ({}, X, run.run.problem[2]))
    run.trace = {n: a for n, a in run.run.trace.items() if n not in X}
    S = np.full((T, 6, H, T), product[k, q])
    assert run.ratio("z", S, monkeypatch) <= 1
    assert run.ratio("z", S, monkeypatch, forwards=()) > 1


def test_halves_that_are_factors_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """P is rounded before it multiplies V, as in fused kernels."""
    run = Candidate(Attention(), *"qkv", precision="bfloat16-once")
    Q, K, V = heads_first(run.run.problem[1])
    S = K.swapaxes(2, 3) @ Q / np.sqrt(D)
    t = np.exp(S - S.max(axis=2, keepdims=True))
    O = features_first(V @ run.rounded(t) / t.sum(axis=2, keepdims=True))
    assert run.ratio("z", O, monkeypatch) <= 1
    assert run.ratio("z", O, monkeypatch, forwards=()) > 1


def test_probabilities_by_their_logarithms_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """e^{s − L}, where L is stored in bfloat16."""
    run = Candidate(CausalSoftmax(), precision="bfloat16")
    S = np.where(
        np.arange(T)[:, None, None, None] <= np.arange(T), run.run.problem[1]["s"] * 1.0, -np.inf
    )
    most = S.max(axis=0, keepdims=True)
    L = run.rounded(most + run.rounded(np.log(np.exp(S - most).sum(axis=0, keepdims=True))))
    P = np.exp(run.rounded(S - L))
    assert run.ratio("z", P, monkeypatch) <= 1
    assert run.ratio("z", P, monkeypatch, formulas=()) > 1
