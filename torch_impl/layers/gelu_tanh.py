"""The twin of GeluTanh."""

from torch import nn

from ref_numpy import GeluTanh


def twin(layer: GeluTanh) -> nn.Module:
    """Return torch's GELU by the hyperbolic tangent."""
    return nn.GELU(approximate="tanh")
