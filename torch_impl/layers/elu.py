"""The twin of Elu."""

from torch import nn

from ref_numpy import Elu


def twin(layer: Elu) -> nn.Module:
    """Return torch's ELU, with the layer's α."""
    return nn.ELU(layer.alpha)
