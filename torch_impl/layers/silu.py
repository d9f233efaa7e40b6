"""The twin of Silu."""

from torch import nn

from ref_numpy import Silu


def twin(layer: Silu) -> nn.Module:
    """Return torch's SiLU."""
    return nn.SiLU()
