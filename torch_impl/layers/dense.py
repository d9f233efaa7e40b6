"""The twin of Dense."""

from torch import nn

from ref_numpy import Dense


def twin(layer: Dense) -> nn.Module:
    """Return W x + b, batch first: its parameters are W and b."""
    return nn.Linear(layer.n_prev, layer.n)
