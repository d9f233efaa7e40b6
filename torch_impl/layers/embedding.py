"""The twin of Embedding."""

from torch import nn

from ref_numpy import Embedding

FEATURES_LAST = True  # it acts on torch's last axis
TRANSPOSED = ("E",)


def twin(layer: Embedding) -> nn.Module:
    """Return torch's embedding, a row of (V, n) for each number: its parameter is E^T."""
    return nn.Embedding(layer.V, layer.n)
