"""Trainings with dropout: the monitor, NumPy's training, and both side by side, by equal masks."""

from __future__ import annotations

from typing import Any

import lightning as L
import numpy as np
import pytest
import torch
import torch.distributed as dist
from lightning.pytorch.strategies import DDPStrategy

from parity_tests.checking.report import Report
from parity_tests.error_model.precisions import FLOAT64
from parity_tests.kinds.random_problem import random_problem
from parity_tests.tests.support.graphs.dropping_networks import NETWORKS, chain, residual, short
from parity_tests.tests.support.tiny_training import M, Trained, batches, moons
from parity_tests.training.lockstep import compare
from parity_tests.training.lockstep_sides import TorchSide
from parity_tests.training.monitor import ParityMonitor
from parity_tests.training.monitor_record import ParityWarning
from parity_tests.training.numpy_trainer import batches_by_epoch, in_columns, train_numpy
from parity_tests.training.step_recorder import Arrays, Recording
from parity_tests.training.step_report import check_update
from ref_numpy import (
    BinaryCrossEntropy,
    Dense,
    Dropout,
    Graph,
    InputError,
    NetworkSpec,
    Sigmoid,
    Tanh,
    training_updates,
)
from torch_impl import conventions, torch_costs
from torch_impl.layers.dropout import MaskedDropout
from torch_impl.lightning.module import NetworkModule
from torch_impl.twin import Network

pytestmark = [pytest.mark.subprocess, pytest.mark.filterwarnings("ignore")]


def trained(spec: NetworkSpec, monitor: ParityMonitor | None, **options: Any) -> Trained:
    model = {"network": spec.to_json(), **options.pop("model", {})}
    return Trained(*([monitor] if monitor else []), model=model, **options)


@pytest.mark.parametrize(
    "network", ["residual", *(pytest.param(n, marks=pytest.mark.slow) for n in ("short", "chain"))]
)
@pytest.mark.parametrize(
    ("options", "checked"),
    [
        ({}, 7),
        pytest.param({"precision": "64-true"}, 7, marks=pytest.mark.slow),
        pytest.param({"precision": "bf16-mixed"}, 7, marks=pytest.mark.slow),
        pytest.param({"accumulate_grad_batches": 3}, 2, marks=pytest.mark.slow),
        pytest.param({"batches_per_step": 3}, 3, marks=pytest.mark.slow),
        pytest.param({"model": {"compile": "aot_eager"}}, 7, marks=pytest.mark.slow),
    ],
    ids=lambda x: "-".join(map(str, x)) if isinstance(x, dict) else "",
)
def test_a_right_training_passes_undisturbed(
    network: str, options: dict[str, Any], checked: int
) -> None:
    monitor, spec = ParityMonitor(1), NETWORKS[network]()
    with_it = trained(spec, monitor, **options)
    without = trained(spec, None, **options)
    for one, other in zip(with_it.module.parameters(), without.module.parameters(), strict=True):
        assert torch.equal(one, other)
    assert (monitor.checked, monitor.findings) == (checked, {})
    assert monitor.report
    compared = {tensor.name for tensor in monitor.report.tensors}
    assert compared >= {*spec.trace_shapes(M)} - {
        f"d{spec.input}", spec.input, spec.output,
    }  # fmt: skip


@pytest.mark.slow
def test_compiled_and_accumulated() -> None:
    """Each part is computed again with its own masks."""
    monitor = ParityMonitor(1)
    trained(short(), monitor, accumulate_grad_batches=3, model={"compile": "aot_eager"})
    assert (monitor.checked, monitor.findings) == (2, {})


def test_masks_of_the_update_before_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the first update there is none: from the second on they are the wrong ones."""
    take_context = MaskedDropout.take_context

    def late(self: Any, context: Any, shape: Any) -> None:
        take_context(self, context._replace(update=max(context.update - 1, 0)), shape)

    monkeypatch.setattr(MaskedDropout, "take_context", late)
    monitor = ParityMonitor(1)
    with pytest.warns(ParityWarning, match="those of update 0: those of update 1 were expected"):
        trained(short(), monitor)
    assert {tensor for tensor, _ in monitor.findings} == {"d"}
    (report,) = monitor.findings.values()
    assert report.candidate == "update 1"


@pytest.mark.slow
def test_gradients_with_another_mask_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The forward pass is right; the backward pass is not zero where the mask is."""

    class Kept(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, mask: Any) -> Any:
            return x * mask / (1 - 0.4)

        @staticmethod
        def backward(ctx: Any, *d: Any) -> Any:
            return d[0] / (1 - 0.4), None

    def forward(self: Any, x: Any) -> Any:
        return Kept.apply(x, self.mask.to(x)) if self.training else x

    monkeypatch.setattr(MaskedDropout, "forward", forward)
    monitor = ParityMonitor(1)
    with pytest.warns(ParityWarning, match="the mask is missing"):
        trained(short(), monitor)
    assert {tensor for tensor, _ in monitor.findings} == {"da"}


def test_a_module_that_does_not_say_what_it_draws_is_refused() -> None:
    module = L.LightningModule()
    module.network = Network(short())
    with pytest.raises(InputError) as refused:
        ParityMonitor().setup(L.Trainer(accelerator="cpu", logger=False), module, "fit")
    assert refused.value.code == "monitor.random-layers"


SPEC = chain()


