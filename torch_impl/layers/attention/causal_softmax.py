"""The twin of CausalSoftmax."""

import torch
from torch import Tensor, nn

from ref_numpy.layers.attention.causal_softmax import CausalSoftmax


class MaskedByPosition(nn.Module):
    """The softmax of (m, T_K, h, T) over the keys up to the query."""

    def forward(self, s: Tensor) -> Tensor:
        """Return the probabilities, 0 of later keys."""
        T_K, T = s.shape[1], s.shape[3]
        later = torch.ones(T_K, T, dtype=torch.bool, device=s.device).tril(-1)
        return s.masked_fill(later[:, None], -torch.inf).softmax(dim=1)


def twin(layer: CausalSoftmax) -> nn.Module:
    """Return torch's softmax of scores that are −∞ where the key is later than the query."""
    return MaskedByPosition()
