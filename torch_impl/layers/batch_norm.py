"""The twin of BatchNorm."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from ref_numpy import BatchNorm
from torch_impl.training_messages import input_error

BY_POSITIONS = True  # torch has a class for each number of axes


class BatchNormOfPositions(nn.BatchNorm1d):
    """Batch norm of (m, T, n), for which torch's own takes (m, n, T)."""

    def forward(self, input: Tensor) -> Tensor:
        """Return the norm of (m, T, n) over examples and positions."""
        return super().forward(input.transpose(1, 2)).transpose(1, 2)


class BatchNormOfManyAxes(nn.BatchNorm1d):
    """Batch norm of (m, n, …) with four axes of positions or more, for which torch has none."""

    def forward(self, input: Tensor) -> Tensor:
        """Return the norm over examples and positions, the positions as one axis meanwhile."""
        return super().forward(input.flatten(2)).reshape(input.shape)


# By the number of axes of positions: images, (m, n, H, W), have two.
MODULES = (
    nn.BatchNorm1d, BatchNormOfPositions, nn.BatchNorm2d, nn.BatchNorm3d, BatchNormOfManyAxes,
)  # fmt: skip


def twin(layer: BatchNorm, positions: int = 0) -> nn.Module:
    """Return torch's batch norm: its parameters are γ and β, its buffers the mean and the variance.

    Args:
        layer: the layer.
        positions: how many axes of positions its input has.
    """
    kind = MODULES[min(positions, len(MODULES) - 1)]
    module = kind(layer.n, eps=layer.epsilon, momentum=layer.momentum)
    module.register_forward_pre_hook(refuse_one_column)
    return module


def refuse_one_column(module: Any, inputs: tuple[Tensor, ...]) -> None:
    """Check that there are two columns or more to train with.

    Raises:
        InputError: there is one, or none, as in a process's share of a small rest.
    """
    if module.training and inputs[0].numel() < 2 * module.num_features:
        raise input_error("norm.one-column", n=inputs[0].numel() // module.num_features)
