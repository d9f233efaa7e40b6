"""IDX files, in which MNIST, Fashion-MNIST and EMNIST are published: one array each.

Two bytes 0, the code of the dtype, the number of axes; the length of each axis as four bytes, the
most significant first; then the numbers in the same order of bytes (LeCun, Cortes & Burges, *The
MNIST database*, "the IDX file format"). Whole files may be compressed by gzip.
"""

from __future__ import annotations

import gzip
import io
import math
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np

from ref_numpy.errors import cause_of
from ref_numpy.layer import Array
from torch_impl.array_files import MOST_COMPRESSED
from torch_impl.training_messages import input_error

DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
GZIP = b"\x1f\x8b"  # its first two bytes

# "train-images-idx3-ubyte", "t10k-labels.idx1-ubyte.gz", "emnist-letters-train-images-idx3-ubyte".
NAME = re.compile(
    r"(?P<prefix>.*?)(?P<part>train|t10k|test)-(?P<what>images|labels)[-.]idx\d-\w+(?P<gz>\.gz)?"
)


def read_idx(path: str | os.PathLike[str]) -> Array:
    """Return the array of an IDX file, compressed or not, in this machine's order of bytes.

    Raises:
        InputError: there is no such file, or it is damaged or no IDX file.
    """
    if not os.path.isfile(path):
        raise input_error("data.no-file", path=path)
    try:
        with open(path, "rb") as file, uncompressed(file) as (content, limit):
            return array_of(content, limit)
    except MemoryError:
        raise
    except Exception as error:  # gzip and zlib have their own for a damaged file
        raise input_error("data.idx-unreadable", path=path, error=cause_of(error)) from error


@contextmanager
def uncompressed(file: IO[bytes]) -> Iterator[tuple[IO[bytes], int]]:
    """Yield the bytes that a file holds, and the number of bytes that those can be at most."""
    size = os.fstat(file.fileno()).st_size
    compressed = file.read(2) == GZIP
    file.seek(0)
    if not compressed:
        yield file, size
        return
    with gzip.GzipFile(fileobj=file) as opened:
        yield io.BufferedReader(opened), MOST_COMPRESSED * size  # pyright: ignore[reportArgumentType]


def array_of(content: IO[bytes], limit: int) -> Array:
    """Return the array of an IDX file's bytes.

    Args:
        content: the bytes, from their begin.
        limit: the number of bytes that the numbers can be at most.

    Raises:
        ValueError: the bytes are no IDX file, or are longer or shorter than it states.
    """
    magic = content.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in DTYPES or not magic[3]:
        raise ValueError(f"it begins with the bytes {magic.hex(' ') or 'of an empty file'}")
    lengths = content.read(4 * magic[3])
    if len(lengths) < 4 * magic[3]:
        raise ValueError("it ends within its header")
    shape = tuple(np.frombuffer(lengths, ">u4").tolist())
    dtype = np.dtype(DTYPES[magic[2]])
    size = math.prod(shape) * dtype.itemsize
    if size > limit:
        raise ValueError(f"it states the shape {shape}, and cannot hold so many numbers")
    numbers = content.read(size)
    if len(numbers) < size or content.read(1):  # of gzip, the last read compares the checksum
        held = f"{len(numbers)} bytes" if len(numbers) < size else "more"
        raise ValueError(f"it states {shape} numbers of {dtype.itemsize} bytes, and holds {held}")
    return np.frombuffer(numbers, dtype).reshape(shape).astype(dtype.newbyteorder("="))


def pairs_in(folder: str | os.PathLike[str]) -> dict[str, dict[str, Path]]:
    """Return the IDX files of a folder: {"train": {"images": …, "labels": …}, "test": {…}}.

    Of a file and the compressed file of the same name, the first is taken.

    Raises:
        InputError: there is no such folder, it has no images to train with, or those of several
            data sets.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise input_error("data.no-folder", path=folder)
    found: dict[str, dict[str, Path]] = {}
    prefixes = set()
    for path in sorted(folder.iterdir(), key=lambda path: path.name.endswith(".gz")):
        match = NAME.fullmatch(path.name)
        if match is None or not path.is_file():
            continue
        prefixes.add(match["prefix"])
        part = "train" if match["part"] == "train" else "test"
        found.setdefault(part, {}).setdefault(match["what"], path)
    if len(prefixes) > 1:
        raise input_error("data.idx-several", folder=folder, names=sorted(prefixes))
    if "images" not in found.get("train", {}):
        raise input_error("data.idx-none", folder=folder)
    return found
