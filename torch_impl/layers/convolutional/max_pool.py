"""The twin of MaxPool."""

from torch import nn

from ref_numpy.layers.convolutional.max_pool import MaxPool
from torch_impl.layers.convolutional.of_sequences import OfSequences, of_positions

BY_POSITIONS = True  # torch has a class for each number of axes


def twin(layer: MaxPool, positions: int) -> nn.Module:
    """Return torch's pooling.

    Args:
        layer: the layer.
        positions: how many axes of positions its input has.

    Raises:
        InputError: there are none, or more than three.
    """
    kind = of_positions((nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d), positions)
    module = kind(layer.f, layer.stride or layer.f, layer.padding)
    return OfSequences(module) if positions == 1 else module