def share(rank: int, seed: int = 4, drawn_as: int | None = None) -> tuple[Network, Arrays]:
    """A process's share of an update, which draws by its examples' numbers, or another's."""
    params, X, Y = random_problem(SPEC, 2 * M)
    network = Network(SPEC).double()
    conventions.load_params(network, params)
    mine = slice(rank * M, (rank + 1) * M)
    x, y = conventions.to_batch(X)[mine], conventions.to_targets(SPEC, Y)[mine]
    context = SPEC.context(M, training=True, seed=seed, update=6)
    context = context._replace(examples=np.arange(M) + rank * M)
    at = rank if drawn_as is None else drawn_as
    network.set_context(context._replace(examples=np.arange(M) + at * M), M)
    recording = Recording(network, (x, y), context=context)
    recording.begin()
    J = torch_costs.mean_loss(SPEC, network(x), y)
    J = torch_costs.regularised(network, J, 2 * M)
    recording.end(J, 1.0)
    J.backward()
    return network, recording.arrays()


def checked(*processes: tuple[Network, Arrays]) -> Report | str:
    """The check of their mean, as DDP has it."""
    networks = [network for network, _ in processes]
    for parameters in zip(*(n.parameters() for n in networks), strict=True):
        gradients = [p.grad for p in parameters if p.grad is not None]
        parameters[0].grad = torch.stack(gradients).mean(dim=0)
    parts = [[arrays] for _, arrays in processes]
    return check_update("update", networks[0], parts, FLOAT64, accumulated=1, scaled=False)


def test_two_processes_draw_by_the_numbers_of_their_own_examples() -> None:
    right = checked(share(0), share(1))
    assert isinstance(right, Report)
    right.raise_findings()
    wrong = checked(share(0), share(1, drawn_as=0))
    assert isinstance(wrong, Report)
    assert {f.tensor for f in wrong.findings} == {"D1", "D2"}
    assert "only the examples of process 1 of 2 are wrong" in wrong.notes[0]
    seeds = checked(share(0), share(1, seed=5))
    assert seeds == "its processes draw random numbers with different seeds"


class Shares(L.LightningDataModule):
    """Each process's half of the batches."""

    def train_dataloader(self) -> Any:
        assert self.trainer
        return batches(process=self.trainer.global_rank, processes=2, equal=True)


@pytest.mark.slow
@pytest.mark.skipif(not dist.is_available(), reason="torch.distributed is not available")
def test_two_processes_of_a_training_pass(capfd: Any) -> None:
    """Of 2 batches each, in which the numbers of examples differ; the last is smaller."""
    L.seed_everything(0, verbose=False)
    module = NetworkModule(5, 3, "softmax", network=residual().to_json())
    trainer = L.Trainer(
        accelerator="cpu", devices=2, max_epochs=1, logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False,
        accumulate_grad_batches=2,
        strategy=DDPStrategy(start_method="spawn", process_group_backend="gloo"),
        callbacks=[ParityMonitor(1, "stop")],
    )  # fmt: skip
    trainer.fit(module, Shares())
    out = capfd.readouterr().out
    assert "1 step checked" in out
    assert "no findings" in out


def moons_network(**options: Any) -> NetworkModule:
    """A graph for the moons, with the same weights at every call."""
    graph = Graph({"x": (2,)})
    graph.add("h", Dense(2, 4), "x")
    graph.add("a", Tanh(), "h")
    graph.add("d", Dropout(0.25), "a")
    graph.add("z", Dense(4, 1), "d")
    graph.add("y", Sigmoid(), "z")
    spec = NetworkSpec.from_graph(graph, BinaryCrossEntropy(), 0.3)
    L.seed_everything(3, verbose=False)
    return NetworkModule(2, 1, "sigmoid", network=spec.to_json(), **options)


@pytest.mark.parametrize(
    ("optimiser", "precision"),
    [("adam", "float64"),
     *(pytest.param(*of, marks=pytest.mark.slow)
       for of in (("adam", "float32"), ("gradient_descent", "float32"),
                  ("gradient_descent", "float64")))],
)  # fmt: skip
def test_torch_and_numpy_train_side_by_side(optimiser: str, precision: str) -> None:
    """Every step alone, and together for at least the first five."""
    module = moons_network(optimiser=optimiser, learning_rate=0.01)
    result = compare(module, moons(), 2, precision)
    assert result.agrees
    assert len(result.checked) == len(result.states) == 10
    assert sum(step.unbounded for step in result.checked) == 0
    assert len(result.bounded) >= 5
    assert result.test["torch"].right == result.test["NumPy"].right


def test_a_side_with_other_masks_is_seen_at_its_first_step(monkeypatch: Any) -> None:
    step = TorchSide.step

    def other(self: Any, *batch: Any, context: Any) -> None:
        step(self, *batch, context=context._replace(seed=context.seed + 1))

    monkeypatch.setattr(TorchSide, "step", other)
    result = compare(moons_network(), moons(), 1, "float64")
    assert result.wrong
    assert (result.wrong.step, result.wrong.tensor) == (1, "J")


def test_numpy_trains_with_the_masks_of_its_seed_and_updates() -> None:
    """It is a training of the reference, bit for bit; torch's own is beside it above."""
    module, data = moons_network(optimiser="gradient_descent"), moons()
    result = train_numpy(module, data, 2, np.float64)
    spec = module.network.spec
    params = {n: p.astype(np.float64) for n, p in conventions.get_params(module.network).items()}
    given = [
        batch
        for _, batches in batches_by_epoch(data.train_dataloader(), 2, "")
        for batch in in_columns(spec, batches, np.float64)
    ]
    updates = [*training_updates(spec, params, given, module.optimiser, module.seed)]
    for name, theta in result.params.items():
        np.testing.assert_array_equal(theta, updates[-1].params[name], strict=True)
    other = [*training_updates(spec, params, given, module.optimiser, module.seed + 1)]
    assert (other[-1].params["h.W"] != result.params["h.W"]).any()
