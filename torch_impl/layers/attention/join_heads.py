"""The twin of JoinHeads."""

from torch import Tensor, nn

from ref_numpy.layers.attention.join_heads import JoinHeads


class JoinedHeads(nn.Module):
    """(m, d, h, T) as (m, T, h d)."""

    def forward(self, x: Tensor) -> Tensor:
        """Return the features of all heads."""
        return x.permute(0, 3, 2, 1).flatten(2)


def twin(layer: JoinHeads) -> nn.Module:
    """Return the features of the first head first."""
    return JoinedHeads()
