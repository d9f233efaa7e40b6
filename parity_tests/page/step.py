"""What the page shows of a step, and the equations that our docstrings state.

Equations of layers and losses are those of their docstrings, with the layer's number put in, so
that a new kind of layer needs nothing here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from parity_tests.page.source_excerpts import Source
from ref_numpy import NetworkSpec

Shapes = Mapping[str, tuple[int, ...]]
AFTER = "+"  # "W1+" is W1 after the update


@dataclass(frozen=True)
class Shown:
    """phase: "forward", "cost", "backward" or "update".   equations: MathML.

    reads: what it is computed from, and which of that element [i, j] takes: "i:" row i, "j:" row j,
    ":j" column j, ":i" column i, "ij" the same element, "::" any.   dimensions: in words, and
    whether they are right.   torch_name: what our twin calls the tensor; layout: what has to be
    done with it to be ours, "T" transposed, "column" given a second dimension, "" nothing.
    made: how an element is made of what it reads, which the page writes out: "dot" (+ the others),
    "mean dot" (/ m, + λ/m times the other), "mean", "minus", "descent", "" not written out.
    note: what else is worth saying.
    """

    name: str
    phase: str
    layer: int | None
    equations: tuple[str, ...]
    reads: dict[str, str]
    dimensions: str
    right: bool
    numpy: tuple[Source, ...]
    torch: tuple[Source, ...]
    torch_name: str
    layout: str = "T"
    made: str = ""
    note: str = ""


def equations(*documented: Any) -> dict[str, str]:
    """{"Z": "Z = W A_prev + b", …}: what docstrings say, by its left side."""
    found: dict[str, str] = {}
    for owner in documented:
        for text in re.split(r"\s{2,}|,\s\s", (owner.__doc__ or "").strip().split("\n")[0]):
            text = re.sub(r"^(Compute|Return) ", "", text)
            left, equals, _ = text.partition(" = ")
            if equals:
                found.setdefault(left.strip(), text.strip().rstrip("."))
    return found


def numbered(text: str, l: int | str, previous: int | str) -> str:
    """ "Z = W A_prev + b" → "Z[2] = W[2] A[1] + b[2]" """

    def number(match: re.Match[str]) -> str:
        return f"{match[1]}[{previous if match[2] else l}]"

    return re.sub(r"\b(d?[ZAWb]|g)(_prev)?(?!\w)(?!\((?!i\)|Z\)))", number, text)


def bracketed(name: str) -> str:
    """ "dZ2" → "dZ[2]" """
    return re.sub(r"(\d+)", r"[\1]", name)


def loss_equation(spec: NetworkSpec) -> str:
    """ "ℒ(a, y) = −(y log a + (1 − y) log(1 − a))": in the course a script L, since L is a number
    of layers."""
    return f"ℒ(a, y) = {of_one_example(spec)}"


def mean_equation(spec: NetworkSpec) -> tuple[str, str]:
    """J by the losses of the examples, and with what they are."""
    of_one = of_one_example(spec)
    sign, of_one = ("−", of_one[1:]) if of_one.startswith("−") else ("", of_one)
    inside = re.sub(r"\b([ay])(_k)?\b", lambda x: f"{x[0]}{'[L]' * (x[1] == 'a')}(i)", of_one)
    λ = " + (λ/(2 m)) Σ_l ‖W[l]‖²" if spec.lambd else ""
    return f"J = (1/m) Σ_i ℒ(a[L](i), y(i)){λ}", f"J = {sign}(1/m) Σ_i {inside}{λ}"


def gradient_equation(spec: NetworkSpec, left: str, A: str) -> str:
    """A[L] − Y, which is that of all our losses; of one that people have added, what the first line
    of its docstring says."""
    if spec.loss.built_in:
        return f"{left} = {A} − Y"
    by = spec.loss.reads.lower()
    return equations(type(spec.loss)).get(f"d{by}", f"d{by} = ∂ℒ/∂{by}")


def of_one_example(spec: NetworkSpec) -> str:
    """The right side of the loss's docstring, "L = −Σ_k y_k log a_k, …"; of one that says nothing,
    its kind."""
    first = (type(spec.loss).__doc__ or "").strip().split("\n")[0]
    right = re.split(r",?\s\s|\.$", first)[0].partition(" = ")[2]
    return right or spec.loss.kind.replace("_", " ")
