"""Datasets of HDF5 files: numbers and words that are all there, in the file itself.

HDF5 gives zeros for numbers that were never written, and reads those of other files where a dataset
says so; here both are errors.
"""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from ref_numpy.errors import cause_of
from ref_numpy.layer import Array
from torch_impl.array_files import MOST_COMPRESSED
from torch_impl.training_messages import input_error

CHECKSUM = 4  # bytes of Fletcher's at the end of a chunk


def read_hdf5(
    path: str | os.PathLike[str],
    wanted: Iterable[str],
    read: Callable[[Any, str], Array] | None = None,
) -> tuple[dict[str, Array], list[str]]:
    """Return the arrays of these names that a file has, and the names of all that it has.

    Args:
        path: of the file.
        wanted: the names of arrays.
        read: returns the array of an open file with this name; None means `array_of`.

    Raises:
        InputError: the file is damaged, or no HDF5 file.
    """
    import h5py

    try:
        with h5py.File(path, "r") as file:
            names = sorted(file)
            return {name: (read or array_of)(file, name) for name in wanted if name in names}, names
    except MemoryError:
        raise
    except Exception as error:  # h5py passes on that of the layer of HDF5 which finds the damage
        raise input_error("data.hdf5-unreadable", path=path, error=cause_of(error)) from error


class Hdf5Arrays(Mapping[str, Array]):
    """The arrays of a file by their names, each read when it is taken.

    Args:
        path: of the file.
        of_matlab: MATLAB wrote it, in its version 7.3: HDF5 has the axes in reverse, and words are
            cells that refer to arrays of UTF-16.

    Raises:
        InputError: the file is damaged, or no HDF5 file.
    """

    def __init__(self, path: str | os.PathLike[str], of_matlab: bool = False) -> None:
        self.path, self.of_matlab = path, of_matlab
        self.names = [name for name in read_hdf5(path, ())[1] if not name.startswith("#")]

    def __getitem__(self, name: str) -> Array:
        """Read an array, or raise InputError where it is damaged."""
        if name not in self.names:
            raise KeyError(name)
        read = array_of_matlab if self.of_matlab else array_of
        return read_hdf5(self.path, (name,), read)[0][name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


def array_of_matlab(file: Any, name: str) -> Array:
    """Return an array as MATLAB shows it, or the words of its cells.

    Raises:
        ValueError: it holds neither numbers nor words, or a part of it is not in the file.
    """
    kind = np.bytes_(file[name].attrs.get("MATLAB_class", b"double")).decode()
    if kind == "cell":
        cells = np.asarray(file[name]).T.ravel()
        return np.array([word_of(file[reference]) for reference in cells])
    if kind in ("struct", "char") or "MATLAB_sparse" in file[name].attrs:
        raise ValueError(f"{name} is a {kind} array; expected numbers, or a cell array of words")
    return array_of(file, name).T


def word_of(cell: Any) -> str:
    """Return the word of a cell, or raise ValueError where it has none."""
    if np.bytes_(cell.attrs.get("MATLAB_class", b"")) != b"char":
        raise ValueError("its cells are not words")
    if "MATLAB_empty" in cell.attrs:
        return ""
    return array_of(cell.file, cell.name).astype("<u2").tobytes().decode("utf-16-le")


def array_of(file: Any, name: str) -> Array:
    """Return the array of a dataset.

    Raises:
        ValueError: it is no array, or a part of it is not in the file.
    """
    import h5py

    dataset = file[name]
    if not isinstance(dataset, h5py.Dataset) or dataset.shape is None:
        raise ValueError(f"{name} is no array")
    if dataset.file != file or dataset.is_virtual or dataset.external:
        raise ValueError(f"the numbers of {name} are in another file")
    dtype = dataset.dtype
    is_text = h5py.check_string_dtype(dtype) is not None
    if not is_text and not is_plain(dataset):
        raise ValueError(f"{name} holds {dtype}, as NumPy has no numbers")
    size = math.prod(dataset.shape) * dtype.itemsize
    if not has_all(dataset, size) or size > MOST_COMPRESSED * os.stat(file.filename).st_size:
        raise ValueError(f"{name} has the shape {dataset.shape}, and not all of its numbers")
    return np.asarray(dataset)


def is_plain_chunk(chunk: Any, n_filters: int) -> bool:
    """Return whether a chunk is stored as its numbers alone: every filter is left out."""
    every = (1 << n_filters) - 1
    return chunk.filter_mask & every == every


def is_plain(dataset: Any) -> bool:
    """Return whether the numbers are stored as NumPy has them: no other size of an exponent."""
    import h5py

    if dataset.dtype.kind not in "biuf":
        return False
    return h5py.h5t.py_create(dataset.dtype, logical=True) == dataset.id.get_type()


def has_all(dataset: Any, size: int) -> bool:
    """Return whether all of a dataset was written: its bytes, or each of its chunks.

    The number of chunks is not enough: where a chunk's place in the index is damaged, it is counted
    and listed, but not found, and HDF5 gives zeros. So each is looked up, as HDF5 does to read it;
    that reads its bytes, and decompresses none. HDF5 2.0 ends the process (SIGSEGV) at a chunk that
    is shorter than its checksum, and at one that is longer than its numbers where no filter makes
    it so.
    """
    if dataset.chunks is None:
        return dataset.id.get_storage_size() >= size
    begins = [range(0, n, c) for n, c in zip(dataset.shape, dataset.chunks, strict=True)]
    if dataset.id.get_num_chunks() != math.prod(map(len, begins)):
        return False
    if dataset.id.get_storage_size() > os.stat(dataset.file.filename).st_size:
        return False
    n_filters = dataset.id.get_create_plist().get_nfilters()
    listed = map(dataset.id.get_chunk_info, range(dataset.id.get_num_chunks()))
    plain = math.prod(dataset.chunks) * dataset.dtype.itemsize
    if any(is_plain_chunk(chunk, n_filters) and chunk.size != plain for chunk in listed):
        return False
    least = CHECKSUM if dataset.fletcher32 else 0
    places = itertools.product(*begins)
    try:
        return all(len(dataset.id.read_direct_chunk(begin)[1]) > least for begin in places)
    except RuntimeError:  # "chunk storage is not allocated"
        return False
