"""The twin of Scores."""

from torch import Tensor, nn

from ref_numpy.layers.attention.scores import Scores


class ScaledProducts(nn.Module):
    """Q K^T / √d of each example and head: of (m, d, h, T) and (m, d, h_K, T_K), (m, T_K, h, T)."""

    def forward(self, q: Tensor, k: Tensor) -> Tensor:
        """Return the scores."""
        d, h = q.shape[1:3]
        k = k.repeat_interleave(h // k.shape[2], dim=2)
        s = q.permute(0, 2, 3, 1) @ k.permute(0, 2, 1, 3)  # (m, h, T, d) (m, h, d, T_K)
        return (s * d**-0.5).permute(0, 3, 1, 2)


def twin(layer: Scores) -> nn.Module:
    """Return Q K^T / √d."""
    return ScaledProducts()
