"""The benchmark of a GPU, on a CPU: it times the windows that it states, of the shipped network."""

from __future__ import annotations

from itertools import pairwise

import pytest
import rich
import torch
import yaml

pytest.importorskip("benchmarks.gpu", reason="benchmarks are not in the wheel")

from benchmarks import tables
from benchmarks.gpu import cases, figures, loops
from torch_impl.lightning.options.configs import CONFIGS

pytestmark = [pytest.mark.subprocess, pytest.mark.filterwarnings("ignore")]


@pytest.mark.slow
def test_it_measures_the_shipped_network() -> None:
    """That of --config large_mlp, in whose README its figures are: 54,583,306 parameters."""
    case = cases.large_mlp()
    network = case.module().network
    assert sum(p.numel() for p in network.parameters()) == 54_583_306
    given = yaml.safe_load((CONFIGS / "large_mlp.yaml").read_text(encoding="utf-8"))
    assert case.sizes == [1024, 4096, 4096, 4096, 4096, 10]
    assert (case.batch_size, case.precision) == (8192, given["trainer"]["precision"])
    assert case.model == given["model"]
    assert case.m == 360_000


def test_the_floating_point_operations_of_a_step() -> None:
    """Forward and two products backward for each layer, but no dX for the first."""
    case = cases.small()
    forward = sum(2 * 64 * a * b for a, b in pairwise([20, 32, 16, 10]))
    assert loops.flops(case) == 3 * forward - 2 * 64 * 20 * 32


@pytest.mark.parametrize("loop", ["bare_loop", "lightning_loop"])
def test_a_loop_of_several_epochs_times_its_windows(loop: str, monkeypatch) -> None:
    """An epoch has 4 batches, a window 5 updates: the clock counts updates, not batches."""
    case, clocks = cases.small(compile=None), []
    init = loops.Clock.__init__

    def noted(self, case) -> None:
        init(self, case)
        clocks.append(self)

    monkeypatch.setattr(loops.Clock, "__init__", noted)
    assert 0 < getattr(loops, loop)(case, case.examples()) < float("inf")
    (clock,) = clocks
    assert len(clock.times) == case.warm_up + case.windows + 1 == 7
    assert clock.times == sorted(clock.times)


def test_both_loops_make_the_same_updates(monkeypatch) -> None:
    """The same batches in the same order and the same costs: the same weights, to the bit."""
    case, made = cases.small(compile=None), []
    module = cases.Case.module
    monkeypatch.setattr(cases.Case, "module", lambda case: made.append(module(case)) or made[-1])
    for loop in (loops.bare_loop, loops.lightning_loop):
        loop(case, case.examples())
    one, other = made
    for p, q in zip(one.parameters(), other.parameters(), strict=True):
        assert torch.equal(p, q)
    assert not rich.get_console().file.closed  # to which Lightning's tables are printed next


def test_the_figures_make_a_table() -> None:
    found = figures.figures(cases.small(compile=None))
    assert (found.device, found.parameters, found.m) == (
        "cpu",
        20 * 32 + 32 + 32 * 16 + 16 + 170,
        64,
    )
    assert min(found.matrix_rate, found.rate, found.loop_ratio) > 0
    (row,) = zip(*(column.cells for column in tables.gpus([found]).columns), strict=True)
    assert row[0] == "cpu"
