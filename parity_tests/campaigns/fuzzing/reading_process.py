"""A process that reads one damaged file after the other, with a limit of time and of memory."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import warnings
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from time import process_time
from typing import Any, NamedTuple

from parity_tests.campaigns.fuzzing.file_kinds import KINDS, FileKind
from parity_tests.campaigns.fuzzing.strict_decoders import Content, Invalid, states
from ref_numpy import InputError
from ref_numpy.terminal import one_line

SECONDS, BYTES = 10.0, 2**30  # of a processor, and of memory, that a file may take
PATIENCE = 120.0  # seconds of a clock, on a machine that does other things too

REFUSED, READ = "refused", "read"
GOOD = (REFUSED, READ)
WRONG, RAISED, SLOW, BIG = "misread", "traceback", "slow", "big"


class Outcome(NamedTuple):
    """How the reading of a file ended.

    Attributes:
        kind: one of the words above.
        text: the sentence with which it was refused, or what was wrong.
        seconds: of a processor that it took.
        size: the memory that it took, in bytes.
    """

    kind: str
    text: str = ""
    seconds: float = 0.0
    size: int = 0


class ReadingProcess:
    """Reads files in a process of its own, and in another one after a crash.

    Args:
        kind: of the files.
        originals: the valid files.
        folder: for the file that is read.
        seconds: of a clock, after which the process is ended.
    """

    def __init__(
        self, kind: FileKind, originals: list[bytes], folder: Path, seconds: float = PATIENCE
    ) -> None:
        self.kind, self.originals, self.folder = kind, originals, folder
        self.seconds = seconds
        self.process: Any = None

    def __enter__(self) -> ReadingProcess:
        return self

    def __exit__(self, *error: object) -> None:
        self.end()

    def start(self) -> None:
        """Start the process, and let it read the valid files."""
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        arguments = theirs, self.kind.name, self.originals, self.folder
        self.process = context.Process(target=serve, args=arguments, daemon=True)
        self.process.start()
        theirs.close()
        self.connection.recv()

    def end(self) -> None:
        """End the process, if there is one."""
        if self.process is not None:
            self.process.kill()
            self.process.join()
            self.process = None

    def outcome_of(self, which: int, data: bytes) -> Outcome:
        """Read a file.

        Args:
            which: the number of the valid file that it was made from.
            data: its bytes.
        """
        if self.process is None:
            self.start()
        try:
            self.connection.send((which, data))
            if not self.connection.poll(self.seconds):
                self.end()
                return Outcome(SLOW, f"it took more than {self.seconds:g} s", self.seconds)
            self.connection.recv()  # the file was read; what follows is our comparison
            return self.connection.recv()
        except (EOFError, ConnectionError):
            process: Any = self.process
            process.join()
            self.process = None
            return Outcome(RAISED, f"the process ended with exit code {process.exitcode}")


def serve(connection: Connection, name: str, originals: list[bytes], folder: Path) -> None:
    """Read the files that come, and send the outcome of each.

    Args:
        connection: to the process that damages them.
        name: of the kind.
        originals: the valid files.
        folder: for the file.
    """
    kind = KINDS[name]
    path = folder / f"file{kind.suffix}"
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
    warnings.simplefilter("ignore")
    originally = [contents(kind, path, data) for data in originals]
    limit_memory()
    connection.send("ready")
    with contextlib.suppress(EOFError):  # there are no more
        while True:
            which, data = connection.recv()
            connection.send(outcome(kind, path, data, originally[which], connection.send))


def contents(kind: FileKind, path: Path, data: bytes) -> Content:
    """Return what a reader finds in a file."""
    path.unlink(missing_ok=True)
    path.write_bytes(data)
    return kind.read(path)


def outcome(
    kind: FileKind, path: Path, data: bytes, original: Content, report: Callable[[str], None]
) -> Outcome:
    """Read a file, and judge how that ended.

    Args:
        kind: of the file.
        path: where to write it.
        data: its bytes.
        original: what was found in the valid file.
        report: is called when the file was read.
    """
    forget_peak()
    before, begun = resident(), process_time()
    found: Content = {}
    try:
        found = contents(kind, path, data)
        word, text = READ, ""
    except InputError as error:
        word, text = REFUSED, one_line(str(error))  # as the commands print it
        if "Traceback" in text or error.code == "input":
            word = RAISED
        if is_of_memory(error):
            word = BIG
    except MemoryError as error:
        word, text = BIG, f"MemoryError: {error}"
    except BaseException as error:
        word, text = RAISED, f"{type(error).__name__}: {error}"
    seconds, size = process_time() - begun, max(0, peak() - before)
    report(word)
    word = BIG if size > BYTES else SLOW if seconds > SECONDS else word
    if word == READ and not states(original, found):
        try:
            right, text = states(kind.decode(data), found), "another content than the file states"
        except (Invalid, LookupError, ValueError, TypeError) as error:
            right, text = False, f"a file that is not valid: {error}"
        word = READ if right else WRONG
    return Outcome(word, text, seconds, size)


def is_of_memory(error: BaseException) -> bool:
    """Return whether an error came of a lack of memory."""
    before = error.__cause__ or error.__context__
    return isinstance(error, MemoryError) or (before is not None and is_of_memory(before))


def limit_memory() -> None:
    """Let an allocation fail that would make the process larger than it is by BYTES."""
    try:
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * os.sysconf("SC_PAGE_SIZE") + BYTES
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    except (ImportError, OSError, ValueError):  # not on this system: the memory is measured alone
        pass


def resident() -> int:
    """Return the resident memory of this process, in bytes; 0 where it is not known."""
    return status("VmRSS")


def peak() -> int:
    """Return the largest resident memory since `forget_peak`, in bytes; 0 where it is not known."""
    return status("VmHWM")


def status(name: str) -> int:
    """Return a size of Linux's description of this process."""
    try:
        text = Path("/proc/self/status").read_text()
    except OSError:
        return 0
    return 1024 * int(text.partition(f"{name}:")[2].split()[0])


def forget_peak() -> None:
    """Begin to measure the largest memory again (proc(5), clear_refs: 5)."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
