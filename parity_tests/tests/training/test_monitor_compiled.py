"""The parity monitor of compiled networks, and of float16 with its gradient scaler."""

from __future__ import annotations

import shutil
from typing import Any

import pytest
import torch
from lightning.pytorch.plugins.precision import MixedPrecision

from parity_tests.tests.support.tiny_training import UPDATES, Autocast, Calls, Trained
from parity_tests.training.monitor import ParityMonitor
from parity_tests.training.monitor_record import ParityWarning

pytestmark = [pytest.mark.subprocess, pytest.mark.filterwarnings("ignore")]

needs_compiler = pytest.mark.skipif(
    shutil.which("c++") is None, reason="torch.compile needs a C++ compiler"
)
BACKENDS = ["aot_eager", pytest.param("inductor", marks=[needs_compiler, pytest.mark.slow])]


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
def test_compiled_networks_are_checked(backend: str) -> None:
    torch.compiler.reset()
    monitor = ParityMonitor(3)
    Trained(monitor, model={"compile": backend})
    assert (monitor.checked, monitor.findings) == (3, {})


@pytest.mark.slow
def test_a_wrong_layer_of_a_compiled_network_is_found() -> None:
    half = Calls(lambda z: torch.tanh(z.bfloat16()).float())
    with pytest.warns(ParityWarning, match="A1 is wrong"):
        Trained(ParityMonitor(), model={"compile": "aot_eager"}, layers={"A1": half}, max_steps=1)


def float16(**scaler: Any) -> list[Any]:
    return [MixedPrecision("16-mixed", "cpu", torch.amp.GradScaler("cpu", **scaler))]


def test_float16_is_judged_without_its_gradient_scaler() -> None:
    monitor = ParityMonitor(1)
    Trained(monitor, plugins=float16())
    assert (monitor.checked, monitor.findings, monitor.error_ratio <= 1) == (UPDATES, {}, True)
    with pytest.warns(ParityWarning, match="fp16-mixed: Z2 is wrong"):
        Trained(ParityMonitor(), plugins=float16(), layers={"Z2": Autocast(7, 6)}, max_steps=1)


def test_an_update_that_the_scaler_leaves_out_is_skipped() -> None:
    monitor = ParityMonitor(1)
    Trained(monitor, plugins=float16(init_scale=2.0**20))
    assert 0 < monitor.checked < UPDATES
    assert set(monitor.skipped) == {"the gradient scaler left it out"}
    assert monitor.checked + len(monitor.skipped) == UPDATES
    assert not monitor.findings
