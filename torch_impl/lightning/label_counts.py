"""N of an update, the number of labels that count, where the loss leaves some out.

J = ΣΣ L / ΣN + (λ/2m) Σ_l ‖W[l]‖², the sums over all parts of an update and over all processes. The
mean of the parts' means is another cost where the parts have labels of different numbers.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ref_numpy.loss import Loss
from torch_impl import torch_costs


class Divisors(NamedTuple):
    """What the sums over one batch are divided by, in a cost by whose mean the update's J is.

    Attributes:
        N: of the losses.
        m: of λ; None leaves λ to another part.
    """

    N: Tensor
    m: float | None


class LabelCounts:
    """N and m of an update so far.

    While a part is differentiated the labels of later parts are not known. So the parts before the
    last are divided by D, a power of two, which rounds nothing, and their gradient is multiplied by
    D/N before the last part is added, which is divided by N and has the whole of λ's term.

    Args:
        loss: one that does not count examples.

    Attributes:
        share: D/N of the parts before the last, by which their cost and gradients are too large.
        latest: the divisors of the latest part.
    """

    def __init__(self, loss: Loss) -> None:
        criterion = torch_costs.criterion_of(loss)
        self.counted, self.options = criterion.counted, criterion.options(loss)
        self.begin()

    def begin(self) -> None:
        """Begin another update."""
        self.N: Tensor | None = None
        self.m, self.D, self.share = 0, None, 1.0
        self.latest: Divisors | None = None

    def which(self, y: Tensor) -> Tensor:
        """Return which labels count."""
        assert self.counted is not None
        return self.counted(y, **self.options)

    def number(self, y: Tensor) -> Tensor:
        """Return how many labels count, at a dtype that has room for it."""
        return self.which(y).sum().to(torch.float32 if y.device.type == "mps" else torch.float64)

    def divisors(self, module: Any, y: Tensor, nth: int, parts: int) -> Divisors:
        """Return `next_part`, and remember it."""
        self.latest = self.next_part(module, y, nth, parts)
        return self.latest

    def next_part(self, module: Any, y: Tensor, nth: int, parts: int) -> Divisors:
        """Return the divisors of a part, of which every process calls this before its cost.

        Lightning takes the mean over the `accumulate_grad_batches` that an update should have, and
        over processes: N and m are the share of one of them.

        Args:
            module: an EpochModule, whose gradients so far the last part divides.
            y: the labels.
            nth: of the part in its update, from 0.
            parts: how many the update has.
        """
        trainer = module.trainer
        processes = trainer.world_size
        shares = trainer.accumulate_grad_batches * processes
        if nth == 0 or self.N is None:  # or where a run resumes within an update
            self.begin()
        n = module.sum_over_processes(self.number(y))
        N = self.N = n if self.N is None else self.N + n
        self.m += len(y) * processes
        if nth < parts - 1:
            if self.D is None:
                self.D = largest_power_of_two(n.item())
            return Divisors(torch.full_like(n, self.D / shares), None)
        N = N.clamp(min=1)
        if self.D is not None:
            self.share = self.D / N.item()
            with torch.no_grad():
                for parameter in module.parameters():
                    if parameter.grad is not None:
                        parameter.grad.mul_(self.share)
        return Divisors(N / shares, self.m * processes / shares)

    def mean(self, cost: Tensor, y: Tensor, divisors: Divisors | None) -> Tensor:
        """Return Σ L / N of a batch alone; 0 where no label counts.

        Args:
            cost: Σ L divided by the divisors' N, or by the batch's own.
            y: the labels.
            divisors: None of the batch's own.
        """
        if divisors is None:
            return cost.detach()
        return cost.detach() * divisors.N / self.number(y).clamp(min=1)


def largest_power_of_two(n: float) -> float:
    """Return the largest one that is not above n; 1 of 0."""
    return 2.0 ** (math.frexp(max(n, 1))[1] - 1)
