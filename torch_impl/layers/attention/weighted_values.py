"""The twin of WeightedValues."""

from torch import Tensor, nn

from ref_numpy.layers.attention.weighted_values import WeightedValues


class WeightedSums(nn.Module):
    """P V of each example and head: of (m, T_K, h, T) and (m, d, h_V, T_K), (m, d, h, T)."""

    def forward(self, p: Tensor, v: Tensor) -> Tensor:
        """Return the weighted sums of the values."""
        v = v.repeat_interleave(p.shape[2] // v.shape[2], dim=2)
        o = p.permute(0, 2, 3, 1) @ v.permute(0, 2, 3, 1)  # (m, h, T, T_K) (m, h, T_K, d)
        return o.permute(0, 3, 1, 2)


def twin(layer: WeightedValues) -> nn.Module:
    """Return P V."""
    return WeightedSums()
