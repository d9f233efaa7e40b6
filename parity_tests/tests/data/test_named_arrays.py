"""Files of arrays by name: their names, examples in columns, MATLAB's files of every version."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ref_numpy import InputError
from torch_impl.data import HDF5File, MatFile, NpzFile
from torch_impl.data.named_arrays import ArrayNames, examples_of

h5py = pytest.importorskip("h5py")
scipy_io = pytest.importorskip("scipy.io")

X = np.arange(12.0).reshape(6, 2)
Y = np.array([1, 2, 10, 1, 2, 10])
FILES = {NpzFile: "a.npz", MatFile: "a.mat", HDF5File: "a.h5"}


def write(path: Path, **arrays: Any) -> str:
    if path.suffix == ".npz":
        np.savez(path, **arrays)
    elif path.suffix == ".mat":
        scipy_io.savemat(path, arrays, oned_as="column")
    else:
        with h5py.File(path, "w") as file:
            for name, array in arrays.items():
                file[name] = array
    return str(path)


def refused(call: Any, *arguments: Any) -> InputError:
    with pytest.raises(InputError) as found:
        call(*arguments)
    assert "\n" not in str(found.value)
    return found.value


@pytest.mark.parametrize("kind", FILES)
def test_each_kind_of_file_by_names_that_are_found_or_given(tmp_path: Path, kind: Any) -> None:
    path = write(tmp_path / FILES[kind], X=X, y=Y, Xval=X[:3], Xtest=X[:2], ytest=Y[:2])
    train, test = kind(path=path).load()
    assert (train.x.tolist(), train.y.ravel().tolist(), test) == (X.tolist(), Y.tolist(), None)
    train, test = kind(path=path, x="Xval", y="nothing", x_test="Xtest", y_test="ytest").load()
    assert (len(train.x), train.y, len(test.x), test.y.ravel().tolist()) == (3, None, 2, [1, 2])
    error = refused(kind(path=path, x="x").load)
    assert (error.code, "'X'" in str(error)) == ("data.no-array", True)
    other = write(tmp_path / f"b{Path(path).suffix}", images=X, labels=Y)
    assert refused(kind(path=other).load).code == "data.array-names"
    assert kind(path=other, x="images", y="labels").load()[0].x.shape == (6, 2)
    missing = kind(path=str(tmp_path / "none"))
    assert refused(missing.load).code == "data.no-file"


@pytest.mark.parametrize("kind", FILES)
def test_the_labels_1_to_10_keep_their_names(tmp_path: Path, kind: Any) -> None:
    """In the course's files 10 is the image of a 0: nothing is renamed."""
    path = write(tmp_path / FILES[kind], X=np.tile(X, (20, 1)), y=np.tile(Y, 20))
    assert kind(path=path, task="classes").described.names == ("1", "2", "10")


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("y", [Y[None], np.stack([Y, -Y, Y]), np.eye(6)[:4]])
def test_examples_in_columns_need_the_option(tmp_path: Path, kind: Any, y: np.ndarray) -> None:
    path = write(tmp_path / FILES[kind], X=X.T, Y=y)
    error = refused(kind(path=path).load)
    assert error.code == "data.columns-option"
    assert "X of shape (2, 6)" in str(error)
    train, _ = kind(path=path, columns=True).load()
    np.testing.assert_array_equal(train.x, X)
    np.testing.assert_array_equal(train.y, y[0] if len(y) == 1 else y.T)


def test_shapes_with_columns() -> None:
    """Images of MATLAB, (h, w, c, m), as in SVHN; labels (m, 1), (1, m) or (m,)."""
    images = np.arange(2 * 3 * 1 * 5).reshape(2, 3, 1, 5)
    for shape in ((5,), (5, 1), (1, 5)):
        arrays = {"X": images, "y": np.arange(5).reshape(shape)}
        found, _ = examples_of(arrays, ArrayNames(columns=True), "a")
        assert (found.x.shape, found.y.tolist()) == ((5, 2, 3, 1), [0, 1, 2, 3, 4])  # pyright: ignore
        np.testing.assert_array_equal(found.x[4], images[..., 4])
    for y in (np.arange(4), np.zeros((5, 2)), np.array(3)):
        code = refused(examples_of, {"X": images, "y": y}, ArrayNames(columns=True), "a").code
        assert code == "data.columns-shapes"


