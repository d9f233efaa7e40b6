"""The mean cost and accuracy over an epoch's examples, or its labels, in every process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

# Looking at a number waits for the device, and costs as much for many batches as for one. Until
# then outputs are kept, up to so many numbers, and counted together: small ones cost a call each.
BATCHES, NUMBERS = 64, 2**18


class EpochSums:
    """Σ L(i), the number of right predictions, and the number of examples so far.

    Of a loss that leaves labels out, or has several for an example, it is the number of labels that
    count.

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
        self.costs: list[tuple[Tensor, int | Tensor]] = []
        self.outputs: list[tuple[Tensor, Tensor]] = []
        self.rights: list[Tensor] = []
        self.numbers = 0

    def add(self, cost: Tensor, outputs: Tensor, y: Tensor, N: Tensor | None = None) -> None:
        """Add a batch.

        Args:
            cost: the mean over its m examples, () or of each output (n_y,).
            outputs: (m, n_y).
            y: the targets.
            N: the number of labels that count, over which the mean is; None where it is m.
        """
        self.costs.append((cost.detach(), len(outputs) if N is None else N))
        self.outputs.append((outputs.detach(), y))
        self.numbers += outputs.numel()
        if self.numbers >= NUMBERS:
            self.count()
        if len(self.costs) >= BATCHES:
            self.collect()

    def count(self) -> None:
        """Count the right predictions of the outputs that are kept, without waiting."""
        if self.right is not None and self.outputs:
            outputs, ys = zip(*self.outputs, strict=True)
            self.rights.append(self.right(torch.cat(outputs), torch.cat(ys)))
        self.outputs, self.numbers = [], 0

    def collect(self) -> None:
        """Add the batches so far to the sums."""
        if not self.costs:
            return
        self.count()
        costs, sizes = zip(*self.costs, strict=True)
        if isinstance(sizes[0], Tensor):
            sizes = torch.stack(sizes).tolist()
        for cost, m in zip(torch.stack(costs).tolist(), sizes, strict=True):
            self.sums[0] += self.in_units(cost) * m
            self.sums[2] += m
        for right in self.rights:
            self.sums[1] += right.item()
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


def correct(A: Tensor, y: Tensor, boundary: float = 0.5) -> Tensor:
    """Return how many predictions are right; of several labels each counts for its share.

    Args:
        A: (m, n_y) probabilities, scores, or logits of classes.
        y: the targets.
        boundary: of a yes, in probabilities or scores.
    """
    if y.is_floating_point():
        return ((boundary < A) == y).float().mean(dim=1).sum()
    return (A.argmax(dim=1) == y).sum()
