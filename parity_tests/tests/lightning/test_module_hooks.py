"""The module's parts one at a time: what is logged, refused, kept, shared out."""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import lightning as L
import numpy as np
import pytest
import torch
from lightning.pytorch.loggers.logger import Logger

import ref_numpy
from parity_tests.checking.comparison import Comparison
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import FLOAT32
from parity_tests.tests.support.tiny_training import UPDATES, Trained, batches, quiet_trainer
from ref_numpy import InputError, NetworkSpec
from torch_impl import conventions
from torch_impl.compiled_step import outputs_and_costs
from torch_impl.lightning.checkpoint_files import WholeCheckpointIO, read
from torch_impl.lightning.module import NetworkModule

pytestmark = pytest.mark.filterwarnings("ignore")


class Kept(Logger):
    """A log that is a list."""

    name, version = "kept", 0

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[tuple[dict[str, Any], int | None]] = []

    def log_hyperparams(self, *args: Any, **kwargs: Any) -> None:
        pass

    def log_metrics(self, metrics: dict[str, Any], step: int | None = None) -> None:
        self.rows.append((dict(metrics), step))


def steps(logger: Kept) -> dict[int | None, Any]:
    return {
        step: metrics["train_cost_step"]
        for metrics, step in logger.rows
        if "train_cost_step" in metrics
    }


@pytest.mark.parametrize("per_step", [1, 3])
def test_the_curve_within_an_epoch_is_every_few_updates(per_step: int) -> None:
    """In every log; the first point is the reference's cost of the first batch, without λ."""
    L.seed_everything(0, verbose=False)
    logs = [Kept(), Kept()]
    trained = Trained(logger=logs, log_every_n_steps=3, batches_per_step=per_step)
    spec = NetworkSpec.dense([5, 7, 6, 3], ["tanh", "relu"])
    x, y = next(iter(batches()))  # pyright: ignore[reportAssignmentType]
    params = {
        name: ErrorArray(value, p=FLOAT32)
        for name, value in ref_numpy.initialise(spec, "he", 0, dtype=np.float32).items()
    }
    X, Y = (
        ErrorArray(a, p=FLOAT32)
        for a in (conventions.from_batch(x), conventions.from_targets(spec, y))
    )
    activations, _ = ref_numpy.forward(spec, params, X)
    J = ref_numpy.cost(spec, params, activations, Y)
    for log in logs:
        found = steps(log)
        assert list(found) == [0, 3, 6]
        assert all(type(cost) is float for cost in found.values())
        assert Comparison.of(np.float32(found[0]), [J]).ratio <= 1
    assert trained.trainer.global_step == UPDATES


def test_or_not_at_all() -> None:
    Trained(logger=(log := Kept()), log_every_n_steps=0)
    assert not steps(log)


def alone(module: NetworkModule, **options: Any) -> NetworkModule:
    """A module whose trainer is the only process."""
    reduce, cpu = lambda sums, reduce_op: sums, torch.device("cpu")
    strategy = SimpleNamespace(reduce=reduce, root_device=cpu)
    module._trainer = SimpleNamespace(  # pyright: ignore[reportAttributeAccessIssue]
        strategy=strategy, world_size=1, current_epoch=2, precision="bf16-mixed", **options
    )
    return module


def with_costs(stage: str, cost: float, **options: Any) -> NetworkModule:
    module = alone(NetworkModule(5, 3), **options)
    module.log = Mock()
    module.sums[stage].add(torch.tensor(cost), torch.zeros(4, 3), torch.zeros(4, dtype=torch.long))
    return module


@pytest.mark.parametrize("cost", [math.nan, math.inf])
def test_a_cost_that_is_not_finite_ends_a_training_and_is_a_tests_result(cost: float) -> None:
    for stage in ("train", "val"):
        module = with_costs(stage, cost)
        with pytest.raises(InputError) as refused:
            module.log_epoch(stage)
        assert str(refused.value) == (
            f"{stage}_cost became {cost} in epoch 3; use a lower learning rate, or more precision "
            f"than bf16-mixed gives."
        )
        assert not module.latest
    module = with_costs("test", cost)
    module.log_epoch("test")
    assert str(module.latest["test_cost"]) == str(cost)


def test_what_an_epoch_logs() -> None:
    """A cost, that is shown, and an accuracy; all processes' alike. Nothing of no examples."""
    module = with_costs("val", 0.0)
    module.log_epoch("val")
    assert module.latest == {"val_cost": 0.0, "val_accuracy": 1.0}
    assert module.log.call_args_list == [  # pyright: ignore[reportAttributeAccessIssue]
        (("val_cost", 0.0), {"prog_bar": True, "sync_dist": True}),
        (("val_accuracy", 1.0), {"prog_bar": False, "sync_dist": True}),
    ]
    module.log_epoch("val")  # which began anew
    assert module.log.call_count == 2  # pyright: ignore[reportAttributeAccessIssue]


def test_an_epoch_without_a_validation_has_no_cost_of_one() -> None:
    module = NetworkModule(5, 3, hidden_units=[4])
    trainer = quiet_trainer(max_epochs=4, check_val_every_n_epoch=2)
    trainer.fit(module, batches(), batches())
    assert np.isnan(module.costs["val"]).tolist() == [True, False, True, False]
    assert np.isfinite(module.costs["train"]).all()


