"""Files of examples: the names of their arrays, and every error with the file's name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ref_numpy import InputError
from torch_impl.data import CourseHDF5, NpzFile, OpenML
from torch_impl.data.array_sources import npz
from torch_impl.data.sources import Examples, course_hdf5, hdf5_set

h5py = pytest.importorskip("h5py")

X, Y = np.arange(12.0).reshape(6, 2), np.arange(6)
PARTS = {"x_train": X, "y_train": Y, "x_test": X[:2], "y_test": Y[:2]}


def write_npz(path: Path, **arrays: Any) -> Path:
    np.savez(path / "mine.npz", **arrays)
    return path / "mine.npz"


def write_hdf5(path: Path, **arrays: Any) -> Path:
    with h5py.File(path, "w") as file:
        for name, array in arrays.items():
            file[name] = array
    return path


def equal(found: Examples | None, x: np.ndarray, y: np.ndarray | None) -> None:
    assert found is not None
    np.testing.assert_array_equal(found.x, x, strict=True)
    assert (found.y is None) == (y is None)
    if found.y is not None and y is not None:
        np.testing.assert_array_equal(found.y, y, strict=True)


def message_of(call: Any, *arguments: Any) -> str:
    with pytest.raises(InputError) as caught:
        call(*arguments)
    return str(caught.value)


def test_examples_are_as_many_as_their_labels_and_more_than_none() -> None:
    Examples(X[:1], Y[:1])
    for x, y in ((X[:0], Y[:0]), (X, Y[:5]), (Y, Y)):
        assert message_of(Examples, x, y) == (
            f"x has shape {x.shape} and y {y.shape}; expected (m, …) with two or more dimensions "
            "and (m,), one y for each x."
        )


def test_an_npz_files_names(tmp_path: Path) -> None:
    for more in ({}, {"other": X}):
        train, test = npz(write_npz(tmp_path, x=X, y=Y, **more))
        equal(train, X, Y)
        assert test is None
        train, test = npz(str(write_npz(tmp_path, **PARTS, **more)))
        equal(train, X, Y)
        equal(test, X[:2], Y[:2])
        train, test = npz(write_npz(tmp_path, x_train=X, y_train=Y, **more))
        equal(train, X, Y)
        assert test is None
    train, test = npz(write_npz(tmp_path, x_train=X, y_train=Y, x_test=X))
    equal(train, X, Y)
    equal(test, X, None)
    for arrays in ({"x": X}, {"x_train": X}, {"x_train": X, "y_test": Y}, {"x": X, "x_test": X}):
        train, test = npz(write_npz(tmp_path, **arrays))
        equal(train, X, None)
        assert test is None
    both = npz(write_npz(tmp_path, x=X[1:], y=Y[1:], **PARTS))
    equal(both[0], X[1:], Y[1:])
    assert both[1] is None


def test_an_npz_file_that_cannot_be_used(tmp_path: Path) -> None:
    for arrays in ({"y": Y}, {"y_train": Y}, {"x_test": X, "y_test": Y}):
        path = write_npz(tmp_path, **arrays)
        assert message_of(npz, path) == (
            f"{path} holds {sorted(arrays)}; expected x and y, or x_train and y_train: name the "
            "arrays with --data.x and --data.y."
        )
    np.save(tmp_path / "one.npy", X)
    assert message_of(npz, tmp_path / "one.npy").startswith(
        f"{tmp_path / 'one.npy'} is not a readable .npz file ("
    )
    path = write_npz(tmp_path, x=X, y=np.array([print] * 6, object))
    assert "allow_pickle=False" in message_of(npz, path)
    assert message_of(npz, tmp_path) == f"{tmp_path} is not a file; check the path."


def test_an_hdf5_files_names(tmp_path: Path) -> None:
    """The labels are (m,), (m, 1) or (1, m)."""
    images = np.arange(24, dtype=np.uint8).reshape(6, 2, 2, 1)
    for shape in ((6,), (6, 1), (1, 6)):
        train = write_hdf5(
            tmp_path / "train.h5", train_set_x=images, train_set_y=Y.reshape(shape), list_classes=Y
        )
        found, none = course_hdf5(train)
        equal(found, images, Y)
        assert none is None
    test = write_hdf5(tmp_path / "test.h5", test_set_x=images[:2], test_set_y=Y[:2])
    found, other = course_hdf5(str(train), str(test))
    equal(found, images, Y)
    equal(other, images[:2], Y[:2])
    one = write_hdf5(
        tmp_path / "one.h5",
        train_set_x=images, train_set_y=Y, test_set_x=images[3:], test_set_y=Y[3:],
    )  # fmt: skip
    found, other = course_hdf5(one)
    equal(found, images, Y)
    equal(other, images[3:], Y[3:])


@pytest.mark.parametrize(
    ("y", "listed", "found"),
    [
        ([0, 1, 1], [b"no", b"yes"], ["no", "yes", "yes"]),
        ([2, 0, 2], [b"no", "k\xe4tze".encode(), b"b"], ["b", "no", "b"]),
        ([1, 1, 1], [b"no", b"yes"], ["yes", "yes", "yes"]),
        ([0, 1, 1], [[b"no"], [b"yes"]], ["no", "yes", "yes"]),  # a column of names
        ([0, 1, 2], [b"no", b"yes"], [0, 1, 2]),  # one has no name
        ([0, 1, -1], [b"no", b"yes"], [0, 1, -1]),
        ([0, 1, 1], [b"no", b"no"], [0, 1, 1]),
        ([0.0, 1.0, 1.0], [b"no", b"yes"], [0.0, 1.0, 1.0]),
    ],
)
def test_labels_that_are_listed_have_names(tmp_path: Path, y: list, listed: list, found) -> None:
    path = tmp_path / "named.h5"
    write_hdf5(path, train_set_x=X[:3], train_set_y=y, list_classes=listed)
    examples, _ = course_hdf5(path)
    assert examples.y is not None
    assert examples.y.tolist() == found
    names = tuple(name.decode() for name in np.ravel(listed).tolist())
    assert examples.names == (names if isinstance(found[0], str) else None)


def test_a_data_set_is_called_by_its_source() -> None:
    assert CourseHDF5("cats.h5", "more.h5").title == "cats.h5"
    assert OpenML("mnist_784", version=2).title == "mnist_784"
    assert NpzFile("mine.npz").title == "mine.npz"


def test_hdf5_without_labels(tmp_path: Path) -> None:
    path = write_hdf5(tmp_path / "bare.h5", train_set_x=X, list_classes=[b"a"], test_set_x=X[:2])
    train, test = course_hdf5(path)
    equal(train, X, None)
    equal(test, X[:2], None)


def test_an_hdf5_file_that_cannot_be_used(tmp_path: Path) -> None:
    path = write_hdf5(tmp_path / "half.h5", train_set_y=Y, b=Y, test_set_y=X)
    said = f"{path} holds ['b', 'test_set_y', 'train_set_y']; expected "
    assert message_of(course_hdf5, path) == f"{said}train_set_x and train_set_y."
    with pytest.raises(InputError) as refused:
        hdf5_set(path, "test")
    assert refused.value.code == "data.hdf5-names"
    train = write_hdf5(tmp_path / "train.h5", train_set_x=X, train_set_y=Y)
    assert message_of(course_hdf5, train, path) == f"{said}test_set_x and test_set_y."
    broken = write_hdf5(tmp_path / "b.h5", train_set_x=X, train_set_y=Y, test_set_x=X, test_set_y=1)
    assert message_of(course_hdf5, broken).startswith("x has shape (6, 2) and y (1,)")
    (tmp_path / "text.h5").write_text("no")
    assert message_of(course_hdf5, tmp_path / "text.h5").startswith(
        f"{tmp_path / 'text.h5'} is not a readable HDF5 file ("
    )
    missing = tmp_path / "no.h5"
    assert message_of(course_hdf5, train, missing) == f"{missing} is not a file; check the path."
