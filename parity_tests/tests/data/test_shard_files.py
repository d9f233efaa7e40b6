"""Folders of shards: their order, what is written, and every file that cannot be used."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ref_numpy import InputError
from torch_impl.data.shards.shard_files import check_finite_rows, map_array, shards_in, write_shards

X, Y = np.arange(12.0).reshape(6, 2), np.arange(6)


def message_of(call: Callable[..., Any], *arguments: Any) -> str:
    with pytest.raises(InputError) as caught:
        call(*arguments)
    return str(caught.value)


def save(folder: Path, number: str, x: Any, y: Any) -> None:
    np.save(folder / f"x_{number}.npy", x)
    np.save(folder / f"y_{number}.npy", y)


def test_files_are_mapped_and_not_copied(tmp_path: Path) -> None:
    """What is written into the file afterwards is seen; nothing can be written through the map."""
    path = tmp_path / "x_000.npy"
    np.save(path, X)
    array = map_array(path)
    np.testing.assert_array_equal(array, X, strict=True)
    changed = np.lib.format.open_memmap(path, mode="r+")
    changed[0, 0] = 77
    changed.flush()
    assert array[0, 0] == 77
    with pytest.raises(ValueError, match="read-only"):
        array[0, 0] = 1


def test_the_thousandth_comes_after_the_hundredth(tmp_path: Path) -> None:
    names = ["000", "002", "010", "999", "1000"]
    for name in reversed(names):
        save(tmp_path, name, X[:2], Y[:2])
    (tmp_path / "notes.txt").write_text("another file")
    np.save(tmp_path / "z_000.npy", X)
    shards = shards_in(tmp_path)
    assert [shard.x_path for shard in shards] == [tmp_path / f"x_{name}.npy" for name in names]
    assert [shard.y_path for shard in shards] == [tmp_path / f"y_{name}.npy" for name in names]
    assert [len(shard) for shard in shards] == [2] * 5


def test_folders_that_hold_no_pairs(tmp_path: Path) -> None:
    none = tmp_path / "none"
    assert message_of(shards_in, none) == (
        f"{none} is not a folder; expected one with x_000.npy, y_000.npy, …."
    )
    none.write_text("a file")
    assert "is not a folder" in message_of(shards_in, none)
    assert message_of(shards_in, tmp_path) == (
        f"{tmp_path} holds no shards; expected x_000.npy, y_000.npy, x_001.npy, …."
    )
    save(tmp_path, "000", X, Y)
    for there, missing in (("x", "y"), ("y", "x")):
        np.save(tmp_path / f"{there}_001.npy", Y)
        assert message_of(shards_in, tmp_path) == (
            f"{tmp_path}/{there}_001.npy has no {missing}_001.npy beside it; expected a pair of "
            f"files for each shard: add it, or remove the other."
        )
        (tmp_path / f"{there}_001.npy").unlink()
    assert len(shards_in(tmp_path)) == 1


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (X, Y[:5]), (X[:5], Y), (X[:, 0], Y), (X[:0], Y[:0]), (X[:, :0], Y), (X, np.ones((6, 0))),
        (X, np.ones((6, 2, 2))), (X, np.float64(1)),
    ],
)  # fmt: skip
def test_arrays_that_are_no_pair(tmp_path: Path, x: np.ndarray, y: np.ndarray) -> None:
    save(tmp_path, "000", x, y)
    assert message_of(shards_in, tmp_path) == (
        f"{tmp_path}/x_000.npy has shape {x.shape} and y_000.npy {y.shape}; expected (m, …) and "
        f"(m,) or (m, n_y), one y for each x, and at least one."
    )


@pytest.mark.parametrize(
    ("x", "y"), [(X.reshape(6, 1, 2), Y), (X[:, :1], Y), (X, Y.reshape(6, 1)), (X, X)]
)
def test_examples_have_one_shape_in_all_files(tmp_path: Path, x, y) -> None:
    save(tmp_path, "000", X, Y)
    save(tmp_path, "001", X[:1], Y[:1])
    assert len(shards_in(tmp_path)) == 2
    save(tmp_path, "002", x, y)
    assert message_of(shards_in, tmp_path) == (
        f"in {tmp_path}/x_002.npy and y_002.npy an example has the shapes {x.shape[1:]} and "
        f"{y.shape[1:]}, in {tmp_path}/x_000.npy and y_000.npy (2,) and (); expected one shape in "
        f"all files."
    )


@pytest.mark.parametrize("part", ["x", "y"])
def test_files_that_are_no_arrays_of_numbers(tmp_path: Path, part: str) -> None:
    save(tmp_path, "000", X, Y)
    path = tmp_path / f"{part}_000.npy"
    whole = path.read_bytes()
    with open(path, "wb") as file:
        np.savez(file, x=X)  # an archive by another name
    archive = path.read_bytes()
    np.save(path, np.array([{}] * 6, object), allow_pickle=True)
    pickled = path.read_bytes()
    cut = [whole[:n] for n in range(0, len(whole), 7)]
    header = [whole.replace(b"{", b"("), whole.replace(b"False", b"Fals\xe9")]
    for damaged in (archive, pickled, b"text", *cut, *header):
        path.write_bytes(damaged)
        said = message_of(shards_in, tmp_path)
        assert said.startswith(f"{path} is not a readable .npy file (")
        assert said.endswith("); write it again with np.save.")
    words = np.array(["a"] * 6)
    for other in (np.ones(6) * 1j, np.ones(6, "m8[s]"), *([words] if part == "x" else [])):
        np.save(path, other)
        said = f"{path} has dtype {other.dtype}; expected numbers: encode it first."
        assert message_of(shards_in, tmp_path) == said


@pytest.mark.parametrize("dtype", ["?", "u1", "i8", "f2", ">f4", "f8"])
def test_any_numbers_will_do(tmp_path: Path, dtype: str) -> None:
    save(tmp_path, "000", np.ones((2, 3), dtype), np.ones(2, dtype))
    (shard,) = shards_in(tmp_path)
    for array in shard.maps():
        assert array.dtype == dtype


def test_a_file_that_was_exchanged_is_refused(tmp_path: Path) -> None:
    save(tmp_path, "000", X, Y)
    (shard,) = shards_in(tmp_path)
    for x, y in ((X[:5], Y), (X, Y[:5]), (X[:5], Y[:5])):
        save(tmp_path, "000", x, y)
        assert message_of(shard.maps) == (
            f"{tmp_path}/x_000.npy and y_000.npy had the shapes (6, 2) and (6,) and now have "
            f"{x.shape} and {y.shape}; leave the files as they are while they are read."
        )
    (tmp_path / "y_000.npy").unlink()
    assert "y_000.npy is not a readable .npy file" in message_of(shard.maps)


def test_what_is_not_finite_is_refused_with_its_file_and_row() -> None:
    path = Path("x_007.npy")
    assert check_finite_rows(path, X) is X
    assert check_finite_rows(path, words := np.array(["a"])) is words
    for value in (np.nan, np.inf, -np.inf):
        x = X.copy()
        x[3, 1] = x[5, 0] = value
        for first in (0, 40):
            assert message_of(check_finite_rows, path, x, first) == (
                f"x_007.npy is not finite in row {first + 3}; remove or replace such examples."
            )


def test_shards_are_read_as_they_were_written(tmp_path: Path) -> None:
    """Each batch a pair, in any dtype, from anything that is an array; parents are made."""
    batches = [(X, Y), (X[:1].tolist(), [3]), (X[:2].astype(np.uint8), Y[:2] == 1)]
    folder = tmp_path / "new" / "train"
    written = write_shards(str(folder), iter(batches))
    assert written == shards_in(folder)
    assert sorted(path.name for path in folder.iterdir()) == [
        f"{part}_00{k}.npy" for part in "xy" for k in range(3)
    ]
    for shard, pair in zip(written, batches, strict=True):
        for found, given in zip(shard.maps(), pair, strict=True):
            np.testing.assert_array_equal(found, np.asarray(given), strict=True)
    assert list(folder.parent.iterdir()) == [folder]


def failing(error: type[BaseException]) -> Iterator[Any]:
    yield X, Y
    raise error


@pytest.mark.parametrize(
    ("batches", "message"),
    [
        ([], "holds no shards; expected x_000.npy"),
        ([(X, Y), (X, Y[:5])], r"x_001.npy has shape \(6, 2\) and y_001.npy \(5,\)"),
        ([(X, Y), (X[:, :1], Y)], "an example has the shapes"),
        ([(X, Y), (X[:, :1], Y), "a third, that is not looked at"], "an example has the shapes"),
        ([(X, np.array([None] * 6))], "y_000.npy has dtype object; expected numbers"),
        (failing(KeyboardInterrupt), None),
        (failing(OSError), None),
    ],
)
def test_a_folder_is_written_whole_or_not_at_all(tmp_path: Path, batches, message) -> None:
    folder = tmp_path / "train"
    with pytest.raises((InputError, KeyboardInterrupt, OSError), match=message):
        write_shards(folder, batches)
    assert list(tmp_path.iterdir()) == []


def test_a_killed_writers_files_are_overwritten_and_finished_ones_are_not(
    tmp_path: Path,
) -> None:
    partial = tmp_path / ".train.partial"
    partial.mkdir()
    save(partial, "005", X, Y)
    assert len(write_shards(tmp_path / "train", [(X, Y)])) == 1
    assert list(tmp_path.iterdir()) == [tmp_path / "train"]
    assert message_of(write_shards, tmp_path / "train", [(X, Y)]) == (
        f"{tmp_path}/train exists; name a folder that does not, or remove it."
    )
