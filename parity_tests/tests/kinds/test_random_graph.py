"""Random graphs have every kind of step, and what chains lack."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest

from parity_tests.kinds.known_kinds import built_in_layers, built_in_losses
from parity_tests.kinds.random_graph import MAKERS, MOST, MOST_WITH_APART, random_graph
from ref_numpy import Dense, NetworkSpec, Softmax, WholeNumbers

GRAPHS = [random_graph(seed) for seed in range(200)]


def test_every_kind_of_layer_and_loss_occurs() -> None:
    assert {layer.kind for spec in GRAPHS for layer in spec.layers} == {*built_in_layers()}
    assert {spec.loss.kind for spec in GRAPHS} == {*built_in_losses()}
    of_dense = [layer for spec in GRAPHS for layer in spec.layers if isinstance(layer, Dense)]
    assert {layer.bias for layer in of_dense} == {True, False}
    softmaxes = [layer for spec in GRAPHS for layer in spec.layers if isinstance(layer, Softmax)]
    assert {layer.axis for layer in softmaxes} == {0, 2}


def test_a_seed_gives_the_same_graph_again() -> None:
    assert [random_graph(seed) for seed in range(9)] == GRAPHS[:9]
    assert random_graph(np.random.default_rng(3)) == GRAPHS[3]
    assert len({spec.to_json() for spec in GRAPHS}) == 200


def test_a_graph_is_read_from_its_own_text() -> None:
    for spec in GRAPHS:
        again = NetworkSpec.from_json(spec.to_json())
        assert (again, again.inputs) == (spec, spec.inputs)


def test_sizes_of_graphs() -> None:
    steps = Counter(len(spec.steps) for spec in GRAPHS)
    assert min(steps) == 3
    assert 10 <= max(steps) <= MOST_WITH_APART
    assert sum(n for size, n in steps.items() if size > MOST) < 100
    assert {len(spec.inputs) for spec in GRAPHS} == {1, 2, 3, 4, 5}
    assert 50 < sum(spec.lambd > 0 for spec in GRAPHS) < 150


def test_inputs_are_of_every_form() -> None:
    inputs = [of for spec in GRAPHS for of in spec.inputs.values()]
    whole = [of for of in inputs if isinstance(of, WholeNumbers)]
    assert {len(of.shape) for of in whole} == {0, 1}
    assert {len(of) for of in inputs if not isinstance(of, WholeNumbers)} == {1, 2, 3}


def test_tensors_are_used_several_times() -> None:
    """By several steps, and twice by one."""
    uses = Counter(
        count for spec in GRAPHS
        for count in Counter(name for step in spec.steps for name in step.inputs).values()
    )  # fmt: skip
    assert {1, 2, 3} <= {*uses}
    assert any(len({*step.inputs}) < len(step.inputs) for spec in GRAPHS for step in spec.steps)


@pytest.mark.parametrize("own", ["W", "b", "E", "gamma", "beta"])
def test_parameters_are_shared(own: str) -> None:
    shared = [
        name for spec in GRAPHS
        for name, n in Counter(p for s in spec.steps for p in s.parameters.values()).items()
        if n > 1 and name.endswith(f".{own}")
    ]  # fmt: skip
    assert len(shared) > 2


def test_an_embedding_and_an_unembedding_share_their_vectors() -> None:
    kinds = [
        {step.layer.kind for step in spec.steps if name in step.parameters.values()}
        for spec in GRAPHS for name in spec.parameter_shapes if name.endswith(".E")
    ]  # fmt: skip
    assert {"embedding", "unembedding"} in kinds


def test_other_activations_are_drawn_where_they_are_named() -> None:
    drawn = {layer.kind for seed in range(60) for layer in random_graph(seed, ("gelu",)).layers}
    assert "gelu" in drawn
    assert drawn.isdisjoint({"silu", "elu", "softplus", "gelu_tanh"})


def test_what_a_seed_draws_stays_what_it_is() -> None:
    """Kinds have their place among what is drawn; a new one is the last."""
    assert [*MAKERS][:13] == [
        "activation", "dense", "softmax", "dropout", "layer_norm", "rms_norm", "add", "multiply",
        "concatenate", "flatten", "embedding", "unembedding", "again",
    ]  # fmt: skip
    assert [*MAKERS][13:] == [
        k for k, of in built_in_layers().items()
        if of.of_features or (of.grown and of.grown.place == math.inf and not of.grown.apart)
    ]  # fmt: skip
    assert [s.kind for s in random_graph(2).layers] == [
        "flatten",
        "concatenate",
        "dense",
        "sigmoid",
    ]
