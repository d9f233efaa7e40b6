"""The mean cost and accuracy over an epoch's examples, in every process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

# Looking at a number waits for the device, and costs as much for many batches as for one.
BATCHES, NUMBERS = 64, 2**18


class EpochSums:
    """Σ L(i), the number of right predictions, and the number of examples so far.

    The costs are added one by one, in their order, so that the sum does not depend on when it is
    read.

    Args:
        right: returns how many predictions are right, from a network's outputs (m, n_y) and targets
            y of several batches together; None for real outputs.
        in_units: the number that a person reads, of a batch's cost or costs as they were added.
    """

    def __init__(
        self,
        right: Callable[[Tensor, Tensor], Tensor] | None,
        in_units: Callable[[Any], float] = float,
    ) -> None:
        self.right, self.in_units = right, in_units
        self.reset()

    def reset(self, loss: float = 0.0, right: float = 0.0, m: float = 0.0) -> None:
        """Begin with these sums."""
        self.sums = [loss, right, m]
        self.pending: list[tuple[Tensor, Tensor, Tensor]] = []
        self.numbers = 0

    def add(self, cost: Tensor, outputs: Tensor, y: Tensor) -> None:
        """Add a batch.

        Args:
            cost: the mean over its m examples, () or of each output (n_y,).
            outputs: (m, n_y).
            y: the targets.
        """
        self.pending.append((cost.detach(), outputs.detach(), y))
        self.numbers += outputs.numel()
        if len(self.pending) >= BATCHES or self.numbers >= NUMBERS:
            self.collect()

    def collect(self) -> None:
        """Add the pending batches to the sums."""
        if not self.pending:
            return
        costs, outputs, ys = zip(*self.pending, strict=True)
        for cost, output in zip(torch.stack(costs).tolist(), outputs, strict=True):
            self.sums[0] += self.in_units(cost) * len(output)
            self.sums[2] += len(output)
        if self.right is not None:
            self.sums[1] += self.right(torch.cat(outputs), torch.cat(ys)).item()
        self.reset(*self.sums)

    def total(self, over_processes: Callable[[Tensor], Tensor]) -> list[float]:
        """Return the three sums over all processes, each of which must call this."""
        self.collect()
        return over_processes(torch.tensor(self.sums, dtype=torch.float64)).tolist()

    def means(self, over_processes: Callable[[Tensor], Tensor]) -> tuple[float, float] | None:
        """Return the mean cost and accuracy, and begin with zeros again.

        Returns:
            None where there were no examples.
        """
        cost, right, m = self.total(over_processes)
        self.reset()
        return (cost / m, right / m) if m else None


def correct(A: Tensor, y: Tensor) -> Tensor:
    """Return how many predictions are right; of several labels each counts for its share.

    Args:
        A: (m, n_y) probabilities, or logits.
        y: the targets.
    """
    if y.is_floating_point():
        return ((A > 0.5) == y).float().mean(dim=1).sum()
    return (A.argmax(dim=1) == y).sum()
