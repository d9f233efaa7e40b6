"""Trainings with running statistics: the monitor, NumPy's training, and both side by side."""

from __future__ import annotations

from typing import Any

import lightning as L
import numpy as np
import pytest
import torch
from torch import nn

from parity_tests.tests.support.tiny_training import Trained, moons
from parity_tests.training.lockstep import compare
from parity_tests.training.monitor import ParityMonitor
from parity_tests.training.monitor_record import ParityWarning
from parity_tests.training.numpy_trainer import batches_by_epoch, in_columns, train_numpy
from ref_numpy import (
    BatchNorm,
    BinaryCrossEntropy,
    CrossEntropy,
    Dense,
    Dropout,
    Graph,
    InputError,
    NetworkSpec,
    ReLU,
    Sigmoid,
    Softmax,
    Tanh,
    training_updates,
)
from torch_impl import conventions
from torch_impl.lightning.module import NetworkModule

pytestmark = [pytest.mark.subprocess, pytest.mark.filterwarnings("ignore")]


def graph() -> NetworkSpec:
    graph = Graph({"x": (5,)})
    graph.add("h", Dense(5, 7, bias=False), "x")
    graph.add("norm", BatchNorm(7), "h")
    graph.add("a", ReLU(), "norm")
    graph.add("d", Dropout(0.25), "a")
    graph.add("z", Dense(7, 3), "d")
    graph.add("y", Softmax(), "z")
    return NetworkSpec.from_graph(graph, lambd=0.5)


def chain() -> NetworkSpec:
    layers = Dense(5, 7), BatchNorm(7, momentum=0.25), Tanh(), Dense(7, 3), Softmax()
    return NetworkSpec.chain(layers, CrossEntropy(), lambd=0.5)


def trained(spec: NetworkSpec, monitor: ParityMonitor | None, **options: Any) -> Trained:
    model = {"network": spec.to_json(), **options.pop("model", {})}
    return Trained(*([monitor] if monitor else []), model=model, **options)


@pytest.mark.parametrize("network", [graph, chain])
@pytest.mark.parametrize(
    "options", [{}, pytest.param({"precision": "bf16-mixed"}, marks=pytest.mark.slow)]
)
def test_a_right_training_passes_undisturbed(network: Any, options: dict[str, Any]) -> None:
    monitor, spec = ParityMonitor(1), network()
    with_it, without = trained(spec, monitor, **options), trained(spec, None, **options)
    ours, theirs = (each.module.state_dict() for each in (with_it, without))
    for name, value in ours.items():
        assert torch.equal(value, theirs[name]), name
    assert (monitor.checked, monitor.findings) == (7, {})
    assert monitor.report
    compared = {tensor.name for tensor in monitor.report.tensors}
    assert compared >= {f"{name}.next" for name in spec.state_shapes}
    assert not compared & {*spec.state_shapes}


def test_a_momentum_that_is_read_the_other_way_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in Keras and Flax, where it is the weight of the old value."""
    forward = nn.BatchNorm1d.forward

    def reversed_forward(self: Any, input: Any) -> Any:
        self.momentum = 1 - 0.1
        return forward(self, input)

    monkeypatch.setattr(nn.BatchNorm1d, "forward", reversed_forward)
    monitor = ParityMonitor(1)
    with pytest.warns(ParityWarning, match="the momentum weighs the old value"):
        trained(graph(), monitor)
    assert {tensor for tensor, _ in monitor.findings} == {"norm.mean.next", "norm.variance.next"}


def test_what_the_monitor_does_not_check_is_said() -> None:
    monitor = ParityMonitor(1)
    trained(chain(), monitor, accumulate_grad_batches=3)
    assert monitor.checked == 0
    assert "each of its parts is normalised by its own statistics" in monitor.skipped
    with pytest.raises(InputError) as refused:
        trained(chain(), ParityMonitor(1), model={"compile": "aot_eager"})
    assert refused.value.code == "monitor.compiled-state"


def moons_network(**options: Any) -> NetworkModule:
    graph = Graph({"x": (2,)})
    graph.add("h", Dense(2, 4), "x")
    graph.add("n", BatchNorm(4), "h")
    graph.add("a", Tanh(), "n")
    graph.add("z", Dense(4, 1), "a")
    graph.add("y", Sigmoid(), "z")
    spec = NetworkSpec.from_graph(graph, BinaryCrossEntropy(), 0.3)
    L.seed_everything(3, verbose=False)
    return NetworkModule(2, 1, "sigmoid", network=spec.to_json(), **options)


@pytest.mark.parametrize("precision", ["float64", pytest.param("float32", marks=pytest.mark.slow)])
def test_torch_and_numpy_train_side_by_side(precision: str) -> None:
    module = moons_network(optimiser="gradient_descent", learning_rate=0.01)
    result = compare(module, moons(), 2, precision)
    assert result.agrees
    assert len(result.checked) == len(result.states) == 10
    assert result.test["torch"].right == result.test["NumPy"].right


def test_numpy_trains_as_the_reference_does() -> None:
    module, data = moons_network(optimiser="adam"), moons()
    result = train_numpy(module, data, 2, np.float64)
    spec = module.network.spec
    params = {n: p.astype(np.float64) for n, p in conventions.get_params(module.network).items()}
    given = [
        batch
        for _, batches in batches_by_epoch(data.train_dataloader(), 2, "")
        for batch in in_columns(spec, batches, np.float64)
    ]
    *_, last = training_updates(spec, params, given, module.optimiser, module.seed)
    assert result.params.keys() == last.params.keys() == params.keys()
    for name, theta in result.params.items():
        np.testing.assert_array_equal(theta, last.params[name], strict=True)
        assert (theta != params[name]).any()
    assert last.state.memory.keys() == spec.parameter_shapes.keys()