@pytest.mark.parametrize("kind", ["cuda", "mps"])
def test_sums_over_processes_are_added_on_their_device(kind: str, monkeypatch) -> None:
    """At float64, which Apple's has not."""
    module, sums, device = NetworkModule(5, 3), Mock(), SimpleNamespace(type=kind)
    monkeypatch.setattr(NetworkModule, "device", device)
    reduce = Mock()
    module._trainer = SimpleNamespace(strategy=SimpleNamespace(reduce=reduce))  # pyright: ignore[reportAttributeAccessIssue]
    assert module.sum_over_processes(sums) is reduce.return_value
    wide = sums.float.return_value if kind == "mps" else sums
    wide.to.assert_called_once_with(device)
    reduce.assert_called_once_with(wide.to.return_value, reduce_op="sum")


def test_a_process_without_examples_adds_nothing() -> None:
    """But takes part: its gradients are 0."""
    module = NetworkModule(5, 3, lambd=2.0)
    J = module.step("train", (torch.ones(0, 5), torch.ones(0)), number=0)
    J.backward()
    assert J.item() == 0
    for parameter in module.parameters():
        assert parameter.grad is not None
        assert not parameter.grad.any()
    assert module.sums["train"].total(lambda sums: sums) == [0, 0, 0]


def test_regularisation_is_shared_out_among_an_updates_examples() -> None:
    """(λ/2m) Σ‖W‖², m being those of all processes and of all batches that are accumulated."""
    x, y = next(iter(batches()))  # pyright: ignore[reportAssignmentType]
    J = []
    for lambd, processes, accumulated in ((6.0, 3, 2), (1.0, 1, 1)):
        L.seed_everything(0, verbose=False)
        module = alone(NetworkModule(5, 3, lambd=lambd))
        module.trainer.world_size = processes  # pyright: ignore[reportAttributeAccessIssue]
        J.append(module.step("val", (x, y), accumulated=accumulated))
    assert torch.equal(*J)


def test_a_compiled_network_is_one_graph_by_the_named_backend(monkeypatch) -> None:
    monkeypatch.setattr(torch, "compile", compiled := Mock())
    NetworkModule(5, 3)
    compiled.assert_not_called()
    NetworkModule(5, 3, compile="aot_eager")
    compiled.assert_called_once_with(
        outputs_and_costs, backend="aot_eager", fullgraph=True, dynamic=False
    )
    with pytest.raises(InputError, match=r"backend 'nope' is unknown to torch.compile"):
        NetworkModule(5, 3, compile="nope")
    assert compiled.call_count == 1


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("run") / "mine.ckpt"
    trained = Trained()
    trained.trainer.strategy.checkpoint_io = WholeCheckpointIO()
    trained.trainer.save_checkpoint(path)
    return path


def gone_on_with(path: Path, command: str = "fit", **model: Any) -> Any:
    arguments: Any = {"output": "softmax", "hidden_units": [7, 6], "lambd": 0.3} | model
    module = NetworkModule(5, 3, activation=["tanh", "relu"], **arguments)
    trainer = quiet_trainer(max_epochs=2)
    trainer.strategy.checkpoint_io = WholeCheckpointIO()
    getattr(trainer, command)(module, batches(), ckpt_path=path)
    return module


def test_resume_and_test_refuse_another_network(checkpoint: Path) -> None:
    for command in ("fit", "test"):
        with pytest.raises(InputError) as refused:
            gone_on_with(checkpoint, command, hidden_units=[7, 8])
        assert refused.value.code == "checkpoint.other-network"
        assert refused.value.facts["differences"] == (
            "hidden_units [7, 6] in the checkpoint, [7, 8] here"
        )


def test_resume_refuses_another_optimiser_and_test_does_not(checkpoint: Path) -> None:
    with pytest.raises(InputError, match="the checkpoint's optimiser has the options "):
        gone_on_with(checkpoint, optimiser="momentum")
    gone_on_with(checkpoint, "test", optimiser="momentum")
    assert len(gone_on_with(checkpoint).costs["train"]) == 2


def test_a_checkpoint_that_is_less_is_loaded(checkpoint: Path) -> None:
    """One that another module wrote, or of weights alone."""
    module = NetworkModule(5, 3, "softmax", [7, 6], ["tanh", "relu"], lambd=0.3)
    module.latest, module.costs = {"val_cost": 1.5}, {"train": [2.0], "val": []}
    module.sums["train"].reset(3.0, 2.0, 5.0)
    alone(module, global_rank=0, state=SimpleNamespace(fn="fit"))
    module.on_load_checkpoint({"state_dict": {}, "epoch": 1})
    assert module.latest == {"val_cost": 1.5}
    assert module.costs == {"train": [2.0], "val": []}
    assert module.sums["train"].sums == [3.0, 2.0, 5.0]
    whole = read(checkpoint) | {"latest": {"val_cost": 0.5}, "epoch_sums": [1.0, 1.0, 4.0]}
    module.on_load_checkpoint(whole)
    assert module.latest == {"val_cost": 0.5}
    assert module.costs == whole["costs"]
    assert module.sums["train"].sums == [1.0, 1.0, 4.0]


def test_resume_gives_the_epochs_sums_to_one_process(checkpoint: Path) -> None:
    """They are all processes': in each they would count as often."""
    whole = read(checkpoint) | {"epoch_sums": [1.0, 1.0, 4.0]}
    module = NetworkModule(5, 3, "softmax", [7, 6], ["tanh", "relu"], lambd=0.3)
    alone(module, global_rank=1, state=SimpleNamespace(fn="fit"))
    module.on_load_checkpoint(whole)
    assert module.sums["train"].sums == [0, 0, 0]
