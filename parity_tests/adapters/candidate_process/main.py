"""The program of a candidate's process: it answers the judge's requests until these end."""

from __future__ import annotations

import os
import socket
import sys
from typing import TYPE_CHECKING, Any

from parity_tests.adapters.candidate_process.guardian import guard

if TYPE_CHECKING:
    from parity_tests.adapters.candidate_process.output import CountedFile


def main(number: int, most_memory: int) -> None:
    """Serve one candidate.

    Args:
        number: of the file that is the connection to the judge; on Windows, standard input begins
            with a description of the connection instead.
        most_memory: bytes.
    """
    if os.name == "nt":
        length = int.from_bytes(sys.stdin.buffer.read(4), "little")
        described = sys.stdin.buffer.read(length)
        channel = socket.fromshare(described)  # pyright: ignore[reportAttributeAccessIssue]
        guard(number, most_memory)
    else:
        guard(number, most_memory)
        os.set_inheritable(number, False)
        channel = socket.socket(fileno=number)
        with open(os.devnull, "rb") as nothing:
            os.dup2(nothing.fileno(), 0)
    from parity_tests.adapters.candidate_process.output import count_output

    serve(channel, count_output())


def serve(channel: socket.socket, output: CountedFile) -> None:
    """Answer requests; the first message is that this process is ready."""
    from parity_tests.adapters.candidate_process.service import Service
    from parity_tests.adapters.candidate_process.wire import encoded

    service = Service(printed=lambda: output.lines)
    sys.dont_write_bytecode = True  # of the candidate's own modules: see `CompiledAnew`
    answer: Any = None
    while True:
        try:
            for part in encoded(answer):
                channel.sendall(part)
            request = received(channel)
        except OSError:  # the judge is done, or was interrupted
            os._exit(0)
        try:
            answer = service.answer(request)
        except KeyboardInterrupt:
            os._exit(130)  # the candidate raised it
        except Exception as error:  # the candidate may have changed any function that it uses
            answer = {"failed": f"{type(error).__name__}: {error}"}


def received(channel: socket.socket) -> Any:
    """Return the next request; end this process after the last."""
    from parity_tests.adapters.candidate_process.wire import LENGTHS, decoded, lengths

    header, arrays = lengths(exactly(channel, LENGTHS.size))
    return decoded(exactly(channel, header), exactly(channel, arrays))


def exactly(channel: socket.socket, n: int) -> bytearray:
    """Return the next n bytes."""
    data = bytearray(n)
    view = memoryview(data)
    while view:
        n_read = channel.recv_into(view)
        if not n_read:
            os._exit(0)
        view = view[n_read:]
    return data
