"""`parity adapt FILE`: write the adapter of a program, and say what to do next."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from parity_tests.adapters.apart import process_of, report_apart
from parity_tests.adapters.call_wording import sentence
from parity_tests.adapters.candidate import Candidate
from parity_tests.adapters.candidate_process.program import Program
from parity_tests.adapters.load import NothingRecognised, load
from parity_tests.adapters.loops.loop_adapter import MEANINGS, LoopAdapter, guess_of, loop_adapter
from parity_tests.adapters.request import Request
from parity_tests.adapters.source_files import statements_of
from parity_tests.check_messages import input_error
from ref_numpy.weights import write_whole


def write_adapter(program: str, out: str = "", force: bool = False) -> tuple[list[str], bool]:
    """Write the adapter of a program, whole or not at all.

    Args:
        program: the file.
        out: the adapter's file; "" for its name with "_adapter".
        force: whether a file of this name is replaced.

    Returns:
        What was recognised, what was not and what to do next, in sentences; and whether nothing is
        left to fill in.

    Raises:
        InputError: the program is no Python file, or the adapter exists or cannot be written.
    """
    path = Path(program)
    if path.suffix != ".py" or not path.is_file():
        raise input_error("adapt.no-file", path=program)
    if statements_of(path) is None:
        raise input_error("adapt.no-python", path=program)
    to = Path(out) if out else path.with_name(f"{path.stem}_adapter.py")
    if to.suffix != ".py":
        raise input_error("adapt.out", out=to)
    if to.exists() and (not force or to.samefile(path)):
        raise input_error("adapt.exists", out=to)
    adapter = loop_adapter(path, to)
    if adapter is None:
        return other_adapter(program, to)
    write_whole(to, adapter.text.encode("utf-8"))
    return [*words_on(adapter, program, to)], not adapter.marks


def words_on(adapter: LoopAdapter, program: str, to: Path) -> Iterator[str]:
    """Yield the sentences on an adapter of a training loop."""
    yield sentence("adapt.loop", program=program, place=adapter.place)
    named = ", ".join(f"{n} is {own}" for n, own in adapter.recognised.items())
    yield sentence("adapt.recognised", named=named)
    for n, guesses in adapter.marks.items():
        yield sentence("adapt.mark", meaning=MEANINGS[n], guesses=guess_of(guesses))
    for place in adapter.others:
        yield sentence("adapt.other-loop", place=place)
    code = "adapt.fill-in" if adapter.marks else "adapt.check"
    yield sentence(code, out=to)


def other_adapter(program: str, to: Path) -> tuple[list[str], bool]:
    """Write an adapter for a program without a training loop, unless it needs none."""
    request = Request(program)
    if read_without(request):
        return [sentence("adapt.not-needed", program=program)], True
    try:
        text = report_apart(request).adapter
    except NothingRecognised as error:
        raise input_error("adapt.nothing", path=program) from error
    write_whole(to, f"{text}\n".encode())
    return [sentence("adapt.functions", program=program, out=to)], False


def read_without(request: Request) -> Candidate | None:
    """Return the candidate that a check reads the program as, from its path alone; or None."""
    with process_of(request) as process:
        process.start()
        try:
            return load(request, Program(process.ask))
        except NothingRecognised:
            return None
