"""Arrays of MATLAB's .mat files: by scipy up to version 7, by HDF5 from version 7.3 on."""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from ref_numpy.errors import cause_of
from ref_numpy.layer import Array
from torch_impl.array_files import MOST_COMPRESSED
from torch_impl.data.hdf5_files import Hdf5Arrays
from torch_impl.training_messages import input_error


def read_mat(path: str | os.PathLike[str]) -> Mapping[str, Array]:
    """Return the arrays of a .mat file, by name, with the axes that MATLAB shows.

    Words, in a cell array or in the rows of a char array, are an array of strings. Structures and
    other cells are left out.

    Raises:
        InputError: the file is damaged, or no .mat file.
    """
    import h5py

    if h5py.is_hdf5(path):
        return Hdf5Arrays(path, of_matlab=True)
    import scipy.io

    try:
        check_sizes(path)
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # scipy warns of two variables of one name
            found = scipy.io.loadmat(path)
            arrays = {n: plain(v) for n, v in found.items() if not n.startswith("__")}
    except MemoryError:
        raise
    except Exception as error:  # scipy and zlib have their own for a damaged file
        raise input_error("data.mat-unreadable", path=path, error=cause_of(error)) from error
    return {name: array for name, array in arrays.items() if array is not None}


def check_sizes(path: str | os.PathLike[str]) -> None:
    """Check that the variables of a file claim no more numbers than it can hold.

    Raises:
        ValueError: they do.
    """
    import scipy.io

    limit = MOST_COMPRESSED * os.stat(path).st_size
    for name, shape, _ in scipy.io.whosmat(path):
        if min([0, *shape]) < 0 or math.prod(map(int, shape)) > limit:
            raise ValueError(f"{name} has the shape {shape}, and not all of its numbers")


def plain(value: Any) -> Array | None:
    """Return a variable as an array of numbers or of words; None where it holds other things."""
    if hasattr(value, "toarray"):  # MATLAB's sparse matrices
        return value.toarray()
    array = np.asarray(value)
    if array.dtype.kind in "biuf":
        return array
    if array.dtype.kind in "US":  # scipy strips no spaces, to which char arrays are padded
        return np.array([word.rstrip() for word in array.ravel().tolist()])
    if array.dtype.kind != "O" or array.dtype.names:
        return None
    words = [np.asarray(cell) for cell in array.ravel()]
    if not all(word.dtype.kind == "U" and word.size <= 1 for word in words):
        return None
    return np.array([word.item() if word.size else "" for word in words])
