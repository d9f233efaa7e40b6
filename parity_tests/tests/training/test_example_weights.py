"""Weights in a training: by torch, by NumPy, step by step, and under the monitor's eyes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lightning as L
import numpy as np
import pytest
import torch

import torch_impl
from parity_tests.checking.comparison import Comparison
from parity_tests.checking.expected.layerwise import expectations
from parity_tests.error_model.precisions import FLOAT32, FLOAT64
from parity_tests.tests.support.tiny_training import OUTPUTS, UPDATES, Trained
from parity_tests.training.lockstep import compare
from parity_tests.training.lockstep_sides import ReferenceSide
from parity_tests.training.monitor import ParityMonitor
from parity_tests.training.monitor_record import ParityWarning
from parity_tests.training.numpy_trainer import in_columns, train_numpy
from ref_numpy import NetworkSpec, cost_and_gradients, run
from torch_impl import conventions, torch_costs
from torch_impl.data.in_memory import ArrayData
from torch_impl.data.sources import Examples
from torch_impl.lightning.module import NetworkModule

pytestmark = [pytest.mark.subprocess, pytest.mark.filterwarnings("ignore")]


class Rare(ArrayData):
    """150 points of two numbers, of which one in six is of the rare class; or values of them."""

    def __init__(self, values: bool = False, **options: Any) -> None:
        super().__init__(batch_size=16, **options)
        self.values = values

    def load(self) -> Examples:
        draw = np.random.default_rng(4)
        x = draw.normal(size=(150, 2))
        rare = x[:, 0] + draw.normal(scale=0.7, size=150) > 1.2
        v = np.round(draw.random(150) + 0.1, 3)
        return Examples(x, x[:, :1] - x[:, 1:] if self.values else rare, w=v)


def fitted(folder: Path, data: ArrayData, module: NetworkModule, **options: Any) -> NetworkModule:
    trainer = L.Trainer(
        default_root_dir=folder, accelerator="cpu", logger=False, enable_progress_bar=False,
        enable_model_summary=False, enable_checkpointing=False, **{"max_epochs": 1, **options},
    )  # fmt: skip
    trainer.fit(module, data)
    return module


def module_for(data: ArrayData, **options: Any) -> NetworkModule:
    L.seed_everything(3, verbose=False)
    options = {"optimiser": "momentum", "learning_rate": 0.01, "lambd": 0.3, **options}
    return NetworkModule(data.n_x, data.n_y, data.output, [4], "tanh", **options)


KINDS: dict[str, dict[str, Any]] = {
    "classes": {"class_weights": "balanced"},
    "values": {"values": True},
}


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("kind", KINDS)
def test_torch_and_numpy_agree_step_by_step(kind: str, precision: str) -> None:
    data = Rare(**KINDS[kind])
    result = compare(module_for(data), data, 2, precision)
    assert result.agrees
    assert len(result.bounded) >= 5
    assert sum(step.unbounded for step in result.checked) == 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("per_step", [1, 3])
def test_a_first_epoch_is_the_references_to_within_rounding(
    tmp_path: Path, kind: str, per_step: int
) -> None:
    """By Lightning and by NumPy alone, also where a step of Lightning has several batches."""
    data = Rare(**KINDS[kind], batches_per_step=per_step)
    module = module_for(data, batches_per_step=per_step)
    trained = train_numpy(module, data, 1)
    spec = module.network.spec
    params = conventions.get_params(module.network)
    reference = ReferenceSide(spec, module.optimiser, params, FLOAT32)
    loader = data.train_dataloader()
    for k in range(-(-loader.m // 16)):
        ((X, Y, w),) = in_columns(spec, [loader.batch(loader.epochs_order(), k)], np.float64)
        assert w.shape == (1, X.shape[1])
        reference.step(X, Y, w)
    fitted(tmp_path, data, module)
    for name, expected in reference.params.items():
        for params in (conventions.get_params(module.network), trained.params):
            assert Comparison.of(params[name], [expected]).ratio <= 1, name
    assert reference.bounds is not None


@pytest.mark.parametrize("kind", KINDS)
def test_the_costs_of_an_epoch_are_the_mean_of_w_times_l(tmp_path: Path, kind: str) -> None:
    """At float64, of a training whose weights stay as they are: Σ w L / m, in the target's units.

    The bound is that of J, whose sum may be in any order, and one rounding more for each of: σ_y
    twice, the division of a batch's cost by its m and the product with it, at most 8 additions of
    batches, all of numbers from 0 up, the last division, and σ_y² in this test.
    """
    data = Rare(**KINDS[kind])
    module = module_for(data, learning_rate=2.0**-1000, lambd=0.0)
    fitted(tmp_path, data, module, precision="64-true")
    spec, params = module.network.spec, conventions.get_params(module.network)
    units = data.described.units
    square = 1.0 if units is None else float(units[0, 0]) ** 2
    for part in ("train", "val"):
        ((X, Y, w),) = in_columns(spec, [data.parts[part][:]], np.float64)
        right = dict(expectations(spec, params, X, Y, {}, FLOAT64, w))["J"].hull()
        allowed = square * (float(right.error) + 15 * 2.0**-53 * float(right.value))
        (seen,) = module.costs[part]
        assert abs(seen - square * float(right.value)) <= allowed
        plain = square * float(run(spec, params, X, Y)["J"])
        assert abs(seen - plain) > allowed


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("precision", ["64-true", "32-true", "bf16-true", "bf16-mixed"])
def test_the_monitor_passes_a_right_training(precision: str, output: str) -> None:
    monitor = ParityMonitor(every_n_steps=3)
    Trained(monitor, output=output, precision=precision, weighted=True)
    assert (monitor.checked, monitor.findings, monitor.skipped) == (3, {}, [])
    assert 0 < monitor.error_ratio <= 1


@pytest.mark.parametrize(
    "options",
    [{"accumulate_grad_batches": UPDATES}, {"batches_per_step": 2}],
    ids=lambda options: next(iter(options)),
)
def test_the_monitor_passes_accumulated_batches_and_several_a_step(options: Any) -> None:
    monitor = ParityMonitor(every_n_steps=1)
    Trained(monitor, weighted=True, **options)
    assert monitor.checked
    assert (monitor.findings, monitor.skipped) == ({}, [])


@pytest.mark.slow
def test_the_monitor_passes_a_compiled_network() -> None:
    monitor = ParityMonitor(every_n_steps=3)
    Trained(monitor, weighted=True, model={"compile": "aot_eager"})
    assert (monitor.checked, monitor.findings) == (3, {})


def forgotten_in(part: str) -> Any:
    """mean_loss whose value or gradient has no weights."""
    right = torch_costs.mean_loss

    def wrong(spec: Any, outputs: Any, y: Any, w: Any = None, N: Any = None) -> torch.Tensor:
        weighted, plain = right(spec, outputs, y, w, N), right(spec, outputs, y, None, N)
        value, gradient = (plain, weighted) if part == "J" else (weighted, plain)
        return gradient + (value - gradient).detach()

    return wrong


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("part", ["J", "gradient"])
def test_the_monitor_finds_forgotten_weights(
    monkeypatch: pytest.MonkeyPatch, output: str, part: str
) -> None:
    monkeypatch.setattr(torch_costs, "mean_loss", forgotten_in(part))
    monitor = ParityMonitor()
    with pytest.warns(ParityWarning, match="^update 0"):
        Trained(monitor, output=output, weighted=True, max_steps=1)
    assert monitor.report
    first = "dA3" if output == "identity" else "dZ3"
    assert [f.tensor for f in monitor.report.findings] == ["J" if part == "J" else first]
    if first == "dZ3" and part == "gradient":
        (finding,) = monitor.report.findings
        assert [cause.code for cause in finding.causes] == ["dZ.missing-w"]


@pytest.mark.parametrize("side", ["J", "gradient"])
def test_comparing_step_by_step_finds_them_at_the_first_step(
    monkeypatch: pytest.MonkeyPatch, side: str
) -> None:
    monkeypatch.setattr(torch_costs, "mean_loss", forgotten_in(side))
    data = Rare(class_weights="balanced")
    wrong = compare(module_for(data), data, 1).wrong
    assert wrong is not None
    assert wrong.step == 1
    assert wrong.tensor == ("J" if side == "J" else "dW2")


def test_micro_batches_and_shares_of_processes_are_means() -> None:
    """The mean of the parts' gradients is that of the whole, whatever their own Σ w is: exactly,
    of a linear network of small whole numbers, in two parts of 8 examples."""
    spec, draw = NetworkSpec.dense([3, 2, 1], "identity", "identity"), np.random.default_rng(1)
    params = {n: draw.integers(-3, 4, s) + 0.0 for n, s in spec.parameter_shapes.items()}
    X, Y = draw.integers(-3, 4, (3, 16)) + 0.0, draw.integers(-3, 4, (1, 16)) + 0.0
    w = np.repeat([[1.0, 5.0]], 8, axis=1) * draw.integers(0, 3, (1, 16))
    J, whole = cost_and_gradients(spec, params, X, Y, w)
    parts = [
        torch_impl.run(spec, params, X[:, k], Y[:, k], w[:, k]) for k in np.split(np.arange(16), 2)
    ]
    for name, x in {"J": J, **{f"d{n}": whole[f"d{n}"] for n in params}}.items():
        np.testing.assert_array_equal((parts[0][name] + parts[1][name]) / 2, x)
