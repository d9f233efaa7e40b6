"""Batches: every example once, in the reference's order, shared among processes, and resumed."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
import torch

from ref_numpy import InputError, order
from torch_impl.data.batches import Batches, TensorPairs

M = 23
PAIRS = TensorPairs(torch.arange(2.0 * M).reshape(M, 2), torch.arange(M))


def numbers(batches: Any) -> list[list[int]]:
    """The examples' numbers, a list for each mini-batch, after a look at their x."""
    given = []
    for step in batches:
        for x, y in step if isinstance(step, list) else [step]:
            assert torch.equal(x, PAIRS.x[y])
            given.append(y.tolist())
    return given


def flat(lists: Iterable[list[Any]]) -> list[Any]:
    return list(itertools.chain(*lists))


@pytest.mark.parametrize("per_step", [1, 2, 3, 10])
def test_an_epoch_is_the_references_order(per_step: int) -> None:
    batches = Batches(PAIRS, 5, seed=7, per_step=per_step)
    assert len(batches) == len(list(batches)) == -(-5 // per_step)
    for epoch in (0, 1, 4):
        batches.set_epoch(epoch)
        expected = order(M, 7, epoch).tolist()
        assert numbers(batches) == [expected[k : k + 5] for k in range(0, M, 5)]
    assert isinstance(next(iter(batches)), tuple if per_step == 1 else list)


def test_without_a_seed_the_examples_are_in_order_and_not_copied() -> None:
    batches = Batches(PAIRS, 6)
    assert numbers(batches) == [list(range(k, min(k + 6, M))) for k in range(0, M, 6)]
    x, _ = next(iter(batches))
    assert x.untyped_storage().data_ptr() == PAIRS.x.untyped_storage().data_ptr()


@pytest.mark.parametrize("batch_size", [1, 4, 23])
@pytest.mark.parametrize("processes", [2, 3, 5])
def test_processes_share_each_batch(processes: int, batch_size: int) -> None:
    """Together they take what one process with the whole batch takes; where `equal`, as many."""
    one = numbers(Batches(PAIRS, batch_size * processes, seed=3))
    for equal in (False, True):
        shared: Any = {"processes": processes} | ({"equal": True} if equal else {})
        shares = [
            Batches(PAIRS, batch_size, seed=3, process=process, **shared)
            for process in range(processes)
        ]
        assert len({len(share) for share in shares}) == 1
        together = [flat(parts) for parts in zip(*map(numbers, shares), strict=True)]
        left_out = M % (batch_size * processes) % processes if equal else 0
        assert flat(together) == flat(one)[: M - left_out]
        assert [b for b in one if b] == together or left_out
        for step in zip(*map(numbers, shares), strict=True):
            sizes = {len(part) for part in step}
            assert len(sizes) == 1 if equal else max(sizes) - min(sizes) <= 1
            assert max(sizes) <= batch_size


def test_examples_are_chosen_where_they_are() -> None:
    there = torch.device("meta")
    moved = PAIRS.to(there)
    assert moved.device == moved.x.device == moved.y.device == there
    assert PAIRS.device == PAIRS.x.device == torch.device("cpu")
    chosen = Batches(moved, 5, seed=1).epochs_order()
    assert chosen is not None
    assert chosen.device == there


def test_resume_at_a_place_in_the_epoch() -> None:
    """Saved while a batch is used, which is then the last that was."""
    for per_step in (1, 2):
        whole = Batches(PAIRS, 4, seed=5, per_step=per_step)
        whole.set_epoch(2)
        steps = []
        for step in whole:
            steps.append((step, whole.state_dict()))
        everything = numbers(step for step, _ in steps)
        for k, (_, place) in enumerate(steps, start=1):
            later = Batches(PAIRS, 4, seed=5, per_step=per_step)
            later.load_state_dict(place)
            later.set_epoch(2)  # Lightning calls it again
            assert numbers(later) == everything[k * per_step :]
            assert numbers(later) == everything  # the next epoch is a whole one
            later.load_state_dict(place)
            later.set_epoch(3)
            assert len(numbers(later)) == 6


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"examples": TensorPairs(torch.ones(24, 2), torch.ones(24))}, "examples 23, and this run"),
        ({"batch_size": 5}, "batch_size 4, and this run has 5: resume it with the same"),
        ({"processes": 2}, "processes 1, and this run has 2"),
        ({"per_step": 3}, "per_step 1, and this run has 3"),
    ],
)
def test_other_batches_have_no_such_place(change: dict, message: str) -> None:
    place = Batches(PAIRS, 4, seed=5).state_dict()
    other = Batches(**({"examples": PAIRS, "batch_size": 4, "seed": 5} | change))
    with pytest.raises(InputError, match=message):
        other.load_state_dict(place)


def test_lightning_finds_where_to_say_which_epoch_begins() -> None:
    from lightning.fabric.utilities.data import _set_sampler_epoch

    batches = Batches(PAIRS, 23, seed=1)
    _set_sampler_epoch(batches, 6)
    assert numbers(batches) == [order(M, 1, 6).tolist()]
    assert np.any(order(M, 1, 6) != order(M, 1, 0))


class Slow:
    """Examples that are encoded when they are used, and say by which thread."""

    device = torch.device("cpu")

    def __init__(self, fails_at: int | None = None) -> None:
        self.x, self.fails_at, self.threads = torch.arange(22.0).reshape(11, 2), fails_at, set()

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, index: Any) -> Any:
        self.threads.add(threading.current_thread())
        if index.start == self.fails_at:
            raise OSError(5, "the disk")
        return self.x[index], self.x[index, 0].long()


@pytest.mark.parametrize("per_step", [1, 2])
def test_batches_that_are_made_ahead_are_the_same(per_step: int) -> None:
    """In their order, with the same place after each, and from a place that was saved."""
    for start in (0, 1):
        found = []
        for ahead in (False, True):
            made = Batches(Slow(), 3, per_step=per_step, ahead=ahead)
            made.load_state_dict({**made.state_dict(), "done": start})
            steps = [(str(step), made.state_dict()["done"]) for step in made]
            assert len(steps) == len(made) - start
            found.append(steps)
        assert found[0] == found[1]


def test_the_thread_that_makes_them_ends_with_the_epoch_and_its_error_is_ours() -> None:
    whole, broken, left = Slow(), Slow(fails_at=6), Slow()
    assert len(list(Batches(whole, 3, ahead=True))) == 4
    seen = []
    with pytest.raises(OSError, match="the disk"):
        seen.extend(Batches(broken, 3, ahead=True))
    assert len(seen) == 2
    iterator = iter(Batches(left, 3, ahead=True))
    next(iterator)
    iterator.close()
    for examples in (whole, broken, left):
        (thread,) = examples.threads
        assert thread is not threading.current_thread()
        assert not thread.is_alive()
