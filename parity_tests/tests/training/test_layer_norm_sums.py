"""Trainings at bfloat16 whose layer norm adds the rows of dγ and dβ in bfloat16, as torch does."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import lightning as L
import pytest
import torch
from torch import Tensor, nn

from parity_tests.checking.verdict import FAILED, NOT_JUDGED, PASSED
from parity_tests.tests.support.tiny_training import quiet_trainer
from parity_tests.training.monitor import ParityMonitor
from parity_tests.training.monitor_record import ParityFinding, ParityWarning
from ref_numpy import Add, Dense, Graph, LayerNorm, NetworkSpec, ReLU, Softmax
from torch_impl.data.batches import Batches, TensorPairs
from torch_impl.lightning.module import NetworkModule

pytestmark = [pytest.mark.subprocess, pytest.mark.filterwarnings("ignore")]

M = 32


def residual() -> NetworkSpec:
    """h + W relu(norm(h))."""
    graph = Graph({"x": (5,)})
    graph.add("h", Dense(5, 7), "x")
    graph.add("n", LayerNorm(7), "h")
    graph.add("a", ReLU(), "n")
    graph.add("down", Dense(7, 7), "a")
    graph.add("r", Add(), "h", "down")
    graph.add("out", Dense(7, 3), "r")
    graph.add("y", Softmax(), "out")
    return NetworkSpec.from_graph(graph)


def in_float32(rows: Tensor) -> Tensor:
    """Add at float32, and store the sum once."""
    return rows.float().sum(0).bfloat16()


def one_after_the_other(rows: Tensor) -> Tensor:
    """Store each partial sum in bfloat16."""
    total = torch.zeros_like(rows[0], dtype=torch.bfloat16)
    for row in rows:
        total = (total.float() + row.float()).bfloat16()
    return total


class Kernel(torch.autograd.Function):
    """A layer norm as kernels have it: float32 inside, each result stored once."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, gamma: Tensor, beta: Tensor, add: Callable[[Tensor], Tensor]
    ) -> Tensor:
        x = x.float()
        r = (x.var(-1, unbiased=False, keepdim=True) + 1e-5).rsqrt()
        normal = (x - x.mean(-1, keepdim=True)) * r
        ctx.save_for_backward(normal, r, gamma.float())
        ctx.add = add
        return (gamma.float() * normal + beta.float()).bfloat16()

    @staticmethod
    def backward(ctx: Any, *d: Tensor) -> Any:
        normal, r, gamma = ctx.saved_tensors
        dz = d[0].float()
        dn = gamma * dz
        along = normal * (dn * normal).mean(-1, keepdim=True)
        dx = r * (dn - dn.mean(-1, keepdim=True) - along)
        return dx.bfloat16(), ctx.add(dz * normal), ctx.add(dz), None


class Norm(nn.Module):
    """nn.LayerNorm by `Kernel`."""

    def __init__(self, add: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(7)), nn.Parameter(torch.zeros(7))
        self.add = add

    def forward(self, x: Tensor) -> Any:
        return Kernel.apply(x, self.weight, self.bias, self.add)


def train(norm: nn.Module | None, **options: Any) -> tuple[ParityMonitor, list[str]]:
    """Make two updates at bfloat16; return the monitor, and its warnings."""
    L.seed_everything(0, verbose=False)
    module = NetworkModule(5, 3, "softmax", network=residual().to_json())
    if norm is not None:
        module.network.layers.set_submodule("n", norm)
    draw, m = torch.Generator().manual_seed(0), 2 * M
    x, y = torch.randn(m, 5, generator=draw), torch.randint(3, (m,), generator=draw)
    monitor = ParityMonitor(1, **options)
    trainer = quiet_trainer(
        devices=1, max_epochs=1, callbacks=[monitor], precision="bf16-true"
    )  # fmt: skip
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        trainer.fit(module, Batches(TensorPairs(x, y), M, seed=0))
    assert (monitor.checked, monitor.skipped) == (2, [])
    texts = [str(w.message) for w in caught if issubclass(w.category, ParityWarning)]
    return monitor, texts


OWN = {"of torch": lambda: None, "by hand": lambda: Norm(one_after_the_other)}


@pytest.mark.parametrize("norm", OWN)
def test_sums_that_are_kept_in_bfloat16_are_named_and_to_be_declared(norm: str) -> None:
    """The training continues, also with on_finding="stop": it may be meant so."""
    monitor, warned = train(OWN[norm](), on_finding="stop")
    assert "dn.beta" in monitor.undeclared
    assert monitor.undeclared.keys() <= {"dn.gamma", "dn.beta"}
    report = monitor.undeclared["dn.beta"]
    assert (report.verdict, report.declare) == (NOT_JUDGED, "bfloat16-sums")
    assert monitor.findings == {}
    for text in warned:
        assert "dn.beta" in text or "dn.gamma" in text
        assert "summed in bfloat16" in text
        assert text.endswith("declare it: --trainer.callbacks.precision bfloat16-sums")
    assert 0 < len(warned) <= 2  # each tensor once
    assert "no findings, not judged: dn." in monitor.summary


@pytest.mark.parametrize("norm", OWN)
def test_sums_that_are_declared_pass(norm: str) -> None:
    monitor, warned = train(OWN[norm](), precision="bfloat16-sums")
    assert (monitor.undeclared, monitor.findings, warned) == ({}, {}, [])
    assert monitor.report
    assert monitor.report.verdict == PASSED
    assert monitor.error_ratio <= 1


def test_sums_at_float32_pass_undeclared() -> None:
    monitor, warned = train(Norm(in_float32))
    assert (monitor.undeclared, monitor.findings, warned) == ({}, {}, [])
    assert monitor.report
    assert monitor.report.verdict == PASSED


WRONG = {
    "half": lambda rows: in_float32(rows) / 2,
    "all but one row": lambda rows: in_float32(rows[1:]),
    "half, in bfloat16": lambda rows: one_after_the_other(rows) / 2,
}


@pytest.mark.parametrize("add", WRONG)
def test_a_wrong_sum_is_a_finding_whatever_it_is_kept_in(add: str) -> None:
    monitor, _ = train(Norm(WRONG[add]))
    assert ("dn.beta", "value") in monitor.findings
    assert monitor.findings["dn.beta", "value"].verdict == FAILED
    with pytest.raises(ParityFinding, match=r"dn\.(beta|gamma)"):
        train(Norm(WRONG[add]), on_finding="stop")
