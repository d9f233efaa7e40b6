"""The state of a network: its names, its way through runs and trainings, and users' own kinds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import torch_impl
from parity_tests import check
from parity_tests.checking.verdict import PASSED
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import (
    Adam,
    BatchNorm,
    Context,
    Dense,
    GradientDescent,
    Graph,
    InputError,
    Layer,
    NetworkSpec,
    Tanh,
    backward,
    fit,
    forward,
    initialise,
    predict,
    run,
    training_updates,
)


@dataclass(frozen=True)
class Lag(Layer, kind="lag of a test"):
    """Z = A + s,   s ← the largest number of each feature so far: no layer that anybody needs."""

    n: int
    symbol: ClassVar[str] = "S"

    def state_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"s": (self.n, 1)}

    def forward(self, params: Any, context: Context, A: Any) -> Any:
        return A + params["s"], None

    def backward(self, params: Any, cache: Any, dZ: Any) -> Any:
        return dZ, {}

    def next_state(self, params: Any, cache: Any) -> Any:
        return {"s": np.maximum(params["s"], cache.inputs[0].max(axis=1, keepdims=True))}


del Layer.kinds[Lag.kind]  # other tests have those of the package alone


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test here has it."""
    monkeypatch.setitem(Layer.kinds, Lag.kind, Lag)


class TorchLag(nn.Module):
    """The same in torch."""

    s: Tensor

    def __init__(self, n: int) -> None:
        super().__init__()
        self.register_buffer("s", torch.zeros(n))

    def forward(self, x: Tensor) -> Tensor:
        """Return x + s."""
        before = self.s.clone()
        if self.training:
            self.s.copy_(torch.maximum(before, x.detach().amax(dim=0)))
        return x + before


def of_layer(layer: Layer) -> NetworkSpec:
    graph = Graph({"x": (3,)})
    graph.add("norm", layer, "x")
    graph.add("a", Tanh(), "norm")
    graph.add("y", Dense(3, 2), "a")
    return NetworkSpec.from_graph(graph, "squared_error", 0.5)


SPEC = of_layer(BatchNorm(3))
TRAINING = Context(training=True)


def test_state_has_names_apart_from_parameters() -> None:
    shape = (3, 1)
    assert SPEC.state_shapes == {"norm.mean": shape, "norm.variance": shape}
    assert not SPEC.parameter_shapes.keys() & SPEC.state_shapes.keys()
    names = [*SPEC.trace_shapes(5)]
    place = names.index("J")
    assert names[place - 3 : place] == ["y", "norm.mean.next", "norm.variance.next"]
    assert not [name for name in names if name.startswith(("dnorm.mean", "dnorm.variance"))]


@pytest.mark.parametrize("name", ["norm.mean", "norm.mean.next", "dx"])
def test_no_other_tensor_has_the_name_of_the_state(name: str) -> None:
    graph = Graph({"x": (3,)})
    graph.add("norm", BatchNorm(3), "x")
    graph.add(name, Tanh(), "norm")
    with pytest.raises(InputError) as refused:
        NetworkSpec.from_graph(graph, "squared_error")
    assert refused.value.code == "layer.same-name"


def test_a_run_gives_the_state_after_it() -> None:
    """In training that of the batch and the momentum; else that before."""
    params, X, Y = random_problem(SPEC, 5)
    for context in (None, Context(1)):
        trace = run(SPEC, params, X, Y, context=context)
        assert (trace["norm.mean.next"] == params["norm.mean"]).all()
        assert (trace["norm.variance.next"] == params["norm.variance"]).all()
    trace = run(SPEC, params, X, Y, context=TRAINING)
    mean = 0.9 * params["norm.mean"] + 0.1 * X.mean(axis=1, keepdims=True)
    variance = 0.9 * params["norm.variance"] + 0.1 * X.var(axis=1, ddof=1, keepdims=True)
    few = 8 * np.finfo(float).eps  # as many roundings, of numbers below 4
    assert np.all(np.abs(trace["norm.mean.next"] - mean) <= 4 * few)
    assert np.all(np.abs(trace["norm.variance.next"] - variance) <= 4 * few)


