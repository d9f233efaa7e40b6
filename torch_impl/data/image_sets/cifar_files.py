"""CIFAR-10 as its authors publish it for Python, and as OpenML has it.

Krizhevsky, *Learning Multiple Layers of Features from Tiny Images*, 2009. A file, data_batch_1 to 5
or test_batch, is a pickle of a dictionary: `data` (m, 3072) uint8, of each image the red pixels in
rows, then the green and the blue ones, and `labels`, m numbers from 0 to 9. A pickle may be any
program; here it is read by names of NumPy's arrays alone, so that nothing else is executed.
"""

from __future__ import annotations

import codecs
import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
from numpy._core.multiarray import _reconstruct  # pyright: ignore[reportAttributeAccessIssue]

from ref_numpy.errors import cause_of
from ref_numpy.layer import Array
from torch_impl.data.sources import Examples, openml
from torch_impl.training_messages import input_error

SHAPE = (3, 32, 32)
NAMES = (
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip
TRAIN, TEST = tuple(f"data_batch_{k}" for k in range(1, 6)), "test_batch"
LAST_AS_TEST = 10000  # of OpenML's 60,000

# All that a pickled array names; before NumPy 2 it was in numpy.core.
KNOWN: dict[tuple[str, str], Any] = {
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
    ("_codecs", "encode"): codecs.encode,
}


class ArrayUnpickler(pickle.Unpickler):
    """Reads numbers, words, lists, dictionaries and arrays, and refuses all else."""

    def find_class(self, module_name: str, global_name: str, /) -> Any:
        """Return what a pickle names.

        Raises:
            UnpicklingError: it is no part of an array.
        """
        if (module_name, global_name) not in KNOWN:
            raise pickle.UnpicklingError(f"it names {module_name}.{global_name}")
        return KNOWN[module_name, global_name]


def cifar_folder(folder: str | os.PathLike[str]) -> tuple[Examples, Examples | None]:
    """Return the images of a folder's batches, and those of its test_batch if there is one.

    Raises:
        InputError: there is no batch to train with, or a file is damaged or something else.
    """
    folder = Path(folder)
    paths = [folder / name for name in TRAIN if (folder / name).is_file()]
    if not paths:
        raise input_error("data.cifar-none", folder=folder)
    batches = [read_batch(path) for path in paths]
    x, y = (np.concatenate([batch[k] for batch in batches]) for k in (0, 1))
    test = folder / TEST
    return examples_of(x, y), examples_of(*read_batch(test)) if test.is_file() else None


def read_batch(path: Path) -> tuple[Array, Array]:
    """Return x (m, 3072) uint8 and y (m,) of a file.

    Raises:
        InputError: it is damaged, or something else.
    """
    try:
        with path.open("rb") as file:
            found = ArrayUnpickler(file, encoding="bytes").load()
        words = {key.decode() if isinstance(key, bytes) else key: found[key] for key in found}
        x, y = words["data"], np.asarray(words["labels"])
        if x.dtype != np.uint8 or x.shape != (len(y), np.prod(SHAPE)) or y.dtype.kind not in "iu":
            raise ValueError(f"it has data of shape {x.shape} and labels of shape {y.shape}")
        if not (y.min() >= 0 and y.max() < len(NAMES)):
            raise ValueError(f"it has labels from {y.min()} to {y.max()}")
    except MemoryError:
        raise
    except Exception as error:  # unpickling has many of its own for a damaged file
        raise input_error("data.cifar-unreadable", path=path, error=cause_of(error)) from error
    return x, y


def cifar_of_openml(cache: str | None = None) -> tuple[Examples, Examples]:
    """Return OpenML's CIFAR_10, which is downloaded once: 50,000 images, and 10,000 to test.

    Args:
        cache: the folder of the download; None takes scikit-learn's.

    Raises:
        InputError: it could not be loaded.
    """
    every = openml("CIFAR_10", 1, cache)
    assert every.y is not None
    x, y = every.x.astype(np.uint8), every.y.astype(np.int64)
    if x.shape[1:] != (np.prod(SHAPE),) or len(x) <= LAST_AS_TEST:
        facts = {"name": "CIFAR_10", "version": 1, "error": f"it has the shape {x.shape}"}
        raise input_error("data.openml", **facts)
    n = len(x) - LAST_AS_TEST
    return examples_of(x[:n], y[:n]), examples_of(x[n:], y[n:])


def examples_of(x: Array, y: Array) -> Examples:
    """Return images (m, 3, 32, 32), labelled by the names of their classes."""
    return Examples(x.reshape(-1, *SHAPE), np.array(NAMES)[y], NAMES)
