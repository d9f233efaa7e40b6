"""Examples of whole numbers, such as texts of tokens, with a label for each or for each position.

The network begins with an embedding: it is given by its description, --model.network. Numbers are
no features, so nothing is standardised, and no names of classes are known.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import torch

from ref_numpy.data.data_spec import DataSpec
from ref_numpy.graphs.graph import WholeNumbers
from ref_numpy.input_messages import input_error as array_error
from ref_numpy.inputs import check_whole_numbers
from ref_numpy.layer import Array
from ref_numpy.network import NetworkSpec
from torch_impl.data.batches import TensorPairs
from torch_impl.data.datamodule import Data, no_labels
from torch_impl.data.in_memory import part_numbers
from torch_impl.data.source_data import check_fractions
from torch_impl.data.trained_on import fingerprint
from torch_impl.training_messages import input_error


class Texts(NamedTuple):
    """Examples of whole numbers.

    Attributes:
        x: (m,) or (m, T).
        y: the labels, (m,) or (m, T); None where there are none.
    """

    x: Array
    y: Array | None


class TokenData(Data):
    """Whole numbers that fit in memory. A subclass loads them, in `load`.

    Args:
        val_fraction: of the training examples, held out to choose the model by.
        test_fraction: of all examples, held out where the source has no test set of its own.
        split_seed: of the split.
        kwargs: see `Data`.
    """

    def __init__(
        self,
        val_fraction: float = 0.1,
        test_fraction: float = 0.2,
        split_seed: int = 0,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        check_fractions(val_fraction, test_fraction)
        self.fractions = {"val_fraction": val_fraction, "test_fraction": test_fraction}
        self.split_seed = split_seed
        self.known: tuple[Texts, Texts | None] | None = None
        self.classes: DataSpec | None = None
        self.is_other = False  # the network was trained on other examples

    def load(self) -> tuple[Texts, Texts | None]:
        """Return the examples to train with, and a test set of their own, or None."""
        raise TypeError(f"{type(self).__name__} defines no load")

    @property
    def loaded(self) -> tuple[Texts, Texts | None]:
        """What `load` returns, once.

        Raises:
            InputError: it holds something else than whole numbers, or not a label for each.
        """
        if self.known is None:
            train, test = self.load()
            for texts in (train, test or train):
                check_texts(texts, self.title)
                both = [(a, b) for a, b in zip(texts, train, strict=True) if a is not None]
                given, shape = (
                    [a.shape[1:] for a in each if a is not None] for each in zip(*both, strict=True)
                )
                if given != shape:
                    raise input_error("data.other-texts", path=self.title, given=given, shape=shape)
            self.known = train, test
        return self.known

    @property
    def n_x(self) -> int:
        """The whole numbers of an example."""
        return math.prod(self.loaded[0].x.shape[1:])

    @property
    def n_y(self) -> int:
        """The labels of an example, if there are any; their classes are the network's."""
        y = self.loaded[0].y
        return 0 if y is None else math.prod(y.shape[1:])

    @property
    def output(self) -> str:
        """What says that a network for these data is given by its description."""
        return "tokens"

    @property
    def described(self) -> DataSpec:
        """The classes of the network, by their numbers."""
        if self.classes is None:
            raise TypeError(f"{type(self).__name__} has no network")
        return self.classes

    def setup(self, stage: str) -> None:
        """Split the examples; those of a file that the network was not trained on are all one part.

        Raises:
            InputError: there are no labels, and not only predictions are asked for.
        """
        if self.parts:
            return
        train, test = self.loaded
        labelled = test if test is not None and test.y is not None else None
        if test is not None and labelled is None:
            self.parts["predict"] = pairs_of(test)
        if train.y is None:
            if stage != "predict":
                raise no_labels(self.title)
            self.parts["predict"] = pairs_of(test or train)
        elif self.is_other:
            self.parts["val"] = self.parts["test"] = pairs_of(labelled or train)
        else:
            numbers = self.rows_of_parts(len(train.x), labelled is not None)
            for part, chosen in numbers.items():
                whole = part == "test" and labelled is not None
                self.parts[part] = pairs_of(labelled) if whole else pairs_of(train, chosen)  # pyright: ignore[reportArgumentType]
            if numbers["test"] is not None:
                self.row_names["test"] = "row", (numbers["test"] + 1).tolist()

    def rows_of_parts(self, m: int, own_test: bool) -> dict[str, Array | None]:
        """Return the numbers of each part's rows; None of a test set of the source's own.

        Args:
            m: the rows, but for those of such a test set.
            own_test: whether there is one.
        """
        own = {"own_parts": ["test"] if own_test else [], "split_seed": self.split_seed}
        return part_numbers(m, None, {**self.fractions, **own})

    @property
    def notes(self) -> dict[str, str]:
        """The lines about the source for the first lines of a run, by their names."""
        return {}

    @property
    def compared(self) -> tuple[str, ...]:
        """The parts of the state that a training resumes with unchanged."""
        return (*self.fractions, "split_seed", "content")

    def use_all(self, stage: str) -> None:
        """Take all examples for a network that was trained on others."""
        self.is_other, self.parts, self.row_names = True, {}, {}
        self.setup(stage)

    @property
    def part_sizes(self) -> dict[str, int]:
        """The number of examples in each part."""
        self.setup("fit")
        return {part: len(examples) for part, examples in self.parts.items()}

    def state_dict(self) -> dict[str, Any]:
        """Return what determines the order of the batches, and what they hold."""
        arrays = [array for texts in filter(None, self.loaded) for array in texts]
        of_split = {**self.fractions, "split_seed": self.split_seed}
        return {**super().state_dict(), **of_split, "content": fingerprint(arrays)}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Compare these data with those of a checkpoint, and take over their order.

        Raises:
            InputError: a network would be tested on examples that it was trained on, or a training
                resumed on others.
        """
        super().load_state_dict(state_dict)
        ours = self.state_dict()
        stage = self.trainer.state.fn if self.trainer is not None else None
        if stage not in (None, "fit") and state_dict.get("content") != ours["content"]:
            self.use_all(str(stage.value))
            return
        for name in self.compared:
            if (theirs := state_dict.get(name, ours[name])) != ours[name]:
                facts = {"name": name, "theirs": theirs, "ours": ours[name]}
                raise input_error("checkpoint.other-batches", **facts)

    def raw(self, part: str) -> Array:
        """Return x (m,) or (m, T) of a part."""
        return self.parts[part][:][0].cpu().numpy()

    def check_network(self, spec: NetworkSpec) -> None:
        """Check that every token and every label that counts is one of the network's.

        Raises:
            InputError: one is not.
        """
        (name, shape), *_ = spec.inputs.items()
        assert isinstance(shape, WholeNumbers)
        for x, y in filter(None, self.loaded):
            check_whole_numbers(name, x, (None, *shape.shape), shape.n)
            if y is not None:
                check_classes(spec, y)
        self.classes = classes_of(spec)


def pairs_of(texts: Texts, chosen: Any = None) -> TensorPairs:
    """Return tokens and labels, those of the chosen rows; without labels (m, 0)."""
    rows = slice(None) if chosen is None else chosen
    x = np.asarray(texts.x[rows], np.int64)
    y = np.zeros((len(x), 0)) if texts.y is None else texts.y[rows]
    return TensorPairs(torch.from_numpy(x), torch.from_numpy(np.asarray(y, np.int64)))


def takes_tokens(spec: NetworkSpec) -> bool:
    """Return whether a network takes whole numbers alone, and has labels of whole numbers."""
    inputs = [*spec.inputs.values()]
    return len(inputs) == 1 and isinstance(inputs[0], WholeNumbers) and spec.loss.whole_labels


def classes_of(spec: NetworkSpec) -> DataSpec:
    """Return the meaning of the outputs at a position: the classes, by their numbers."""
    return DataSpec(spec.input_shape, "classes", tuple(map(str, range(spec.output_shape[0]))))


def is_of_tokens(checkpoint: Mapping[str, Any]) -> bool:
    """Return whether a checkpoint's network takes whole numbers."""
    try:
        inputs = json.loads(checkpoint["network"])["inputs"].values()
    except (KeyError, TypeError, ValueError, AttributeError):  # a chain, or an older checkpoint
        return False
    return all(isinstance(item, dict) for item in inputs)


def check_classes(spec: NetworkSpec, y: Array) -> None:
    """Check that the labels have the shape of the network's outputs, and its classes.

    Raises:
        InputError: they have another shape, or one that counts is no class.
    """
    n_y, *positions = spec.output_shape
    if y.shape[1:] != (*positions,):
        raise array_error("labels.whole-shape", shape=y.shape, expected=(len(y), *positions))
    counted = spec.loss.counted(y)
    wrong = ((y < 0) | (y >= n_y)) & (True if counted is None else counted)
    if wrong.any():
        first = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise array_error("labels.no-class", label=y[first], index=list(first), last=n_y - 1)


def check_texts(texts: Texts, title: str) -> None:
    """Check that examples and labels are whole numbers, and as many.

    Raises:
        InputError: they are not.
    """
    x, y = texts
    for name, array in (("x", x), *([] if y is None else [("y", y)])):
        if array.dtype.kind not in "iu" or array.ndim not in (1, 2) or not array.size:
            facts = {"name": name, "dtype": array.dtype, "shape": array.shape}
            raise input_error("data.whole-numbers", path=title, **facts)
    if y is not None and len(x) != len(y):
        raise input_error("data.array-shapes", x_shape=x.shape, y_shape=y.shape)
