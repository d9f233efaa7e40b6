"""The parity monitor: right trainings pass undisturbed, and what is wrong is found where it is."""

from __future__ import annotations

import csv
import re
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import lightning as L
import numpy as np
import pytest
import torch
from lightning.pytorch.loggers import CSVLogger
from torch import Tensor, nn

from parity_tests.tests.support.tiny_training import OUTPUTS, UPDATES, Autocast, Calls, M, Trained
from parity_tests.training.monitor import ParityMonitor
from parity_tests.training.monitor_record import ParityFinding, ParityWarning
from parity_tests.training.step_report import precision_of
from ref_numpy import InputError
from torch_impl.lightning.module import NetworkModule

pytestmark = [pytest.mark.subprocess, pytest.mark.filterwarnings("ignore")]

PRECISIONS = ["64-true", "32-true", "bf16-true", "bf16-mixed"]


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_right_training_passes_undisturbed(tmp_path: Path, precision: str, output: str) -> None:
    monitor = ParityMonitor(every_n_steps=3)
    logger = CSVLogger(tmp_path)
    with_it = Trained(monitor, output=output, precision=precision, logger=logger)
    without = Trained(output=output, precision=precision)
    for one, other in zip(with_it.module.parameters(), without.module.parameters(), strict=True):
        assert torch.equal(one, other)
    assert (monitor.checked, monitor.findings, monitor.skipped) == (3, {}, [])
    assert monitor.report
    compared = {tensor.name for tensor in monitor.report.tensors}
    assert compared == {*with_it.module.network.spec.trace_shapes(M)} - {"dA0"}
    with open(Path(logger.log_dir) / "metrics.csv") as file:
        curve = [(int(row["step"]), row["parity_used"]) for row in csv.DictReader(file)]
    logged = [(step, float(used)) for step, used in curve if used]
    assert [step for step, _ in logged] == [0, 3, 6]
    assert 0 < max(used for _, used in logged) == monitor.error_ratio <= 1


class Backward(torch.autograd.Function):
    """tanh, whose derivative is 1 − A², with 1 − A."""

    @staticmethod
    def forward(ctx: Any, Z: Tensor) -> Tensor:
        A = torch.tanh(Z)
        ctx.save_for_backward(A)
        return A

    @staticmethod
    def backward(ctx: Any, dA: Tensor) -> Tensor:
        return dA * (1 - ctx.saved_tensors[0])


class Single(nn.Linear):
    """A layer of float32 in a run of float64."""

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.linear(x.float(), self.weight.float(), self.bias.float()).double()


