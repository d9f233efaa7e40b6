"""Arrays in .npy and .npz files: all of a file or an error, and no more memory than it states.

A .npy file states the dtype and the shape of its array, and a .npz file is a zip archive of those
(numpy.lib.format). NumPy reads neither what follows an array nor all of an archive, and reserves
memory for a shape before it looks for the numbers.
"""

from __future__ import annotations

import math
import os
import zipfile
from typing import IO, Any

import numpy as np

from ref_numpy.layer import Array

# A block of DEFLATE gives at most 1032 bytes for each of its own: a bit for a match of 258 bytes
# (https://zlib.net/zlib_tech.html, "Maximum Compression Factor").
MOST_COMPRESSED = 1032


def read_npz(path: str | os.PathLike[str]) -> dict[str, Array]:
    """Return the arrays of a .npz file by their names.

    Args:
        path: of the file.

    Raises:
        ValueError: the file is damaged, or is no .npz file; other errors are those of zipfile, zlib
            and numpy for a damaged file.
        OSError: it cannot be read.
    """
    with open(path, "rb") as file, zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        names = [member.filename.removesuffix(".npy") for member in members]
        if len({*names}) < len(names):
            raise ValueError("two of its arrays have the same name")
        claimed = sum(member.file_size for member in members)
        if claimed > MOST_COMPRESSED * os.fstat(file.fileno()).st_size:
            raise ValueError(f"it claims {claimed} bytes, which cannot be compressed so much")
        return {n: read_member(archive, m) for n, m in zip(names, members, strict=True)}


def read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Array:
    """Return the array of a .npz file's member, whose checksum is compared."""
    with archive.open(member) as opened:
        check_size(opened, member.file_size)
    with archive.open(member) as opened:
        return np.lib.format.read_array(opened, allow_pickle=False)


def check_size(file: IO[bytes], size: int) -> None:
    """Check that a .npy file is as long as its header states.

    Args:
        file: at its begin.
        size: of the file, in bytes.

    Raises:
        ValueError: it has another length, or a header that numpy.save does not write for numbers.
    """
    version = np.lib.format.read_magic(file)
    readers: dict[Any, Any] = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    if version not in readers:
        raise ValueError(f"its format {version} is not one of numbers")
    shape, _, dtype = readers[version](file)
    numbers = math.prod(shape) * dtype.itemsize
    rest = size - file.tell()
    if not dtype.hasobject and (min([0, *shape]) < 0 or numbers != rest):  # those are not read
        raise ValueError(f"it states {shape} numbers of {dtype}, and holds {rest} bytes")
