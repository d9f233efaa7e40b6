"""The description of a network written out: names, shapes, words, JSON."""

from __future__ import annotations

import json

import numpy as np
import pytest

from ref_numpy import (
    Add,
    Concatenate,
    CrossEntropy,
    Dense,
    Embedding,
    Flatten,
    Graph,
    Identity,
    InputError,
    Layer,
    LeakyReLU,
    NetworkSpec,
    SquaredError,
    Tanh,
    WholeNumbers,
)
from ref_numpy.registry import from_description, lookup

SPEC = NetworkSpec.dense([5, 7, 6, 3], ["relu", LeakyReLU(0.25)], "softmax", lambd=0.5)
REAL = NetworkSpec.dense([4, 2], output="tanh")


def test_the_names_and_shapes_of_a_run_in_dataflow_order() -> None:
    assert list(SPEC.trace_shapes(11).items()) == [
        ("A0", (5, 11)), ("Z1", (7, 11)), ("A1", (7, 11)), ("Z2", (6, 11)), ("A2", (6, 11)),
        ("Z3", (3, 11)), ("A3", (3, 11)), ("J", ()), ("dZ3", (3, 11)), ("dW3", (3, 6)),
        ("db3", (3, 1)), ("dA2", (6, 11)), ("dZ2", (6, 11)), ("dW2", (6, 7)), ("db2", (6, 1)),
        ("dA1", (7, 11)), ("dZ1", (7, 11)), ("dW1", (7, 5)), ("db1", (7, 1)), ("dA0", (5, 11)),
    ]  # fmt: skip
    assert list(REAL.trace_shapes(9).items()) == [
        ("A0", (4, 9)), ("Z1", (2, 9)), ("A1", (2, 9)), ("J", ()), ("dA1", (2, 9)),
        ("dZ1", (2, 9)), ("dW1", (2, 4)), ("db1", (2, 1)), ("dA0", (4, 9)),
    ]  # fmt: skip


def test_the_parts_of_a_network() -> None:
    assert [step.output for step in SPEC.steps] == ["Z1", "A1", "Z2", "A2", "Z3", "A3"]
    assert [step.output for step in SPEC.backward_steps] == ["Z3", "A2", "Z2", "A1", "Z1"]
    assert [step.output for step in REAL.backward_steps] == ["A1", "Z1"]
    assert [type(spec.steps) for spec in (SPEC, REAL)] == [tuple, tuple]
    assert SPEC.weights == ("W1", "W2", "W3")
    assert (SPEC.input_shape, SPEC.output_shape, REAL.output_shape) == ((5,), (3,), (2,))
    assert (SPEC.output, SPEC.loss_reads, REAL.output, REAL.loss_reads) == ("A3", "Z3", "A1", "A1")
    assert list(REAL.parameter_shapes.items()) == [("W1", (2, 4)), ("b1", (2, 1))]


def test_a_network_in_words() -> None:
    assert NetworkSpec.dense([784, 512, 10]).summary == "784-512-10 (relu, softmax), cross_entropy"
    assert SPEC.summary == "5-7-6-3 (relu, leaky_relu, softmax), cross_entropy, λ = 0.5"
    assert REAL.summary == "4-2 (tanh), squared_error"


def test_a_graph_in_words() -> None:
    graph = Graph({"t": WholeNumbers(7), "x": (3,), "s": (5, 2), "p": WholeNumbers(7, (4,))})
    graph.add("one", Embedding(7, 3), "t")
    graph.add("h.0", Add(), "one", "x")
    graph.add("flat", Flatten(), "s")
    graph.add("four", Embedding(7, 5), "p")
    graph.add("wide", Flatten(), "four")
    graph.add("all", Concatenate(), "h.0", "flat", "wide")
    graph.add("y", Tanh(), "all")
    assert NetworkSpec.from_graph(graph, lambd=0.5).summary == (
        "t (m,), x (3, m), s (5, m, 2), p (m, 4) → y (33, m) by 7 steps "
        "(2 embedding, add, 2 flatten, concatenate, tanh), squared_error, λ = 0.5"
    )
    single = Graph({"x": (3,)})
    single.add("y", Dense(3, 2), "x")
    assert NetworkSpec.from_graph(single).summary == (
        "x (3, m) → y (2, m) by 1 step (dense), squared_error"
    )


