"""What a person writes after --data: a class by its name, a class in a file, or a mistake."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

import torch_impl.data
from torch_impl.data.idx_files import NAME
from torch_impl.data.own_programs import class_path_of, data_sets_in, imported
from torch_impl.training_messages import input_error

TABLE = "--data Table --data.path {path} --data.target COLUMN, the COLUMN to predict"
HDF5 = "--data HDF5File --data.path {path}, or for the course's images --data CourseHDF5 --data.train {path}"  # noqa: E501
IDX = "--data IdxFiles --data.images {path} --data.labels FILE"

# The right spelling for a file, by the end of its name without .gz.
SPELLINGS = {
    ".csv": TABLE, ".tsv": TABLE, ".txt": TABLE, ".parquet": TABLE, ".xls": TABLE, ".xlsx": TABLE,
    ".npz": "--data NpzFile --data.path {path}",
    ".npy": "--data NpzFile --data.path FILE.npz, with x and y: np.savez('FILE.npz', x=…, y=…)",
    ".mat": "--data MatFile --data.path {path}",
    ".h5": HDF5, ".hdf5": HDF5, ".idx": IDX, "ubyte": IDX,
}  # fmt: skip


def with_known_data(words: Sequence[str]) -> list[str]:
    """Return the words of a command line, in which --data names a class that exists.

    A class in a file, mine.py:Mine, is replaced by its class path.

    Args:
        words: of the command line, of which each option may have its value after "=".

    Raises:
        InputError: --data names no class.
    """
    words = [*words]
    for k, word in enumerate(words):
        option, joined, given = word.partition("=")
        if option not in ("--data", "--data.class_path"):
            continue
        at = k if joined else k + 1
        if not joined:
            given = words[at] if at < len(words) else ""
        if given:
            words[at] = f"{option}={known_data(given)}" if joined else known_data(given)
    return words


def known_data(given: str) -> str:
    """Return the class that --data names, as the parser takes it: its name or its class path.

    Raises:
        InputError: it names a file, or nothing that is known.
    """
    if given in torch_impl.data.__all__ or given.startswith(("{", "torch_impl.")):
        return given
    if path := class_path_of(given):
        return path
    if spelling := spelling_for(Path(given)):
        raise input_error("option.data-file", given=given, **spelling)
    if all(part.isidentifier() for part in given.split(".")) and "." in given:
        return given  # a class path, which the parser looks for
    close = closest(given, torch_impl.data.__all__)
    known = ", ".join(sorted(torch_impl.data.__all__, key=str.lower))
    meant = f"{close}, or another of {known}" if close else f"one of {known}"
    raise input_error("option.data-unknown", given=given, known=meant)


def closest(given: str, known: Sequence[str]) -> str | None:
    """Return the name that is most alike, whatever its case, or None."""
    lower = {name.lower(): name for name in known}
    found = get_close_matches(given.lower(), lower, n=1, cutoff=0.6)
    return lower[found[0]] if found else None


def spelling_for(path: Path) -> dict[str, str] | None:
    """Return what a path is, and the options that read it; None where it is no file of data.

    Raises:
        InputError: it is a program, without the name of a class.
    """
    if path.suffix == ".py":
        own = data_sets_in(imported(path))
        known = f": {', '.join(own)}" if own else ", which it has none of"
        raise input_error("own-data.which", path=path, known=known)
    name = path.name.lower().removesuffix(".gz")
    for ending, instead in SPELLINGS.items():
        if name.endswith(ending):
            return {"what": "a file", "instead": instead.format(path=path)}
    if path.is_dir():
        return {"what": "a folder", "instead": spelling_for_folder(path)}
    return None


def spelling_for_folder(path: Path) -> str:
    """Return the options that read a folder: of IDX files, of shards, or of images."""
    names = [file.name for file in path.iterdir()]
    if any(NAME.fullmatch(name) for name in names):
        return f"--data IdxFiles --data.folder {path}"
    if next(path.glob("**/x_*.npy"), None) is not None:
        return f"--data NpyShards --data.folder {path}"
    return f"--data ImageFolder --data.path {path}, where it has a folder of images for each class"