@pytest.mark.parametrize("y", [np.array(3), np.zeros((2, 3, 4)), Y[:5]])
@pytest.mark.parametrize("x", [X, X[0], np.array(1.0), X[:0], X[:, :0]])
def test_other_shapes_are_one_sentence(x: np.ndarray, y: np.ndarray) -> None:
    assert refused(examples_of, {"x": x, "y": y}, ArrayNames(), "a").code == "data.array-shapes"


def test_a_row_of_labels_is_a_label_for_each_row() -> None:
    found, _ = examples_of({"x": X, "y": Y[None]}, ArrayNames(), "a")
    assert found.y is not None
    assert found.y.tolist() == Y.tolist()


def test_two_names_that_differ_in_case_are_not_guessed() -> None:
    error = refused(examples_of, {"X_train": X, "x_Train": X}, ArrayNames(), "a")
    assert error.code == "data.array-twice"


def test_words_of_matlab(tmp_path: Path) -> None:
    words = ["cat", "doggy", "cat", "", "é", "doggy"]
    cells = np.array(words, dtype=object)
    path = write(tmp_path / "a.mat", X=X, y=cells, other={"a": 1})
    train, _ = MatFile(path=path).load()
    assert train.y is not None
    assert train.y.tolist() == words
    path = write(tmp_path / "b.mat", X=X, y=np.array(["cat", "do", "cat", "x", "y", "z"]))
    train, _ = MatFile(path=path).load()
    assert train.y is not None
    assert train.y.tolist() == ["cat", "do", "cat", "x", "y", "z"]


def write_73(path: Path) -> str:
    """Version 7.3: HDF5 behind 512 bytes, axes in reverse, a cell array of words."""
    with h5py.File(path, "w", userblock_size=512) as file:
        file.create_dataset("X", data=X.T).attrs["MATLAB_class"] = np.bytes_("double")
        references = []
        for k, word in enumerate(["no", "yes", "no", "yes", "no", "yes"]):
            codes = np.frombuffer(word.encode("utf-16-le"), np.uint16)[:, None]
            cell = file.create_dataset(f"#refs#/{k}", data=codes)
            cell.attrs["MATLAB_class"] = np.bytes_("char")
            references.append(cell.ref)
        y = file.create_dataset("y", (1, 6), h5py.ref_dtype)
        y[0] = references
        y.attrs["MATLAB_class"] = np.bytes_("cell")
        file.create_group("s").attrs["MATLAB_class"] = np.bytes_("struct")
    with open(path, "r+b") as raw:
        raw.write(b"MATLAB 7.3 MAT-file".ljust(512))
    return str(path)


def test_version_7_3(tmp_path: Path) -> None:
    path = write_73(tmp_path / "a.mat")
    train, _ = MatFile(path=path).load()
    np.testing.assert_array_equal(train.x, X)
    assert train.y is not None
    assert train.y.tolist() == ["no", "yes", "no", "yes", "no", "yes"]
    assert refused(MatFile(path=path, x="s").load).code == "data.hdf5-unreadable"


def test_a_damaged_mat_file_is_one_sentence(tmp_path: Path) -> None:
    path = Path(write(tmp_path / "a.mat", X=X, y=Y))
    good = path.read_bytes()
    for bad in (b"", b"text", good[:200], good[:-40], good[:128] + b"\xff" * 16 + good[144:]):
        path.write_bytes(bad)
        assert refused(MatFile(path=str(path)).load).code in (
            "data.mat-unreadable", "data.array-names",
        )  # fmt: skip
