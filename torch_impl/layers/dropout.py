"""The twin of Dropout."""

from __future__ import annotations

from torch import Tensor, nn

from ref_numpy import Dropout


class MaskedDropout(nn.Module):
    """x ∗ mask / (1 − p) in training, with a mask that is given: random numbers are not torch's.

    Args:
        p: the share of the numbers that become 0.

    Attributes:
        mask: which numbers stay, of x's shape; to be set before each update.
    """

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p
        self.mask: Tensor | None = None

    def forward(self, x: Tensor) -> Tensor:
        """Return x ∗ mask / (1 − p), or x where the network does not train."""
        if not self.training:
            return x
        assert self.mask is not None, "set the mask of a dropout before each update"
        return x * self.mask / (1 - self.p)


def twin(layer: Dropout) -> nn.Module:
    """Return the dropout of a mask that ref_numpy draws."""
    return MaskedDropout(layer.rate)
