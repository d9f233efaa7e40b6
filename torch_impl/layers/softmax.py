"""The twin of Softmax."""

from torch import nn

from ref_numpy import Softmax


def twin(layer: Softmax) -> nn.Module:
    """Return torch's softmax over the units, the last axis of a batch."""
    return nn.Softmax(dim=-1)
