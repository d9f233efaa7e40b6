"""The twin of Identity."""

from torch import nn

from ref_numpy import Identity


def twin(layer: Identity) -> nn.Module:
    """Return x as it is."""
    return nn.Identity()
