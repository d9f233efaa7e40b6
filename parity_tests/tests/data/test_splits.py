"""Arrays become parts: how large, of which classes, with which statistics, of which types."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from ref_numpy import Array, InputError
from torch_impl.data import Digits, NpzFile
from torch_impl.data.in_memory import ArrayData, halves
from torch_impl.data.sources import Examples

RNG = np.random.default_rng(0)
PARTS = ("val_fraction", "test_fraction")


class Given(ArrayData):
    """These arrays."""

    def __init__(self, x: Array, y: Array, test: Examples | None = None, **options) -> None:
        super().__init__(**options)
        self.given = Examples(x, y), test

    def load(self) -> tuple[Examples, Examples | None]:
        return self.given


@pytest.mark.parametrize(
    ("name", "fraction"),
    [("test_fraction", 0.0), *((part, f) for part in PARTS for f in (1.0, -0.5, 1.5))],
)
def test_a_test_is_more_than_nothing_and_a_part_less_than_all(name: str, fraction: float) -> None:
    with pytest.raises(InputError) as refused:
        Digits(**{name: fraction})
    assert refused.value.code == "data.fraction"
    assert (refused.value.facts["name"], refused.value.facts["fraction"]) == (name, fraction)
    Digits(**{name: 0.5, "batch_size": 1})


def test_without_a_validation_all_but_the_test_is_trained_with() -> None:
    x = np.arange(20.0).reshape(20, 1)
    data = Given(x, RNG.standard_normal(20), val_fraction=0, standardise="none")
    data.setup("fit")
    trained, tested = (data.parts[part][:][0].ravel().tolist() for part in ("train", "test"))
    assert (len(trained), len(data.parts["val"]), len(tested)) == (16, 0, 4)
    assert sorted(trained + tested) == x.ravel().tolist()
    assert data.describe_rows("train", "val") == "Given: 16 to train, none to validate"


@pytest.mark.parametrize(("m", "fractions"), [(2, (0.2, 0.1)), (3, (0.5, 0.5)), (1, (0.2, 0.0))])
def test_too_few_examples_are_counted_in_the_sentence(
    m: int, fractions: tuple[float, float]
) -> None:
    test, val = fractions
    with pytest.raises(InputError) as refused:
        Given(
            np.ones((m, 2)), RNG.standard_normal(m), test_fraction=test, val_fraction=val,
            task="regression",
        ).setup("fit")  # fmt: skip
    assert refused.value.code == "data.split"
    assert refused.value.facts == {"m": m, "test_fraction": test, "val_fraction": val}
    assert str(refused.value).startswith("1 example cannot" if m == 1 else f"{m} examples cannot")


def test_the_parts_have_the_documented_sizes() -> None:
    data = Given(RNG.standard_normal((100, 2)), RNG.standard_normal(100))
    data.setup("fit")
    assert [len(data.parts[part]) for part in ("train", "val", "test")] == [72, 8, 20]
    more = Given(*(data.given[0].x, data.given[0].y), test_fraction=0.5, val_fraction=0.2)
    more.setup("test")
    assert [len(more.parts[part]) for part in ("train", "val", "test")] == [40, 10, 50]
    own = Given(data.given[0].x, data.given[0].y, Examples(np.ones((7, 2)), np.ones(7)))
    own.setup("fit")
    assert [len(own.parts[part]) for part in ("train", "val", "test")] == [90, 10, 7]


def test_the_split_is_the_seeds() -> None:
    x, y = np.arange(40.0).reshape(40, 1), np.arange(40) % 2
    parts = []
    for options in ({}, {"split_seed": 0}, {"split_seed": 1}):
        data = Given(x, y, standardise="none", **options)
        data.setup("fit")
        parts.append(data.parts["test"][:][0][:, 0].tolist())
    assert parts[0] == parts[1] != parts[2]


def test_a_file_without_its_own_options_is_read_once(tmp_path: Path) -> None:
    np.savez(tmp_path / "mine.npz", x=RNG.standard_normal((30, 2)), y=np.arange(30) % 3)
    data = NpzFile(str(tmp_path / "mine.npz"))
    assert data.parts == {}
    assert data.spec is None
    assert (data.n_y, data.output, data.n_x) == (3, "softmax", 2)
    assert NpzFile(str(tmp_path / "mine.npz")).output == "softmax"
    assert NpzFile(str(tmp_path / "mine.npz")).n_x == 2
    (tmp_path / "mine.npz").unlink()
    data.setup("fit")
    parts = data.parts
    data.setup("test")
    assert data.parts is parts


def classes_of(y: list[int], fraction: float) -> tuple[list[int], list[int]]:
    """How many of each class are in the training and validation parts, and in the test part."""
    labels = np.array(y)
    train, test = halves(np.arange(len(y)), labels, fraction, 0)
    return np.bincount(labels[train]).tolist(), np.bincount(labels[test]).tolist()


@pytest.mark.parametrize(
    ("y", "fraction", "train", "test"),
    [
        ([0] * 60 + [1] * 20, 0.25, [45, 15], [15, 5]),
        ([0] * 60 + [1] * 20, 0.75, [15, 5], [45, 15]),
        ([0] * 8 + [1] * 2, 0.5, [4, 1], [4, 1]),  # two of a class: one for each part
        ([0, 1, 2] * 2, 0.5, [1, 1, 1], [1, 1, 1]),  # as many in a part as there are classes
        ([0, 1, 2] * 3, 1 / 3, [2, 2, 2], [1, 1, 1]),
        ([0, 1, 2] * 3, 2 / 3, [1, 1, 1], [2, 2, 2]),
        ([0, 1, 2] * 3 + [0], 0.21, [3, 2, 2], [1, 1, 1]),  # 2.1 examples are three
    ],
)
def test_each_class_is_in_each_part_in_its_proportion(y, fraction, train, test) -> None:
    assert classes_of(y, fraction) == (train, test)


@pytest.mark.parametrize(
    ("y", "fraction"),
    [
        ([0] * 9 + [1], 0.2),  # one of a class
        ([0, 1, 2, 3] * 5, 0.15),  # three for four classes
        ([0] * 4 + [1] * 3 + [2] * 3, 0.75),  # eight of ten, and two for three classes
        ([0] * 4 + [1] * 3 + [2] * 3, 0.2),  # two for three classes
    ],
)
def test_where_there_is_not_enough_of_every_class_chance_decides(y, fraction) -> None:
    from sklearn.model_selection import train_test_split

    ours = halves(np.arange(len(y)), np.array(y), fraction, 0)
    theirs = train_test_split(np.arange(len(y)), test_size=fraction, random_state=0)
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(mine, other)


def test_real_numbers_have_no_proportion() -> None:
    """Also where they are few, as grades are."""
    from sklearn.model_selection import train_test_split

    x, y = np.arange(40.0)[:, np.newaxis], (np.arange(40) % 2).astype(np.float32)
    data = Given(x, y, task="regression", split_seed=5, test_fraction=0.25, standardise="none")
    data.setup("fit")
    train, test = train_test_split(x, test_size=0.25, random_state=5)
    train, val = train_test_split(train, test_size=0.1, random_state=5)
    for part, rows in (("train", train), ("val", val), ("test", test)):
        np.testing.assert_array_equal(data.parts[part][:][0], rows)


def test_a_test_set_of_its_own_is_like_the_training_set() -> None:
    x, y = RNG.standard_normal((20, 2)), np.arange(20) % 2
    real = RNG.standard_normal((20, 3))
    for train, test, options in (
        (Examples(x, y), Examples(np.ones((4, 3)), np.ones(4, int)), {}),
        (Examples(x, real), Examples(np.ones((4, 2)), np.ones((4, 2))), {}),
    ):
        with pytest.raises(
            InputError, match=r"an example has shape|some labels are rows of 3 numb"
        ):
            Given(train.x, train.y, test, **options).setup("fit")
    for bad, message in (
        (Examples(np.full((4, 2), np.nan), np.ones(4)), "4 example.* not finite"),
        (Examples(np.ones((4, 2)), np.array([0, 1, 1, 2])), "y has 3 different whole numbers, fro"),
    ):
        with pytest.raises(InputError, match=message):
            Given(x, y, bad, task="binary").setup("fit")
    images = Given(x.reshape(20, 2, 1), y, Examples(np.ones((4, 2), np.uint8), y[:4] == 1))
    images.setup("fit")
    with pytest.raises(InputError, match=r"an example has shape \(1, 2\); expected \(2, 1\)"):
        Given(x.reshape(20, 2, 1), y, Examples(np.ones((4, 1, 2)), y[:4])).setup("fit")
    assert images.parts["test"][:][0].shape == (4, 2)


def test_a_class_that_only_the_test_set_has_is_a_class() -> None:
    x, y = RNG.standard_normal((20, 2)), np.arange(20) % 3
    data = Given(x, y, Examples(x[:2], np.array([0, 3])))
    assert (data.n_y, data.output) == (4, "softmax")


@pytest.mark.parametrize(
    ("y", "task", "dtype", "shape"),
    [
        (np.arange(20) % 3, "auto", torch.int64, ()),
        (np.arange(20) % 2, "auto", torch.float32, (1,)),
        (np.arange(20) % 2, "classes", torch.int64, ()),
        (RNG.standard_normal(20), "auto", torch.float32, (1,)),
        (RNG.standard_normal((20, 3)), "auto", torch.float32, (3,)),
    ],
    ids=["classes", "binary", "two classes", "real", "real vectors"],
)
def test_what_the_loss_takes(y: Array, task, dtype: torch.dtype, shape: tuple[int, ...]) -> None:
    """torch's criteria: class indices for cross-entropy, (m, n_y) floats for the others."""
    data = Given(RNG.standard_normal((20, 2)), y, task=task, batch_size=4)
    data.setup("fit")
    x, targets = next(iter(data.val_dataloader()))
    assert (x.dtype, x.shape) == (torch.float32, (2, 2))
    assert (targets.dtype, targets.shape) == (dtype, (2, *shape))


def test_the_loaders_are_those_of_their_parts() -> None:
    x = np.arange(100.0)[:, np.newaxis]
    data = Given(x, np.arange(100) % 2, standardise="none", batch_size=7)
    data.setup("fit")
    for part, loader in (
        ("val", data.val_dataloader()), ("test", data.test_dataloader()),
        ("test", data.predict_dataloader()),
    ):  # fmt: skip
        batches = list(loader)
        assert [len(b[0]) for b in batches[:-1]] == [7] * (len(batches) - 1)
        assert torch.equal(torch.cat([b[0] for b in batches]), data.parts[part][:][0])
        assert torch.equal(torch.cat([b[1] for b in batches]), data.parts[part][:][1])
    shuffled = torch.cat([b[0] for b in data.train_dataloader()])
    assert not torch.equal(shuffled, data.parts["train"].x)
    assert torch.equal(shuffled.sort(0).values, data.parts["train"].x.sort(0).values)
