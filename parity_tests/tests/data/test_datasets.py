"""The data sets, their split, and what a source must look like."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from ref_numpy import InputError
from torch_impl.data import (
    BreastCancer,
    CourseHDF5,
    Digits,
    NpzFile,
    PlanarFlower,
    TwoMoons,
    sources,
)
from torch_impl.data.in_memory import ArrayData

h5py = pytest.importorskip("h5py")

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("data", "sizes", "m"),
    [
        (Digits(), (64, 10, "softmax"), 1797),
        (BreastCancer(), (30, 1, "sigmoid"), 569),
        (PlanarFlower(), (2, 1, "sigmoid"), 400),
        (TwoMoons(m=100), (2, 1, "sigmoid"), 100),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_data_set_says_its_sizes_and_is_split(data: ArrayData, sizes: tuple, m: int) -> None:
    assert (data.n_x, data.n_y, data.output) == sizes
    data.setup("fit")
    assert sum(len(part) for part in data.parts.values()) == m
    rows = [tuple(x.tolist()) for part in data.parts.values() for x in part[:][0]]
    assert len(set(rows)) >= m - 2  # the digits have no, the others at most two equal examples
    x, y = next(iter(data.train_dataloader()))
    assert x.shape == (64, data.n_x)
    assert y.shape == ((64,) if data.output == "softmax" else (64, 1))


def test_the_statistics_are_those_of_the_training_part() -> None:
    data = BreastCancer()
    data.setup("fit")
    train = data.parts["train"][:][0].double()
    # Σ of m values near 1 in size, each rounded to float32: γ_m of their sum at most.
    m = len(train)
    assert np.all(np.abs(train.mean(0).numpy()) <= m * 2.0**-23 * train.abs().mean(0).numpy())
    assert np.all(np.abs((train**2).mean(0).numpy() - 1) <= m * 2.0**-23)
    assert torch.all(data.parts["test"][:][0].double().mean(0) != 0)


def test_one_epoch_is_every_training_example_once_in_another_order() -> None:
    data = PlanarFlower()
    data.setup("fit")
    loader, epochs = data.train_dataloader(), []
    for epoch in (0, 1, 0):
        loader.set_epoch(epoch)
        epochs.append(torch.cat([x for x, _ in loader]))
    first, second, again = epochs
    assert not torch.equal(first, second)
    assert torch.equal(first, again)
    assert sorted(map(tuple, first.tolist())) == sorted(map(tuple, data.parts["train"].x.tolist()))
    assert sorted(map(tuple, first.tolist())) == sorted(map(tuple, second.tolist()))


def test_the_flower_has_two_petal_sets_within_reach() -> None:
    flower = sources.planar_flower(m=400, seed=5)
    assert flower.x.shape == (400, 2)
    assert np.bincount(flower.y).tolist() == [200, 200]
    radius = np.hypot(*flower.x.T)
    assert 3 < radius.max() < 4 + 0.2 * 6


CAT_X = RNG.integers(0, 256, (20, 4, 4, 3), dtype=np.uint8)
CAT_Y = RNG.permutation(np.repeat([0, 1], 10))


def write_cats(folder: Path) -> tuple[Path, Path]:
    train, test = folder / "train_catvnoncat.h5", folder / "test_catvnoncat.h5"
    for path, which in ((train, "train"), (test, "test")):
        with h5py.File(path, "w") as file:
            file[f"{which}_set_x"], file[f"{which}_set_y"] = CAT_X, CAT_Y
            file["list_classes"] = np.array([b"non-cat", b"cat"])
    return train, test


def test_the_courses_cat_files(tmp_path: Path) -> None:
    train, test = write_cats(tmp_path)
    data = CourseHDF5(str(train), str(test))
    assert (data.n_x, data.n_y, data.output) == (48, 1, "sigmoid")
    assert data.described.names == ("non-cat", "cat")
    data.setup("fit")
    assert [len(data.parts[name]) for name in ("train", "val", "test")] == [18, 2, 20]
    np.testing.assert_array_equal(data.raw("test"), CAT_X.reshape(20, -1))
    assert data.described.inputs is not None
    again = data.described.inputs.invert(data.parts["test"][:][0].numpy().T).T
    np.testing.assert_array_equal(np.rint(again), CAT_X.reshape(20, -1))
    np.testing.assert_array_equal(data.parts["test"][:][1][:, 0], CAT_Y)
    alone = CourseHDF5(str(train))
    alone.setup("fit")
    assert sum(len(part) for part in alone.parts.values()) == 20


@pytest.mark.parametrize(
    ("y", "sizes"),
    [
        (np.arange(30) % 3, (3, "softmax")),
        (np.arange(30) % 2, (1, "sigmoid")),
        (np.arange(30) % 2 == 0, (1, "sigmoid")),
        (np.linspace(0, 1, 30), (1, "identity")),
        (RNG.standard_normal((30, 4)), (4, "identity")),
        (np.eye(3)[np.arange(30) % 3], (3, "softmax")),
        (np.array(["b", "a", "c"])[np.arange(30) % 3], (3, "softmax")),
        (np.array([b"b", b"a"])[np.arange(30) % 2], (1, "sigmoid")),
        (np.arange(30) % 2 + 1, (1, "sigmoid")),
        (np.tri(3)[np.arange(30) % 3], (3, "sigmoid")),
    ],
    ids=[
        "classes",
        "binary",
        "bool",
        "real",
        "real vectors",
        "one-hot",
        "words",
        "bytes",
        "1 and 2",
        "several labels",
    ],
)
def test_an_npz_file_and_the_task_that_its_labels_ask_for(tmp_path: Path, y, sizes) -> None:
    np.savez(tmp_path / "mine.npz", x=RNG.standard_normal((30, 2, 2)), y=y)
    data = NpzFile(str(tmp_path / "mine.npz"))
    assert (data.n_x, data.n_y, data.output) == (4, *sizes)


def test_an_npz_file_with_its_own_test_set(tmp_path: Path) -> None:
    x, y = RNG.standard_normal((30, 2)), np.arange(30) % 3
    np.savez(tmp_path / "mine.npz", x_train=x[:20], y_train=y[:20], x_test=x[20:], y_test=y[20:])
    data = NpzFile(str(tmp_path / "mine.npz"), standardise="none")
    data.setup("fit")
    np.testing.assert_array_equal(data.parts["test"][:][0], x[20:].astype(np.float32))
    np.testing.assert_array_equal(data.parts["test"][:][1], y[20:])


def npz(folder: Path, **arrays: np.ndarray) -> ArrayData:
    np.savez(folder / "bad.npz", **arrays)
    return NpzFile(str(folder / "bad.npz"))


def damaged(folder: Path) -> ArrayData:
    np.savez(folder / "bad.npz", x=np.ones((9, 2)), y=np.ones(9))
    whole = (folder / "bad.npz").read_bytes()
    (folder / "bad.npz").write_bytes(whole[: len(whole) // 2])
    return NpzFile(str(folder / "bad.npz"))


def text(folder: Path, name: str) -> str:
    (folder / name).write_text("not what it says")
    return str(folder / name)


X, Y = np.ones((9, 2)), np.arange(9) % 2
BAD = {
    "missing .npz": (
        lambda f: NpzFile(str(f / "no.npz")),
        r"no\.npz is not a file; check the path",
    ),
    "text as .npz": (lambda f: NpzFile(text(f, "t.npz")), r"t\.npz is not a readable \.npz file"),
    "damaged .npz": (damaged, r"bad\.npz is not a readable \.npz file"),
    "other names": (
        lambda f: npz(f, a=X),
        r"holds \['a'\]; expected x and y, or x_train and y_train",
    ),
    "pickled": (lambda f: npz(f, x=X, y=np.array([None] * 9)), "is not a readable .npz file"),
    "one y less": (lambda f: npz(f, x=X, y=Y[:8]), r"x has shape \(9, 2\) and y \(8,\)"),
    "rank-1 x": (lambda f: npz(f, x=X[:, 0], y=Y), r"x has shape \(9,\)"),
    "NaN": (lambda f: npz(f, x=X * np.nan, y=Y), r"9 example\(s\) have values that are not finite"),
    "words": (lambda f: npz(f, x=X.astype(str), y=Y), "x has dtype <U.*expected numbers"),
    "no labels": (lambda f: npz(f, x=X), r"bad\.npz has no labels y, which all but predict need"),
    "years": (lambda f: npz(f, x=X, y=1999 + np.arange(9) % 3), "y has 3 different whole numbers"),
    "one word": (
        lambda f: npz(f, x=X, y=np.array(["a"] * 9)),
        "y has one value, a, in all 9 examples",
    ),
    "too few": (lambda f: npz(f, x=X[:2], y=np.array([0, 1])), "2 examples cannot be split with"),
    "missing .h5": (lambda f: CourseHDF5(str(f / "no.h5")), r"no\.h5 is not a file"),
    "text as .h5": (lambda f: CourseHDF5(text(f, "t.h5")), r"t\.h5 is not a readable HDF5 file"),
    "test without its names": (
        lambda f: CourseHDF5(str(write_cats(f)[0]), str(write_cats(f)[0])),
        r"holds \['list_classes', 'train_set_x', 'train_set_y'\]; expected test_set_x and",
    ),
    "odd flower": (lambda f: PlanarFlower(m=7), "m is 7; expected an even number"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_source_that_cannot_be_used_is_one_sentence(tmp_path: Path, name: str) -> None:
    make, message = BAD[name]
    with pytest.raises(InputError, match=message):
        make(tmp_path).setup("fit")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_size": 0}, "batch_size is 0; expected a whole number from 1 up"),
        ({"val_fraction": 1.0}, r"val_fraction is 1\.0; expected 0 or more and less than 1"),
        ({"test_fraction": 0}, "test_fraction is 0; expected more than 0 and less than 1"),
    ],
)
def test_impossible_options_are_one_sentence(options: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Digits(**options)


def test_labels_that_the_named_task_cannot_have(tmp_path: Path) -> None:
    np.savez(tmp_path / "mine.npz", x=X, y=np.arange(9))
    said = "y has 9 different whole numbers, from 0 to 8; the task binary expects two different lab"
    with pytest.raises(InputError, match=said) as refused:
        NpzFile(str(tmp_path / "mine.npz"), task="binary").setup("fit")
    assert refused.value.code == "data.task"
    for task, output in (("classes", "softmax"), ("regression", "identity")):
        assert NpzFile(str(tmp_path / "mine.npz"), task=task).output == output
