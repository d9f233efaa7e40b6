"""A data set as Lightning takes it: its sizes, and the batches of its parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import lightning as L
import torch

from ref_numpy.inputs import InputError
from ref_numpy.layer import Array
from ref_numpy.preprocessing import Standardiser
from torch_impl import conventions
from torch_impl.batches import Batches, Part, TensorPairs
from torch_impl.labels import OUTPUTS, Task, as_pictures


class Data(L.LightningDataModule):
    """A subclass makes, in `setup`, `parts` (train, val and test), `task` and `n_outputs`.

    The order of the batches follows `seed_everything`; a checkpoint keeps it.

    Args:
        batch_size: examples in a mini-batch, of each process.
        batches_per_step: the mini-batches of one training step of Lightning, an update each: see
            the model's option of this name, which follows this one.
        on_device: keep the examples where the network is, so that a batch is an index selection
            there; false leaves them in the memory of the host.
    """

    images: ClassVar[bool] = False
    shuffled: ClassVar[bool] = True
    task: Task
    n_outputs: int

    def __init__(
        self, batch_size: int = 64, batches_per_step: int = 1, on_device: bool = True
    ) -> None:
        super().__init__()
        for name, size in (("batch_size", batch_size), ("batches_per_step", batches_per_step)):
            if size < 1:
                raise InputError(f"{name} is {size}; expected a whole number from 1 up.")
        self.batch_size, self.batches_per_step = batch_size, batches_per_step
        self.on_device = on_device
        self.standardiser: Standardiser | None = None
        self.image_shape: tuple[int, ...] | None = None
        self.parts: dict[str, Part] = {}
        self.seed: int | None = None

    @property
    def n_x(self) -> int:
        """The number of inputs; reads the data if they were not read yet."""
        self.setup("fit")
        return self.parts["train"][:1][0].shape[1]

    @property
    def n_y(self) -> int:
        """The number of outputs: of classes, or of numbers in a label."""
        self.setup("fit")
        return self.n_outputs

    @property
    def output(self) -> str:
        """The output activation that the task asks for."""
        self.setup("fit")
        return OUTPUTS[self.task]

    def pictures(self, part: str) -> Array | None:
        """A part's images as they were before they were standardised, (m, h, w) or (m, h, w, 3);
        None where an example is no image."""
        self.setup("fit")
        if self.image_shape is None:
            return None
        X = conventions.from_batch(self.parts[part][:][0])
        return as_pictures(
            self.standardiser.invert(X) if self.standardiser else X, self.image_shape
        )

    def batches(self, part: str, **options: Any) -> Batches:
        """The batches of a part, for this process, on its device."""
        examples, trainer = self.parts[part], self.trainer
        if trainer is not None:
            options |= {"process": trainer.global_rank, "processes": trainer.world_size}
            if self.on_device and isinstance(examples, TensorPairs):
                examples = self.parts[part] = examples.to(trainer.strategy.root_device)
        return Batches(examples, self.batch_size, **options)

    def train_dataloader(self) -> Batches:
        self.seed = torch.initial_seed() if self.seed is None else self.seed
        # What is to be learnt by heart (Trainer's overfit_batches) is the same in every epoch.
        by_heart = self.trainer is not None and self.trainer.overfit_batches  # pyright: ignore[reportAttributeAccessIssue]
        return self.batches(
            "train",
            seed=self.seed if self.shuffled and not by_heart else None,
            equal=True,
            per_step=self.batches_per_step,
        )

    def val_dataloader(self) -> Batches:
        return self.batches("val")

    def test_dataloader(self) -> Batches:
        return self.batches("test")

    def predict_dataloader(self) -> Batches:
        return self.batches("test")

    def transfer_batch_to_device(
        self, batch: Any, device: torch.device, dataloader_idx: int
    ) -> Any:
        x = batch[0][0] if isinstance(batch, list) else batch[0]
        if x.device == device:
            return batch
        return super().transfer_batch_to_device(batch, device, dataloader_idx)

    def state_dict(self) -> dict[str, Any]:
        """What the order of the batches follows from."""
        examples = len(self.parts["train"]) if "train" in self.parts else None
        sizes = {"batch_size": self.batch_size, "batches_per_step": self.batches_per_step}
        return {"seed": self.seed, "examples": examples, **sizes}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Raises InputError where a fit would go on with other batches."""
        fitting = self.trainer is not None and self.trainer.state.fn == "fit"
        for name, ours in self.state_dict().items():
            theirs = state_dict.get(name, ours)
            if fitting and name != "seed" and theirs != ours:
                raise InputError(
                    f"the checkpoint's run had {name} {theirs}, and this one has {ours}; "
                    f"go on with the same, or begin anew."
                )
        self.seed = state_dict["seed"]
