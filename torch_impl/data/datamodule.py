"""A data set as Lightning takes it: its sizes, and the batches of its parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import lightning as L
import torch

from ref_numpy.data.data_spec import DataSpec
from ref_numpy.data.image_layout import ImageLayout
from ref_numpy.errors import InputError
from ref_numpy.layer import Array
from ref_numpy.network import NetworkSpec
from torch_impl import conventions
from torch_impl.data.batches import Batches, Part, TensorPairs
from torch_impl.data.image_sets.augmented import AugmentedImages
from torch_impl.data.images import as_pictures, channels_first
from torch_impl.data.rows import EncodedRows
from torch_impl.data.trained_on import TrainedOn
from torch_impl.training_messages import input_error

AS_THEY_ARE = "as they are"  # the images of a training that changes none


class Data(L.LightningDataModule):
    """A data set. A subclass makes `spec`, in `describe`, and `parts`, in `setup`.

    The parts are train, val and test. The order of the batches follows `seed_everything`; a
    checkpoint records it.

    Args:
        batch_size: examples in a mini-batch, of each process.
        batches_per_step: the mini-batches of one training step of Lightning, an update each: see
            the model's option of this name, which follows this one.
        on_device: keep the training examples where the network is, so that a batch is an index
            selection there; false leaves them in the memory of the host.

    Attributes:
        endings: of the files, "/" of folders, that `train.py predict RUN FILE` reads by this class.
        path_option: the option that names such a file.
        path_defaults: words of further options, which are not those of the run.
        beside_path: what follows the option in a command that begins with such a file.
        of_images: the order of the pixels, where the network takes images.
        augmented: what a training does to its images; None leaves them as they are.
    """

    endings: ClassVar[tuple[str, ...]] = ()
    path_option: ClassVar[str] = "path"
    path_defaults: ClassVar[tuple[str, ...]] = ()
    beside_path: ClassVar[str] = ""
    images: ClassVar[bool] = False
    shuffled: ClassVar[bool] = True
    of_images: ImageLayout | None = None
    augmented: AugmentedImages | None = None

    def __init__(
        self, batch_size: int = 64, batches_per_step: int = 1, on_device: bool = True
    ) -> None:
        super().__init__()
        for name, size in (("batch_size", batch_size), ("batches_per_step", batches_per_step)):
            if size < 1:
                raise input_error("data.size", name=name, given=size, least=1)
        self.batch_size, self.batches_per_step = batch_size, batches_per_step
        self.on_device = on_device
        # Of the examples; a Trainer's precision decides, if there is one.
        self.dtype = torch.float32
        self.spec: DataSpec | None = None
        self.image_shape: tuple[int, ...] | None = None
        self.parts: dict[str, Part] = {}
        # What names the examples of a part, and their names: ("file", ["cat/1.jpg", …]).
        self.row_names: dict[str, tuple[str, Sequence[Any]]] = {}
        self.seed: int | None = None

    @property
    def title(self) -> str:
        """The data set's name for a person."""
        return type(self).__name__

    def describe(self) -> None:
        """Make `spec`, once, and read no more than that needs."""

    def record(self) -> TrainedOn | None:
        """Return the record of these data for the networks that are trained on them, if known."""
        return None

    def follow(self, trained: TrainedOn) -> None:
        """Give the examples as a network takes them that was trained on other data, or on these.

        Their meaning, standardisation and held-out part are then those of `trained`; nothing is
        derived from these data.
        """

    @property
    def described(self) -> DataSpec:
        """`spec`, which is made if it was not yet."""
        self.describe()
        if self.spec is None:
            raise TypeError(f"{type(self).__name__}.describe made no spec")
        return self.spec

    @property
    def n_x(self) -> int:
        """The number of inputs; reads the data if they were not read yet."""
        return self.described.n_x

    @property
    def n_y(self) -> int:
        """The number of outputs: of classes, or of numbers in a label."""
        return self.described.n_y

    @property
    def output(self) -> str:
        """The output activation that the task needs."""
        return self.described.output

    @property
    def image(self) -> tuple[int, ...] | None:
        """(n_C, H, W), as a network takes it, where an example is an image."""
        self.describe()
        return None if self.image_shape is None else channels_first(self.image_shape)

    @property
    def vocabulary(self) -> int | None:
        """The number of different tokens, where examples are such and it is known."""
        return None

    def check_network(self, spec: NetworkSpec) -> None:
        """Check that a network takes these data, and give them as it does.

        The sizes are compared before.
        """

    def dtype_for_trainer(self) -> torch.dtype:
        """Return the dtype of the examples: a run at 64-true takes all their digits."""
        if self.trainer is not None:
            double = str(getattr(self.trainer, "precision", "")) == "64-true"
            self.dtype = torch.float64 if double else torch.float32
        return self.dtype

    def raw(self, part: str) -> Array:
        """Return x (m, n_x) of a part, as the source has its numbers."""
        examples = self.parts[part]
        if isinstance(examples, EncodedRows):
            return examples.raw()
        X = conventions.from_batch(conventions.from_images(examples[:][0], self.of_images))
        inputs = self.spec and self.spec.inputs
        return (inputs.invert(X) if inputs else X).T

    def pictures(self, part: str) -> Array | None:
        """Return a part's images as the source has them, (m, h, w) or (m, h, w, 3).

        Returns:
            None where an example is not an image.
        """
        self.setup("test")
        return None if self.image_shape is None else as_pictures(self.raw(part), self.image_shape)

    def batches(self, part: str, **options: Any) -> Batches:
        """Return the batches of a part, for this process, on its device."""
        examples, trainer = self.parts[part], self.trainer
        if trainer is not None:
            options |= {"process": trainer.global_rank, "processes": trainer.world_size}
            if self.on_device and isinstance(examples, TensorPairs):
                examples = self.parts[part] = examples.to(trainer.strategy.root_device)
            copied = examples.device != trainer.strategy.root_device
            options["pinned"] = copied and trainer.strategy.root_device.type == "cuda"
            options["ahead"] = copied or isinstance(examples, EncodedRows)
        return Batches(examples, self.batch_size, **options)

    def train_dataloader(self) -> Batches:
        """Return the training batches, in an order that follows the seed."""
        self.seed = torch.initial_seed() if self.seed is None else self.seed
        # Batches to overfit (Trainer's overfit_batches) are the same in every epoch.
        overfit = self.trainer is not None and self.trainer.overfit_batches  # pyright: ignore[reportAttributeAccessIssue]
        return self.batches(
            "train",
            seed=self.seed if self.shuffled and not overfit else None,
            equal=True,
            per_step=self.batches_per_step,
            augmented=self.augmented,
        )

    def val_dataloader(self) -> Any:
        """Return the validation batches; none where nothing is held out for that.

        Raises:
            InputError: they are all that is asked for.
        """
        if len(self.parts["val"]):
            return self.labelled_batches("val")
        if self.trainer is not None and self.trainer.state.fn == "validate":
            raise input_error("data.no-validation", name=self.title)
        return []

    def test_dataloader(self) -> Batches:
        """Return the test batches."""
        return self.labelled_batches("test")

    def labelled_batches(self, part: str) -> Batches:
        """Return the batches of a part whose predictions are to be compared with labels.

        Raises:
            InputError: the part has no labels.
        """
        examples = self.parts[part]
        if isinstance(examples, EncodedRows) and not examples.rows.labelled:
            raise no_labels(self.title)
        return self.batches(part)

    def predict_dataloader(self) -> Batches:
        """Return the batches of the test part, or of a test set without labels."""
        return self.batches(self.part_to_predict)

    @property
    def part_to_predict(self) -> str:
        """The part that `predict` takes."""
        return "predict" if "predict" in self.parts else "test"

    def transfer_batch_to_device(
        self, batch: Any, device: torch.device, dataloader_idx: int
    ) -> Any:
        """Leave a batch that is there already."""
        x = batch[0][0] if isinstance(batch, list) else batch[0]
        if x.device == device:
            return batch
        return super().transfer_batch_to_device(batch, device, dataloader_idx)

    def state_dict(self) -> dict[str, Any]:
        """Return the seed and the sizes that determine the batches, and what changes images."""
        examples = len(self.parts["train"]) if "train" in self.parts else None
        sizes = {"batch_size": self.batch_size, "batches_per_step": self.batches_per_step}
        seed = torch.initial_seed() if self.seed is None else self.seed
        changes = {} if self.augmented is None else {"images": self.augmented.by.text}
        return {"seed": seed, "examples": examples, **sizes, **changes}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over the order of a checkpoint's batches.

        Raises:
            InputError: a fit would be resumed with other batches.
            TypeError: the seed is no number.
        """
        fitting = self.trainer is not None and self.trainer.state.fn == "fit"
        for name, ours in {"images": AS_THEY_ARE, **self.state_dict()}.items():
            theirs = state_dict.get(name, AS_THEY_ARE if name == "images" else ours)
            if fitting and name != "seed" and theirs != ours:
                raise input_error("checkpoint.other-batches", name=name, theirs=theirs, ours=ours)
        seed = state_dict["seed"]
        if fitting and (not isinstance(seed, int) or isinstance(seed, bool)):
            raise TypeError(f"the seed of the batches' order is a {type(seed).__name__}")
        self.seed = state_dict["seed"]


def no_labels(name: str) -> InputError:
    """Return the error for a part without labels."""
    return input_error("data.no-labels", name=name)
