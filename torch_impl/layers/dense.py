"""The twin of Dense."""

from torch import nn

from ref_numpy import Dense

FEATURES_LAST = True  # it acts on torch's last axis


def twin(layer: Dense) -> nn.Module:
    """Return W x + b of the last axis, batch first: its parameters are W and b, if it has one."""
    return nn.Linear(layer.n_prev, layer.n, bias=layer.bias)
