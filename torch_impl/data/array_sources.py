"""Examples in files of arrays by name: .npz, MATLAB's .mat, HDF5."""

from __future__ import annotations

import os

from ref_numpy.errors import cause_of
from ref_numpy.layer import Array
from torch_impl.array_files import read_npz
from torch_impl.data.hdf5_files import Hdf5Arrays
from torch_impl.data.mat_files import read_mat
from torch_impl.data.named_arrays import ArrayNames, examples_of
from torch_impl.data.sources import Examples, existing
from torch_impl.training_messages import input_error

Path = str | os.PathLike[str]
FOUND = ArrayNames()  # the names that are looked for where none are given


def npz(path: Path, names: ArrayNames = FOUND) -> tuple[Examples, Examples | None]:
    """Read a .npz file with x and y, or x_train, y_train, x_test, y_test (as Keras has).

    Without any y its examples can be predicted.

    Args:
        path: of the file.
        names: of the arrays.

    Raises:
        InputError: the file is missing or corrupt, or has other names.
    """
    return examples_of(npz_arrays(path), names, path)


def npz_arrays(path: Path) -> dict[str, Array]:
    """Return the arrays of a .npz file by their names.

    Raises:
        InputError: the file is missing or corrupt.
    """
    existing(path)
    try:
        return read_npz(path)
    except MemoryError:
        raise
    except Exception as error:  # zipfile, zlib and NumPy have their own for a damaged file
        raise input_error("data.npz-unreadable", path=path, error=cause_of(error)) from error


def mat(path: Path, names: ArrayNames = FOUND) -> tuple[Examples, Examples | None]:
    """Read a .mat file of any version, as `npz` reads its own."""
    existing(path)
    return examples_of(read_mat(path), names, path)


def hdf5(path: Path, names: ArrayNames = FOUND) -> tuple[Examples, Examples | None]:
    """Read an HDF5 file with arrays at its top level, as `npz` reads its own."""
    existing(path)
    return examples_of(Hdf5Arrays(path), names, path)
