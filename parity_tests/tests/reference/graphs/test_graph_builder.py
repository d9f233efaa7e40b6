"""The builder of graphs: what it refuses, in one sentence, and that it is then as before."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ref_numpy import (
    Add,
    Dense,
    Dropout,
    Elu,
    Graph,
    Huber,
    Identity,
    InputError,
    LayerNorm,
    NetworkSpec,
    Tanh,
    Unembedding,
    WholeNumbers,
    initialise,
)


def code_of(make: Callable[[], object]) -> str:
    with pytest.raises(InputError) as refused:
        make()
    return refused.value.code


def with_h() -> Graph:
    graph = Graph({"x": (3,), "t": WholeNumbers(7)})
    graph.add("h", Dense(3, 4), "x")
    return graph


REFUSED: dict[str, Callable[[Graph], object]] = {
    "graph.no-inputs": lambda g: Graph((5,)),  # pyright: ignore[reportArgumentType]
    "graph.input-shape": lambda g: Graph({"x": ()}),
    "whole-numbers.n": lambda g: WholeNumbers(0),
    "graph.name": lambda g: g.add("a@b", Tanh(), "h"),
    "graph.name-taken": lambda g: g.add(("p", "p"), Tanh(), "h"),
    "graph.step-without-input": lambda g: g.add("a", Tanh()),
    "graph.unknown-tensor": lambda g: g.add("a", Tanh(), ["h"]),  # pyright: ignore[reportArgumentType]
    "graph.whole-numbers": lambda g: g.add("a", Tanh(), "t"),
    "graph.number-of-inputs": lambda g: g.add("a", Tanh(), "h", "h"),
    "graph.number-of-results": lambda g: g.add(("p", "q"), Tanh(), "h"),
    "graph.share": lambda g: g.add("a", Dense(4, 4), "h", share="h.W"),  # pyright: ignore[reportArgumentType]
    "graph.no-such-parameter": lambda g: g.add("a", Dense(4, 4), "h", share={"Q": "h.W"}),
    "graph.unknown-parameter": lambda g: g.add("a", Dense(4, 4), "h", share={"W": "k.W"}),
    "graph.shared-shape": lambda g: g.add("a", Dense(4, 4), "h", share={"W": "h.W"}),
    "graph.no-steps": lambda g: NetworkSpec.from_graph(Graph({"x": (3,)})),
    "graph.unused": lambda g: NetworkSpec.from_graph(g),
    "dropout.rate": lambda g: Dropout("0.5"),  # pyright: ignore[reportArgumentType]
    "norm.epsilon": lambda g: LayerNorm(4, "small"),  # pyright: ignore[reportArgumentType]
    "elu.alpha": lambda g: Elu("1"),  # pyright: ignore[reportArgumentType]
    "huber.delta": lambda g: Huber("1"),  # pyright: ignore[reportArgumentType]
}


@pytest.mark.parametrize("code", REFUSED)
def test_a_graph_that_cannot_be_is_refused(code: str) -> None:
    graph = with_h()
    shapes = dict(graph.shapes)
    assert code_of(lambda: REFUSED[code](graph)) == code
    assert graph.shapes == shapes
    assert len(graph.steps) == 1


def test_a_parameter_may_belong_to_a_step_whose_name_begins_alike() -> None:
    """h shares h.0's W, which is no parameter of h of that name."""
    graph = Graph({"x": (4,)})
    graph.add("h.0", Dense(4, 4), "x")
    graph.add("h", Dense(4, 4), "h.0", share={"W": "h.0.W"})
    spec = NetworkSpec.from_graph(graph, "squared_error")
    assert [*spec.parameter_shapes] == ["h.0.W", "h.0.b", "h.b"]
    assert NetworkSpec.from_json(spec.to_json()) == spec


@pytest.mark.parametrize(
    "change",
    [
        {"steps": []}, {"inputs": {}}, {"inputs": "x"}, {"lambd": 10**400}, {"lambd": "0"},
        {"steps": [{"outputs": [], "inputs": ["x"], "layer": {"kind": "tanh"}, "parameters": {}}]},
        {"steps": [{"outputs": ["a"], "inputs": "x", "layer": {"kind": "tanh"}, "parameters": {}}]},
        {"steps": [{"outputs": ["a"], "inputs": ["x"], "layer": {"kind": "tanh"},
                    "parameters": {"Q": "a.Q"}}]},
    ],
)  # fmt: skip
def test_text_of_no_graph_is_refused(change: dict[str, Any]) -> None:
    graph = Graph({"x": (3,)})
    graph.add("a", Add(), "x", "x")
    graph.add("y", Identity(), "a")
    data = json.loads(NetworkSpec.from_graph(graph, "squared_error").to_json())
    code = code_of(lambda: NetworkSpec.from_json(json.dumps(data | change)))
    assert code in ("network.unreadable", "graph.no-steps", "graph.no-inputs", "graph.name")


def test_an_unembedding_is_scaled_by_the_features_that_a_score_sums() -> None:
    """Of 400 · 50 numbers the mean square is within a tenth of 2/n, n = 50 and not 400."""
    graph = Graph({"x": (50,)})
    graph.add("z", Unembedding(50, 400), "x")
    spec = NetworkSpec.from_graph(graph, "squared_error")
    E = initialise(spec, "he", seed=0)["z.E"]
    assert 0.9 < np.mean(E**2) / (2 / 50) < 1.1
