"""A compiled training step: the cost in its graph, the reference's weights, and an exact resume."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

from parity_tests.campaigns.crash_recovery import exact
from parity_tests.tests.support.tiny_training import Trained, moons, network, quiet_trainer
from parity_tests.training.monitor import ParityMonitor
from torch_impl.compiled_step import CUDA_GRAPHS, compiled
from torch_impl.lightning.checkpoint_files import WholeCheckpointIO, read
from torch_impl.lightning.module import NetworkModule

pytestmark = [pytest.mark.subprocess, pytest.mark.filterwarnings("ignore")]

needs_compiler = pytest.mark.skipif(
    shutil.which("c++") is None, reason="torch.compile needs a C++ compiler"
)
BACKENDS = [
    pytest.param("aot_eager", marks=pytest.mark.slow),
    *(pytest.param(name, marks=[needs_compiler, pytest.mark.slow])
      for name in ("inductor", CUDA_GRAPHS)),
]  # fmt: skip


def trained(folder: Path, epochs: int, compile: str | None, resumed: Path | None = None) -> Any:
    module = network(compile=compile, lambd=0.3, learning_rate=0.05)
    trainer = quiet_trainer(folder, max_epochs=epochs, devices=1)
    trainer.strategy.checkpoint_io = WholeCheckpointIO()
    trainer.fit(module, moons(), ckpt_path=resumed)
    trainer.save_checkpoint(path := folder / f"{epochs}.ckpt")
    return path


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_resumed_run_ends_with_the_same_weights(tmp_path: Path, backend: str) -> None:
    """An epoch's last batch has 8 examples, the others 16: a graph each, in any order."""
    whole = read(trained(tmp_path / "whole", 4, backend))
    for first in (1, 3):
        half = trained(tmp_path / f"half{first}", first, backend)
        resumed = read(trained(tmp_path / f"half{first}", 4, backend, half))
        assert exact(resumed["state_dict"]) == exact(whole["state_dict"])
        assert exact(resumed["optimizer_states"]) == exact(whole["optimizer_states"])
        assert resumed["costs"]["train"] == whole["costs"]["train"]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("output", ["softmax", "identity"])
def test_its_steps_follow_the_equations(backend: str, output: str) -> None:
    monitor = ParityMonitor(3)
    Trained(monitor, output=output, model={"compile": backend})
    assert (monitor.checked, monitor.findings, monitor.skipped) == (3, {}, [])


@pytest.mark.slow
def test_the_cost_is_in_the_graph_and_each_size_has_one() -> None:
    """Of a backend that counts its graphs, and looks for the weights in them."""
    graphs: list[Any] = []

    def backend(graph: torch.fx.GraphModule, inputs: Any) -> Any:
        graphs.append(graph)
        return graph.forward

    module = NetworkModule(5, 3, hidden_units=[4], lambd=0.3)
    torch.compiler.reset()
    costs = torch.compile(module.outputs_and_costs, backend=backend, fullgraph=True, dynamic=False)
    eager = []
    for m in (7, 6, 7, 6):
        x, y = torch.ones(m, 5), torch.arange(m) % 3
        outputs, cost, J = costs(module.network, x, y, m)
        eager = module.outputs_and_costs(module.network, x, y, m)
        assert all(torch.equal(a, b) for a, b in zip((outputs, cost, J), eager, strict=True))
        assert cost < J
    assert len(graphs) == 2
    called = {str(node.target) for node in graphs[0].graph.nodes}
    assert any("cross_entropy" in name for name in called)
    assert "square" in called


@pytest.mark.slow
def test_results_of_a_cuda_graph_are_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its memory is written anew at every call, and an epoch's outputs are counted together."""
    memory = torch.zeros(2, 3), torch.zeros(()), torch.zeros((), requires_grad=True)

    def made(*given: Any) -> Any:
        with torch.no_grad():
            memory[0].add_(1)
            memory[1].add_(1)
        return memory

    asked: dict[str, Any] = {}
    monkeypatch.setattr(torch, "compile", lambda function, **o: asked.update(o) or made)
    costs = compiled(CUDA_GRAPHS)
    assert asked == {"mode": "reduce-overhead", "fullgraph": True, "dynamic": False}
    first, second = costs(*[None] * 4), costs(*[None] * 4)  # pyright: ignore
    assert [first[0][0, 0].item(), first[1].item()] == [1, 1]
    assert [second[0][0, 0].item(), second[1].item()] == [2, 2]
    assert first[2].requires_grad
