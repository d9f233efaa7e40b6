"""The twin of Softmax."""

from torch import nn

from ref_numpy import Softmax

FEATURES_LAST = True  # it acts on torch's last axis


def twin(layer: Softmax) -> nn.Module:
    """Return torch's softmax over the units, the last axis of a batch."""
    return nn.Softmax(dim=-1)
