"""The twin of Softmax."""

from torch import Tensor, nn

from ref_numpy import Softmax


def features_last(layer: Softmax) -> bool:
    """Return whether it acts on torch's last axis: not one over positions."""
    return layer.axis == 0


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


def twin(layer: Softmax) -> nn.Module:
    """Return torch's softmax over the units, the last axis of a batch, or over positions."""
    return SoftmaxOverPositions(layer.axis) if layer.axis else nn.Softmax(dim=-1)
