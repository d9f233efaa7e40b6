"""Activations at float64 as an ONNX file can have them.

onnxruntime's operators LeakyRelu, Elu, Softplus and Erf take no float64, and of a number in the
code torch's exporter writes the nearest float32: constants are tensors here.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


class Constants(nn.Module):
    """Constants as float64 tensors, by name.

    Args:
        constants: their values.
    """

    def __init__(self, **constants: float) -> None:
        super().__init__()
        for name, value in constants.items():
            self.register_buffer(name, torch.tensor(value, dtype=torch.float64))


class WideLeakyReLU(Constants):
    """Return x, and slope · x below 0."""

    slope: Tensor

    def forward(self, x: Tensor) -> Tensor:
        """Return x, and slope · x below 0."""
        return torch.where(x > 0, x, self.slope * x)


class WideElu(Constants):
    """Return x, and α (e^x − 1) below 0."""

    alpha: Tensor

    def forward(self, x: Tensor) -> Tensor:
        """Return x, and α (e^x − 1) below 0."""
        return torch.where(x > 0, x, self.alpha * (torch.exp(-torch.relu(-x)) - 1))


class WideSoftplus(Constants):
    """Return log(1 + e^x)."""

    one: Tensor

    def forward(self, x: Tensor) -> Tensor:
        """Return max(x, 0) + log(1 + e^−|x|)."""
        return torch.relu(x) + torch.log(self.one + torch.exp(-torch.abs(x)))


class WideGeluTanh(Constants):
    """Return GELU by the hyperbolic tangent."""

    two: Tensor
    one: Tensor
    cubic: Tensor
    factor: Tensor

    def forward(self, x: Tensor) -> Tensor:
        """Return ½ x (1 + tanh(√(2/π) (x + 0.044715 x³)))."""
        inner = self.factor * (x + self.cubic * (x * x * x))
        return x * (self.one + torch.tanh(inner)) / self.two


def wide(layer: nn.Module) -> nn.Module:
    """Return the same activation for float64; another layer as it is."""
    if isinstance(layer, nn.LeakyReLU):
        return WideLeakyReLU(slope=layer.negative_slope)
    if isinstance(layer, nn.ELU):
        return WideElu(alpha=layer.alpha)
    if isinstance(layer, nn.Softplus):
        return WideSoftplus(one=1.0)
    if isinstance(layer, nn.GELU) and layer.approximate == "tanh":
        factor = math.sqrt(2 / math.pi)
        return WideGeluTanh(two=2.0, one=1.0, cubic=0.044715, factor=factor)
    return layer
