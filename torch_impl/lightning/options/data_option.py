"""What a person writes after --data: a class by its name, a class in a file, or a mistake."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch_impl.data
from torch_impl.data.idx_files import NAME
from torch_impl.data.own_programs import class_path_of, data_sets_in, imported
from torch_impl.training_messages import input_error
from torch_impl.wording import closest

# One array, of which no data set can be made.
NPY = "--data NpzFile --data.path FILE.npz, with x and y: np.savez('FILE.npz', x=…, y=…)"


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


def spelling_for(path: Path) -> dict[str, str] | None:
    """Return what a path is, and the options that read it; None where it is no file of data.

    Raises:
        InputError: it is a program, without the name of a class.
    """
    if path.suffix == ".py":
        own = data_sets_in(imported(path))
        known = f": {', '.join(own)}" if own else ", which it has none of"
        raise input_error("own-data.which", path=path, known=known)
    if path.is_dir():
        return {"what": "a folder", "instead": spelling_for_folder(path)}
    instead = spelling_for_file(path)
    return {"what": "a file", "instead": instead} if instead else None


def spelling_for_file(path: Path) -> str:
    """Return the options that read a file, by each data set that has its ending; "" where none.

    A name without an ending is that of a file if there is one, and else that of a class.
    """
    ending = Path(path.name.lower().removesuffix(".gz")).suffix
    if ending == ".npy":
        return NPY
    if not ending and not path.is_file():
        return ""
    kinds = (getattr(torch_impl.data, name) for name in torch_impl.data.__all__)
    return ", or ".join(
        f"--data {kind.__name__} --data.{kind.path_option} {path}{kind.beside_path}"
        for kind in kinds
        if ending in kind.endings
    )


def spelling_for_folder(path: Path) -> str:
    """Return the options that read a folder: of IDX files, of shards, or of images."""
    names = [file.name for file in path.iterdir()]
    if any(NAME.fullmatch(name) for name in names):
        return f"--data IdxFiles --data.folder {path}"
    if next(path.glob("**/x_*.npy"), None) is not None:
        return f"--data NpyShards --data.folder {path}"
    return f"--data ImageFolder --data.path {path}, where it has a folder of images for each class"
