"""The twin of LayerNorm."""

from torch import nn

from ref_numpy import LayerNorm

FEATURES_LAST = True  # it acts on torch's last axis


def twin(layer: LayerNorm) -> nn.Module:
    """Return torch's layer norm over the last axis: its parameters are γ and β."""
    return nn.LayerNorm(layer.n, eps=layer.epsilon)
