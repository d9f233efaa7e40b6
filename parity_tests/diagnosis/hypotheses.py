"""The mistakes that fit a place: lines of the catalogue, edited and executed on error arrays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np

from parity_tests.diagnosis.formula_eval import computed, plain
from parity_tests.diagnosis.tensor_context import Site, Value
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.kinds import backward_lines, forward_lines
from parity_tests.kinds.line import ALL, Edit, Line, edited
from ref_numpy.activations import (
    Elementwise,
    Identity,
    LeakyReLU,
    ReLU,
    Sigmoid,
    Softmax,
    Tanh,
)
from ref_numpy.losses import SquaredError


@dataclass(frozen=True)
class Mistake:
    """said: what is wrong, in words.   text: the right-hand side of the wrong line.   of: the right
    line."""

    said: str
    text: str
    of: Line

    @property
    def line(self) -> str:
        return f"{self.of.left} = {self.text}"


def mistakes(s: Site) -> Iterator[Mistake]:
    """Those of this place, one edit each."""
    for line in s.lines:
        for edit in (*line.edits, *others(s), *stand_ins(s), *of_any(s, line)):
            text = edited(line, edit)
            if text is not None:
                yield Mistake(s.say(edit[0]), text, line)


def pairs(s: Site) -> Iterator[Mistake]:
    """Two edits of one line. Of the values of ε one alone is enough."""
    for line in s.lines:
        every = [e for e in (*line.edits, *others(s)) if not e[0].startswith("ε")]
        for one, other in combinations(every, 2):
            text = edited(line, one, other)
            if text is not None:
                said = s.say(f"{one[0]}, and {other[0]}")
                yield Mistake(said, text, line)


def of_any(s: Site, line: Line) -> Iterator[Edit]:
    """What may happen to any tensor."""
    yield "its fractions are cut off, as in an array of integers", ALL, f"np.trunc({line.right})"
    if s.kind not in ("J", "dW"):  # of dW it is an edit
        yield "it is transposed", ALL, f"({line.right}).T"


def others(s: Site) -> Iterator[Edit]:
    """Another layer's parameter or tensor, of the same shape, in the place of this one's."""
    names = s.ways[0]
    places = {
        "Z": {"W": ("W @", "W{} @"), "b": (" + b", " + b{}"), "A": ("A_prev", "A{}")},
        "dW": {"dZ": ("dZ", "dZ{}"), "A": ("A_prev", "A{}")},
        "db": {"dZ": ("dZ", "dZ{}")},
        "dA": {"W": ("W.T", "W{}.T"), "dZ": ("dZ", "dZ{}")},
    }
    for letter, (old, new) in places.get(s.kind, {}).items():
        own = "A_prev" if letter == "A" else letter
        here = s.l - 1 if letter == "A" else s.l
        last = names["L"]
        # What is computed later is not there yet; A[l] for A[l−1] is in the catalogue.
        there = {"Z": range(s.l), "dZ": range(s.l + 1, last + 1)}
        ks = there["Z"] if s.kind == "Z" and letter == "A" else there.get(letter, range(last + 1))
        for k in ks:
            other = names.get(f"{letter}{k}")
            taken = k == here or (letter == "A" and k == s.l)
            if other is not None and not taken and other.shape == getattr(names[own], "shape", 0):
                yield f"{letter}{k} stands for {letter}{here}", old, new.format(k)


NAMED: tuple[tuple[str, Elementwise], ...] = (
    ("the identity", Identity()), ("sigmoid", Sigmoid()), ("tanh", Tanh()), ("ReLU", ReLU()),
    *((f"a leaky ReLU of slope {slope}", LeakyReLU(slope)) for slope in (0.01, 0.1, 0.2, 0.3)),
)  # fmt: skip
AT_Z = {Sigmoid: "dA * sigmoid(Z) * (1 - sigmoid(Z))", Tanh: "dA * (1 - np.tanh(Z) * np.tanh(Z))"}


def stand_ins(s: Site) -> Iterator[Edit]:
    """Another activation, or its derivative."""
    if s.kind not in ("A", "dZ"):
        return
    for name, g in NAMED:
        # The sigmoid's derivative for the softmax's is in the catalogue.
        if g == s.layer or (isinstance(g, Sigmoid) and isinstance(s.layer, Softmax)
                            and s.kind == "dZ"):  # fmt: skip
            continue
        table = forward_lines.A if s.kind == "A" else backward_lines.DZ
        text = table[type(g)].right.replace("slope", str(getattr(g, "slope", "")))
        what = f"{name} stands for {{kind}}"
        if s.kind == "A":
            yield what, ALL, text
        elif not isinstance(g, Identity):  # which is the missing derivative
            yield f"{what}: its derivative is another", ALL, text
            if type(g) in AT_Z:
                yield f"{what}: its derivative, at Z{{l}}, is another", ALL, AT_Z[type(g)]


def factors(s: Site) -> Iterator[tuple[float, str, str]]:
    """Constants by which people multiply what is right: (c, how it is written, what it means)."""
    names, mean = s.ways[0], s.averaged
    m, n, n_y = s.m, names["n"], names["n_y"]
    halved = s.kind == "J" and s.lines[0].right.startswith(forward_lines.J[SquaredError].right)
    yield -1, "-({})", "its sign is flipped"
    yield 2, "2 * ({})", "it is twice as large" + (": the ½ is missing" if halved else "")
    yield 1 / 2, "({}) / 2", "it is half as large"
    yield 0, "0 * ({})", "it is all zeros" + (": 1 // m is 0" if mean and m > 1 else "")
    if m > 1:
        of_it = ": the 1/m is missing" if mean else ""
        often = "m once too often" if mean else "m, which belongs to dW and db"
        yield m, "m * ({})", f"it is m times too large{of_it}"
        yield 1 / m, "({}) / m", f"it was divided by {often}"
        yield -m, "-m * ({})", "its sign is flipped, and it is m times too large"
        yield -1 / m, "-({}) / m", "its sign is flipped, and it was divided by m"
        yield 2 / m, "2 / m * ({})", "it is 2/m times as large"
    if n_y > 1:
        yield 1 / n_y, "({}) / n_y", "it was divided by n_y: the mean over outputs, for their sum"
    if s.kind != "J" and n is not None and n > 1:
        if mean:
            yield m / n, "m * ({}) / n", "it was divided by n, the units, in the place of m"
        if s.l < names["L"]:  # where n is n_y
            yield 1 / n, "({}) / n", "it was divided by n, the units"


def values(s: Site, text: str) -> Iterator[Value]:
    """What a line gives here, by each way to compute what it takes; nothing where it does not fit:
    where a name means nothing here, or shapes are not those of its operations."""
    for names in s.ways:
        value = computed(text, names)
        if isinstance(value, ErrorArray):
            yield value


def with_names(s: Site, **names: Value) -> Site:
    """With more for a line to take."""
    return replace(s, ways=tuple({**way, **names} for way in s.ways))


def plainly(s: Site, text: str) -> Any:
    """The line's plain value, without its error; None where it does not fit."""
    value = plain(computed(text, {n: plain(x) for n, x in s.ways[0].items()}))
    return None if value is None else np.asarray(value, float)
