"""Mini-batches: index selections on the device, and a place in the epoch that can be saved."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor

from ref_numpy.training import order
from torch_impl.data.image_sets.augmented import AugmentedImages
from torch_impl.training_messages import input_error

Batch = tuple[Tensor, ...]  # x, y and, where examples have weights, w (m,)
Made = TypeVar("Made")


class Part(Protocol):
    """A part of a data set: x (m, n_x) and y (m,) or (m, n_y), by the examples' numbers.

    Where examples have weights, w (m,) follows.
    """

    @property
    def device(self) -> torch.device:
        """The device on which an index is used."""
        ...

    def __len__(self) -> int: ...
    def __getitem__(self, index: Any) -> Batch: ...


class TensorPairs:
    """A part in memory, on any device.

    Args:
        x: (m, n_x).
        y: (m,) or (m, n_y).
        w: the weights of the examples, (m,); None where they have none.
    """

    def __init__(self, x: Tensor, y: Tensor, w: Tensor | None = None) -> None:
        self.x, self.y, self.w = x, y, w

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, index: Any) -> Batch:
        batch = self.x[index], self.y[index]
        return batch if self.w is None else (*batch, self.w[index])

    def to(self, device: torch.device) -> TensorPairs:
        """Return the part on a device."""
        w = None if self.w is None else self.w.to(device)
        return TensorPairs(self.x.to(device), self.y.to(device), w)

    @property
    def device(self) -> torch.device:
        """The device of x."""
        return self.x.device


def one_ahead(items: Iterator[Made]) -> Iterator[Made]:
    """Yield the items in their order, while a thread makes the next one."""
    end: Any = object()
    with ThreadPoolExecutor(1) as thread:
        upcoming = thread.submit(next, items, end)
        while (item := upcoming.result()) is not end:
            upcoming = thread.submit(next, items, end)
            yield item


class Batches:
    """All examples once an epoch, `batch_size` at a time in each of `processes`.

    An epoch's order is a pure function of `seed` and the epoch's number (`ref_numpy.order`), so
    that a place is two numbers, `state_dict()`, and that the reference takes the same batches.

    Args:
        examples: a part of a data set.
        batch_size: examples in a mini-batch, of each process.
        seed: of the order; None takes the examples in the order of the part.
        process: the number of this process.
        processes: how many there are; a step takes processes · batch_size examples, of which each
            process has its share.
        equal: all shares are equally large, as an average over processes needs; up to processes − 1
            examples are then left out of an epoch.
        per_step: so many mini-batches come at once, as a list, where it is more than 1.
        ahead: make the next step's batches in a thread, while those before are used.
        pinned: make batches in memory from which a GPU copies by itself.
        augmented: changes the images of each epoch, by the same seed; None leaves them.
    """

    def __init__(
        self,
        examples: Part,
        batch_size: int,
        *,
        seed: int | None = None,
        process: int = 0,
        processes: int = 1,
        equal: bool = False,
        per_step: int = 1,
        ahead: bool = False,
        pinned: bool = False,
        augmented: AugmentedImages | None = None,
    ) -> None:
        self.ahead, self.pinned, self.augmented = ahead, pinned, augmented
        self.drawn: tuple[int, Tensor] | None = None  # an epoch, and what is drawn in it
        self.examples, self.batch_size, self.seed = examples, batch_size, seed
        self.process, self.processes, self.per_step = process, processes, per_step
        m = len(examples)
        left_out = m % (batch_size * processes) % processes if equal else 0
        self.m = m - left_out
        self.epoch = self.done = self.start = 0
        self.batch_sampler = SimpleNamespace(sampler=self)  # where Lightning calls set_epoch

    def __len__(self) -> int:
        return -(-self.m // (self.batch_size * self.processes * self.per_step))

    def __iter__(self) -> Iterator[Batch | list[Batch]]:
        start, self.start = self.start, 0
        chosen = self.epochs_order()
        made = ([self.batch(chosen, k) for k in self.of_step(j)] for j in range(start, len(self)))
        for step, batches in enumerate(one_ahead(made) if self.ahead else made, start):
            self.done = step + 1  # a place that is saved while this batch is used is after it
            yield batches[0] if self.per_step == 1 else batches

    def epochs_order(self) -> Tensor | None:
        """Return the examples' numbers in this epoch's order; None where that is the part's."""
        if self.seed is None:
            return None
        numbers = order(len(self.examples), self.seed, self.epoch)
        return torch.from_numpy(numbers).to(self.examples.device)

    def draws(self, augmented: AugmentedImages) -> Tensor:
        """Return what is drawn for each example in this epoch, (m, 3)."""
        if self.drawn is None or self.drawn[0] != self.epoch:
            m, device = len(self.examples), self.examples.device
            assert self.seed is not None
            self.drawn = self.epoch, augmented.draws(m, self.seed, self.epoch, device)
        return self.drawn[1]

    def of_step(self, step: int) -> range:
        """Return the numbers of a step's mini-batches."""
        every = -(-self.m // (self.batch_size * self.processes))
        return range(step * self.per_step, min((step + 1) * self.per_step, every))

    def batch(self, chosen: Tensor | None, k: int) -> Batch:
        """Return this process's share of the k-th mini-batch."""
        start = k * self.batch_size * self.processes
        size = min(self.batch_size * self.processes, self.m - start)
        first, end = (start + size * p // self.processes for p in (self.process, self.process + 1))
        batch = self.examples[slice(first, end) if chosen is None else chosen[first:end]]
        if self.augmented is not None and chosen is not None:
            x, draws = batch[0], self.draws(self.augmented)[chosen[first:end]]
            batch = (self.augmented.apply(x, draws), *batch[1:])
        return tuple(part.pin_memory() for part in batch) if self.pinned else batch

    def set_epoch(self, epoch: int) -> None:
        """Begin another epoch."""
        if epoch != self.epoch:
            self.epoch, self.start = epoch, 0

    def state_dict(self) -> dict[str, int]:
        """Return the place in the epoch, and the sizes that it depends on."""
        return {"epoch": self.epoch, "done": self.done, **self.sizes()}

    def sizes(self) -> dict[str, int]:
        """Return the sizes that a place depends on."""
        return {
            "examples": len(self.examples),
            "batch_size": self.batch_size,
            "processes": self.processes,
            "per_step": self.per_step,
        }

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Continue at a saved place.

        Raises:
            InputError: it was saved with batches of other sizes.
        """
        for name, ours in self.sizes().items():
            if state[name] != ours:
                raise input_error(
                    "checkpoint.other-place", name=name, theirs=state[name], ours=ours
                )
        self.epoch, self.start = state["epoch"], state["done"]