@pytest.mark.parametrize("optimiser", [GradientDescent(0.5), Adam(0.1, weight_decay=0.5)])
def test_an_update_takes_the_state_over_and_nothing_else_changes_it(optimiser: Any) -> None:
    """Neither the optimiser, nor weight decay, nor λ."""
    params, X, Y = random_problem(SPEC, 6)
    batches = [(X[:, :4], Y[:, :4]), (X[:, 4:], Y[:, 4:])]
    for batch, update in zip(
        batches, training_updates(SPEC, params, batches, optimiser), strict=True
    ):
        trace = run(SPEC, params, *batch, context=TRAINING)
        for name in SPEC.state_shapes:
            assert (update.params[name] == trace[f"{name}.next"]).all()
        assert trace["J"] == update.J
        assert update.state.memory.keys() == SPEC.parameter_shapes.keys()
        params = update.params


def test_predictions_use_the_state_and_no_other_example() -> None:
    params, X, Y = random_problem(SPEC, 6)
    params, _ = fit(SPEC, params, X, Y, optimiser=GradientDescent(0.1), epochs=5, batch_size=3)
    every = predict(SPEC, params, X)
    each = [predict(SPEC, params, X[:, i : i + 1]) for i in range(6)]
    # A product with one column is computed in another way: eight operations of numbers below 8.
    apart = np.abs(np.concatenate(each, axis=1) - every)
    assert np.all(apart <= 64 * np.finfo(float).eps)
    shifted = params | {"norm.mean": params["norm.mean"] + 1}
    assert (predict(SPEC, shifted, X) != every).all()


def test_a_kind_of_your_own_may_have_state() -> None:
    spec = of_layer(Lag(3))
    torch_impl.register(Lag, lambda layer: TorchLag(layer.n))
    params, X, Y = random_problem(spec, 5)
    assert (initialise(spec)["norm.s"] == 0).all()
    for candidate in (run_of_reference, run_of_torch):
        report = check(candidate, spec, params, X, Y, context=TRAINING)
        assert report.verdict == PASSED, str(report)
        assert "norm.s.next" in {tensor.name for tensor in report.tensors}
    torch_impl.register(Lag, lambda layer: nn.Identity())
    with pytest.raises(InputError) as refused:
        torch_impl.Network(spec)
    assert refused.value.code == "layer.other-state"


def run_of_reference(*problem: Any, context: Any = None) -> Any:
    return run(*problem, context=context)


def run_of_torch(*problem: Any, context: Any = None) -> Any:
    return torch_impl.run(*problem, context=context)


WRONG: dict[str, Any] = {
    "is None": lambda self, params, cache: None,
    "other names": lambda self, params, cache: {"t": params["s"]},
    "has shape": lambda self, params, cache: {"s": params["s"][:, 0]},
    "read-only": lambda self, params, cache: {"s": params["s"].sort() or params["s"]},
}


@pytest.mark.parametrize("mistake", WRONG)
def test_what_next_state_returns_is_checked(mistake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = of_layer(Lag(3))
    params, X, Y = random_problem(spec, 5)
    activations, caches = forward(spec, params, X, TRAINING)
    backward(spec, params, activations, caches, Y)
    monkeypatch.setattr(Lag, "next_state", WRONG[mistake])
    with pytest.raises(ValueError) as refused:  # noqa: PT011
        run(spec, params, X, Y, context=TRAINING)
    if isinstance(refused.value, InputError):
        assert refused.value.code == "layer.returned"
        assert "Lag.next_state" in str(refused.value)
    else:
        assert mistake in str(refused.value)


@pytest.mark.parametrize(
    ("code", "member", "given"),
    [
        ("layer.shape", "state_shapes", {"s": 3}),
        ("layer.parameter-name", "state_shapes", {"s1": (3, 1)}),
        ("layer.state-name", "parameter_shapes", {"s": (3, 1)}),
    ],
)
def test_a_state_that_cannot_be_is_refused(
    code: str, member: str, given: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Lag, member, lambda self: given)
    with pytest.raises(InputError) as refused:
        of_layer(Lag(3))
    assert refused.value.code == code
