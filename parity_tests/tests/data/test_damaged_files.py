"""One file for each way in which a data set's file was read wrongly, or with a traceback."""

from __future__ import annotations

import io
import json
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ref_numpy import InputError
from torch_impl.array_files import MOST_COMPRESSED, read_npz
from torch_impl.data import NpyShards
from torch_impl.data.array_sources import npz
from torch_impl.data.hdf5_files import read_hdf5
from torch_impl.data.sources import course_hdf5

h5py = pytest.importorskip("h5py")

X = np.arange(12.0).reshape(6, 2)


def npy(array: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def archive(path: Path, *members: tuple[str, bytes], method: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", method) as made:
        for name, content in members:
            made.writestr(name, content)
    return path


def refusal(call: Callable[..., Any], *arguments: Any) -> InputError:
    with pytest.raises(InputError) as refused:
        call(*arguments)
    assert "\n" not in str(refused.value)
    return refused.value


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("members", "why"),
    [
        ([("x.npy", npy(X)), ("x", npy(-X))], "two of its arrays have the same name"),
        ([("x.npy", npy(X) + b"\0")], r"states \(6, 2\) numbers of float64, and holds 97 bytes"),
        ([("x.npy", npy(X)[:-8])], r"states \(6, 2\) numbers of float64, and holds 88 bytes"),
        ([("x.npy", npy(X).replace(b"(6, 2)", b"(6,-2)"))], r"states \(6, -2\) numbers"),
        ([("x.npy", npy(X).replace(b"\x93NUMPY\1", b"\x93NUMPY\3"))], r"format \(3, 0\) is not"),
        ([("x.npy", b"")], "EOF"),
    ],
)
def test_an_npz_file_with_other_sizes_than_it_states(tmp_path: Path, members, why: str) -> None:
    """NumPy takes the last of two names, and passes over what follows an array."""
    path = archive(tmp_path / "a.npz", *members)
    with pytest.raises(ValueError, match=why):
        read_npz(path)
    assert refusal(npz, path).code == "data.npz-unreadable"


def test_an_npz_file_that_claims_more_than_it_can_hold(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.npz", ("x.npy", npy(X)))
    data = path.read_bytes()
    claimed = (2**31).to_bytes(4, "little")
    at = data.rindex(b"PK\1\2") + 24  # the size, in the directory
    path.write_bytes(data[:at] + claimed + data[at + 4 :])
    assert path.stat().st_size * MOST_COMPRESSED < 2**31
    with pytest.raises(ValueError, match="it claims 2147483648 bytes, which cannot be compressed"):
        read_npz(path)


def test_zeros_are_compressed_less_than_the_limit(tmp_path: Path) -> None:
    """So that no file of np.savez_compressed is refused."""
    path = tmp_path / "zeros.npz"
    np.savez_compressed(path, x=np.zeros((1000, 2000)))
    ratio = 16_000_000 / path.stat().st_size
    assert 900 < ratio < MOST_COMPRESSED
    assert not read_npz(path)["x"].any()


def test_a_header_that_numpy_will_not_read_is_one_line(tmp_path: Path) -> None:
    long = npy(X)[:8] + (60_000).to_bytes(2, "little") + b" " * 60_000
    error = refusal(npz, archive(tmp_path / "a.npz", ("x.npy", long)))
    assert "Header info length (60000) is large" in str(error)


@pytest.mark.parametrize("change", [lambda d: d + b"\0", lambda d: d.replace(b"(6, 2)", b"(5, 2)")])
def test_a_shard_that_is_longer_than_it_states(tmp_path: Path, change) -> None:
    folder = tmp_path / "train"
    folder.mkdir()
    (folder / "x_000.npy").write_bytes(change(npy(X)))
    np.save(folder / "y_000.npy", np.arange(6))
    assert refusal(NpyShards(folder=str(tmp_path)).setup, "fit").code == "shards.unreadable"


def with_train(path: Path, write: Callable[[Any], None]) -> Path:
    with h5py.File(path, "w") as file:
        write(file)
        file["train_set_y"] = np.arange(6)
    return path


def exotic(file: Any) -> None:
    """Numbers of 32 bits with another bias of the exponent, as one changed bit makes them."""
    kind = h5py.h5t.IEEE_F32LE.copy()
    kind.set_ebias(126)
    h5py.h5d.create(file.id, b"train_set_x", kind, h5py.h5s.create_simple((6, 2))).write(
        h5py.h5s.ALL, h5py.h5s.ALL, X.astype(np.float32)
    )


def some_chunks(file: Any) -> None:
    x = file.create_dataset("train_set_x", (6, 2), "f8", chunks=(2, 2))
    x[:4] = 1


def virtual(file: Any) -> None:
    layout = h5py.VirtualLayout((6, 2), "f8")
    layout[:] = h5py.VirtualSource("nowhere.h5", "x", (6, 2))
    file.create_virtual_dataset("train_set_x", layout)


@pytest.mark.parametrize(
    ("write", "why"),
    [
        (lambda file: file.create_group("train_set_x"), "is no array"),
        (lambda file: file.create_dataset("train_set_x", data=h5py.Empty("f8")), "is no array"),
        (lambda file: file.create_dataset("train_set_x", (6, 2), "f8"), "not all of its numbers"),
        (lambda file: file.create_dataset("train_set_x", (2**40, 2**20), "f4"), "not all of its"),
        (some_chunks, "not all of its numbers"),
        (virtual, "are in another file"),
        (
            lambda file: file.create_dataset("train_set_x", (6,), "u1", external=[("a", 0, 6)]),
            "are in another file",
        ),
        (lambda file: file.create_dataset("train_set_x", (6,), "f4,i4", data=None), "no numbers"),
        (exotic, "as NumPy has no numbers"),
    ],
)
def test_an_hdf5_file_without_all_of_its_numbers(tmp_path: Path, write, why: str) -> None:
    """HDF5 itself gives zeros for them, or the bytes of another file."""
    error = refusal(course_hdf5, with_train(tmp_path / "a.h5", write))
    assert error.code == "data.hdf5-unreadable"
    assert why in str(error)


def damaged_chunk(path: Path, at: int, value: int, **options: Any) -> None:
    """Write a file of three chunks with a changed byte in the entry of the first."""
    with_train(
        path,
        lambda file: file.create_dataset("train_set_x", data=X + 1, chunks=(2, 2), **options),
    )
    data = bytearray(path.read_bytes())
    # A B-tree of chunks has 24 bytes, then the first chunk's size and mask, 4 bytes each, and its
    # place: 8 bytes for each axis, and 8 that are zero.
    data[data.index(b"TREE\1") + 24 + at] = value
    path.write_bytes(data)


@pytest.mark.parametrize("size", [0, 3, 4])
def test_a_chunk_that_is_shorter_than_its_checksum(tmp_path: Path, size: int) -> None:
    """HDF5 would end the process."""
    damaged_chunk(path := tmp_path / "a.h5", 0, size, fletcher32=True)
    assert "not all of its numbers" in str(refusal(course_hdf5, path))


@pytest.mark.parametrize("size", [0, 250])
def test_a_chunk_of_another_length_than_its_numbers(tmp_path: Path, size: int) -> None:
    """HDF5 would write beyond the chunk's memory where no filter makes it longer."""
    damaged_chunk(path := tmp_path / "a.h5", 0, size)
    assert "not all of its numbers" in str(refusal(course_hdf5, path))


def test_a_chunk_that_is_larger_than_its_file(tmp_path: Path) -> None:
    """HDF5 would reserve the memory for it before it reads."""
    damaged_chunk(path := tmp_path / "a.h5", 3, 255)
    assert "not all of its numbers" in str(refusal(course_hdf5, path))


@pytest.mark.parametrize(("axis", "byte", "value"), [(1, 4, 2), (2, 0, 64)])
def test_a_chunk_that_the_index_does_not_find(tmp_path: Path, axis, byte, value: int) -> None:
    """HDF5 counts and lists the chunk, and gives zeros for its numbers."""
    damaged_chunk(path := tmp_path / "a.h5", 8 + 8 * axis + byte, value)
    with h5py.File(path) as file:
        dataset: Any = file["train_set_x"]
        assert (dataset.id.get_num_chunks(), dataset[0, 0]) == (3, 0)
    error = refusal(course_hdf5, path)
    assert error.code == "data.hdf5-unreadable"
    assert "has the shape (6, 2), and not all of its numbers" in str(error)


def test_a_link_to_another_file_is_not_followed(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["x"] = X
    path = with_train(
        tmp_path / "a.h5",
        lambda file: file.__setitem__("train_set_x", h5py.ExternalLink("other.h5", "/x")),
    )
    assert "are in another file" in str(refusal(course_hdf5, path))


@pytest.mark.parametrize("link", [h5py.SoftLink("/nothing"), h5py.SoftLink("/train_set_x")])
def test_a_link_to_nothing_is_one_sentence(tmp_path: Path, link: Any) -> None:
    """RuntimeError and KeyError of h5py; damaged files raise eight others."""
    path = with_train(tmp_path / "a.h5", lambda file: file.__setitem__("train_set_x", link))
    assert refusal(course_hdf5, path).code in ("data.hdf5-unreadable", "data.hdf5-names")


def test_every_way_of_storing_numbers_is_read(tmp_path: Path) -> None:
    x, words = np.arange(48, dtype=np.uint8).reshape(6, 4, 2), ["é", "b"]
    for number, (libver, options) in enumerate((
        ("earliest", {}), ("latest", {}), ("latest", {"chunks": (4, 4, 2)}),
        ("earliest", {"chunks": (4, 3, 2), "compression": "gzip", "shuffle": True}),
        ("latest", {"chunks": True, "compression": "lzf", "fletcher32": True}),
        ("latest", {"maxshape": (None, 4, 2)}),
    )):  # fmt: skip
        for dtype in ("u1", "<i8", ">f4", "f2", "?"):
            path = tmp_path / f"{number}.h5"
            with h5py.File(path, "w", libver=libver) as file:
                file.create_dataset("x", data=x.astype(dtype), **options)
                file.create_dataset("words", data=words, dtype=h5py.string_dtype())
            found, names = read_hdf5(path, ("x", "words", "none"))
            assert names == ["words", "x"]
            np.testing.assert_array_equal(found["x"], x.astype(dtype), strict=True)
            assert [word.decode() for word in found["words"]] == words


def test_a_pickle_in_a_file_of_arrays_is_not_read(tmp_path: Path, monkeypatch) -> None:
    class Code:
        def __reduce__(self) -> Any:
            return os.mkdir, (str(tmp_path / "executed"),)

    assert pickle.dumps(Code())
    np.savez(tmp_path / "a.npz", x=np.array([Code()], object))
    assert "allow_pickle=False" in str(refusal(npz, tmp_path / "a.npz"))
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize(
    "cell",
    [
        '{"cell_type": "code", "source": {"x = 1": 2}}',
        '{"cell_type": "code", "source": ["x = 1"], "source": "x = 2"}',
        '{"cell_type": "code", "source": [["x = 1"]]}',
    ],
)
def test_a_cell_has_one_source(tmp_path: Path, cell: str) -> None:
    """The names of an object were taken for lines, and the last of two sources for the only one."""
    from parity_tests.adapters.notebook_cells import cells_of

    (tmp_path / "a.ipynb").write_text(f'{{"cells": [{cell}]}}', encoding="utf-8")
    assert refusal(cells_of, tmp_path / "a.ipynb").code == "notebook.unreadable"


def test_json_that_python_cannot_nest_is_one_sentence(tmp_path: Path) -> None:
    """A RecursionError, in descriptions and in notebooks."""
    from safetensors.numpy import save_file

    import ref_numpy
    from parity_tests.adapters.notebook_cells import cells_of

    deep = "[" * 100_000
    error = refusal(ref_numpy.NetworkSpec.from_json, deep)
    assert (error.code, "RecursionError" in str(error)) == ("network.unreadable", True)
    assert refusal(ref_numpy.DataSpec.from_json, deep, {}).code == "data-spec.unreadable"
    (tmp_path / "a.ipynb").write_text(f'{{"cells": {deep}', encoding="utf-8")
    assert refusal(cells_of, tmp_path / "a.ipynb").code == "notebook.unreadable"
    save_file({"W1": X}, tmp_path / "a.safetensors", {"network": json.dumps(deep)})
    assert refusal(ref_numpy.load, tmp_path / "a.safetensors").code == "network.unreadable"


def test_too_little_memory_is_not_a_damaged_file(tmp_path: Path, monkeypatch: Any) -> None:
    def read(path: Any) -> Any:
        raise MemoryError

    monkeypatch.setattr("torch_impl.data.array_sources.read_npz", read)
    np.savez(tmp_path / "a.npz", x=np.ones((3, 2)))
    with pytest.raises(MemoryError):
        npz(tmp_path / "a.npz")
