"""Torch's modules of (m, n, T) for sequences, which this package has as (m, T, n)."""

from __future__ import annotations

from torch import Tensor, nn


class OfSequences(nn.Module):
    """A module of (m, n, T), applied to (m, T, n).

    Args:
        module: it.
    """

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, x: Tensor) -> Tensor:
        """Return the module's result, (m, T', n'), or (m, n') where it has no positions."""
        z = self.module(x.transpose(1, 2))
        return z.transpose(1, 2) if z.ndim > 2 else z
