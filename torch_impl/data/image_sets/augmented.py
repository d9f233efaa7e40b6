"""The images of a training on their device, shifted and mirrored as `ref_numpy` draws it."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import pad

from ref_numpy.data.augmentation import Augmentation


class AugmentedImages:
    """Changes the images of a batch; the numbers themselves are copied, to the bit.

    Args:
        by: what is drawn for each example.
        blank: the number of a pixel outside of the image.
    """

    def __init__(self, by: Augmentation, blank: float) -> None:
        self.by, self.blank = by, blank

    def draws(self, m: int, seed: int, epoch: int, device: torch.device) -> Tensor:
        """Return what is drawn for each of m examples in an epoch, (m, 3)."""
        return torch.from_numpy(self.by.draws(m, seed, epoch)).to(device)

    def apply(self, x: Tensor, draws: Tensor) -> Tensor:
        """Return the images of a batch as they are drawn.

        Args:
            x: (m, n_C, H, W).
            draws: of these examples, (m, 3).
        """
        m, n_C, H, W = x.shape
        padded = pad(x, (self.by.padding,) * 4, value=self.blank)
        u, v, mirrored = (column[:, None] for column in draws.unbind(1))
        rows = torch.arange(H, device=x.device) + u  # (m, H)
        across = torch.arange(W, device=x.device)
        columns = torch.where(mirrored == 1, W - 1 - across, across) + v  # (m, W)
        examples = torch.arange(m, device=x.device)[:, None, None, None]
        channels = torch.arange(n_C, device=x.device)[:, None, None]
        return padded[examples, channels, rows[:, None, :, None], columns[:, None, None, :]]
