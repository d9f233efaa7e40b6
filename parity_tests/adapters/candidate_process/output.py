"""Standard output of a candidate: a text stream that goes to standard error, and counts lines."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress


class CountedFile(io.FileIO):
    """A file that counts the lines that are written to it."""

    lines = 0

    def write(self, data: object, /) -> int | None:
        """Write the bytes."""
        self.lines += bytes(data).count(b"\n")  # pyright: ignore[reportArgumentType]
        return super().write(data)  # pyright: ignore[reportArgumentType]


def count_output() -> CountedFile:
    """Send standard output to standard error, that of C code and of child processes too.

    `sys.stdout` stays a text stream with all that one has: a buffer, an encoding, a file number.

    Returns:
        The file, which knows how many lines Python's standard output was given.
    """
    with suppress(OSError):  # standard error is closed
        os.dup2(2, 1)
    file = CountedFile(1, "w", closefd=False)
    encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
    sys.stdout = io.TextIOWrapper(
        io.BufferedWriter(file), encoding, "backslashreplace", line_buffering=True
    )
    sys.__stdout__ = sys.stdout  # pyright: ignore[reportAttributeAccessIssue]
    return file
