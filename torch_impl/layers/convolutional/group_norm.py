"""The twin of GroupNorm."""

from torch import nn

from ref_numpy.layers.convolutional.group_norm import GroupNorm
from torch_impl.layers.convolutional.of_sequences import OfSequences

BY_POSITIONS = True  # torch has the features of (m, n, T) before the positions


def twin(layer: GroupNorm, positions: int = 0) -> nn.Module:
    """Return torch's group norm: its parameters are γ and β.

    Args:
        layer: the layer.
        positions: how many axes of positions its input has.
    """
    module = nn.GroupNorm(layer.groups, layer.n, eps=layer.epsilon)
    return OfSequences(module) if positions == 1 else module
