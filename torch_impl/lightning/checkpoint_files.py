"""Files of checkpoints: written whole or not at all, and read as data, never as code."""

from __future__ import annotations

import io
import math
import os
import pickle
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import torch
from lightning.pytorch.plugins.io import TorchCheckpointIO

from torch_impl.lightning.checkpoint_contents import WrongContents, check_parts
from torch_impl.lightning.runs.weights_checkpoint import WEIGHTS, checkpoint_of
from torch_impl.results.summary import path_from_here
from torch_impl.training_messages import input_error


class WholeCheckpointIO(TorchCheckpointIO):
    """Lightning's checkpoints, written whole or not at all, and read as data, never as code."""

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None
    ) -> None:
        """Write under another name first, and to the disk before a good one is replaced."""
        if "://" in str(path):  # a remote store writes an object whole
            super().save_checkpoint(checkpoint, path, storage_options)
            return
        with writing_whole(Path(path)) as file:
            torch.save(checkpoint, file)

    def load_checkpoint(
        self,
        path: str | Path,
        map_location: Any = "cpu",
        weights_only: bool | None = None,
    ) -> dict[str, Any]:
        """Read a checkpoint, onto the CPU: the device that wrote it may not be here.

        Raises:
            InputError: the file is damaged, holds code, or is not a checkpoint.
        """
        if "://" not in str(path):
            return read(path, map_location)
        return super().load_checkpoint(path, map_location, weights_only=True)


@contextmanager
def writing_whole(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that takes its name when all of it is on the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")  # one, however often a run is killed
    try:
        with partial.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def config_beside(path: str | Path | None) -> Path | None:
    """Return the config.yaml of the run that wrote a checkpoint; None where it is not found."""
    if path is None or "://" in str(path):
        return None
    folder = Path(path).resolve().parent
    places = (folder / "config.yaml", folder.parent / "config.yaml")
    return next((path_from_here(place) for place in places if place.is_file()), None)


def best_and_last(folders: Iterable[Path]) -> tuple[Path | None, Path | None]:
    """Return the best checkpoint of a run, and the last; None of each that there is not.

    Args:
        folders: of the checkpoints.

    Raises:
        InputError: last.ckpt is damaged, and the best has another name than best.ckpt.
    """
    best = last = None
    for folder in folders:
        last = last or file_or_none(folder / "last.ckpt")
        best = best or file_or_none(folder / "best.ckpt")
        if best is None and last is not None:  # --checkpoint.filename
            states = read(last).get("callbacks", {}).values()
            paths = [state.get("best_model_path") for state in states if isinstance(state, dict)]
            found = (file_or_none(folder / Path(path).name) for path in paths if path)
            best = next((file for file in found if file is not None), None)
    return best, last


def curves_of_run(path: Path) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Return the costs and the accuracies of every epoch of a run, "train" and "val".

    Args:
        path: of one of its checkpoints; last.ckpt beside it has the epochs after it.
    """
    files = [file for file in (path, path.with_name("last.ckpt")) if file.is_file()]
    none: dict[str, list[float]] = {"train": [], "val": []}
    most = max(map(read, files), key=lambda found: len(found.get("costs", none)["train"]))
    costs = most.get("costs", none)
    unknown = {part: [math.nan] * len(of) for part, of in costs.items()}
    return costs, most.get("accuracies", unknown)


def file_or_none(path: Path) -> Path | None:
    """Return the path of a file that is there."""
    return path if path.is_file() else None


def read(path: str | Path, map_location: Any = "cpu") -> dict[str, Any]:
    """Return a checkpoint's contents, every byte compared with its CRC-32, none of them executed.

    A weights file's are as much of a checkpoint's as it has.

    Args:
        path: of the file.
        map_location: the device of its tensors.

    Raises:
        InputError: the file is missing, damaged, holds code, or is not a checkpoint.
    """
    path = Path(path)
    if not os.path.isfile(path):
        raise input_error("checkpoint.missing", path=path)
    if path.suffix == WEIGHTS:
        return checkpoint_of(path)
    try:
        checkpoint = contents(path.read_bytes(), map_location)
    except pickle.UnpicklingError as error:
        raise input_error("checkpoint.code", path=path) from error
    except MemoryError:
        raise
    except Exception as error:  # zipfile, zlib, pickle and torch have their own for damaged data
        raise input_error("checkpoint.damaged", path=path) from error
    if not isinstance(checkpoint, dict) or not checkpoint.keys() >= {"state_dict", "epoch"}:
        raise input_error("checkpoint.no-training", path=path)
    try:
        check_parts(checkpoint)
    except WrongContents as error:
        raise input_error("checkpoint.unusable", path=path, error=str(error)) from error
    return checkpoint


def contents(data: bytes, map_location: Any) -> Any:
    """Return what a checkpoint's bytes hold.

    Args:
        data: the bytes.
        map_location: the device of its tensors.

    Raises:
        ValueError: they are damaged; so are other errors of the libraries.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        # What torch writes: nothing is compressed, nothing is a folder, which torch would take a
        # file with such attributes for, and no two records have the same name.
        records = archive.infolist()
        odd = any(r.compress_type or r.external_attr or r.is_dir() for r in records)
        if odd or len({r.filename for r in records}) < len(records):
            raise ValueError("these are not records as torch writes them")
        if archive.testzip() is not None:
            raise ValueError("a record has another checksum")
    return torch.load(io.BytesIO(data), map_location=map_location, weights_only=True)
