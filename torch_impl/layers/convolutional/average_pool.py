"""The twin of AveragePool."""

from torch import nn

from ref_numpy.layers.convolutional.average_pool import AveragePool
from torch_impl.layers.convolutional.of_sequences import OfSequences, of_positions

BY_POSITIONS = True  # torch has a class for each number of axes


def twin(layer: AveragePool, positions: int) -> nn.Module:
    """Return torch's pooling.

    Args:
        layer: the layer.
        positions: how many axes of positions its input has.

    Raises:
        InputError: there are none, or more than three.
    """
    kind = of_positions((nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d), positions)
    module = kind(
        layer.f, layer.stride or layer.f, layer.padding, count_include_pad=layer.count_include_pad
    )
    return OfSequences(module) if positions == 1 else module
