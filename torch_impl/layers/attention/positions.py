"""The twin of Positions."""

import torch
from torch import Tensor, nn

from ref_numpy.layers.attention.positions import Positions

FEATURES_LAST = True  # it acts on torch's last axis
TRANSPOSED = ("P",)


class AddedPositions(nn.Module):
    """A row of (T, n) added at each position, as the weight of GPT-2's wpe."""

    def __init__(self, n: int, T: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(T, n))

    def forward(self, x: Tensor) -> Tensor:
        """Return (m, T, n) with a row added at each position."""
        return x + self.weight


def twin(layer: Positions) -> nn.Module:
    """Return x + P^T: its parameter is P^T."""
    return AddedPositions(layer.n, layer.T)
