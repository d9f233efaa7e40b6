"""Torch's modules of (m, n, T) for sequences, which this package has as (m, T, n)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from torch import Tensor, nn

from torch_impl.training_messages import input_error


class OfSequences(nn.Module):
    """A module of (m, n, T), applied to (m, T, n).

    Args:
        module: it.
    """

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, x: Tensor) -> Tensor:
        """Return the module's result, (m, T', n'), or (m, n') where it has no positions."""
        z = self.module(x.transpose(1, 2))
        return z.transpose(1, 2) if z.ndim > 2 else z


def of_positions(
    kinds: Sequence[Callable[..., nn.Module]], positions: int
) -> Callable[..., nn.Module]:
    """Return torch's class for so many axes of positions, of its classes for 1, 2 and 3.

    Raises:
        InputError: there are none, or more than three.
    """
    if not 1 <= positions <= len(kinds):
        raise input_error("twin.positions", positions=positions)
    return kinds[positions - 1]
