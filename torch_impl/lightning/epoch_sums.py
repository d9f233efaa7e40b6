"""What an epoch comes to: the mean cost and accuracy over its examples, in every process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

# Looking at a number waits for the device, and costs as much for many batches as for one.
BATCHES, NUMBERS = 64, 2**18


class EpochSums:
    """Σ L(i), the number of right predictions, and the number of examples seen so far.

    right: how many predictions are right, from a network's outputs (m, n_y) and targets y; None
        for real outputs. Asked of several batches together.
    in_units: the number that a person reads, of a batch's cost or costs as they were added.
    The costs are added one by one, in their order, so that the sum does not depend on when it is
    looked at.
    """

    def __init__(
        self,
        right: Callable[[Tensor, Tensor], Tensor] | None,
        in_units: Callable[[Any], float] = float,
    ) -> None:
        self.right, self.in_units = right, in_units
        self.begin()

    def begin(self, loss: float = 0.0, right: float = 0.0, m: float = 0.0) -> None:
        self.sums = [loss, right, m]
        self.waiting: list[tuple[Tensor, Tensor, Tensor]] = []
        self.numbers = 0

    def add(self, cost: Tensor, outputs: Tensor, y: Tensor) -> None:
        """cost: the mean over these m examples, () or of each output (n_y,)."""
        self.waiting.append((cost.detach(), outputs.detach(), y))
        self.numbers += outputs.numel()
        if len(self.waiting) >= BATCHES or self.numbers >= NUMBERS:
            self.look()

    def look(self) -> None:
        """Take the batches that wait into the sums."""
        if not self.waiting:
            return
        costs, outputs, ys = zip(*self.waiting, strict=True)
        for cost, output in zip(torch.stack(costs).tolist(), outputs, strict=True):
            self.sums[0] += self.in_units(cost) * len(output)
            self.sums[2] += len(output)
        if self.right is not None:
            self.sums[1] += self.right(torch.cat(outputs), torch.cat(ys)).item()
        self.begin(*self.sums)

    def total(self, over_processes: Callable[[Tensor], Tensor]) -> list[float]:
        """The three sums over all processes, each of which must ask."""
        self.look()
        return over_processes(torch.tensor(self.sums, dtype=torch.float64)).tolist()

    def means(self, over_processes: Callable[[Tensor], Tensor]) -> tuple[float, float] | None:
        """The mean cost and accuracy, or None where there were no examples; begins anew."""
        cost, right, m = self.total(over_processes)
        self.begin()
        return (cost / m, right / m) if m else None


def correct(A: Tensor, y: Tensor) -> Tensor:
    """How many predictions are right, from probabilities A (m, n_y), or what grows with them, and
    targets y; where there are several of two classes, each counts for its share."""
    if y.is_floating_point():
        return ((A > 0.5) == y).float().mean(dim=1).sum()
    return (A.argmax(dim=1) == y).sum()
