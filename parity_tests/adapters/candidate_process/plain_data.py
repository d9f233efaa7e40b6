"""A candidate's objects as plain data: arrays, numbers, texts, tuples, lists and dictionaries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from parity_tests.checking.trace_structure import as_array

# The arrays that cross the border. `long double` is that of this machine.
DTYPES = {
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16",
    "float32", "float64", np.dtype(np.longdouble).name, "complex64", "complex128",
}  # fmt: skip
DEEPEST = 32  # containers within one another
LONGEST = 10_000  # characters of a text, and bits of an integer


@dataclass(frozen=True)
class Other:
    """An object of another type, of which the name of its type is known alone."""

    type_name: str


@dataclass(frozen=True)
class Earlier:
    """An object that an earlier call of a function returned, and that stayed with the candidate.

    Attributes:
        function: its name.
        entry: the number of the object in the tuple that the function returned.
    """

    function: str
    entry: int


@dataclass
class PlainData:
    """Converts objects; arrays that are one array in memory become one array."""

    # By the place in memory: the array, which stays alive as long as its place counts; its copy.
    arrays: dict[tuple[Any, ...], tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)

    def of(self, x: Any, depth: int = 0) -> Any:
        """Return the object as plain data. Its arrays are copies, of native byte order.

        A subclass becomes its base, a mapping a dictionary, and anything that NumPy can make an
        array of numbers of that array; any other object becomes an `Other`.

        Args:
            x: any object; its own code may run, and may raise.
            depth: the number of containers that it is in.
        """
        if x is None or x is True or x is False:
            return x
        if depth > DEEPEST:
            return Other(type(x).__name__)
        if isinstance(x, str):
            return str.__str__(x)[:LONGEST]
        if isinstance(x, np.generic | np.ndarray):
            return self.numbers(x, np.asarray(x))
        if isinstance(x, int):
            return int.__pos__(x) if int.bit_length(x) <= LONGEST else Other(type(x).__name__)
        if isinstance(x, float):
            return float.__pos__(x)
        if isinstance(x, Mapping):
            return {key_of(k): self.of(value, depth + 1) for k, value in x.items()}
        if isinstance(x, tuple):
            return tuple(self.of(value, depth + 1) for value in tuple.__iter__(x))
        if isinstance(x, list):
            return [self.of(value, depth + 1) for value in list.__iter__(x)]
        array = as_array(x)
        if not np.array_equal(array, as_array(x), equal_nan=array.dtype.kind in "fc"):
            return Other(type(x).__name__)  # it has other numbers each time that it is read
        return self.numbers(x, array)

    def numbers(self, x: Any, array: np.ndarray) -> Any:
        """Return a copy of the object's array, a scalar of NumPy's as a scalar."""
        native = array.dtype.newbyteorder("=")
        if native.name not in DTYPES:
            return Other(type(x).__name__)
        if isinstance(x, np.generic):
            return array.astype(native)[()]
        place = array.__array_interface__["data"][0], array.shape, array.strides, array.dtype
        if place not in self.arrays:
            self.arrays[place] = array, np.array(array, native, order="C")
        return self.arrays[place][1]


def key_of(key: Any) -> Any:
    """Return a dictionary's key as plain data: a text, a number, or a tuple of such."""
    if isinstance(key, tuple):
        return tuple(map(key_of, tuple.__iter__(key)))
    if isinstance(key, bytes):
        return bytes.__repr__(key)[:LONGEST]  # b'dW1', which a message can quote
    plain = PlainData().of(key)
    is_key = plain is None or isinstance(plain, str | int | float | Other)
    return plain if is_key else Other(type(key).__name__)


def fact(x: Any) -> Any:
    """Return a fact of an error as plain data: a number, or a tuple of numbers, else its text."""
    if isinstance(x, tuple | list):
        return tuple(map(fact, x))
    return x if x is None or isinstance(x, bool | int | float) else str(x)


def text_of(x: Any) -> str | None:
    """Return a text; None for anything else."""
    return str(x) if isinstance(x, str) else None
