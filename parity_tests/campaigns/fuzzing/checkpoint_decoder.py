"""What a checkpoint states: an archive of records, and a pickle that says how they are tensors.

The pickle is read with NumPy instead of torch: a call in it does nothing, unless it is one that
makes a tensor. Source: the docstring of torch.serialization, and that of pickletools.
"""

from __future__ import annotations

import io
import math
import pickle
from collections import OrderedDict
from typing import Any

import numpy as np

from parity_tests.campaigns.fuzzing.strict_decoders import Content, Invalid, need, zip_members

DTYPES = {
    "DoubleStorage": "<f8", "FloatStorage": "<f4", "HalfStorage": "<f2", "LongStorage": "<i8",
    "IntStorage": "<i4", "ShortStorage": "<i2", "CharStorage": "i1", "ByteStorage": "u1",
    "BoolStorage": "?",
}  # fmt: skip


class Inert:
    """An object of which no code runs."""

    def __new__(cls, *arguments: Any, **options: Any) -> Inert:
        """Take any arguments."""
        return super().__new__(cls)

    def __setstate__(self, state: Any) -> None: ...


def strided(storage: Any, offset: int, size: Any, stride: Any, *others: Any) -> np.ndarray:
    """Return the tensor of a storage, whose last element must be in it."""
    last = offset + sum((n - 1) * s for n, s in zip(size, stride, strict=True))
    need(isinstance(storage, np.ndarray) and offset >= 0 and min([0, *stride]) == 0, "a tensor")
    need(math.prod(size) == 0 or last < len(storage), "a tensor that is larger than its storage")
    strides = [s * storage.itemsize for s in stride]
    return np.lib.stride_tricks.as_strided(storage[offset:], size, strides).copy()


class Reader(pickle.Unpickler):
    """Reads the pickle of a checkpoint.

    Args:
        records: the bytes of each record by its name.
    """

    def __init__(self, records: dict[str, bytes]) -> None:
        super().__init__(io.BytesIO(records["data.pkl"]))
        self.records = records

    def find_class(self, module: str, name: str) -> Any:
        """Return what makes a tensor, or a dictionary; and something inert instead of the rest."""
        known = {"_rebuild_tensor_v2": strided, "OrderedDict": OrderedDict}
        return DTYPES.get(name) or known.get(name) or Inert

    def persistent_load(self, pid: Any) -> np.ndarray:
        """Return a storage: all of its record."""
        _, dtype, key, _, count = pid
        need(isinstance(dtype, str) and f"data/{key}" in self.records, "a storage")
        storage = np.frombuffer(self.records[f"data/{key}"], dtype)
        need(len(storage) == count, "a storage that is larger than its record")
        return storage


def checkpoint(data: bytes) -> Content:
    """Return the tensors of the network."""
    members = list(zip_members(data))
    records = {name.partition("/")[2]: content for name, content in members}
    need(len(records) == len(members) and "data.pkl" in records, "records")
    try:
        tree = Reader(records).load()
        return dict(tree["state_dict"])
    except Invalid:
        raise
    except Exception as error:  # as many kinds as there are ways to damage a pickle
        raise Invalid(str(error)) from None
