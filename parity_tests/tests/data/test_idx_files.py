"""IDX files: MNIST as it is downloaded, and every way in which a file is not one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from parity_tests.tests.support.idx_writer import CODES, idx_bytes, write_idx
from ref_numpy import InputError
from torch_impl.data import IdxFiles
from torch_impl.data.idx_files import pairs_in, read_idx

IMAGES = np.arange(7 * 4 * 3, dtype=np.uint8).reshape(7, 4, 3)
LABELS = np.array([0, 1, 0, 1, 1, 0, 1], np.uint8)
NAMES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte")


def refused(call: Any, *arguments: Any) -> InputError:
    with pytest.raises(InputError) as found:
        call(*arguments)
    assert "\n" not in str(found.value)
    return found.value


@pytest.mark.parametrize("dtype", CODES)
@pytest.mark.parametrize("ending", ["", ".gz"])
def test_every_dtype_is_read(tmp_path: Path, dtype: str, ending: str) -> None:
    array = np.array([[1, -2, 3], [100, 5, -6]]).astype(dtype)
    found = read_idx(write_idx(tmp_path / f"a{ending}", array))
    np.testing.assert_array_equal(found, array, strict=True)


def test_the_bytes_of_the_database_s_own_header(tmp_path: Path) -> None:
    """Of train-labels-idx1-ubyte: 0x00000801, 60000, then 5 0 4 1."""
    (tmp_path / "a").write_bytes(bytes.fromhex("00000801 00000004 05000401"))
    assert read_idx(tmp_path / "a").tolist() == [5, 0, 4, 1]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "begins with the bytes of an empty file"),
        (b"\x89PNG", "begins with the bytes 89 50 4e 47"),
        (idx_bytes(IMAGES)[:9], "ends within its header"),
        (idx_bytes(IMAGES)[:-1], r"states (7, 4, 3) numbers of 1 bytes, and holds 83 bytes"),
        (idx_bytes(IMAGES) + b"\0", r"states (7, 4, 3) numbers of 1 bytes, and holds more"),
        (b"\0\0\x08\x02" + b"\xff" * 8, "cannot hold so many numbers"),
        (b"\0\0\x0a\x01\0\0\0\1\0", "begins with the bytes 00 00 0a 01"),
        (b"\0\0\x08\x00\0", "begins with the bytes 00 00 08 00"),
        (b"\x1f\x8bdamaged", ""),
    ],
)
def test_what_is_no_idx_file_is_one_sentence(tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / "a").write_bytes(content)
    error = refused(read_idx, tmp_path / "a")
    assert error.code == "data.idx-unreadable"
    assert why in str(error)


@pytest.mark.parametrize("at", [2, 11, 20, -6, -1])
def test_a_damaged_gzip_file_is_one_sentence(tmp_path: Path, at: int) -> None:
    """Also where only its checksum or its length differs."""
    path = write_idx(tmp_path / "a.gz", IMAGES)
    data = bytearray(path.read_bytes())
    data[at] ^= 0xFF
    path.write_bytes(data)
    assert refused(read_idx, path).code == "data.idx-unreadable"
    path.write_bytes(data[:-9])
    assert refused(read_idx, path).code == "data.idx-unreadable"


def test_a_folder_s_pairs_by_every_name_that_is_published(tmp_path: Path) -> None:
    for folder, names in {
        "lecun": ("train-images-idx3-ubyte.gz", "t10k-images-idx3-ubyte"),
        "kaggle": ("train-images.idx3-ubyte", "t10k-images.idx3-ubyte"),
        "emnist": tuple(f"emnist-{part}-images-idx3-ubyte.gz" for part in ("train", "test")),
    }.items():
        for name, array in zip(names, (IMAGES, IMAGES[:2]), strict=True):
            write_idx(tmp_path / folder / name, array)
            labels = name.replace("images", "labels").replace("idx3", "idx1")
            write_idx(tmp_path / folder / labels, LABELS[: len(array)])
        train, test = IdxFiles(folder=str(tmp_path / folder)).load()
        assert test is not None
        np.testing.assert_array_equal(train.x, IMAGES, strict=True)
        np.testing.assert_array_equal(train.y, LABELS)
        np.testing.assert_array_equal(test.x, IMAGES[:2])


def test_files_by_their_names_and_folders_that_cannot_be_used(tmp_path: Path) -> None:
    images = str(write_idx(tmp_path / "a" / "mine", IMAGES))
    labels = str(write_idx(tmp_path / "a" / "l", LABELS))
    train, test = IdxFiles(images=images, labels=labels, test_images=images).load()
    assert (train.y is not None, test is not None and test.y is None) == (True, True)
    assert IdxFiles(folder="elsewhere", images=images).load()[0].y is None
    assert refused(IdxFiles).code == "data.idx-which"
    assert refused(pairs_in, tmp_path / "none").code == "data.no-folder"
    assert refused(pairs_in, tmp_path / "a").code == "data.idx-none"
    for prefix in ("", "emnist-"):
        write_idx(tmp_path / "b" / f"{prefix}{NAMES[0]}", IMAGES)
    assert refused(pairs_in, tmp_path / "b").code == "data.idx-several"
    short = str(write_idx(tmp_path / "short", LABELS[:5]))
    assert refused(IdxFiles(images=images, labels=short).load).code == "data.array-shapes"
