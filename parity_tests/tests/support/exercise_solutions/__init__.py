"""Solutions of the lessons' exercises as students write them, right ones and wrong ones."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from parity_tests.tests.support.paths import ROOT

Edits = tuple[tuple[str, str], ...]  # (text of the exercise's answer, the student's)


@dataclass(frozen=True)
class Exercise:
    """An exercise, an answer to it, and other answers as changes of that one.

    Attributes:
        check: the last cell of the lesson, which checks it; or such a cell.
        answer: a right one.
        right: changes that leave it right; each is one text for another.
        wrong: by the part of a report that says where the mistake is (a tensor, or a function),
            changes that make it wrong.
    """

    check: str
    answer: str
    right: tuple[Edits, ...]
    wrong: tuple[tuple[str, Edits], ...]

    @property
    def functions(self) -> list[str]:
        """The names of the functions that are checked."""
        return [argument.id for argument in self._call.args if isinstance(argument, ast.Name)]

    @property
    def settings(self) -> dict[str, Any]:
        """The settings of the check."""
        return {k.arg or "": ast.literal_eval(k.value) for k in self._call.keywords}

    @property
    def _call(self) -> ast.Call:
        calls = [node for node in ast.walk(ast.parse(self.check)) if isinstance(node, ast.Call)]
        return calls[-1]

    def solutions(self) -> Iterator[tuple[str, str]]:
        """Yield (source, where its mistake is), where "" means that it has none."""
        yield edited(self.answer, ()), ""
        for edits in self.right:
            yield edited(self.answer, edits), ""
        for where, edits in self.wrong:
            yield edited(self.answer, edits), where


def check_of(lesson: str) -> str:
    """Return the last cell of a lesson: `print(check_functions(f, g, …))`."""
    text = (ROOT / "lessons" / f"{lesson}.py").read_text(encoding="utf-8")
    return text.rpartition("# %%\n")[2]


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
