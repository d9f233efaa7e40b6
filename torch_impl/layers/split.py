"""The twin of Split."""

from torch import Tensor, nn

from ref_numpy.layers.split import Split


class Parts(nn.Module):
    """Equal parts of a tensor along its features: the last axis, of images the channels."""

    def __init__(self, parts: int) -> None:
        super().__init__()
        self.parts = parts

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Return the parts."""
        return x.chunk(self.parts, dim=1 if x.ndim > 3 else -1)

    def extra_repr(self) -> str:
        """Write the number of parts."""
        return f"parts={self.parts}"


def twin(layer: Split) -> nn.Module:
    """Return torch's chunk."""
    return Parts(layer.parts)
