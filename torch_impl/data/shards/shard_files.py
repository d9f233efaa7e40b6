"""Folders of .npy files in pairs: found, mapped and written.

x_000.npy (m_0, …) with y_000.npy (m_0,) or (m_0, n_y), x_001.npy with y_001.npy, …; or without any
y.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ref_numpy.errors import cause_of
from ref_numpy.layer import Array
from torch_impl.array_files import check_size
from torch_impl.training_messages import input_error

NUMBERS, WORDS = "biuf", "US"  # kinds of dtype


@dataclass(frozen=True)
class Shard:
    """A pair of files, by their paths and shapes: x (m, …) and y (m,) or (m, n_y); or x alone."""

    x_path: Path
    y_path: Path | None
    x_shape: tuple[int, ...]
    y_shape: tuple[int, ...]

    @classmethod
    def at(cls, x_path: Path) -> Shard:
        """Return the shard of a file x.

        Raises:
            InputError: a file is not an array of numbers, or the two are not a pair.
        """
        y_path = x_path.with_name(f"y{x_path.name[1:]}")
        x = map_array(x_path)
        if not y_path.exists():
            if x.ndim < 2 or not x.size:
                raise input_error("shards.x-shape", path=x_path, shape=x.shape)
            return cls(x_path, None, x.shape, ())
        y = map_labels(y_path)
        if x.ndim < 2 or y.ndim not in (1, 2) or not x.size or not y.size or len(x) != len(y):
            raise input_error(
                "shards.pair-shapes",
                x_path=x_path,
                x_shape=x.shape,
                y_name=y_path.name,
                y_shape=y.shape,
            )
        return cls(x_path, y_path, x.shape, y.shape)

    def __len__(self) -> int:
        return self.x_shape[0]

    def maps(self) -> tuple[Array, Array | None]:
        """Return x and y, mapped.

        Raises:
            InputError: the files have changed.
        """
        x, y = map_array(self.x_path), None if self.y_path is None else map_labels(self.y_path)
        y_shape = () if y is None else y.shape
        if (x.shape, y_shape) != (self.x_shape, self.y_shape):
            raise input_error(
                "shards.changed",
                files=self.files,
                x_before=self.x_shape,
                y_before=self.y_shape,
                x_now=x.shape,
                y_now=y_shape,
            )
        return x, y

    @property
    def files(self) -> str:
        """The paths in words."""
        return f"{self.x_path} and {self.y_path.name}" if self.y_path else f"{self.x_path}"

    def like(self, first: Shard) -> Shard:
        """Return the shard itself.

        Raises:
            InputError: an example has another shape than in `first`.
        """
        ours, theirs = ((s.x_shape[1:], s.y_shape[1:]) for s in (self, first))
        if ours != theirs:
            raise input_error(
                "shards.example-shape",
                files=self.files,
                x_shape=ours[0],
                y_shape=ours[1],
                first=first.files,
                x_first=theirs[0],
                y_first=theirs[1],
            )
        return self


def map_array(path: Path, kinds: str = NUMBERS) -> Array:
    """Map a .npy file's numbers, of which the system reads those that are used.

    Raises:
        InputError: the file is damaged, or of another kind.
    """
    try:
        with path.open("rb") as file:
            check_size(file, path.stat().st_size)
        array = np.asarray(np.lib.format.open_memmap(path, mode="r"))  # which unpickles nothing
    except Exception as error:  # a damaged header raises the errors of Python's own parser
        raise input_error("shards.unreadable", path=path, error=cause_of(error)) from error
    return check_dtype(path, array, kinds)


def map_labels(path: Path) -> Array:
    """Map a .npy file of labels, which may be words."""
    return map_array(path, NUMBERS + WORDS)


def check_dtype(path: Path, array: Array, kinds: str) -> Array:
    """Check that the array's dtype is one of the kinds, and return the array.

    Args:
        path: of its file.
        array: the array.
        kinds: NumPy's letters of the kinds, such as "biuf".

    Raises:
        InputError: its dtype is of another kind.
    """
    if array.dtype.kind not in kinds:
        raise input_error("shards.dtype", path=path, dtype=array.dtype)
    return array


def check_finite_rows(path: Path, rows: Array, first: int = 0) -> Array:
    """Return rows of a file.

    Args:
        path: of the file.
        rows: the numbers.
        first: the number of the first row.

    Raises:
        InputError: one is not finite.
    """
    if rows.dtype.kind != "f":
        return rows
    good = np.isfinite(rows)
    if not good.all():
        row = first + int(np.argwhere(~good)[0, 0])
        raise input_error("shards.not-finite", path=path, row=row)
    return rows


def shards_in(folder: Path) -> list[Shard]:
    """Return the pairs of a folder in the order of their numbers.

    Raises:
        InputError: there is no such folder, or a file has no partner.
    """
    if not folder.is_dir():
        raise input_error("shards.missing", folder=folder)
    xs, ys = ({path.name[1:] for path in folder.glob(f"{part}_*.npy")} for part in "xy")
    if not xs | ys:
        raise input_error("shards.empty", folder=folder)
    for name in sorted(xs ^ ys if ys else ()):
        there, missing = ("x", "y") if name in xs else ("y", "x")
        path = folder / f"{there}{name}"
        raise input_error("shards.no-partner", path=path, missing=f"{missing}{name}")
    in_order = sorted(xs, key=lambda name: (len(name), name))  # _1000 comes after _999
    shards = [Shard.at(folder / f"x{name}") for name in in_order]
    return [shard.like(shards[0]) for shard in shards]


def write_shards(
    folder: str | os.PathLike[str], batches: Iterable[tuple[Array, Array]]
) -> list[Shard]:
    """Write a pair of files for each batch, one batch at a time.

    The folder appears when all of it is written, and not where writing it failed.

    Args:
        folder: of the pairs, which does not exist yet.
        batches: x (m, …) and y (m,) or (m, n_y) each.

    Returns:
        The shards.

    Raises:
        InputError: the folder exists, or the batches cannot be one data set.
    """
    folder = Path(folder)
    if folder.exists():
        raise input_error("shards.exists", folder=folder)
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)  # of a process that was killed
    partial.mkdir(parents=True)
    try:
        first = None
        for k, pair in enumerate(batches):
            for part, array in zip("xy", pair, strict=True):
                path = partial / f"{part}_{k:03d}.npy"
                kinds = NUMBERS if part == "x" else NUMBERS + WORDS
                np.save(path, check_dtype(path, np.asarray(array), kinds), allow_pickle=False)
            shard = Shard.at(partial / f"x_{k:03d}.npy")
            first = shard.like(first or shard)
        shards_in(partial)
        partial.rename(folder)
    except BaseException:
        shutil.rmtree(partial)
        raise
    return shards_in(folder)
