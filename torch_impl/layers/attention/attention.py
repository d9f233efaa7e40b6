"""The twin of Attention."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from ref_numpy.layers.attention.attention import Attention


class ScaledDotProduct(nn.Module):
    """Torch's fused attention of (m, d, h, T), and the logarithms of its sums, (m, 1, h, T)."""

    def __init__(self, causal: bool) -> None:
        super().__init__()
        self.causal = causal

    def forward(self, q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Return the weighted sums of the values, and log Σ e^s."""
        q, k, v = (x.permute(0, 2, 3, 1) for x in (q, k, v))  # (m, h, T, d)
        o = functional.scaled_dot_product_attention(
            q, k, v, is_causal=self.causal, enable_gqa=q.shape[1] != k.shape[1]
        )
        return o.permute(0, 3, 1, 2), self.log_sums(q, k).permute(0, 3, 1, 2)

    def log_sums(self, q: Tensor, k: Tensor) -> Tensor:
        """Return log Σ e^s, (m, h, T, 1), which torch's kernels keep for themselves."""
        k = k.repeat_interleave(q.shape[1] // k.shape[1], dim=1)
        s = q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5
        if self.causal:
            later = torch.ones(s.shape[-2:], dtype=torch.bool, device=s.device).triu(1)
            s = s.masked_fill(later, -torch.inf)
        return s.logsumexp(dim=-1, keepdim=True)

    def extra_repr(self) -> str:
        """Write whether it is causal."""
        return f"causal={self.causal}"


def twin(layer: Attention) -> nn.Module:
    """Return torch's scaled_dot_product_attention."""
    return ScaledDotProduct(layer.causal)
