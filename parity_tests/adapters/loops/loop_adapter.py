"""The text of an adapter for a training loop, with what was recognised filled in."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from parity_tests.adapters.loops.loop import ReadLoop, read_loops
from parity_tests.adapters.loops.loop_names import UNKNOWN
from parity_tests.adapters.source_files import statements_of

LONGEST = 96
MOST_GUESSES = 6  # names that a mark lists
MARK = "# ?"
MEANINGS = {
    "X": "the inputs", "Y": "the labels", "b1": "the biases b1, b2, …, or none",
    "W1": "the weights W1, W2, …, of which the loop does not update all",
}  # fmt: skip


@dataclass(frozen=True)
class LoopAdapter:
    """An adapter of a training loop.

    Attributes:
        text: of the file.
        place: of the loop, in words.
        recognised: names by ours.
        marks: what is to be filled in, by ours, with the names that it may be.
        others: the places of other training loops in the program.
    """

    text: str
    place: str
    recognised: Mapping[str, str]
    marks: Mapping[str, tuple[str, ...]]
    others: tuple[str, ...]


def loop_adapter(program: Path, out: Path) -> LoopAdapter | None:
    """Return the adapter of a program's first training loop; None where it has none.

    Args:
        program: the file.
        out: the adapter's file, from whose folder the program is named.
    """
    tree = statements_of(program) if program.suffix == ".py" else None
    loops = read_loops(tree, {}, None) if tree is not None else []
    if not loops:
        return None
    one = min(loops, key=lambda loop: len(loop.names.doubts))
    data = {"X": one.names.x, "Y": one.names.y, **one.names.parameters}
    tensors = {n: own for n, own in one.tensors.items() if own != n}
    known = {n: own for n, own in data.items() if own != UNKNOWN and n not in one.names.doubts}
    name = Path(os.path.relpath(program, out.parent)).as_posix()
    text = "\n".join(lines_of(one, name, known, tensors)) + "\n"
    return LoopAdapter(
        text, one.loop.place, {**known, **one.tensors}, one.names.doubts, one.others
    )  # fmt: skip


def lines_of(
    one: ReadLoop, name: str, known: Mapping[str, str], tensors: Mapping[str, str]
) -> Iterator[str]:
    """Yield the lines of an adapter."""
    yield f'"""One round of the loop in {one.loop.place}: our name of each tensor, and yours."""'
    yield "from parity_tests import Loop"
    yield ""
    yield f"step = Loop({name!r},".replace("'", '"')
    for n, guesses in one.names.doubts.items():
        yield f'    {n}="{UNKNOWN}",  {MARK} {MEANINGS[n]}: {guess_of(guesses)}'
    for some in (known, tensors):
        yield from textwrap.wrap(
            ", ".join(f'{n}="{own}"'.replace(" ", "\0") for n, own in some.items()) + ",",
            LONGEST, initial_indent="    ", subsequent_indent="    ",
        ) if some else ()  # fmt: skip
    yield ")"


def guess_of(names: tuple[str, ...]) -> str:
    """Return the names that something may be, in words."""
    more = ", …" if len(names) > MOST_GUESSES else ""
    return f"one of {', '.join(names[:MOST_GUESSES])}{more}" if names else "not recognised"