WRONG = {
    "backward": (
        "32-true",
        {"A1": Calls(Backward.apply)},
        "dZ1",
        "1 − A² was expected, 1 − A is used",
    ),
    "bfloat16": (
        "32-true", {"A1": Calls(lambda z: torch.tanh(z.bfloat16()).float())}, "A1",
        "it was computed, or stored, in bfloat16",
    ),
    "autocast": ("32-true", {"Z2": Autocast(7, 6)}, "Z2", "bfloat16"),
    "single": ("64-true", {"Z1": Single(5, 7)}, "Z1", "in float32"),
    "another": ("bf16-mixed", {"A1": Calls(torch.sigmoid)}, "A1", "sigmoid"),
    "nan": ("32-true", {"A1": Calls(lambda z: z / 0)}, "A1", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_kernel_is_found_at_its_tensor(name: str) -> None:
    precision, layers, tensor, cause = WRONG[name]
    monitor = ParityMonitor()
    ended = pytest.raises(InputError, match="train_cost became nan")
    ends = ended if name == "nan" else nullcontext()
    with pytest.warns(ParityWarning, match=rf"^update 0, .*: {tensor} "), ends:
        Trained(monitor, layers=layers, precision=precision, max_steps=1)
    assert monitor.report
    assert monitor.report.findings[0].tensor == tensor
    assert cause in str(monitor.report.findings[0].cause)
    assert monitor.error_ratio > 1


def test_the_networks_input_must_be_the_batch() -> None:
    class Halved(L.Callback):
        def on_fit_start(self, trainer: Any, pl_module: Any) -> None:
            pl_module.network.register_forward_pre_hook(lambda network, x: (x[0] / 2,))

    with pytest.warns(ParityWarning, match="^update 0, float32: A0 is wrong"):
        Trained(Halved(), ParityMonitor(), max_steps=1)


@pytest.mark.cuda
@pytest.mark.parametrize("precision", [*PRECISIONS, "16-mixed"])
def test_a_right_training_passes_on_cuda(precision: str) -> None:
    monitor = ParityMonitor(1)
    Trained(monitor, accelerator="cuda", precision=precision)
    assert monitor.checked
    assert not monitor.findings


class Doubled(L.Callback):
    """Between backward and the update, some gradient is changed."""

    def on_before_optimizer_step(self, trainer: Any, pl_module: Any, optimizer: Any) -> None:
        pl_module.network.layers.Z2.weight.grad *= 2


@pytest.mark.parametrize(
    "model", [{}, pytest.param({"compile": "aot_eager"}, marks=pytest.mark.slow)]
)
def test_the_gradients_are_those_that_the_update_takes(model: dict[str, Any]) -> None:
    monitor = ParityMonitor()
    with pytest.warns(ParityWarning, match="dW2 is wrong"):
        Trained(Doubled(), monitor, model=model, max_steps=1, precision="64-true")
    assert monitor.report
    assert [f.tensor for f in monitor.report.findings] == ["dW2"]


def test_the_monitor_warns_once_and_trains_on() -> None:
    monitor = ParityMonitor(2)
    with pytest.warns(ParityWarning) as caught:
        wrong = Trained(monitor, layers={"A1": Calls(Backward.apply)})
    assert wrong.trainer.global_step == UPDATES
    assert (monitor.checked, [*monitor.findings]) == (4, [("dZ1", "value")])
    assert len([w for w in caught if w.category is ParityWarning]) == 1


def test_the_monitor_stops_before_the_update() -> None:
    before = Trained(max_steps=0).module
    seen: list[Tensor] = []

    class Watch(L.Callback):
        def on_exception(self, trainer: Any, pl_module: Any, exception: Any) -> None:
            seen.extend(pl_module.parameters())

    monitor = ParityMonitor(on_finding="stop")
    with pytest.raises(ParityFinding, match="dZ1 is wrong") as caught:
        Trained(monitor, Watch(), layers={"A1": Calls(Backward.apply)})
    assert caught.value.report is monitor.report
    for one, other in zip(seen, before.parameters(), strict=True):
        assert torch.equal(one, other)
    assert not any(module._forward_hooks for module in before.modules())


def test_weights_that_are_not_finite_are_found() -> None:
    class Broken(L.Callback):
        def on_train_batch_start(self, trainer: Any, pl_module: Any, batch: Any, i: int) -> None:
            if trainer.global_step == 2:
                pl_module.network.layers.Z2.bias.data[4] = torch.nan

    monitor = ParityMonitor(2)
    said = pytest.warns(ParityWarning, match="^update 2, float32: b2 has 1 of 6 elements that are ")
    with said, pytest.raises(InputError, match="train_cost became nan in epoch 1"):
        Trained(Broken(), monitor)
    assert (monitor.error_ratio, monitor.largest) == (np.inf, "b2")


def test_the_last_line_counts_the_checks_and_their_time(capsys: pytest.CaptureFixture) -> None:
    monitor = ParityMonitor(3)
    Trained(monitor)
    assert re.search(
        rf"^parity           3 steps checked, largest error ratio 0\.\d+ \({monitor.largest}\), "
        r"no findings; \d+\.\d% of the training time$", capsys.readouterr().out, re.MULTILINE,
    )  # fmt: skip
    assert 0 < monitor.seconds < monitor.of_seconds
    assert monitor.share == monitor.seconds / monitor.of_seconds


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"every_n_steps": 0}, "every_n_steps is 0; expected a whole number"),
        ({"on_finding": "raise"}, "on_finding is 'raise'; expected 'warn' or 'stop'"),
        ({"precision": "float8"}, "precision 'float8' is unknown; expected one of float64"),
    ],
)
def test_impossible_options_are_one_sentence(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Trained(ParityMonitor(**options))


def test_what_the_monitor_cannot_check_is_refused() -> None:
    monitor, module = ParityMonitor(), NetworkModule(5, 3)
    with pytest.raises(InputError, match="the strategy SimpleNamespace may split"):
        monitor.setup(SimpleNamespace(strategy=SimpleNamespace()), module, "fit")  # pyright: ignore[reportArgumentType]
    with pytest.raises(InputError, match="LightningModule has no attribute `network`"):
        monitor.setup(L.Trainer(accelerator="cpu", logger=False), L.LightningModule(), "fit")
    with pytest.raises(
        InputError, match="not known for the precision transformer-engine; expected"
    ):
        precision_of(SimpleNamespace(precision="transformer-engine"))  # pyright: ignore[reportArgumentType]
