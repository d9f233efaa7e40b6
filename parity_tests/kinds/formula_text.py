"""A formula as text, and the mistakes that people make in it.

A mistake is an edit of the right formula: the text that it has, and the text that replaces it. The
formula that is printed is the formula that is computed: `diagnosis.hypotheses` executes the edited
text on error arrays. It may use these names: `A_prev` and `Z_prev` of the layer before, `A0` the
inputs, `weights` and `biases` of all layers, `n` and `n_prev` units, `n_y` outputs, `g` the
activation, `t` = e^(Z − max Z), `loss` of each example, `erf`, `sigmoid`, and what `DEFINITIONS`
has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise, permutations
from typing import NamedTuple

# What a right line names without saying what it is, by the text that it has; {axis}: the line's.
DEFINITIONS = {
    "axis=over": "over = (1, 2, …), every axis but that of the features",
    "t /": "t = np.exp(Z - Z.max({axis}, keepdims=True))",
    "Phi(": "Phi(Z) = (1 + erf(Z / np.sqrt(2))) / 2",
    "phi(": "phi(Z) = np.exp(-Z**2 / 2) / np.sqrt(2 * np.pi)",
    "convolve(": "convolve: of each window of the second the sum of its elements times W",
    "late(": "late: the tensor with its padding, seen from its next row, column or both",
    "last_column(": "last_column: 0 at all positions but the last one of the last example",
    "spread(": "spread: each number of the second times W, added up where kernels overlap",
    "correlate(": "correlate: the sum over all windows of the second, each times its number of the "
    "first",
    "windows(": "windows: the elements of each window along axis 1",
    "added(": "added: the numbers of each element of a window, added up at the elements' places",
    "/ every": "every = f f, the elements of a window",
    "/ inside": "inside = the elements of a window that are no padding",
    "tanh_u(": "tanh_u(Z) = np.tanh(np.sqrt(2 / np.pi) * (Z + 0.044715 * Z**3))",
}
ALL = "…"  # as old text: the whole right-hand side


class Edit(NamedTuple):
    """A mistake in a formula.

    Attributes:
        code: its stable name among the mistakes of this kind of tensor, such as "missing-1/m".
        sentence: the mistake in words, with facts in braces: `{l}` the layer, `{p}` the layer
            before it, `{kind}` the activation, `{c}` a fitted constant, and those of `facts`.
        replacements: pairs of old and new text.
        facts: further facts of the sentence, by name.
        is_choice: people choose it on purpose, such as ε; the numbers differ visibly all the same.
        at_ties: it changes only what comes from numbers that are equal, as within a maximum.
    """

    code: str
    sentence: str
    replacements: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, str], ...] = ()
    is_choice: bool = False
    at_ties: bool = False


def choice(code: str, sentence: str, *texts: str, **facts: str) -> Edit:
    """Return the edit that people make on purpose."""
    return edit(code, sentence, *texts, **facts)._replace(is_choice=True)


def edit_at_ties(code: str, sentence: str, *texts: str) -> Edit:
    """Return the edit that changes only what comes from numbers that are equal."""
    return edit(code, sentence, *texts)._replace(at_ties=True)


def edit(code: str, sentence: str, *texts: str, **facts: str) -> Edit:
    """Return the edit that replaces old, by new, old, by new, … text."""
    pairs = zip(texts[::2], texts[1::2], strict=True)
    return Edit(code, sentence, tuple(pairs), tuple(facts.items()))


class FormulaText(NamedTuple):
    """`left = right`, and the edits of `right`."""

    left: str
    right: str
    edits: tuple[Edit, ...] = ()

    @property
    def text(self) -> str | None:
        """The formula as a person reads it; None of one that is only called `right`."""
        text = f"{self.left} = {self.right}"
        if self.right == "right":
            return None
        axis = (re.findall(r"axis=\d", text) or [""])[0]
        named = [what.format(axis=axis) for name, what in DEFINITIONS.items() if name in text]
        return ",  ".join([text, *named])

    def with_term(self, term: str, *edits: Edit) -> FormulaText:
        """Return the formula with one more term, and with the edits of that term."""
        return FormulaText(self.left, self.right + term, (*self.edits, *edits))


def unlisted(left: str) -> FormulaText:
    """Return the formula of a tensor that the catalogue has none of: its value is named `right`."""
    return FormulaText(left, "right")


def apply_edits(formula: FormulaText, *edits: Edit) -> str | None:
    """Return the right-hand side with every edit's old texts replaced at once.

    Of two edits one may be within the other: "s / (1 - beta2**t)" within the root that has it.

    Args:
        formula: the right one.
        edits: one mistake or several.

    Returns:
        None where the formula lacks an old text, or where two edits are of the same place.
    """
    text = apply_apart(formula, *edits)
    if text is not None or len(edits) != 2:
        return text
    every = (apply_within(formula, *two) for two in permutations(edits))
    return next((text for text in every if text is not None), None)


def apply_within(formula: FormulaText, outer: Edit, inner: Edit) -> str | None:
    """Return the right-hand side with an edit, and another one in the new text of the first.

    None where the other one is not of the first one's old text alone, or not of its new text, too.
    """
    if len(outer.replacements) != 1:
        return None
    ((old, new),) = outer.replacements
    old = formula.right if old == ALL else old
    olds = [text for text, _ in inner.replacements]
    is_within = all(formula.right.count(x) == old.count(x) == new.count(x) > 0 for x in olds)
    if formula.right.count(old) != 1 or not is_within:
        return None
    changed = apply_apart(FormulaText(formula.left, new), inner)
    return changed and formula.right.replace(old, changed)


def apply_apart(formula: FormulaText, *edits: Edit) -> str | None:
    """Return the right-hand side with edits of different places."""
    places: list[tuple[int, int, str]] = []
    for one in edits:
        new = dict(one.replacements)
        if ALL in new:
            return new[ALL] if len(edits) == 1 else None
        every = "|".join(re.escape(old) for old in sorted(new, key=len, reverse=True))
        found = list(re.finditer(every, formula.right))
        if {match[0] for match in found} != new.keys():
            return None
        places += [(*match.span(), new[match[0]]) for match in found]
    places.sort()
    if any(end > start for (_, end, _), (start, _, _) in pairwise(places)):
        return None
    text, at = "", 0
    for start, end, replacement in places:
        text, at = text + formula.right[at:start] + replacement, end
    return text + formula.right[at:]


# Numbers that people divide by and that are not m, in words. With other examples m is another
# number, and n is not: somebody who divides by 4 need not mean n.
NOT_M = {
    "n": "{n} (here n, the units)", "n_prev": "{n_prev} (here n{p}, the units before it)",
    "n_y": "{n_y} (here n_y)", "n_x": "{n_x} (here n_x)", "(m - 1)": "m − 1", "(m + 1)": "m + 1",
}  # fmt: skip


def mean_edits(before: str, numbers: Iterable[str], whole: bool) -> tuple[Edit, ...]:
    """Return the mistakes in the division of `before / m`.

    Args:
        before: the text before it.
        numbers: those of `NOT_M` that somebody may divide by.
        whole: whether the formula ends there; otherwise an L2 term follows.
    """
    mean, it = f"{before} / m", "it" if whole else "the term before the L2 term"
    place = "" if whole else "-before-L2"
    return (
        edit(f"missing-1/m{place}", f"{it} is m times too large: the 1/m is missing", mean, before),
        edit(f"divided-by-m-twice{place}", f"{it} was divided by m one time too many",
             mean, f"{mean} / m"),
        edit("integer-division", "// is integer division, which cuts fractions off",
             mean, f"{before} // m"),
        *(
            edit(f"divided-by-{n.strip('()').replace(' ', '')}{place}",
                 f"{it} was divided by {NOT_M[n]} and not by m", mean, f"{before} / {n}")
            for n in numbers
        ),
    )  # fmt: skip
