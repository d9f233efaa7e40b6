"""Plain data as bytes, and back: no pickle, and nothing of it is executed.

A message is two lengths of 8 bytes, a header, and the arrays. The header is JSON: what the data is,
with a number instead of each array; then each array's dtype and shape. The arrays follow in
that order, C-contiguous, little-endian, each from a multiple of 16 bytes on.
"""

from __future__ import annotations

import json
import math
import struct
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from parity_tests.adapters.candidate_process.plain_data import DEEPEST, DTYPES, Earlier, Other

LENGTHS = struct.Struct("<QQ")  # of the header and of the arrays
MOST_HEADER = 2**27  # bytes
ALIGNED = 16  # bytes
MOST_DIMENSIONS = 32  # of every version of NumPy

Buffer = bytes | bytearray | memoryview


class Malformed(ValueError):
    """Bytes, or data, of another form than was expected."""


def encoded(data: Any) -> Iterator[Buffer]:
    """Yield the parts of a message."""
    message = Message()
    tree = message.tagged(data)
    arrays = [as_bytes(array) for array in message.arrays]
    table = [[array.dtype.name, array.shape] for array in message.arrays]
    header = json.dumps([tree, table], separators=(",", ":")).encode()
    yield LENGTHS.pack(len(header), sum(len(part) + padding(len(part)) for part in arrays))
    yield header
    for part in arrays:
        yield part
        yield bytes(padding(len(part)))


@dataclass
class Message:
    """The arrays of a message, each once."""

    arrays: list[np.ndarray] = field(default_factory=list)
    numbers: dict[int, int] = field(default_factory=dict)

    def tagged(self, data: Any) -> Any:
        """Return plain data as JSON has it: ["tuple", …], ["array", its number], …."""
        if data is None or isinstance(data, bool | str):
            return data
        if isinstance(data, np.ndarray):
            if id(data) not in self.numbers:
                self.numbers[id(data)] = len(self.arrays)
                self.arrays.append(data)
            return ["array", self.numbers[id(data)]]
        if isinstance(data, np.generic):
            self.arrays.append(np.asarray(data))
            return ["scalar", len(self.arrays) - 1]
        if isinstance(data, int | float):
            return data
        if isinstance(data, Other):
            return ["other", data.type_name]
        if isinstance(data, Earlier):
            return ["earlier", data.function, data.entry]
        if isinstance(data, dict):
            return ["dict", *([self.tagged(k), self.tagged(x)] for k, x in data.items())]
        return ["tuple" if isinstance(data, tuple) else "list", *map(self.tagged, data)]


def as_bytes(array: np.ndarray) -> Buffer:
    """Return the array's memory, little-endian."""
    array = array.astype(array.dtype.newbyteorder("="), copy=False)
    if sys.byteorder == "big":
        array = array.byteswap()
    flat = np.ascontiguousarray(array).reshape(-1)
    return flat.view(np.uint8).data if flat.size else b""


def padding(n: int) -> int:
    """Return how many bytes stand between n bytes and the next array."""
    return -n % ALIGNED


def lengths(prefix: Buffer) -> tuple[int, int]:
    """Return the lengths of a message's header and of its arrays.

    Raises:
        Malformed: the header is longer than any header is.
    """
    header, arrays = LENGTHS.unpack(prefix)
    if header > MOST_HEADER:
        raise Malformed(f"a header of {header} bytes")
    return header, arrays


def decoded(header: Buffer, memory: bytearray) -> Any:
    """Return the data of a message; its arrays lie in `memory`.

    Raises:
        Malformed: the bytes are no message.
    """
    try:
        tree, table = json.loads(bytes(header))
        arrays = list(arrays_in(memory, table))
        return untagged(tree, arrays)
    except Malformed:
        raise
    except (ValueError, TypeError, KeyError, IndexError, RecursionError, OverflowError) as error:
        raise Malformed(f"{type(error).__name__}: {error}") from error


def arrays_in(memory: bytearray, table: Sequence[Any]) -> Iterator[np.ndarray]:
    """Yield the arrays of these dtypes and shapes, which fill the memory."""
    start = 0
    for name, shape in table:
        sizes = isinstance(shape, list) and all(type(n) is int and n >= 0 for n in shape)
        if name not in DTYPES or not sizes or len(shape) > MOST_DIMENSIONS:
            raise Malformed(f"an array of {name!r} and shape {shape!r}")
        dtype = np.dtype(name)
        length = math.prod(shape) * dtype.itemsize
        if start + length > len(memory):
            raise Malformed("an array beyond the end")
        stored = np.dtype(np.uint8) if dtype.kind == "b" else dtype
        array = np.ndarray(shape, stored, memory, start if length else 0)
        if sys.byteorder == "big":
            array.byteswap(inplace=True)
        yield np.asarray(array != 0) if dtype.kind == "b" else array
        start += length + padding(length)
    if start != len(memory):
        raise Malformed(f"{len(memory) - start} bytes after the last array")


def untagged(tree: Any, arrays: Sequence[np.ndarray], depth: int = 0) -> Any:
    """Return the data that `Message.tagged` described."""
    if not isinstance(tree, list):
        if isinstance(tree, dict):
            raise Malformed("an object of JSON")
        return tree
    if depth > DEEPEST + 8:  # the containers of an answer around the candidate's own
        raise Malformed("containers that are too deep")
    kind, *rest = tree
    if kind == "dict":
        inner = (tuple(untagged(x, arrays, depth + 1) for x in pair) for pair in rest)
        return dict(inner)
    if kind in ("list", "tuple"):
        inner = [untagged(x, arrays, depth + 1) for x in rest]
        return inner if kind == "list" else tuple(inner)
    if kind in ("array", "scalar"):
        (number,) = rest
        array = arrays[number]
        return array if kind == "array" else array[()]
    if kind == "other":
        (type_name,) = rest
        return stand_in(str(type_name))
    if kind == "earlier":
        function, entry = rest
        return Earlier(str(function), int(entry))
    raise Malformed(f"a value of the kind {kind!r}")


def stand_in(type_name: str) -> Any:
    """Return an object whose type has this name, and nothing else."""
    name = type_name.replace("\0", "")[:LONGEST_NAME]
    return type(name, (), {"__repr__": lambda self: f"<{name}>"})()


LONGEST_NAME = 200
