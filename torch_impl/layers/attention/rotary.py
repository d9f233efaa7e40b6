"""The twin of Rotary."""

import torch
from torch import Tensor, nn

from ref_numpy.layers.attention.rotary import Rotary


class RotaryPositions(nn.Module):
    """Llama's rotary positions, of (m, T, d), or of (m, d, …, T)."""

    def __init__(self, base: float) -> None:
        super().__init__()
        self.base = base

    def forward(self, x: Tensor) -> Tensor:
        """Turn feature j and feature j + d/2 by their angle."""
        if x.ndim == 3:
            x = x.transpose(1, 2)
            return self.turned(x).transpose(1, 2)
        return self.turned(x)

    def turned(self, x: Tensor) -> Tensor:
        """Return the turned features, axis 1, at positions along the last axis."""
        d, T = x.shape[1], x.shape[-1]
        wide = torch.promote_types(x.dtype, torch.float32)  # in which halves have their angles
        speed = 1 / self.base ** (torch.arange(0, d, 2, dtype=wide, device=x.device) / d)
        each = torch.outer(speed, torch.arange(T, dtype=wide, device=x.device))
        each = torch.cat((each, each)).view(d, *(1,) * (x.ndim - 3), T)
        half = torch.cat((-x[:, d // 2 :], x[:, : d // 2]), dim=1)
        return x * each.cos().to(x.dtype) + half * each.sin().to(x.dtype)

    def extra_repr(self) -> str:
        """Write the base."""
        return f"base={self.base}"


def twin(layer: Rotary) -> nn.Module:
    """Return the rotation of transformers' Llama, rotate_half."""
    return RotaryPositions(layer.base)