def test_the_json_that_other_languages_read() -> None:
    spec = NetworkSpec.chain(
        (Dense(2, 3), LeakyReLU(0.25), Dense(3, 1), Identity()), SquaredError(), 0.5
    )
    assert json.loads(spec.to_json()) == {
        "format": 1,
        "layers": [
            {"kind": "dense", "n_prev": 2, "n": 3},
            {"kind": "leaky_relu", "slope": 0.25},
            {"kind": "dense", "n_prev": 3, "n": 1},
            {"kind": "identity"},
        ],
        "loss": {"kind": "squared_error"},
        "lambd": 0.5,
    }
    whole = NetworkSpec.dense([np.int16(2), 1], lambd=0.0)
    assert json.loads(whole.to_json())["layers"][0] == {"kind": "dense", "n_prev": 2, "n": 1}
    assert NetworkSpec.from_json(spec.to_json()) == spec


def test_a_description_may_be_given_by_names_or_by_layers() -> None:
    assert NetworkSpec.dense([2, 3, 3, 1], Tanh()) == NetworkSpec.dense([2, 3, 3, 1], "tanh")
    assert SPEC.loss == CrossEntropy()
    named = NetworkSpec.dense([2, 2], output="softmax", loss="cross_entropy")
    assert named == NetworkSpec.dense((2, 2), loss=CrossEntropy())
    assert NetworkSpec.dense([2, 3, 2]).layers == (
        Dense(2, 3), *NetworkSpec.dense([1, 1], output="relu").layers[1:], Dense(3, 2),
        *NetworkSpec.dense([1, 1]).layers[1:],
    )  # fmt: skip


def messages(*calls) -> list[str]:
    caught = []
    for call in calls:
        with pytest.raises(InputError) as error:
            call()
        caught.append(str(error.value))
    return caught


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    layers = SPEC.to_json().replace("cross_entropy", "exponential")
    assert messages(
        lambda: NetworkSpec.from_json(layers),
        lambda: NetworkSpec.dense([2, 1], output="dense"),
        lambda: lookup({"b": 2, "a": 1}, "layer", "c"),
    ) == [
        "the description names the loss 'exponential', which nothing here defines; import the "
        "module that does, or use one of absolute_error, binary_cross_entropy, cross_entropy, "
        "hinge, huber, multiclass_hinge, squared_error, token_cross_entropy.",
        "unknown activation 'dense'; expected one of elu, gelu, gelu_tanh, identity, leaky_relu, "
        "relu, sigmoid, silu, softmax, softplus, tanh.",
        "unknown layer 'c'; expected one of a, b.",
    ]


def test_a_description_that_was_read_is_left_as_it_was() -> None:
    item = {"kind": "leaky_relu", "slope": 0.5}
    assert from_description(Layer.kinds, "layer", item) == LeakyReLU(0.5)
    assert item == {"kind": "leaky_relu", "slope": 0.5}


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "3", '{"layers": []}', '{"layers": 3}', '{"layers": [{"kind": "dense"}]}'],
)
def test_text_that_is_no_description(text: str) -> None:
    with pytest.raises(InputError) as refused:
        NetworkSpec.from_json(text)
    assert refused.value.code == "network.unreadable"


def test_the_format_of_a_description() -> None:
    """Text of an older version, which has no format, is read; of a newer one it is refused."""
    fields = json.loads(SPEC.to_json())
    assert fields.pop("format") == 1
    assert NetworkSpec.from_json(json.dumps(fields)) == SPEC
    with pytest.raises(InputError) as refused:
        NetworkSpec.from_json(json.dumps({"format": 3, "nodes": []}))
    assert refused.value.code == "network.format"
    assert str(refused.value) == (
        "the network's description was written by a newer version, in format 3, and this version "
        "reads formats up to 2; use the version that wrote it."
    )
    with pytest.raises(InputError) as refused:
        NetworkSpec.from_json(json.dumps({"format": "newest", **fields}))
    assert refused.value.code == "network.unreadable"


def test_layers_are_no_steps() -> None:
    """As up to version 0.3, when a network was made of its layers."""
    with pytest.raises(InputError) as refused:
        NetworkSpec((Dense(2, 1), Tanh()), SquaredError())  # pyright: ignore[reportArgumentType]
    assert refused.value.code == "network.steps"
    assert "use NetworkSpec.chain(layers, loss)" in str(refused.value)


def test_a_description_of_an_impossible_network() -> None:
    impossible = '{"layers": [{"kind": "tanh"}], "loss": {"kind": "squared_error"}, "lambd": 0}'
    twice = (*NetworkSpec.dense([1, 1], output="tanh").layers, Tanh(), Tanh(), Tanh())
    assert messages(
        lambda: NetworkSpec.from_json(impossible),
        lambda: NetworkSpec.chain(twice, SquaredError()),
    ) == [
        "a network begins with a Dense layer, which fixes the size of X.",
        "the result of Tanh and the result of Tanh would both be A1; give one of them another "
        "name, or put a layer between them that begins a new number, such as Dense.",
    ]
