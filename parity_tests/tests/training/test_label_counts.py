"""Updates by a loss that leaves labels out: J = ΣΣ L / ΣN, over parts and processes."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import lightning as L
import numpy as np
import pytest
import torch
import torch.distributed as dist
from lightning.pytorch.strategies import DDPStrategy

from parity_tests.checking.comparison import Comparison
from parity_tests.checking.expected.layerwise import expectations
from parity_tests.error_model.precisions import FLOAT32
from parity_tests.tests.support.tiny_texts import (
    COUNTED,
    IGNORED,
    N_Y,
    M,
    T,
    TinyTexts,
    batches,
    module,
    texts,
)
from parity_tests.tests.support.tiny_training import quiet_trainer
from parity_tests.training.lockstep import compare
from parity_tests.training.lockstep_sides import ReferenceSide
from parity_tests.training.monitor import ParityMonitor
from parity_tests.training.numpy_trainer import (
    batches_by_epoch,
    in_columns,
    train_numpy,
    training_batches,
)
from ref_numpy import Array, InputError, NetworkSpec, accuracy, cost, forward, predict
from torch_impl import conventions
from torch_impl.lightning.label_counts import Divisors, LabelCounts, largest_power_of_two
from torch_impl.lightning.module import NetworkModule

pytestmark = pytest.mark.filterwarnings("ignore")


class Updates(L.Callback):
    """The parameters before each update, and its gradients."""

    def __init__(self) -> None:
        self.seen: list[tuple[dict[str, Array], dict[str, Array]]] = []

    def on_before_optimizer_step(self, trainer: Any, pl_module: Any, optimizer: Any) -> None:
        network = pl_module.network
        self.seen.append((conventions.get_params(network), conventions.get_gradients(network)))


def outside(
    spec: NetworkSpec, params: dict[str, Array], gradients: dict[str, Array], x: Array, y: Array,
    parts: int,
) -> set[str]:  # fmt: skip
    """The gradients that are outside the bounds of those of a batch in so many parts."""
    p = replace(FLOAT32, parts=parts) if parts > 1 else FLOAT32
    wide = {name: a.astype(np.float64) for name, a in params.items()}
    right = dict(expectations(spec, wide, x, y, {}, p))
    assert gradients.keys() == {f"d{name}" for name in params}
    return {n for n, g in gradients.items() if Comparison.of(g, right[n]).ratio > 1}


@pytest.mark.parametrize("lambd", [0.0, 0.5])
@pytest.mark.parametrize("k", [1, 2, 3, 5])
def test_an_update_of_parts_is_that_of_all_their_examples(k: int, lambd: float) -> None:
    """Parts of 0, 1, 12, 5 and 2 labels that count; the last update may have fewer parts."""
    trained, updates, (x, y) = module(lambd), Updates(), texts()
    quiet_trainer(max_epochs=1, accumulate_grad_batches=k, callbacks=[updates]).fit(
        trained, batches()
    )
    assert len(updates.seen) == math.ceil(len(COUNTED) / k)
    spec = trained.network.spec
    for i, (params, gradients) in enumerate(updates.seen):
        part = slice(i * k * M, (i + 1) * k * M)
        parts = min(k, len(COUNTED) - i * k)
        if not sum(COUNTED[i * k : (i + 1) * k]):
            assert lambd or not any(g.any() for g in gradients.values())
        assert not outside(spec, params, gradients, x[part], y[part], parts)
    # Narrow enough: a label more that counts is found.
    params, gradients = updates.seen[-1]
    y = np.where((np.cumsum(y[part].ravel() == IGNORED) == 1).reshape(-1, T), 0, y[part])
    assert outside(spec, params, gradients, x[part], y, parts)


def test_several_updates_in_a_step_are_those_of_the_batches() -> None:
    trained, updates = module(batches_per_step=2), Updates()
    quiet_trainer(max_epochs=1, callbacks=[updates]).fit(trained, batches(per_step=2))
    alone = module()
    quiet_trainer(max_epochs=1).fit(alone, batches())
    assert len(updates.seen) == len(COUNTED)
    theirs = conventions.get_params(alone.network)
    for name, value in conventions.get_params(trained.network).items():
        np.testing.assert_array_equal(value, theirs[name])


def test_costs_and_accuracies_are_over_the_labels_that_count() -> None:
    """Σ/N of the whole set: no mean of the batches' means. One batch has no label that counts."""
    trained = module(learning_rate=2.0**-99)  # the weights stay
    trainer = quiet_trainer(max_epochs=1, accumulate_grad_batches=3)
    trainer.fit(trained, batches(), batches())
    spec, (x, y) = trained.network.spec, texts()
    params = {n: a.astype(np.float64) for n, a in conventions.get_params(trained.network).items()}
    plain = replace(spec, lambd=0.0)
    p = replace(FLOAT32, parts=len(COUNTED))
    (J,) = [j for name, j in expectations(plain, params, x, y, {}, p) if name == "J"]
    for part in ("train", "val"):
        assert Comparison.of(np.float64(trained.costs[part][0]), J).ratio <= 1
        assert trained.accuracies[part] == [accuracy(spec, predict(spec, params, x), y)]
    means = [
        float(cost(plain, params, forward(spec, params, x[rows])[0], y[rows]))
        for k in range(len(COUNTED)) for rows in [slice(k * M, (k + 1) * M)]
    ]  # fmt: skip
    assert Comparison.of(np.float64(np.mean(means)), J).ratio > 1


