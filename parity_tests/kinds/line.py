"""A line of forward or backward propagation, and what people write in its place.

A mistake is an edit of the right line: the text that it has, and the text that stands there in its
place. What is shown is what is computed: mistakes.py executes the edited line on error arrays, with
these names: `A_prev`, `Z_prev` of the layer before, `A0` the inputs, `weights`, `biases` of all
layers, `n` and `n_prev` units, `n_y` outputs, `g` the activation, `t` = e^(Z − max Z), `loss` of
each example.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

Edit = tuple[str, ...]  # what is said of it, then old text, new text, old, new, …
ALL = "…"  # as old text: the whole right-hand side


class Line(NamedTuple):
    """`left = right`, and the edits of `right`."""

    left: str
    right: str
    edits: tuple[Edit, ...] = ()

    @property
    def shown(self) -> str | None:
        """As a person reads it; None of what is only called `right`."""
        text = f"{self.left} = {self.right}"
        if self.right == "right":
            return None
        return f"{text},  t = np.exp(Z - Z.max(axis=0, keepdims=True))" if "t /" in text else text

    def plus(self, term: str, *edits: Edit) -> Line:
        """With one more term."""
        return Line(self.left, self.right + term, (*self.edits, *edits))


def unknown(left: str) -> Line:
    """Of what the catalogue does not know: what it gives is called `right`."""
    return Line(left, "right")


def edited(line: Line, *edits: Edit) -> str | None:
    """The right-hand side with every edit's old texts replaced at once; None where it lacks one, or
    where two edits are of the same place."""
    places: list[tuple[int, int, str]] = []
    for _, *texts in edits:
        own = dict(zip(texts[::2], texts[1::2], strict=True))
        if ALL in own:
            return own[ALL] if len(edits) == 1 else None
        every = "|".join(re.escape(old) for old in sorted(own, key=len, reverse=True))
        found = list(re.finditer(every, line.right))
        if {match[0] for match in found} != own.keys():
            return None
        places += [(*match.span(), own[match[0]]) for match in found]
    places.sort()
    if any(end > start for (_, end, _), (start, _, _) in pairwise(places)):
        return None
    text, at = "", 0
    for start, end, new in places:
        text, at = text + line.right[at:start] + new, end
    return text + line.right[at:]


# Numbers that are taken for m, and what they are.
FOR_M = {
    "n": "n, the units,", "n_prev": "n{p}, the units before it,", "n_y": "n_y", "n_x": "n_x",
    "(m - 1)": "m − 1", "(m + 1)": "m + 1",
}  # fmt: skip


def of_the_mean(before: str, numbers: Iterable[str], whole: bool) -> tuple[Edit, ...]:
    """Of `before / m`.   numbers: that may be taken for m.   whole: it is the whole line."""
    mean, it = f"{before} / m", "it" if whole else "what is before the L2 term"
    return (
        (f"{it} is m times too large: the 1/m is missing", mean, before),
        (f"{it} was divided by m once too often", mean, f"{mean} / m"),
        ("// is integer division, which cuts fractions off", mean, f"{before} // m"),
        *(
            (f"{it} was divided by {FOR_M[n]} in the place of m", mean, f"{before} / {n}")
            for n in numbers
        ),
    )
