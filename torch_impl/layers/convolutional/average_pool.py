"""The twin of AveragePool."""

from torch import nn

from ref_numpy.layers.convolutional.average_pool import AveragePool
from torch_impl.layers.convolutional.features_last import OfSequences

BY_POSITIONS = True  # torch has a class for each number of axes


def twin(layer: AveragePool, positions: int = 2) -> nn.Module:
    """Return torch's pooling.

    Args:
        layer: the layer.
        positions: how many axes of positions its input has.
    """
    kind = (nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d)[positions - 1]
    module = kind(
        layer.f, layer.stride or layer.f, layer.padding, count_include_pad=layer.count_include_pad
    )
    return OfSequences(module) if positions == 1 else module
