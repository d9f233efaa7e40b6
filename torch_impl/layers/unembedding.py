"""The twin of Unembedding."""

from torch import nn

from ref_numpy import Unembedding

FEATURES_LAST = True  # it acts on torch's last axis
TRANSPOSED = ("E",)


def twin(layer: Unembedding) -> nn.Module:
    """Return E^T x of the last axis, batch first: its parameter is E^T, as an embedding's."""
    return nn.Linear(layer.n, layer.V, bias=False)
