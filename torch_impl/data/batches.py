"""Mini-batches: index selections on the device, and a place in the epoch that can be saved."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, Protocol

import torch
from torch import Tensor

from ref_numpy.training import order
from torch_impl.training_messages import input_error

Batch = tuple[Tensor, Tensor]


class Part(Protocol):
    """A part of a data set: x (m, n_x) and y (m,) or (m, n_y), had by the examples' numbers."""

    @property
    def device(self) -> torch.device: ...
    def __len__(self) -> int: ...
    def __getitem__(self, index: Any) -> Batch: ...


class TensorPairs:
    """x: (m, n_x) and y in memory, on any device."""

    def __init__(self, x: Tensor, y: Tensor) -> None:
        self.x, self.y = x, y

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, index: Any) -> Batch:
        return self.x[index], self.y[index]

    def to(self, device: torch.device) -> TensorPairs:
        return TensorPairs(self.x.to(device), self.y.to(device))

    @property
    def device(self) -> torch.device:
        return self.x.device


class Batches:
    """All examples once an epoch, `batch_size` at a time in each of `processes`.

    An epoch's order is a pure function of `seed` and the epoch's number (`ref_numpy.order`), so
    that a place is two numbers, `state_dict()`, and that the reference takes the same batches.
    seed: None takes the examples as they stand.
    process: which of the `processes` this one is; a step takes processes · batch_size examples, of
        which each process has its share. Where `equal`, all shares are equally large, as an
        average over processes asks; up to processes − 1 examples are then left out of an epoch.
    per_step: so many mini-batches come at once, as a list, where it is more than 1.
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
    ) -> None:
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
        for step in range(start, len(self)):
            self.done = step + 1  # a place that is saved while this batch is used is after it
            batches = [self.batch(chosen, k) for k in self.of_step(step)]
            yield batches[0] if self.per_step == 1 else batches

    def epochs_order(self) -> Tensor | None:
        if self.seed is None:
            return None
        numbers = order(len(self.examples), self.seed, self.epoch)
        return torch.from_numpy(numbers).to(self.examples.device)

    def of_step(self, step: int) -> range:
        """The numbers of the mini-batches of a step."""
        every = -(-self.m // (self.batch_size * self.processes))
        return range(step * self.per_step, min((step + 1) * self.per_step, every))

    def batch(self, chosen: Tensor | None, k: int) -> Batch:
        """This process's share of the k-th mini-batch."""
        start = k * self.batch_size * self.processes
        size = min(self.batch_size * self.processes, self.m - start)
        first, end = (start + size * p // self.processes for p in (self.process, self.process + 1))
        return self.examples[slice(first, end) if chosen is None else chosen[first:end]]

    def set_epoch(self, epoch: int) -> None:
        if epoch != self.epoch:
            self.epoch, self.start = epoch, 0

    def state_dict(self) -> dict[str, int]:
        return {"epoch": self.epoch, "done": self.done, **self.sizes()}

    def sizes(self) -> dict[str, int]:
        """What a place depends on."""
        return {
            "examples": len(self.examples),
            "batch_size": self.batch_size,
            "processes": self.processes,
            "per_step": self.per_step,
        }

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Go on where another stood.   Raises InputError where its batches were others."""
        for name, ours in self.sizes().items():
            if state[name] != ours:
                raise input_error(
                    "checkpoint.other-place", name=name, theirs=state[name], ours=ours
                )
        self.epoch, self.start = state["epoch"], state["done"]
