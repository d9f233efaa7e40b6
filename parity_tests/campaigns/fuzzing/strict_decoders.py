"""What a file states, read a second time, by the text of its format and by nothing that reads it.

A product that reads a damaged file must either find what the undamaged file has, or what a decoder
here finds. The decoders accept less than libraries do: every byte must be accounted for. Sources:
numpy.lib.format's docstring; PKWARE's APPNOTE 6.3.10, 4.3; the README of safetensors, "Format".
"""

from __future__ import annotations

import ast
import json
import math
import struct
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

Content = dict[str, Any]  # arrays, and texts, by name


class Invalid(ValueError):
    """The bytes are no file of this format."""


def need(condition: bool, what: str) -> None:
    """Raise Invalid unless the condition holds."""
    if not condition:
        raise Invalid(what)


def npy(data: bytes) -> np.ndarray:
    """Return the array of a .npy file of version 1.0 or 2.0."""
    need(data[:6] == b"\x93NUMPY" and data[6:8] in (b"\1\0", b"\2\0"), "magic")
    size = 2 if data[6] == 1 else 4
    start = 8 + size + int.from_bytes(data[8 : 8 + size], "little")
    try:
        header = ast.literal_eval(data[8 + size : start].decode("latin1").strip())
        need(set(header) == {"descr", "fortran_order", "shape"}, "header")
        dtype, shape = np.dtype(header["descr"]), header["shape"]
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError) as error:
        raise Invalid(f"header: {error}") from None
    need(isinstance(shape, tuple) and all(type(n) is int and n >= 0 for n in shape), "shape")
    need(not dtype.hasobject and math.prod(shape) * dtype.itemsize == len(data) - start, "size")
    order = "F" if header["fortran_order"] else "C"
    return np.frombuffer(data, dtype, offset=start).reshape(shape, order=order)


def npy_file(data: bytes) -> Content:
    """Return the array of a .npy file, as x."""
    return {"x": npy(data)}


def zip_members(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the members of an archive, whose CRC-32 is compared."""
    end = data.rfind(b"PK\5\6")
    need(end >= 0 and len(data) >= end + 22, "no end of central directory")
    count, size, at = struct.unpack("<HII", data[end + 10 : end + 20])
    at = end - size if at == 2**32 - 1 else at
    for _ in range(count):
        need(data[at : at + 4] == b"PK\1\2", "central directory")
        (method,) = struct.unpack("<H", data[at + 10 : at + 12])
        crc, packed, full = struct.unpack("<III", data[at + 16 : at + 28])
        lengths = struct.unpack("<HHH", data[at + 28 : at + 34])
        (local,) = struct.unpack("<I", data[at + 42 : at + 46])
        name = data[at + 46 : at + 46 + lengths[0]]
        extra = data[at + 46 + lengths[0] : at + 46 + lengths[0] + lengths[1]]
        if 2**32 - 1 in (full, packed):  # zip64: the extra field 1 has the sizes
            need(extra[:2] == b"\1\0", "zip64")
            full, packed = struct.unpack("<QQ", extra[4:20])
        at += 46 + sum(lengths)
        need(data[local : local + 4] == b"PK\3\4", "local header")
        name_length, extra_length = struct.unpack("<HH", data[local + 26 : local + 30])
        begin = local + 30 + name_length + extra_length
        need(data[local + 30 : local + 30 + name_length] == name, "two names")
        content = data[begin : begin + packed]
        need(method in (0, 8), "method")
        try:
            content = zlib.decompressobj(-15).decompress(content, full) if method else content
        except zlib.error as error:
            raise Invalid(str(error)) from None
        need(len(content) == full and zlib.crc32(content) == crc, "CRC-32")
        yield name.decode("utf-8", "replace"), content


def npz(data: bytes) -> Content:
    """Return the arrays of a .npz file."""
    members = list(zip_members(data))
    need(len(dict(members)) == len(members), "two arrays of one name")
    return {name.removesuffix(".npy"): npy(content) for name, content in members}


def safetensors(data: bytes) -> Content:
    """Return the tensors of a safetensors file, and its metadata."""
    start = 8 + int.from_bytes(data[:8], "little")
    try:
        header = json.loads(data[8:start], object_pairs_hook=without_duplicates)
    except (ValueError, RecursionError) as error:
        raise Invalid(f"header: {error}") from None
    need(isinstance(header, dict), "header")
    result: Content = dict(header.pop("__metadata__", None) or {})
    end = 0
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        first, last = entry["data_offsets"]
        need(first == end, "a hole")
        content, end = data[start + first : start + last], last
        result[name] = decoded(entry["dtype"], content).reshape(entry["shape"])
    need(start + end == len(data), "size")
    return result


def without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the dictionary of a JSON object whose names are different."""
    need(len(dict(pairs)) == len(pairs), "a name twice")
    return dict(pairs)


SAFETENSORS = {
    "BOOL": "?", "U8": "u1", "I8": "i1", "U16": "<u2", "I16": "<i2", "F16": "<f2", "U32": "<u4",
    "I32": "<i4", "F32": "<f4", "U64": "<u8", "I64": "<i8", "F64": "<f8",
}  # fmt: skip


def decoded(dtype: str, content: bytes) -> np.ndarray:
    """Return the numbers; bfloat16 is the upper half of float32."""
    if dtype == "BF16":
        pairs = np.frombuffer(content, "u1").reshape(-1, 2)
        return np.pad(pairs, ((0, 0), (2, 0))).reshape(-1).view("<f4")
    need(dtype in SAFETENSORS, "dtype")
    return np.frombuffer(content, SAFETENSORS[dtype])


def notebook(data: bytes) -> Content:
    """Return the source of each code cell."""
    try:
        tree = json.loads(data.decode("utf-8"), object_pairs_hook=without_duplicates)
        cells = [c["source"] for c in tree["cells"] if c["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Invalid(str(error)) from None
    for source in cells:
        lines = [source] if isinstance(source, str) else source
        need(isinstance(lines, list) and all(isinstance(x, str) for x in lines), "source")
    return {f"cell {n}": "".join(source) for n, source in enumerate(cells, 1)}


def is_same(found: Any, expected: Any) -> bool:
    """Return whether two arrays have the same dtype, shape and bits, or two texts are equal."""
    if isinstance(found, np.ndarray) and isinstance(expected, np.ndarray):
        if found.dtype.kind == "O":  # texts
            return found.shape == expected.shape and found.tolist() == expected.tolist()
        ours, theirs = found.dtype.newbyteorder("="), expected.dtype.newbyteorder("=")
        if ours != theirs or found.shape != expected.shape:
            return False
        return found.astype(ours).tobytes() == expected.astype(theirs).tobytes()
    if isinstance(found, str) and isinstance(expected, np.ndarray):
        return expected.shape == () and expected.dtype.kind == "U" and found == str(expected)
    return type(found) is type(expected) and found == expected


def states(content: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    """Return whether a file's content has everything that a reader found in it."""
    return all(name in content and is_same(x, content[name]) for name, x in found.items())
