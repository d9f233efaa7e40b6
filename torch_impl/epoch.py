"""What an epoch comes to: the mean cost and accuracy over its examples, in every process."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


class EpochSums:
    """Σ L(i), the number of right predictions, and the number of examples seen so far.

    Kept on the device, where adding costs no waiting, at float64 where the device has it.
    """

    def __init__(self) -> None:
        self.sums: Tensor | None = None

    @torch.no_grad()
    def add(self, cost: Tensor, right: Tensor | None, m: int) -> None:
        """cost: the mean over these m examples.   right: how many are, or None for real outputs."""
        nothing = cost.new_zeros(()) if right is None else right
        numbers = torch.stack((cost * m, nothing, cost.new_full((), m))).to(wide(cost.device))
        self.sums = numbers if self.sums is None else numbers + self.sums.to(numbers.device)

    def means(self, over_processes: Callable[[Tensor], Tensor]) -> tuple[float, float] | None:
        """The mean cost and accuracy, or None where there were no examples; begins anew."""
        cost, right, m = self.total(over_processes)
        self.sums = None
        return (cost / m, right / m) if m else None

    def total(self, over_processes: Callable[[Tensor], Tensor]) -> list[float]:
        """The three sums over all processes, each of which must ask."""
        sums = torch.zeros(3, dtype=torch.float64) if self.sums is None else self.sums
        return over_processes(sums.clone()).tolist()


def wide(device: torch.device) -> torch.dtype:
    """The widest floats of a device."""
    return torch.float32 if device.type == "mps" else torch.float64
