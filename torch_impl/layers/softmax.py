"""The twin of Softmax."""

from torch import Tensor, nn

from ref_numpy import Softmax

BY_POSITIONS = True  # of (m, n, H, W, …) the features are axis 1


class SoftmaxOverPositions(nn.Module):
    """The softmax along one of the reference's axes of positions, 2, 3, ….

    (n, m, T) is (m, T, n) in torch, where T is one axis further to the front; (n, m, H, W, …) is
    (m, n, H, W, …), where positions keep their axes.
    """

    def __init__(self, axis: int) -> None:
        super().__init__()
        self.axis = axis

    def forward(self, x: Tensor) -> Tensor:
        """Return the probabilities, which sum to 1 along the axis."""
        return x.softmax(dim=self.axis if x.ndim > 3 else self.axis - 1)

    def extra_repr(self) -> str:
        """Write the axis."""
        return f"axis={self.axis}"


def twin(layer: Softmax, positions: int = 0) -> nn.Module:
    """Return torch's softmax over the features, or over positions.

    Args:
        layer: the layer.
        positions: how many axes of positions its input has: up to one the features are last.
    """
    return (
        SoftmaxOverPositions(layer.axis) if layer.axis else nn.Softmax(1 if positions > 1 else -1)
    )
