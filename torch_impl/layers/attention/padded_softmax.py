"""The twin of PaddedSoftmax."""

import torch
from torch import Tensor, nn

from ref_numpy.layers.attention.padded_softmax import PaddedSoftmax


class MaskedByPadding(nn.Module):
    """The softmax of (m, T_K, h, T) over the keys that count, and 0 where none does."""

    def __init__(self, causal: bool) -> None:
        super().__init__()
        self.causal = causal

    def forward(self, s: Tensor, counting: Tensor) -> Tensor:
        """Return the probabilities, 0 of padding."""
        masked = (counting == 0)[:, :, None, None].expand_as(s)
        if self.causal:
            T_K, T = s.shape[1], s.shape[3]
            later = torch.ones(T_K, T, dtype=torch.bool, device=s.device).tril(-1)
            masked = masked | later[:, None]
        p = s.masked_fill(masked, -torch.inf).softmax(dim=1)
        return p.masked_fill(masked.all(dim=1, keepdim=True), 0.0)  # not NaN

    def extra_repr(self) -> str:
        """Write whether it is causal, too."""
        return f"causal={self.causal}"


def twin(layer: PaddedSoftmax) -> nn.Module:
    """Return torch's softmax of scores that are −∞ where a key does not count."""
    return MaskedByPadding(layer.causal)
