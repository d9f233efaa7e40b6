"""Folders of .npy files in pairs: x_000.npy (m_0, …) with y_000.npy (m_0,) or (m_0, n_y), x_001.npy
with y_001.npy, …; or without any y. Found, mapped and written."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ref_numpy.errors import InputError
from ref_numpy.layer import Array

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
        """Raises InputError where a file is no array of numbers, or the two are no pair."""
        y_path = x_path.with_name(f"y{x_path.name[1:]}")
        x = mapped(x_path)
        if not y_path.exists():
            if x.ndim < 2 or not x.size:
                raise InputError(f"{x_path} has shape {x.shape}; expected (m, …), at least one.")
            return cls(x_path, None, x.shape, ())
        y = mapped_labels(y_path)
        if x.ndim < 2 or y.ndim not in (1, 2) or not x.size or not y.size or len(x) != len(y):
            raise InputError(
                f"{x_path} has shape {x.shape} and {y_path.name} {y.shape}; expected (m, …) and "
                f"(m,) or (m, n_y), one y for each x, and at least one."
            )
        return cls(x_path, y_path, x.shape, y.shape)

    def __len__(self) -> int:
        return self.x_shape[0]

    def maps(self) -> tuple[Array, Array | None]:
        """x and y, mapped.   Raises InputError where they are no longer what they were."""
        x, y = mapped(self.x_path), None if self.y_path is None else mapped_labels(self.y_path)
        y_shape = () if y is None else y.shape
        if (x.shape, y_shape) != (self.x_shape, self.y_shape):
            raise InputError(
                f"{self.files} had the shapes {self.x_shape} and {self.y_shape} and now have "
                f"{x.shape} and {y_shape}; leave the files as they are while they are read."
            )
        return x, y

    @property
    def files(self) -> str:
        """In words."""
        return f"{self.x_path} and {self.y_path.name}" if self.y_path else f"{self.x_path}"

    def like(self, first: Shard) -> Shard:
        """Itself.   Raises InputError where an example has another shape than in `first`."""
        ours, theirs = ((s.x_shape[1:], s.y_shape[1:]) for s in (self, first))
        if ours != theirs:
            raise InputError(
                f"in {self.files} an example has the shapes {ours[0]} and {ours[1]}, in "
                f"{first.files} {theirs[0]} and {theirs[1]}; expected one shape in all files."
            )
        return self


def mapped(path: Path, kinds: str = NUMBERS) -> Array:
    """A .npy file's numbers, of which the system reads what is looked at.   Raises InputError."""
    try:
        array = np.asarray(np.lib.format.open_memmap(path, mode="r"))  # which unpickles nothing
    except Exception as error:  # a damaged header raises the errors of Python's own parser
        raise InputError(
            f"{path} is not a readable .npy file ({error}); write it anew with np.save."
        ) from error
    return of_kind(path, array, kinds)


def mapped_labels(path: Path) -> Array:
    """Likewise; labels may be words."""
    return mapped(path, NUMBERS + WORDS)


def of_kind(path: Path, array: Array, kinds: str) -> Array:
    if array.dtype.kind not in kinds:
        raise InputError(f"{path} has dtype {array.dtype}; expected numbers: encode it first.")
    return array


def finite(path: Path, rows: Array, first: int = 0) -> Array:
    """The rows from `first` on of a file.   Raises InputError where they are not finite."""
    if rows.dtype.kind != "f":
        return rows
    good = np.isfinite(rows)
    if not good.all():
        row = first + int(np.argwhere(~good)[0, 0])
        raise InputError(f"{path} is not finite in row {row}; remove or replace such examples.")
    return rows


def shards_in(folder: Path) -> list[Shard]:
    """The pairs of a folder in the order of their numbers.   Raises InputError."""
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder; expected one with x_000.npy, y_000.npy, ….")
    xs, ys = ({path.name[1:] for path in folder.glob(f"{part}_*.npy")} for part in "xy")
    if not xs | ys:
        raise InputError(f"{folder} holds no shards; expected x_000.npy, y_000.npy, x_001.npy, ….")
    for name in sorted(xs ^ ys if ys else ()):
        there, missing = ("x", "y") if name in xs else ("y", "x")
        raise InputError(
            f"{folder / f'{there}{name}'} has no {missing}{name} beside it; expected a pair of "
            f"files for each shard: add it, or remove the other."
        )
    in_order = sorted(xs, key=lambda name: (len(name), name))  # _1000 comes after _999
    shards = [Shard.at(folder / f"x{name}") for name in in_order]
    return [shard.like(shards[0]) for shard in shards]


def write_shards(
    folder: str | os.PathLike[str], batches: Iterable[tuple[Array, Array]]
) -> list[Shard]:
    """A pair of files for each batch x (m, …) and y (m,) or (m, n_y), one batch at a time.

    The folder appears when all of it is written, and not where writing it failed.
    Raises InputError where the folder exists, or the batches cannot be one data set.
    """
    folder = Path(folder)
    if folder.exists():
        raise InputError(f"{folder} exists; name a folder that does not, or remove it.")
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)  # of a process that was killed
    partial.mkdir(parents=True)
    try:
        first = None
        for k, pair in enumerate(batches):
            for part, array in zip("xy", pair, strict=True):
                path = partial / f"{part}_{k:03d}.npy"
                kinds = NUMBERS if part == "x" else NUMBERS + WORDS
                np.save(path, of_kind(path, np.asarray(array), kinds), allow_pickle=False)
            shard = Shard.at(partial / f"x_{k:03d}.npy")
            first = shard.like(first or shard)
        shards_in(partial)
        partial.rename(folder)
    except BaseException:
        shutil.rmtree(partial)
        raise
    return shards_in(folder)
