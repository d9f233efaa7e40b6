"""The masks of the dropouts of a twin: those that the reference draws."""

from __future__ import annotations

import torch

from ref_numpy import Context, Dropout
from ref_numpy.arrays.axes import batch_shape
from ref_numpy.arrays.masks import keep_mask
from torch_impl.conventions import to_batch
from torch_impl.twin import Network


def give_masks(network: Network, context: Context, m: int) -> None:
    """Set the mask of each dropout for one update.

    Args:
        network: the twin; its masks are of the device and dtype that masks need: any device's.
        context: of the run: seed, update, and the number of each example in its data set.
        m: the number of examples.
    """
    for step in network.spec.steps:
        if isinstance(step.layer, Dropout):
            at_step = context._replace(step=step.output)
            D = keep_mask(at_step, batch_shape(step.shape, m), step.layer.rate)
            device = next(network.parameters(), torch.empty(0)).device
            network.module_of(step).mask = to_batch(D).to(device)
