"""The twin of Dropout."""

from __future__ import annotations

from torch import Tensor, nn

from ref_numpy import Context, Dropout
from ref_numpy.arrays.masks import keep_mask
from torch_impl.conventions import to_batch
from torch_impl.training_messages import input_error


class MaskedDropout(nn.Module):
    """x ∗ mask / (1 − p) in training, with the mask that the reference draws.

    Args:
        p: the share of the numbers that become 0.
        whole_features: whether a feature of an example does at all positions, or at none.

    Attributes:
        mask: which numbers of x stay, of x's shape; None before `take_context`.
    """

    def __init__(self, p: float, whole_features: bool = False) -> None:
        super().__init__()
        self.p = p
        self.whole_features = whole_features
        self.mask: Tensor | None = None

    def take_context(self, context: Context, shape: tuple[int, ...]) -> None:
        """Set the mask of one update.

        Args:
            context: with the seed, the update, the step's name and the examples' numbers.
            shape: of the reference's input, (n, m, …).
        """
        if context.training:
            self.mask = to_batch(keep_mask(context, shape, self.p, self.whole_features))

    def forward(self, x: Tensor) -> Tensor:
        """Return x ∗ mask / (1 − p), or x where the network does not train.

        Raises:
            InputError: the network trains, and has no mask of these examples.
        """
        if not self.training:
            return x
        if self.mask is None or self.mask.shape != x.shape:
            raise input_error("dropout.no-mask", shape=tuple(x.shape))
        return x * self.mask.to(x.device) / (1 - self.p)


def twin(layer: Dropout) -> nn.Module:
    """Return the dropout of a mask that the reference draws."""
    return MaskedDropout(layer.rate, layer.whole_features)
