"""The twin of SplitHeads."""

from torch import Tensor, nn

from ref_numpy.layers.attention.split_heads import SplitHeads


class Heads(nn.Module):
    """(m, T, h d) as (m, d, h, T)."""

    def __init__(self, h: int) -> None:
        super().__init__()
        self.h = h

    def forward(self, x: Tensor) -> Tensor:
        """Return the heads, a view."""
        m, T, n = x.shape
        return x.view(m, T, self.h, n // self.h).permute(0, 3, 2, 1)

    def extra_repr(self) -> str:
        """Write the number of heads."""
        return f"h={self.h}"


def twin(layer: SplitHeads) -> nn.Module:
    """Return torch's view(m, T, h, d), with the axes as those of images: d first."""
    return Heads(layer.h)
