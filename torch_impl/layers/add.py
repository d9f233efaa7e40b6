"""The twin of Add."""

from torch import Tensor, nn

from ref_numpy import Add


class Sum(nn.Module):
    """The sum of the tensors that it is given."""

    def forward(self, first: Tensor, *others: Tensor) -> Tensor:
        """Add them, from the first to the last."""
        return sum(others, first)


def twin(layer: Add) -> nn.Module:
    """Return x + y + …."""
    return Sum()
