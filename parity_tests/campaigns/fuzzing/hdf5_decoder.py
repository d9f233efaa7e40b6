"""What an HDF5 file states: the numbers at the places in the file that its objects name.

HDF5 has no checksum of contiguous numbers, so that any of those may be damaged, and the file valid.
Places, shapes and dtypes come from h5py, which the product reads with as well; the numbers do not.
Source: "HDF5 File Format Specification, Version 3.0", IV.A.2.i and l, the messages of the layout
and of the filters.
"""

from __future__ import annotations

import io
import itertools
import math
import zlib
from typing import Any

import numpy as np

from parity_tests.campaigns.fuzzing.strict_decoders import Content, Invalid, need


def hdf5(data: bytes) -> Content:
    """Return the numbers and texts of each dataset."""
    import h5py

    result: Content = {}
    try:
        with h5py.File(io.BytesIO(data), "r") as file:
            for name in map(str, file):
                dataset = file.get(name)
                if isinstance(dataset, h5py.Dataset) and is_plain(dataset):
                    result[name] = stored(data, dataset)
    except Invalid:
        raise
    except Exception as error:  # whatever h5py raises
        raise Invalid(str(error)) from None
    return result


def is_plain(dataset: Any) -> bool:
    """Return whether a dataset is of numbers as NumPy has them, or of texts, and in this file."""
    import h5py

    dtype = dataset.dtype
    if dataset.shape is None or dataset.is_virtual or dataset.external:
        return False
    if h5py.check_string_dtype(dtype) is not None:
        return True
    same = h5py.h5t.py_create(dtype, logical=True) == dataset.id.get_type()
    return dtype.kind in "biuf" and same


def stored(data: bytes, dataset: Any) -> np.ndarray:
    """Return what a dataset's place in the file holds; long texts are elsewhere, and are h5py's."""
    dtype, shape = dataset.dtype, dataset.shape
    if dtype.kind == "O":
        return np.asarray(dataset)
    if dataset.chunks is not None:
        return from_chunks(data, dataset)
    at, count = dataset.id.get_offset(), math.prod(shape)
    if not count:  # it has no place
        return np.zeros(shape, dtype)
    if at is None or at + count * dtype.itemsize > len(data):
        raise Invalid("numbers beyond the end")
    return np.frombuffer(data, dtype, count, at).reshape(shape)


def from_chunks(data: bytes, dataset: Any) -> np.ndarray:
    """Return the array of a dataset in chunks, each of which must be there."""
    shape, chunks, dtype = dataset.shape, dataset.chunks, dataset.dtype
    need(math.prod(shape) * dtype.itemsize < 2**28, "too many numbers for this decoder")
    result = np.zeros(shape, dtype)
    found = [dataset.id.get_chunk_info(k) for k in range(dataset.id.get_num_chunks())]
    grid = itertools.product(*(range(0, n, c) for n, c in zip(shape, chunks, strict=True)))
    need({chunk.chunk_offset for chunk in found} == {*grid}, "a chunk is missing")
    for chunk in found:
        content = data[chunk.byte_offset : chunk.byte_offset + chunk.size]
        need(chunk.filter_mask == 0, "a filter was left out")
        content = content[:-4] if dataset.fletcher32 else content
        content = zlib.decompress(content) if dataset.compression == "gzip" else content
        if dataset.shuffle:
            content = np.frombuffer(content, "u1").reshape(dtype.itemsize, -1).T.tobytes()
        block = np.frombuffer(content, dtype, math.prod(chunks)).reshape(chunks)
        where = tuple(
            slice(begin, begin + size)
            for begin, size in zip(chunk.chunk_offset, chunks, strict=True)
        )
        part = result[where]
        part[...] = block[tuple(map(slice, part.shape))]
    return result
