"""What a command prints, whatever its output is: any encoding, a closed pipe, a full disk."""

from __future__ import annotations

import codecs
import os
import sys
import traceback
import unicodedata
from collections.abc import Callable
from typing import Any

OUR_FAILURE, INTERRUPTED = 3, 130  # exit codes

# For encodings that lack them, such as those of Windows' redirects.
ASCII = {
    "−": "-", "–": "-", "—": "-", "∗": "*", "×": "x", "÷": "/", "·": "*", "…": "...", "√": "sqrt",
    "±": "+/-", "≤": "<=", "≥": ">=", "≠": "!=", "≈": "~", "½": "1/2", "∞": "inf", "²": "^2",
    "ᵀ": "^T", "⁻": "^-", "→": "->", "←": "<-", "↔": "<->", "∂": "d", "Σ": "sum", "∈": "in",
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "Δ": "Delta", "ε": "eps", "θ": "theta",
    "λ": "lambda", "μ": "mu", "π": "pi", "σ": "sigma", "✓": "ok", "✗": "X", "‖": "||", "ŷ": "y^",
    "“": '"', "”": '"', "‘": "'", "’": "'", "•": "*", "│": "|", "─": "-", "━": "-",
    **dict.fromkeys("█▉▊▋▌▍▎▏", "#"),
}  # fmt: skip


def nearest(error: UnicodeError) -> tuple[str, int]:
    """An error handler of codecs: what an encoding lacks, in ASCII, or as Python escapes it."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    escaped = (ASCII.get(c) or c.encode("ascii", "backslashreplace").decode() for c in lacking)
    return "".join(escaped), error.end


codecs.register_error("nearest", nearest)


def printable(text: str) -> str:
    """The text with its control characters escaped, newlines and tabs excepted: a terminal would
    obey those that come from a file's names."""
    odd = {c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Co", "Cs")} - {"\n", "\t"}
    return text.translate({ord(c): c.encode("unicode_escape").decode() for c in odd})


class UnbrokenPipe:
    """Standard output that drops what nobody reads any more, as of `command | head`."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except BrokenPipeError:
            discard(self._stream)
            return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except BrokenPipeError:
            discard(self._stream)


def discard(stream: Any) -> None:
    """From here on what the stream is given goes nowhere, also what it still holds."""
    try:
        descriptor = stream.fileno()
    except (OSError, ValueError):  # it is no file
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


def run_command(command: Callable[[], int | None], program: str) -> int:
    """The command's exit code; OUR_FAILURE where it raises, or where its output cannot be written.

    Args:
        command: prints to standard output, which may be of any encoding or closed.
        program: what messages begin with.
    """
    if sys.stdout is None:  # it was closed
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="nearest")  # pyright: ignore[reportAttributeAccessIssue]
    sys.stdout = UnbrokenPipe(sys.stdout)
    try:
        code = command() or 0
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        explain(error, program)
        discard(sys.stdout)  # or Python would fail anew when it ends, with a code of its own
        return OUR_FAILURE
    return code


def explain(error: Exception, program: str) -> None:
    if isinstance(error, OSError) and error.filename is None and error.strerror:
        print(f"{program}: the output could not be written ({error.strerror})", file=sys.stderr)
        return
    traceback.print_exception(error)
    print(
        f"{program}: this is a fault of ours, not of what was checked: please report it with the "
        f"lines above",
        file=sys.stderr,
    )
