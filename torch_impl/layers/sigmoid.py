"""The twin of Sigmoid."""

from torch import nn

from ref_numpy import Sigmoid


def twin(layer: Sigmoid) -> nn.Module:
    """Return torch's sigmoid."""
    return nn.Sigmoid()