def test_a_loss_that_counts_examples_has_no_count_of_labels() -> None:
    assert NetworkModule(5, 3).labels is None
    assert module().labels is not None


def test_a_divisor_of_the_parts_before_the_last_rounds_nothing() -> None:
    given = [0, 1, 2, 3, 4, 7, 8, 1023, 1024]
    assert [largest_power_of_two(n) for n in given] == [1, 1, 2, 2, 4, 4, 8, 512, 1024]


def test_a_run_that_resumes_within_an_update_begins_anew() -> None:
    """Lightning forgets the gradients of the parts before."""
    trained = module()
    trained._trainer = Alone()  # pyright: ignore[reportAttributeAccessIssue]
    y = torch.tensor([[1, IGNORED, 2, 3]])
    N, m = trained.labels.divisors(trained, y, 1, 2)  # pyright: ignore[reportOptionalMemberAccess]
    assert (N.item(), m) == (3 / 2, 1 / 2)


class Alone:
    """A trainer of one process that accumulates two batches."""

    world_size, accumulate_grad_batches = 1, 2

    class strategy:
        @staticmethod
        def reduce(sums: Any, reduce_op: str) -> Any:
            assert reduce_op == "sum"
            return sums


REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("network-file.needed", {}),
    ("network-file.tokens", {"network": NetworkSpec.dense([T, N_Y]).to_json()}),
]


@pytest.mark.parametrize(("code", "options"), REFUSED)
def test_tokens_need_a_network_that_takes_them(code: str, options: dict[str, Any]) -> None:
    with pytest.raises(InputError) as refused:
        NetworkModule(T, N_Y, "tokens", **options)
    assert refused.value.code == code


@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed"])
def test_the_monitor_checks_parts_as_one_update(precision: str) -> None:
    monitor, options = ParityMonitor(1), {"accumulate_grad_batches": 3, "precision": precision}
    quiet_trainer(max_epochs=1, callbacks=[monitor], **options).fit(module(), batches())
    assert (monitor.checked, monitor.findings, monitor.undeclared) == (1, {}, {})
    assert monitor.report
    names = {tensor.name for tensor in monitor.report.tensors}
    assert names == {*module().network.spec.trace_shapes(1)} - {"tokens"}


