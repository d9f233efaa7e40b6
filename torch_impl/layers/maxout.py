"""The twin of Maxout."""

from torch import Tensor, nn

from ref_numpy import Maxout


class LargestOfGroups(nn.Module):
    """The largest number of each group of k successive features.

    torch gives its gradient to the first of several that are equal, since `max` returns the index
    of the first; that of `amax` would be shared among them.
    """

    def __init__(self, k: int) -> None:
        super().__init__()
        self.k = k

    def forward(self, x: Tensor) -> Tensor:
        """Return (m, …, n) of (m, …, n k); of images, (m, n k, H, W), the channels are features."""
        axis = 1 if x.ndim > 3 else x.ndim - 1
        return x.unflatten(axis, (-1, self.k)).max(dim=axis + 1).values


def twin(layer: Maxout) -> nn.Module:
    """Return the largest of each k features."""
    return LargestOfGroups(layer.pieces)
