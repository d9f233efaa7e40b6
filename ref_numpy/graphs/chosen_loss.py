"""The loss of a network: by its name, or the one that belongs to the output."""

from __future__ import annotations

from ref_numpy.layer import Layer
from ref_numpy.loss import Loss
from ref_numpy.losses.binary_cross_entropy import BinaryCrossEntropy
from ref_numpy.losses.cross_entropy import CrossEntropy
from ref_numpy.losses.squared_error import SquaredError
from ref_numpy.registry import from_name


def chosen_loss(loss: str | Loss | None, output: Layer) -> Loss:
    """Return the loss of this name; a loss as it is; of None the one that belongs to the output."""
    return default_loss(output) if loss is None else loss_from_name(loss)


def loss_from_name(loss: str | Loss) -> Loss:
    """Return the loss of this name, "cross_entropy", …; a loss as it is."""
    return loss if isinstance(loss, Loss) else from_name(Loss.kinds, "loss", loss)


def default_loss(output: Layer) -> Loss:
    """Return the loss that belongs to an output activation."""
    for loss in (BinaryCrossEntropy, CrossEntropy):
        if type(output) is loss.output and output.ends_networks:
            return loss()
    return SquaredError()
