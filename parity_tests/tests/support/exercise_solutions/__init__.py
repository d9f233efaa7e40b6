"""Solutions of the lessons' exercises as students write them, right ones and wrong ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Edits = tuple[tuple[str, str], ...]  # (text of the exercise's answer, the student's)


@dataclass(frozen=True)
class Exercise:
    """An exercise, an answer to it, and other answers as changes of that one.

    Attributes:
        functions: the names that are given to `check_functions`.
        answer: a right one.
        right: changes that leave it right; each is one text for another.
        wrong: by the part of a report that says where the mistake is (a tensor, or a function),
            changes that make it wrong.
        settings: of `check_functions`.
    """

    functions: tuple[str, ...]
    answer: str
    right: tuple[Edits, ...]
    wrong: tuple[tuple[str, Edits], ...]
    settings: Mapping[str, Any] = field(default_factory=dict)

    def solutions(self) -> Iterator[tuple[str, str]]:
        """Yield (source, where its mistake is), where "" means that it has none."""
        yield edited(self.answer, ()), ""
        for edits in self.right:
            yield edited(self.answer, edits), ""
        for where, edits in self.wrong:
            yield edited(self.answer, edits), where


def edited(source: str, edits: Edits) -> str:
    """Return the source with each text exchanged, all of which must be there."""
    for old, new in edits:
        if old not in source:
            raise ValueError(f"{old!r} is not in the answer")
        source = source.replace(old, new)
    return "import numpy as np\n\n" + source


def change(*texts: str) -> Edits:
    """Return edits of alternating texts: old, new, old, new."""
    return tuple(zip(texts[::2], texts[1::2], strict=True))
