"""A module that records the data of its training in its checkpoints."""

from __future__ import annotations

import math
from typing import Any

import lightning as L

from ref_numpy.data.data_spec import DataSpec
from torch_impl.data import trained_on
from torch_impl.data.datamodule import Data
from torch_impl.data.trained_on import TrainedOn
from torch_impl.lightning.private_api import trainer_of
from torch_impl.training_messages import input_error


class RecordedModule(L.LightningModule):
    """A module with a record of its training's data.

    Attributes:
        trained: the record; None before a fit.
        units: σ_y of a regression's outputs; None where targets are not standardised.
        degree: the power of σ_y by which the loss grows.
    """

    def __init__(self) -> None:
        super().__init__()
        self.trained: TrainedOn | None = None
        self.units: list[float] | None = None
        self.degree = 2

    @property
    def data(self) -> Data | None:
        """The run's data set, where it is one of this package."""
        data = getattr(trainer_of(self), "datamodule", None)
        return data if isinstance(data, Data) else None

    def setup(self, stage: str) -> None:
        """Take over the meaning of the data; data to test on follow those of the training."""
        if str(self.trainer.precision) == "64-true":
            self.double()  # Lightning does so after a checkpoint is read, and rounded to float32
        if self.data is None:
            return
        if stage == "fit":
            self.trained = self.data.record()
            self.use_units_of(self.data.spec)
        elif self.trained is None:
            self.use_units_of(self.data.spec)
        else:
            self.use_data_as_in_training(self.trained, stage)

    def use_data_as_in_training(self, trained: TrainedOn, stage: str) -> None:
        """Take examples and costs as they were in the training."""
        self.trained = trained
        self.use_units_of(trained.spec)
        if self.data is not None:
            self.data.follow(trained)
            self.data.setup(stage)

    def use_units_of(self, spec: DataSpec | None) -> None:
        """Count costs in the units of these targets."""
        self.units = None if spec is None or spec.units is None else spec.units.ravel().tolist()

    def in_units(self, cost: Any) -> float:
        """Σ σ_y^degree cost, of a cost of each output, in own units; one cost is itself.

        At float64, which has room for the square.
        """
        if self.units is None:
            return cost
        return sum(
            math.prod([unit] * self.degree) * each
            for unit, each in zip(self.units, cost, strict=True)
        )

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Write the record into a checkpoint."""
        if self.trained is not None:
            checkpoint[trained_on.KEY] = self.trained.state()

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Read the record of a checkpoint.

        Raises:
            InputError: a fit would be resumed on other data, or an earlier version wrote the
                checkpoint and its meaning is not clear.
        """
        theirs = TrainedOn.of_checkpoint(checkpoint)
        if trainer_of(self) is None or self.trainer.state.fn is None:
            self.trained = theirs
            return
        stage = self.trainer.state.fn
        if theirs is None:
            if self.is_unclear(stage):
                raise trained_on.no_record(stage)
        elif stage != "fit":
            self.use_data_as_in_training(theirs, stage)
        elif self.trained is not None and (others := theirs.differences(self.trained)):
            raise input_error("checkpoint.other-data", differences="; ".join(others))

    def is_unclear(self, stage: str) -> bool:
        """Return whether a checkpoint without a record may be of a training on other numbers.

        On targets as they came; or, where nothing was trained in this run, on unknown data.
        """
        if stage == "fit":
            return self.units is not None
        return self.trained is None and self.data is not None and self.data.record() is not None
