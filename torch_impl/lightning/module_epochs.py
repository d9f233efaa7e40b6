"""A module that sums and logs its epochs, and records their curves in its checkpoints."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from torch import Tensor

from torch_impl import torch_costs
from torch_impl.lightning.epoch_sums import EpochSums, correct
from torch_impl.lightning.label_counts import LabelCounts
from torch_impl.lightning.lr_schedules import update_plateaus
from torch_impl.lightning.module_record import RecordedModule
from torch_impl.training_messages import input_error
from torch_impl.twin import Network


class EpochModule(RecordedModule):
    """A module with the curves of its training.

    Attributes:
        network: what is trained.
        labels: of an update; None where the loss counts examples.
        sums: of the batches of an epoch so far, by stages.
        latest: this epoch's means so far, by their names in the log.
        costs: of every epoch, "train" and "val"; NaN where there was none.
        accuracies: likewise.
    """

    network: Network
    labels: LabelCounts | None
    sums: dict[str, EpochSums]

    def __init__(self) -> None:
        super().__init__()
        self.latest: dict[str, float] = {}
        self.costs: dict[str, list[float]] = {"train": [], "val": []}
        self.accuracies: dict[str, list[float]] = {"train": [], "val": []}

    def sums_of(self, right: Callable[..., Tensor] | None) -> dict[str, EpochSums]:
        """Return sums for each stage; `right` counts right predictions, of classes alone."""
        stages = ("train", "val", "test", "predict")
        return {stage: EpochSums(right, self.in_units) for stage in stages}

    def count_cost(self, stage: str, cost: Tensor, outputs: Tensor, y: Tensor) -> None:
        """Add a batch's cost to the sums of its stage."""
        self.sums[stage].add(cost, outputs, y, self.labels and self.labels.number(y))

    def cost_to_count(self, cost: Tensor, outputs: Tensor, y: Tensor, *w: Tensor) -> Tensor:
        """Return the cost for `in_units`: that of each output, where targets are standardised."""
        if self.units is None:
            return cost
        return torch_costs.output_losses(self.network.spec.loss, outputs.detach(), y, *w)

    def count_right(self, outputs: Tensor, y: Tensor) -> Tensor:
        """Return how many predictions are right; the largest logit is the largest probability."""
        if self.labels is not None:
            return ((outputs.argmax(dim=-1) == y) & self.labels.which(y)).sum()
        A = self.network.output(outputs) if y.is_floating_point() else outputs
        return correct(A, y, self.network.spec.loss.boundary)

    def log_step(self, cost: Tensor, number: int) -> None:
        """Log one batch's cost, every `log_every_n_steps` updates: the curve within an epoch."""
        every = self.trainer.log_every_n_steps  # pyright: ignore[reportAttributeAccessIssue]
        if every and number % every == 0:
            for logger in self.loggers:
                logger.log_metrics({"train_cost_step": self.in_units(cost.tolist())}, number)

    def on_train_epoch_end(self) -> None:
        """Log the epoch, record its costs and accuracies, and update the schedules."""
        self.log_epoch("train")
        for kind, curves in (("cost", self.costs), ("accuracy", self.accuracies)):
            for part, values in curves.items():
                values.append(self.latest.get(f"{part}_{kind}", math.nan))
        update_plateaus(self, self.current_epoch + 1, self.latest)
        self.latest = {}

    def on_validation_epoch_end(self) -> None:
        """Log the validation, unless it is Lightning's check before the training."""
        if self.trainer.sanity_checking:
            self.sums["val"].reset()
        else:
            self.log_epoch("val")

    def on_test_epoch_end(self) -> None:
        """Log the test."""
        self.log_epoch("test")

    def log_epoch(self, stage: str) -> None:
        """Log the means over all processes' examples; only costs have room in the progress bar.

        Raises:
            InputError: the mean cost of a training is not finite.
        """
        means = self.sums[stage].means(self.sum_over_processes)
        if means is None:
            return
        if stage != "test" and not math.isfinite(means[0]):
            raise input_error(
                "training.cost-not-finite",
                name=f"{stage}_cost",
                cost=means[0],
                epoch=self.current_epoch + 1,
                precision=self.trainer.precision,
            )
        logged = {f"{stage}_cost": means[0]}
        if self.sums[stage].right is not None:
            logged[f"{stage}_accuracy"] = means[1]
        for name, value in logged.items():  # sync_dist: all processes have the same value
            self.log(name, value, prog_bar=name.endswith("cost"), sync_dist=True)
        self.latest |= logged

    def sum_over_processes(self, sums: Tensor) -> Tensor:
        """Return the sums over all processes."""
        if self.device.type == "mps":
            sums = sums.float()  # the widest that it has
        sums = sums.to(self.device)
        return self.trainer.strategy.reduce(sums, reduce_op="sum")

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Record the epochs before and the epoch so far, which Lightning forgets."""
        super().on_save_checkpoint(checkpoint)
        checkpoint["epoch_sums"] = self.sums["train"].total(self.sum_over_processes)
        checkpoint |= {"costs": self.costs, "accuracies": self.accuracies, "latest": self.latest}

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Take over the epochs of a checkpoint."""
        super().on_load_checkpoint(checkpoint)
        self.costs = checkpoint.get("costs", self.costs)
        unknown = {part: [math.nan] * len(costs) for part, costs in self.costs.items()}
        self.accuracies = checkpoint.get("accuracies", unknown)
        self.latest = checkpoint.get("latest", self.latest)
        if self.global_rank == 0 and "epoch_sums" in checkpoint:
            self.sums["train"].reset(*checkpoint["epoch_sums"])
