"""The twin of Flatten."""

from torch import nn

from ref_numpy import Flatten


def twin(layer: Flatten) -> nn.Module:
    """Return torch's Flatten, of (m, T, …, n) with the features along the last axis."""
    return nn.Flatten()
