"""What the monitor does about a GPU's own ways, emulated: fused optimisers, sums in halves."""

from __future__ import annotations

from typing import Any

import lightning as L
import pytest
import torch
from lightning.pytorch.plugins.precision import MixedPrecision

from parity_tests.tests.support.tiny_training import UPDATES, Calls, Trained
from parity_tests.training.monitor import ParityMonitor
from parity_tests.training.monitor_record import ParityFinding, ParityWarning
from torch_impl.cuda_arithmetic import REDUCTIONS
from torch_impl.lightning.module import NetworkModule

pytestmark = [pytest.mark.subprocess, pytest.mark.filterwarnings("ignore")]

CUDA = torch.backends.cuda.matmul


def float16(**scaler: Any) -> list[Any]:
    return [MixedPrecision("16-mixed", "cpu", torch.amp.GradScaler("cpu", **scaler))]


@pytest.fixture
def fused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Optimisers with a kernel of their own, to which Lightning leaves the scale."""

    def configure(self: NetworkModule) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.parameters(), fused=True)

    monkeypatch.setattr(NetworkModule, "configure_optimizers", configure)


@pytest.mark.parametrize("init_scale", [2.0**10, 3000.0])
def test_a_fused_optimisers_gradients_are_still_scaled(fused: None, init_scale: float) -> None:
    monitor = ParityMonitor(1)
    Trained(monitor, plugins=float16(init_scale=init_scale))
    assert (monitor.checked, monitor.findings) == (UPDATES, {})


def test_a_wrong_gradient_of_a_fused_optimiser_is_found(fused: None) -> None:
    class Doubled(L.Callback):
        def on_before_optimizer_step(self, trainer: Any, pl_module: Any, optimizer: Any) -> None:
            pl_module.network.layers.Z2.weight.grad *= 2

    with pytest.warns(ParityWarning, match="dW2 is wrong"):
        Trained(Doubled(), ParityMonitor(), plugins=float16(), max_steps=1)


def test_an_update_that_a_fused_optimiser_leaves_out_is_skipped(fused: None) -> None:
    monitor = ParityMonitor(1)
    Trained(monitor, plugins=float16(init_scale=2.0**20))
    assert 0 < monitor.checked < UPDATES
    assert set(monitor.skipped) == {"the gradient scaler left it out"}
    assert not monitor.findings


class Allowed(L.Callback):
    """Whether partial sums may be halves while each batch is computed, and before its update."""

    def __init__(self) -> None:
        self.seen: list[list[bool]] = []

    def note(self) -> None:
        self.seen.append([getattr(CUDA, name) for name in REDUCTIONS])

    def on_before_backward(self, trainer: Any, pl_module: Any, loss: Any) -> None:
        self.note()

    def on_train_batch_end(self, trainer: Any, *args: Any) -> None:
        self.note()


@pytest.mark.slow
@pytest.mark.parametrize("allowed", [True, False])
def test_a_step_that_is_checked_adds_in_float32_and_others_as_before(
    monkeypatch: pytest.MonkeyPatch, allowed: bool
) -> None:
    kept = {name: getattr(CUDA, name) for name in REDUCTIONS}
    try:
        for name in REDUCTIONS:
            setattr(CUDA, name, allowed)
        watch = Allowed()
        Trained(ParityMonitor(3), watch)
        judged = [[update % 3 == 0, False] for update in range(UPDATES)]
        assert watch.seen == [[allowed and not now] * 2 for both in judged for now in both]
        wrong: Any = {"A1": Calls(torch.sigmoid)}
        with pytest.raises(ParityFinding):
            Trained(ParityMonitor(on_finding="stop"), layers=wrong)
        assert all(getattr(CUDA, name) == allowed for name in REDUCTIONS)
        Trained(ParityMonitor(1), watch := Allowed(), accumulate_grad_batches=3)
        during, after = watch.seen[::2], watch.seen[1::2]
        assert during == [[False, False]] * UPDATES
        assert after[2] == after[5] == after[6] == [allowed, allowed]
        assert all(getattr(CUDA, name) == allowed for name in REDUCTIONS)
    finally:
        for name, value in kept.items():
            setattr(CUDA, name, value)
