"""The promises of descriptions: they cannot change, have limits, and documented defaults."""

from __future__ import annotations

import math
from dataclasses import FrozenInstanceError, fields
from typing import Any

import numpy as np
import pytest
import torch

from parity_tests.kinds.known_kinds import built_in_layers
from ref_numpy import (
    Adam,
    Cache,
    Context,
    DataSpec,
    Dense,
    Elementwise,
    GradientDescent,
    Graph,
    InputError,
    Layer,
    LeakyReLU,
    Loss,
    Momentum,
    NetworkSpec,
    Optimiser,
    RMSProp,
    Sigmoid,
    Softmax,
    SquaredError,
    Standardiser,
    Step,
)
from torch_impl.data.in_memory import ArrayData
from torch_impl.data.sources import Examples

SPEC = NetworkSpec.dense([2, 3, 1], "tanh", "sigmoid")
X = np.ones((2, 5))
DATA = DataSpec((2,), "binary", ("a", "b"), Standardiser.of(X))


def layer_in(graph: Graph) -> Layer:
    """The layer of the step z."""
    return next(step.layer for step in graph.steps if step.output == "z")


DESCRIPTIONS: dict[str, Any] = {
    **{kind: of.samples[0] for kind, of in built_in_layers().items() if of.samples},
    **{kind: layer_in(of.graph()) for kind, of in built_in_layers().items() if of.graph},
    **{name: kind() for name, kind in Loss.kinds.items()},
    **{name: kind() for name, kind in Optimiser.kinds.items()},
    "optimiser": Optimiser(),
    "dense": Dense(2, 3),
    "softmax": Softmax(),
    "step": SPEC.steps[0],
    "network": SPEC,
}


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_a_description_is_a_constant(name: str) -> None:
    """It cannot be changed, equals another of the same fields, and may be a dictionary's key."""
    it = DESCRIPTIONS[name]
    for field in [field.name for field in fields(it)] or ["anything"]:
        with pytest.raises(FrozenInstanceError):
            setattr(it, field, 1)
    same = type(it)(**{field.name: getattr(it, field.name) for field in fields(it)})
    assert {it: "found"}[same] == "found"


def test_the_names_of_the_kinds() -> None:
    """Those of weights files and of the command line."""
    activations = {"identity", "sigmoid", "tanh", "relu", "leaky_relu", "softmax"}
    assert set(Layer.kinds) >= {"dense", *activations}
    losses = {"binary_cross_entropy", "cross_entropy", "hinge", "multiclass_hinge"}
    assert set(Loss.kinds) >= {*losses, "squared_error", "absolute_error", "huber"}
    assert set(Optimiser.kinds) == {"gradient_descent", "momentum", "rmsprop", "adam"}
    for kinds in (Layer.kinds, Loss.kinds):
        assert {name: kind.kind for name, kind in kinds.items()} == {name: name for name in kinds}


@pytest.mark.parametrize("it", [Standardiser.of(X), Examples(X, X[:, 0]), DATA], ids=type)
def test_arrays_that_belong_together_stay_together(it: Any) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(it, fields(it)[0].name, X)


def test_objects_with_arrays_equal_only_themselves() -> None:
    """Arrays have no single answer to whether they are equal."""
    other = DataSpec(DATA.shape, DATA.task, DATA.names, DATA.inputs)
    found = {DATA: "found"}
    assert found[DATA] == "found"
    assert other != DATA


