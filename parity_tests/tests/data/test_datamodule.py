"""A data set's batches: for which process, where, in which order, and whether a run resumes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch

from ref_numpy import DataSpec, InputError
from torch_impl.data.batches import Batch, TensorPairs
from torch_impl.data.datamodule import Data

M = 11
ELSEWHERE = torch.device("meta")  # a device that every machine has, and that holds no numbers


class Pairs(Data):
    """11 examples in every part."""

    described_times = 0

    def describe(self) -> None:
        self.described_times += 1
        self.spec = DataSpec((3,), "multilabel", ("a", "b"))

    def setup(self, stage: str) -> None:
        self.stages = [*getattr(self, "stages", []), stage]
        if not self.parts:
            x, y = torch.arange(3.0 * M).reshape(M, 3), torch.arange(M)
            self.parts = {part: TensorPairs(x, y) for part in ("train", "val", "test")}


class Read:
    """A part that is read, as a file is, and cannot be moved."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    device = torch.device("cpu")

    def __len__(self) -> int:
        return M

    def __getitem__(self, index: Any) -> Batch:
        self.asked.append(index)
        rows = torch.arange(M)[index]
        return torch.ones(len(rows), 7), rows


def made(trainer: Any = None, **options: Any) -> Pairs:
    data = Pairs(**options)
    data.setup("fit")
    data.trainer = trainer
    return data


def one_of_two(stage: str = "fit", **options: Any) -> Any:
    """The second of two processes, whose device is another than where the data are."""
    return SimpleNamespace(
        global_rank=1, world_size=2, strategy=SimpleNamespace(root_device=ELSEWHERE),
        state=SimpleNamespace(fn=stage), **{"overfit_batches": 0, **options},
    )  # fmt: skip


def test_sizes_are_those_of_the_description() -> None:
    data = Pairs()
    assert (data.n_x, data.n_y, data.output) == (3, 2, "sigmoid")
    assert data.described_times == 3
    assert data.parts == {}
    assert data.pictures("train") is None
    with pytest.raises(TypeError, match=r"Data\.describe made no spec"):
        _ = Data().n_x


@pytest.mark.parametrize("name", ["batch_size", "batches_per_step"])
def test_a_size_is_not_below_one(name: str) -> None:
    with pytest.raises(InputError) as refused:
        Pairs(**{name: 0})
    assert str(refused.value) == f"{name} is 0; expected a whole number from 1 up."


@pytest.mark.parametrize("part", ["train", "val", "test", "predict"])
def test_batches_are_this_processs_on_its_device(part: str) -> None:
    data = made(one_of_two(), batch_size=3)
    batches = getattr(data, f"{part}_dataloader")()
    assert (batches.process, batches.processes) == (1, 2)
    assert batches.examples.device == batches.examples.y.device == ELSEWHERE
    assert data.parts["test" if part == "predict" else part] is batches.examples  # moved once
    stays = made(one_of_two(), on_device=False)
    assert getattr(stays, f"{part}_dataloader")().examples.device.type == "cpu"
    data.parts = {name: Read() for name in data.parts}
    assert isinstance(getattr(data, f"{part}_dataloader")().examples, Read)


def test_without_a_trainer_they_are_all() -> None:
    batches = made(batch_size=3).val_dataloader()
    assert (batches.process, batches.processes, batches.per_step) == (0, 1, 1)
    assert torch.cat([y for _, y in batches]).tolist() == list(range(M))  # pyright: ignore[reportArgumentType]


def test_shares_of_an_update_are_equal_and_those_of_a_mean_are_all() -> None:
    """Of 11 examples the last 5 are 2 and 3, so that one is left out of the training."""
    data = made(one_of_two(), batch_size=3)
    assert data.train_dataloader().m == 10
    assert data.val_dataloader().m == data.test_dataloader().m == 11


def test_overfit_batches_are_not_shuffled() -> None:
    cpu = SimpleNamespace(root_device=torch.device("cpu"))
    alone = SimpleNamespace(global_rank=0, world_size=1, overfit_batches=0, strategy=cpu)
    data = made(alone, on_device=False, batches_per_step=2)
    batches = data.train_dataloader()
    assert (batches.seed, batches.per_step) == (torch.initial_seed(), 2)
    assert made().train_dataloader().seed == torch.initial_seed()
    for share in (2, 0.5):
        alone.overfit_batches = share
        assert data.train_dataloader().seed is None
    assert data.seed == torch.initial_seed()  # which a checkpoint keeps all the same


@pytest.mark.parametrize("kind", ["cpu", "cuda"])
def test_batches_that_a_gpu_copies_are_made_ahead_in_pinned_memory(kind: str) -> None:
    strategy = SimpleNamespace(root_device=torch.device(kind))
    trainer = SimpleNamespace(global_rank=0, world_size=1, overfit_batches=0, strategy=strategy)
    batches = made(trainer, on_device=False).train_dataloader()
    assert (batches.ahead, batches.pinned) == (kind == "cuda", kind == "cuda")


def test_a_batch_is_moved_where_it_is_not_there_already() -> None:
    data, here = made(), torch.device("cpu")
    batch = torch.ones(2, 3), torch.ones(2)
    for given in (batch, [batch, batch]):
        assert data.transfer_batch_to_device(given, here, 0) is given
        moved: Any = data.transfer_batch_to_device(given, ELSEWHERE, 0)
        pairs = moved if isinstance(given, list) else [moved]
        shapes = [[(t.device, t.shape) for t in pair] for pair in pairs]
        assert shapes == [[(ELSEWHERE, (2, 3)), (ELSEWHERE, (2,))]] * len(pairs)
        assert isinstance(moved, type(given))
        assert len(moved) == 2  # tensors, or batches


STATE = {"seed": 5, "examples": M, "batch_size": 64, "batches_per_step": 1}


def test_a_checkpoint_records_the_order_of_the_batches() -> None:
    data = made()
    data.seed = 5
    assert data.state_dict() == STATE
    assert Pairs(3, 2).state_dict() == {
        "seed": torch.initial_seed(), "examples": None, "batch_size": 3, "batches_per_step": 2,
    }  # fmt: skip


@pytest.mark.parametrize("name", ["examples", "batch_size", "batches_per_step"])
def test_resume_refuses_other_batches(name: str) -> None:
    data = made(one_of_two())
    data.load_state_dict(STATE)
    assert data.seed == 5
    data.load_state_dict(
        {key: value for key, value in STATE.items() if key != name}
    )  # an older one
    other = STATE | {name: 9, "seed": 6}
    with pytest.raises(InputError) as refused:
        data.load_state_dict(other)
    assert refused.value.code == "checkpoint.other-batches"
    assert f"{name} 9 in the checkpoint, {STATE[name]} here" in str(refused.value)
    assert data.seed == 5
    for trainer in (None, one_of_two("test")):  # whatever the order is
        tests = made(trainer)
        tests.load_state_dict(other)
        assert tests.seed == 6
