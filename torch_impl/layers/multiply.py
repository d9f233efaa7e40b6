"""The twin of Multiply."""

from torch import Tensor, nn

from ref_numpy import Multiply


class Product(nn.Module):
    """The product of two tensors, element by element."""

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """Multiply them."""
        return x * y


def twin(layer: Multiply) -> nn.Module:
    """Return x ∗ y."""
    return Product()
