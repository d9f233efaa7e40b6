"""A module that knows what it was trained on, and keeps that in its checkpoints."""

from __future__ import annotations

from typing import Any

import lightning as L

from ref_numpy.data_spec import DataSpec
from torch_impl.data import trained_on
from torch_impl.data.datamodule import Data
from torch_impl.data.trained_on import TrainedOn
from torch_impl.lightning.private_api import trainer_of
from torch_impl.training_messages import input_error


class RecordedModule(L.LightningModule):
    """trained: on what, None before a fit.   units: σ_y of a regression's outputs, else None."""

    def __init__(self) -> None:
        super().__init__()
        self.trained: TrainedOn | None = None
        self.units: list[float] | None = None

    @property
    def data(self) -> Data | None:
        """The run's data set, where it is one of this package."""
        data = getattr(trainer_of(self), "datamodule", None)
        return data if isinstance(data, Data) else None

    def setup(self, stage: str) -> None:
        """Take over what the data mean; data to test on follow those of the training."""
        if self.data is None:
            return
        if stage == "fit":
            self.trained = self.data.record()
            self.count_in(self.data.spec)
        elif self.trained is None:
            self.count_in(self.data.spec)
        else:
            self.test_as(self.trained, stage)

    def test_as(self, trained: TrainedOn, stage: str) -> None:
        """Have examples and costs as they were in the training."""
        self.trained = trained
        self.count_in(trained.spec)
        if self.data is not None:
            self.data.follow(trained)
            self.data.setup(stage)

    def count_in(self, spec: DataSpec | None) -> None:
        self.units = None if spec is None or spec.units is None else spec.units.ravel().tolist()

    def in_units(self, cost: Any) -> float:
        """Σ σ_y² cost, of a cost of each output, in the target's own units; one cost is itself. At
        float64, which has room for the square."""
        if self.units is None:
            return cost
        return sum(unit * unit * each for unit, each in zip(self.units, cost, strict=True))

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        if self.trained is not None:
            checkpoint[trained_on.KEY] = self.trained.state()

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Raises InputError where a fit would be resumed on other data, or where an earlier version
        wrote the checkpoint and it does not say enough."""
        theirs = TrainedOn.of_checkpoint(checkpoint)
        if trainer_of(self) is None or self.trainer.state.fn is None:
            self.trained = theirs
            return
        stage = self.trainer.state.fn
        if theirs is None:
            if self.is_unclear(stage):
                raise trained_on.no_record(stage)
        elif stage != "fit":
            self.test_as(theirs, stage)
        elif self.trained is not None and (others := theirs.differences(self.trained)):
            raise input_error("checkpoint.other-data", differences="; ".join(others))

    def is_unclear(self, stage: str) -> bool:
        """Whether a checkpoint without a record may have been trained on other numbers than these:
        on targets as they came; or, where nothing was trained in this run, on unknown data."""
        if stage == "fit":
            return self.units is not None
        return self.trained is None and self.data is not None and self.data.record() is not None