@pytest.mark.slow
def test_the_monitor_checks_parts_of_a_compiled_network() -> None:
    monitor, options = ParityMonitor(1), {"accumulate_grad_batches": 3}
    trained = module(compile="aot_eager")
    quiet_trainer(max_epochs=1, callbacks=[monitor], **options).fit(trained, batches())
    assert (monitor.checked, monitor.findings) == (1, {})


def test_the_monitor_finds_a_mean_of_the_parts_means(monkeypatch: pytest.MonkeyPatch) -> None:
    def of_its_own(labels: LabelCounts, module: Any, y: torch.Tensor, *_: int) -> Divisors:
        labels.share = 1.0
        return Divisors(labels.number(y).clamp(min=1), 3 * M)

    monkeypatch.setattr(LabelCounts, "next_part", of_its_own)
    monitor = ParityMonitor(1)
    trainer = quiet_trainer(max_epochs=1, callbacks=[monitor], accumulate_grad_batches=3)
    trainer.fit(module(), batches())
    assert {tensor for tensor, _ in monitor.findings} >= {"J", "dz"}


@pytest.mark.parametrize("optimiser", ["gradient_descent", "adam"])
def test_numpy_and_compare_agree_with_lightning(optimiser: str) -> None:
    lockstep = compare(module(optimiser=optimiser), TinyTexts(), 2, "float32")
    assert lockstep.agrees
    assert lockstep.test["torch"].m == lockstep.test["NumPy"].m
    by_numpy = train_numpy(module(optimiser=optimiser), TinyTexts(), 2, np.float32)
    trained = module(optimiser=optimiser)
    quiet_trainer(max_epochs=2).fit(trained, TinyTexts())
    assert by_numpy.accuracies == trained.accuracies
    bounds = ReferenceSide(
        trained.network.spec, trained.optimiser, conventions.get_params(module().network), FLOAT32
    )
    data = TinyTexts()
    loader = training_batches(data, 2, np.float32)
    for _, of_epoch in batches_by_epoch(loader, 2, ""):
        for batch in in_columns(trained.network.spec, of_epoch, np.float64):
            bounds.step(*batch)
    assert bounds.bounds is not None
    for name, value in conventions.get_params(trained.network).items():
        for found in (value, by_numpy.params[name]):
            assert (np.abs(found - bounds.values[name]) <= bounds.bounds[name]).all(), name


class Shares(L.LightningDataModule):
    """Each of two processes' share of the texts."""

    def train_dataloader(self) -> Any:
        assert self.trainer
        return batches(process=self.trainer.global_rank, processes=2, equal=True)


class Written(Updates):
    """The same in a file of each process."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        every = ((k, of) for k, seen in enumerate(self.seen) for of in seen)
        both = {f"{k} {name}": array for k, of in every for name, array in of.items()}
        np.savez(self.folder / f"{trainer.global_rank}.npz", **both)


@pytest.mark.slow
@pytest.mark.subprocess
@pytest.mark.skipif(not dist.is_available(), reason="torch.distributed is not available")
def test_updates_of_two_processes_are_those_of_all_examples(tmp_path: Path) -> None:
    """Of two parts in each, whose labels differ in number; and of a last one of an example each."""
    strategy = DDPStrategy(start_method="spawn", process_group_backend="gloo")
    callbacks = [Written(tmp_path), ParityMonitor(1, "stop")]
    options = {"devices": 2, "strategy": strategy, "accumulate_grad_batches": 2}
    quiet_trainer(max_epochs=1, callbacks=callbacks, **options).fit(module(), Shares())
    (x, y), spec = texts(), module().network.spec
    for rank in range(2):
        with np.load(tmp_path / f"{rank}.npz") as written:
            arrays = dict(written)
        for k, part in enumerate((slice(0, 4 * M), slice(4 * M, 4 * M + 2))):
            params = {n: arrays[f"{k} {n}"] for n in spec.parameter_shapes}
            gradients = {f"d{n}": arrays[f"{k} d{n}"] for n in params}
            assert not outside(spec, params, gradients, x[part], y[part], 4 if k == 0 else 2)
