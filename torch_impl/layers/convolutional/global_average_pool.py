"""The twin of GlobalAveragePool."""

from torch import Tensor, nn

from ref_numpy.layers.convolutional.global_average_pool import GlobalAveragePool
from torch_impl.layers.convolutional.of_sequences import OfSequences, of_positions

BY_POSITIONS = True  # torch has a class for each number of axes
MODULES = nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d


class ToOnePosition(nn.Module):
    """Torch's adaptive pooling to one position, which is no axis then.

    Args:
        positions: how many axes of positions the input has.
    """

    def __init__(self, positions: int) -> None:
        super().__init__()
        self.pool = of_positions(MODULES, positions)(1)

    def forward(self, x: Tensor) -> Tensor:
        """Return (m, n) of (m, n, H, W)."""
        return self.pool(x).flatten(1)


def twin(layer: GlobalAveragePool, positions: int) -> nn.Module:
    """Return torch's adaptive pooling to one position.

    Args:
        layer: the layer.
        positions: how many axes of positions its input has.

    Raises:
        InputError: there are none, or more than three.
    """
    module = ToOnePosition(positions)
    return OfSequences(module) if positions == 1 else module
