"""The submissions in a folder: a file, or a folder for each learner."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from parity_tests.adapters.missing_helpers import BESIDE
from parity_tests.check_messages import input_error
from ref_numpy import InputError

PROGRAMS = (".py", ".ipynb")
NOT_SUBMITTED = ("__pycache__", "__MACOSX")
LARGEST = 2**20  # bytes of a file beside the program, above which its size and time are enough


@dataclass(frozen=True)
class Submission:
    """One learner's work.

    Attributes:
        name: of the file or the folder.
        path: the program; None where it is unknown.
        folder: that of the learner; None where the program is alone.
        problem: why the program is unknown.
    """

    name: str
    path: Path | None
    folder: Path | None = None
    problem: InputError | None = None

    def digest(self) -> str:
        """Return a number of its files, which is another one after a change."""
        h = hashlib.sha256()
        for path in sorted(files_below(self.folder)) if self.folder else [self.path]:
            if path is None:
                continue
            h.update(f"{path.name}\0".encode("utf-8", "surrogateescape"))
            try:
                status = path.stat()
                if path.suffix in PROGRAMS or status.st_size <= LARGEST:
                    h.update(path.read_bytes())
                else:
                    h.update(f"{status.st_size} {status.st_mtime_ns}".encode())
            except OSError as error:  # the check finds it, too
                h.update(str(error).encode())
        return h.hexdigest()


def submissions_in(folder: Path, wanted: str = "") -> list[Submission]:
    """Return the submissions of a class, by name.

    Args:
        folder: with a file or a folder for each learner; or one file.
        wanted: the name of the program in each learner's folder; empty where there is one.

    Raises:
        InputError: there is no such folder, or it is empty.
    """
    if folder.is_file():
        return [Submission(folder.name, folder)]
    if not folder.is_dir():
        raise input_error("grade.folder", folder=folder)
    found = [
        of_folder(path, wanted) if path.is_dir() else Submission(path.name, path)
        for path in sorted(folder.iterdir())
        if not is_hidden(path) and (path.is_dir() or is_program(path))
    ]
    if not found:
        raise input_error("grade.empty", folder=folder)
    return found


def of_folder(folder: Path, wanted: str = "") -> Submission:
    """Return the submission of one learner's folder."""
    programs = [
        path
        for path in sorted(files_below(folder))
        if (path.name == wanted if wanted else is_program(path))
    ]
    above = [path for path in programs if path.parent == folder]
    chosen = programs if len(programs) == 1 else above
    if len(chosen) == 1:
        return Submission(folder.name, chosen[0], folder)
    if programs:
        names = ", ".join(str(path.relative_to(folder)) for path in programs)
        problem = input_error("grade.several-programs", folder=folder.name, names=names)
    else:
        expected = wanted or "a .py or an .ipynb"
        problem = input_error("grade.no-program", folder=folder.name, expected=expected)
    return Submission(folder.name, None, folder, problem)


def files_below(folder: Path) -> Iterator[Path]:
    """Yield the files of a folder and of those in it, hidden ones and links excepted."""
    for path in sorted(folder.iterdir()):
        if is_hidden(path):
            continue
        if path.is_dir():
            yield from files_below(path)
        elif path.is_file():
            yield path


def is_hidden(path: Path) -> bool:
    """Return whether nobody submitted this: a hidden file, a cache, a link."""
    return path.name.startswith(".") or path.name in NOT_SUBMITTED or path.is_symlink()


def is_program(path: Path) -> bool:
    """Return whether a file may be a learner's program: none of the course's helper files is."""
    return path.suffix in PROGRAMS and not BESIDE.fullmatch(path.stem)