ACCEPTED = [
    lambda: LeakyReLU(0),
    lambda: LeakyReLU(math.nextafter(1, 0)),
    lambda: Optimiser(5e-324, 0),
    lambda: Momentum(beta=0),
    lambda: Adam(beta1=math.nextafter(1, 0), beta2=0),
    lambda: Dense(1, 1),
    lambda: NetworkSpec.dense([1, 1], lambd=5e-324),
    lambda: NetworkSpec.dense([2, 1], ()),
    lambda: NetworkSpec.dense([2, 3, 1], [Sigmoid()], Sigmoid(), SquaredError()),
]
REFUSED = [
    (lambda: LeakyReLU(-5e-324), "slope"),
    (lambda: LeakyReLU(1), "slope"),
    (lambda: LeakyReLU(1.5), "slope"),
    (lambda: LeakyReLU(math.nan), "slope"),
    (lambda: Optimiser(0.0), "learning_rate"),
    (lambda: Optimiser(-0.5), "learning_rate"),
    (lambda: Optimiser(0.1, -5e-324), "weight_decay"),
    (lambda: Optimiser(0.1, math.nan), "weight_decay"),
    (lambda: Momentum(beta=1), "beta"),
    (lambda: RMSProp(beta=1.5), "beta"),
    (lambda: Adam(beta1=-5e-324), "beta1"),
    (lambda: Adam(beta1=1), "beta1"),
    (lambda: Adam(beta2=1), "beta2"),
    (lambda: Dense(0, 1), "0 units"),
    (lambda: Dense(1, -1), "-1 units"),
    (lambda: Dense(True, 1), "True units"),
    (lambda: Dense(2, 1.0), "1.0 units"),  # pyright: ignore[reportArgumentType]
    (lambda: Dense("2", 1), "'2' units"),  # pyright: ignore[reportArgumentType]
    (lambda: NetworkSpec.dense([2, 1], lambd=-5e-324), "lambd"),
    (lambda: NetworkSpec.dense([2, 1], lambd=math.inf), "lambd"),
    (lambda: NetworkSpec.dense([2, 1], lambd=math.nan), "lambd"),
    (lambda: NetworkSpec.chain((), SquaredError()), "begins with a Dense layer"),
    (lambda: NetworkSpec.dense([2.0, 1]), r"2\.0 units"),  # pyright: ignore[reportArgumentType]
    (lambda: NetworkSpec.dense([]), r"layer_dims is \[\]"),
    (lambda: NetworkSpec.dense([2, 3, 1], ["relu", "relu"]), "2 hidden activations"),
    (lambda: NetworkSpec.dense([2, 1], ["relu"]), "1 hidden activations"),
]


@pytest.mark.parametrize("make", ACCEPTED)
def test_the_last_value_that_is_possible(make: Any) -> None:
    make()


@pytest.mark.parametrize(("make", "message"), REFUSED)
def test_the_first_value_that_is_not(make: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make()


def test_defaults_are_torchs() -> None:
    """So that a description without arguments has the values of torch's documentation."""
    parameter = [torch.nn.Parameter(torch.ones(1))]
    adam = torch.optim.Adam(parameter).defaults
    rmsprop = torch.optim.RMSprop(parameter).defaults
    ours = Adam()
    assert (ours.learning_rate, ours.weight_decay) == (adam["lr"], adam["weight_decay"])
    assert ((ours.beta1, ours.beta2), ours.epsilon) == (adam["betas"], adam["eps"])
    theirs = tuple(rmsprop[name] for name in ("lr", "weight_decay", "alpha", "eps"))
    own = RMSProp()
    assert (own.learning_rate, own.weight_decay, own.beta, own.epsilon) == theirs
    assert LeakyReLU().slope == torch.nn.LeakyReLU().negative_slope
    assert GradientDescent().learning_rate == Momentum().learning_rate == 0.01
    assert Momentum().beta == 0.9  # the course's usual value
    assert SPEC.lambd == NetworkSpec.chain(SPEC.layers, SPEC.loss).lambd == 0


def test_a_missing_method_of_a_kind_is_named() -> None:
    """By the name of the kind, where it is first used."""
    unfinished = [
        (lambda: Elementwise().g(X), "Elementwise defines no g"),
        (lambda: Elementwise().g_prime(X, X), "Elementwise defines no g_prime"),
        (lambda: Layer().forward({}, Context(), X), "Layer defines no forward"),
        (lambda: Layer().backward({}, Cache((), ()), X), "Layer defines no backward"),
        (lambda: Loss().forward(X, X), "Loss defines no forward"),
        (lambda: Loss().backward(X, X), "Loss defines no backward"),
        (lambda: Optimiser().rule(X, X, (), 1), "Optimiser defines no rule"),
        (lambda: ArrayData().load(), "ArrayData defines no load"),
    ]
    for use, message in unfinished:
        with pytest.raises(TypeError, match=f"^{message}$"):
            use()


def test_a_layer_without_parameters_has_no_shapes() -> None:
    assert Layer().parameter_shapes() == {}
    assert Layer().output_shape((2,)) == (2,)
    assert Layer.weights == ()


def test_a_step_selects_its_layers_own_parameters() -> None:
    first, _, third, _ = SPEC.steps
    assert (first.input, first.output, third.input, third.output) == ("A0", "Z1", "A1", "Z2")
    assert isinstance(third, Step)
    params = {"W1": X, "b1": X, "W2": 2 * X, "b2": 3 * X}
    selected = third.select(params)
    assert selected["W"] is params["W2"]
    assert selected["b"] is params["b2"]
    assert len(selected) == 2
