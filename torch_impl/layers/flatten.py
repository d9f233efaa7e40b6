"""The twin of Flatten."""

from torch import nn

from ref_numpy import Flatten


def twin(layer: Flatten) -> nn.Module:
    """Return torch's Flatten, of (m, T, n) or (m, n_C, H, W)."""
    return nn.Flatten()
