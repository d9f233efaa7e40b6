"""The twin of LeakyReLU."""

from torch import nn

from ref_numpy import LeakyReLU


def twin(layer: LeakyReLU) -> nn.Module:
    """Return torch's leaky ReLU, with the layer's slope."""
    return nn.LeakyReLU(layer.slope)
