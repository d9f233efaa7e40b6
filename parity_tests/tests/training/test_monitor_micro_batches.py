"""Batches that are worked through in parts: micro-batches, and processes of DDP."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import lightning as L
import numpy as np
import pytest
import torch
import torch.distributed as dist
from lightning.pytorch.strategies import DDPStrategy

from parity_tests.checking.report import Report
from parity_tests.diagnosis.explained_check import check_trace
from parity_tests.error_model.precisions import precision_named
from parity_tests.kinds.random_problem import random_problem
from parity_tests.tests.support.tiny_training import UPDATES, Calls, M, Trained, batches
from parity_tests.training.monitor import ParityMonitor
from parity_tests.training.monitor_record import ParityWarning
from parity_tests.training.step_recorder import Arrays, Recording, join_parts
from ref_numpy import NetworkSpec
from torch_impl import conventions, torch_costs
from torch_impl.lightning.module import NetworkModule
from torch_impl.twin import Network

pytestmark = [pytest.mark.subprocess, pytest.mark.filterwarnings("ignore")]

PRECISIONS = {
    "float64": (torch.float64, None),
    "float32": (torch.float32, None),
    "bfloat16": (torch.bfloat16, None),
    "float16": (torch.float16, None),
    "bf16-mixed": (torch.float32, torch.bfloat16),
    "fp16-mixed": (torch.float32, torch.float16),
}
SPECS = [
    NetworkSpec.dense([5, 7, 6, n_y], ["tanh", "relu"], output, lambd=lambd)
    for n_y, output, lambd in ((3, "softmax", 0.7), (2, "sigmoid", 0.0), (4, "identity", 0.7))
]


def accumulated(spec: NetworkSpec, precision: str, N: int, seed: int) -> tuple[Network, Arrays]:
    """By torch: the mean of N micro-batches of 11 examples, a part of J's gradient at a time."""
    dtype, mixed = PRECISIONS[precision]
    params, X, Y = random_problem(spec, N * M, seed)
    network = Network(spec).double()
    conventions.load_params(network, params)
    network, parts = network.to(dtype), []
    x, y = conventions.to_batch(X).to(dtype), conventions.to_targets(spec, Y)
    y = y.to(dtype) if y.is_floating_point() else y
    for k in range(N):
        part = slice(k * M, (k + 1) * M)
        recording = Recording(network, (x[part], y[part]))
        recording.begin()
        with torch.autocast("cpu", mixed) if mixed else nullcontext():
            J = torch_costs.mean_loss(spec, network(x[part]), y[part])
            J = torch_costs.regularised(network, J, N * M) / N
        recording.end(J, 1 / N)
        J.backward()
        parts.append(recording.arrays())
    return network, {**join_parts(parts, spec), **conventions.get_gradients(network)}


def report_on(spec: NetworkSpec, precision: str, N: int, network: Network, batch: Arrays) -> Report:
    p = replace(precision_named(precision), parts=N)
    trace = {n: a.astype(p.dtype) for n, a in batch.items() if n not in ("X", "Y")}
    params = {n: a.astype(np.float64) for n, a in conventions.get_params(network).items()}
    return check_trace(spec, params, batch["X"], batch["Y"], trace, p, "")


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.loss.kind)
@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.slow
def test_the_mean_of_micro_batches_is_the_whole_batch(precision: str, spec: NetworkSpec) -> None:
    for N in (2, 3, 5):
        for seed in range(3):
            network, batch = accumulated(spec, precision, N, seed)
            report = report_on(spec, precision, N, network, batch)
            report.raise_findings()
            assert not report.unbounded
            assert set(report.not_checked) <= {"dA0", spec.output}


@pytest.mark.parametrize("precision", ["float32", "bf16-mixed"])
def test_a_part_that_is_left_out_of_the_mean_is_found(precision: str) -> None:
    spec = SPECS[0]
    network, batch = accumulated(spec, precision, 3, 0)
    whole = batch["dW2"]
    batch["dW2"] = whole - batch["dZ2"][:, :M] @ batch["A1"][:, :M].T / (3 * M)
    (finding,) = report_on(spec, precision, 3, network, batch).findings
    assert finding.tensor == "dW2"
    assert finding.ratio
    assert finding.ratio > 1


@pytest.mark.parametrize("precision", ["32-true", "bf16-true", "bf16-mixed"])
def test_accumulated_batches_are_checked_as_one(precision: str) -> None:
    """7 batches, of which 3 make an update, and the last is alone."""
    monitor = ParityMonitor(1)
    Trained(monitor, accumulate_grad_batches=3, precision=precision)
    assert (monitor.checked, monitor.findings) == (2, {})
    assert monitor.skipped == ["too few batches were left to accumulate"]
    assert monitor.report
    shapes = {tensor.name: tensor.shape for tensor in monitor.report.tensors}
    assert shapes["Z2"] == shapes["dA2"] == (6, 3 * M)


@pytest.mark.slow
def test_compiled_and_accumulated() -> None:
    monitor = ParityMonitor(1)
    Trained(monitor, accumulate_grad_batches=3, model={"compile": "aot_eager"})
    assert (monitor.checked, monitor.findings) == (2, {})


def test_of_several_updates_in_a_step_the_first_is_checked() -> None:
    monitor = ParityMonitor()
    trained = Trained(monitor, batches_per_step=3)
    assert trained.trainer.global_step == UPDATES
    assert (monitor.checked, monitor.findings) == (1, {})
    with pytest.warns(ParityWarning, match="A1 is wrong"):
        Trained(ParityMonitor(), batches_per_step=3, layers={"A1": Calls(torch.sigmoid)})


class Shares(L.LightningDataModule):
    """Each process's half of the batches, whose examples may have weights."""

    def __init__(self, weighted: bool) -> None:
        super().__init__()
        self.weighted = weighted

    def train_dataloader(self) -> Any:
        assert self.trainer
        share = {"process": self.trainer.global_rank, "processes": 2, "equal": True}
        return batches(weighted=self.weighted, **share)


class Drift(L.Callback):
    """The weights of process 1 become others, from the third update on."""

    def on_train_batch_start(self, trainer: Any, pl_module: Any, batch: Any, i: int) -> None:
        if trainer.global_rank == 1 and trainer.global_step == 2:
            pl_module.network.layers.Z2.weight.data *= 1.01


@pytest.mark.slow
@pytest.mark.skipif(not dist.is_available(), reason="torch.distributed is not available")
@pytest.mark.parametrize("weighted", [False, True])
def test_two_processes_are_checked_as_one_batch_until_one_drifts(weighted: bool) -> None:
    """The first two updates pass, and at the third both processes stop."""
    L.seed_everything(0, verbose=False)
    module = NetworkModule(5, 3, "softmax", [7, 6], ["tanh", "relu"], lambd=0.3)
    trainer = L.Trainer(
        accelerator="cpu", devices=2, max_epochs=1, logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False,
        strategy=DDPStrategy(start_method="spawn", process_group_backend="gloo"),
        callbacks=[Drift(), ParityMonitor(1, "stop")],
    )  # fmt: skip
    assert UPDATES * M // (2 * M) > 2
    with pytest.raises(Exception, match="ParityFinding: update 2, float32: Z2 is wrong") as caught:
        trainer.fit(module, Shares(weighted))
    text = str(caught.value)
    assert "(6, 22) float32: 66 of 132 elements" in text
    assert "only the examples of process 1 of 2 are wrong; have its weights become others" in text
