"""The terminal of a command: any encoding, a closed pipe, a full disk, Ctrl-C."""

from __future__ import annotations

import atexit
import codecs
import os
import signal
import sys
import threading
import traceback
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import FrameType
from typing import Any

NO_MEMORY, OUR_FAILURE, INTERRUPTED = 2, 3, 130  # exit codes

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
    """Replace characters that an encoding lacks by ASCII, or by Python's escape.

    It is an error handler of `codecs`.
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    escaped = (ASCII.get(c) or c.encode("ascii", "backslashreplace").decode() for c in lacking)
    return "".join(escaped), error.end


codecs.register_error("nearest", nearest)


def printable(text: str) -> str:
    """Escape the control characters of a text, newlines and tabs excepted.

    A terminal would obey those that come from a file's names.
    """
    odd = {c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Co", "Cs")} - {"\n", "\t"}
    return text.translate({ord(c): c.encode("unicode_escape").decode() for c in odd})


def one_line(text: str) -> str:
    """Return a text with its lines in one, as that of a sentence with names of a file."""
    return " ".join(text.split())


class Lenient:
    """A stream that drops text which cannot be written for one of some reasons.

    Standard output that nobody reads any more, as of `command | head`, is not a failure of the
    command; nor is standard error that cannot be written at all, as there is no place to report it.

    Attributes:
        failure: any other error of writing, which argparse would pass over.
    """

    def __init__(self, stream: Any, reasons: type[OSError]) -> None:
        self._stream, self._reasons = stream, reasons
        self.failure: OSError | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write the text, or drop it."""
        self._attempt(self._stream.write, text)
        return len(text)

    def flush(self) -> None:
        """Flush the stream, or drop the text that it still holds."""
        self._attempt(self._stream.flush)

    def _attempt(self, write: Callable[..., Any], *text: str) -> None:
        try:
            write(*text)
        except self._reasons:
            discard(self._stream)
        except OSError as failure:
            self.failure = failure
            raise


def discard(stream: Any) -> None:
    """Send everything that the stream is given from now on nowhere, and all that it still holds."""
    try:
        descriptor = stream.fileno()
    except (OSError, ValueError):  # it is not a file
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


@contextmanager
def interrupt_is_kept(at_once: bool = True) -> Iterator[None]:
    """Raise KeyboardInterrupt for a Ctrl-C within the context, at its end at the latest.

    Where a library drops the exception or raises another, as some do while they are imported, the
    command would go on as if nobody had interrupted it, or fail.

    Args:
        at_once: raise it within the context, too.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    pressed: list[int] = []

    def press(number: int, frame: FrameType | None) -> None:
        pressed.append(number)
        if at_once:
            signal.default_int_handler(number, frame)

    before = signal.signal(signal.SIGINT, press)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if pressed:
            raise KeyboardInterrupt


def interrupted_afterwards() -> AbstractContextManager[None]:
    """Raise KeyboardInterrupt after the context, for a Ctrl-C within it.

    An exception in the midst of torch's own import in C++ ends the process with SIGABRT.
    """
    return interrupt_is_kept(at_once=False)


def run_program(command: Callable[[], int | None], program: str) -> int:
    """Run a command as all that this process does.

    Args:
        command: as `run_command` takes it.
        program: the name with which messages begin.

    Returns:
        The exit code of `run_command`; after Ctrl-C the process ends here.
    """
    try:
        code = run_command(command, program)
    except KeyboardInterrupt:  # after the command
        print(f"{program}: interrupted", file=sys.stderr)
        code = INTERRUPTED
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # no traceback while Python ends
    if code == INTERRUPTED:
        end_at_once(code)
    return code


def end_at_once(code: int) -> None:
    """End the process without the end of Python.

    There, a library that Ctrl-C left half imported may abort ("PyThreadState_Get: the function must
    be called with the GIL held" was torch's).
    """
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def run_command(command: Callable[[], int | None], program: str) -> int:
    """Run a command, whatever its standard output is.

    Args:
        command: prints to standard output, which may be of any encoding or closed.
        program: the name with which messages begin.

    Returns:
        The command's exit code; OUR_FAILURE where the command raises, or where its output cannot be
        written.
    """
    for name, reasons in (("stdout", BrokenPipeError), ("stderr", OSError)):
        stream = getattr(sys, name)
        if stream is None:  # it was closed
            stream = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="nearest")
        setattr(sys, name, Lenient(stream, reasons))
    try:
        with interrupt_is_kept():
            code = returned_by(command)
        sys.stdout.flush()
        if getattr(sys.stdout, "failure", None) is not None:
            raise sys.stdout.failure  # pyright: ignore[reportAttributeAccessIssue]
    except KeyboardInterrupt:
        print(f"{program}: interrupted", file=sys.stderr)
        return INTERRUPTED
    except MemoryError as error:
        print(f"{program}: error: there is not enough memory ({error})", file=sys.stderr)
        return NO_MEMORY
    except Exception as error:
        explain(error, program)
        discard(sys.stdout)  # or Python would fail again when it ends, with another code
        return OUR_FAILURE
    return code


def returned_by(command: Callable[[], int | None]) -> int:
    """Return the exit code that a command returns, or with which it ends."""
    try:
        return command() or 0
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        return end.code if isinstance(end.code, int) else int(end.code is not None)


def explain(error: Exception, program: str) -> None:
    """Print why a command failed, on standard error."""
    if isinstance(error, OSError) and error.filename is None and error.strerror:
        print(f"{program}: the output could not be written ({error.strerror})", file=sys.stderr)
        return
    traceback.print_exception(error)
    print(
        f"{program}: this should not have happened; unless the lines above end in your own code, "
        f"please report it with them",
        file=sys.stderr,
    )
