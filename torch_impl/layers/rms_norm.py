"""The twin of RMSNorm."""

from torch import nn

from ref_numpy import RMSNorm

FEATURES_LAST = True  # it acts on torch's last axis


def twin(layer: RMSNorm) -> nn.Module:
    """Return torch's RMS norm over the last axis: its parameter is γ."""
    return nn.RMSNorm(layer.n, eps=layer.epsilon)
