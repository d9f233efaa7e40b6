"""The equations in the docstrings of layers and losses, with the layer's number put in.

The page's equations are those of the docstrings, so that a new kind of layer needs nothing here.
"""

from __future__ import annotations

import re
from typing import Any

from ref_numpy import Loss, NetworkSpec

MODES = "In evaluation:", "In training:"  # by whether it trains


def bracketed(name: str) -> str:
    """Put the number of a name in brackets: "dZ2" → "dZ[2]"."""
    return re.sub(r"(\d+)", r"[\1]", name)


def equations(*documented: Any) -> dict[str, str]:
    """Return the equations of docstrings' first lines by their left side: {"Z": "Z = W A …"}."""
    found: dict[str, str] = {}
    for owner in documented:
        for text in re.split(r"\s{2,}|,\s\s", (owner.__doc__ or "").strip().split("\n")[0]):
            text = re.sub(r"^(Compute|Return) ", "", text)
            left, equals, _ = text.partition(" = ")
            if equals:
                found.setdefault(left.strip(), text.strip().rstrip("."))
    return found


def equations_of_mode(training: bool, *documented: Any) -> dict[str, str]:
    """Return the equations that docstrings have for one mode alone, by their left side.

    Such a line below the first begins with "In training:" or "In evaluation:".

    Args:
        training: the mode.
        documented: whose docstrings.
    """
    mode, found = MODES[training], {}
    for owner in documented:
        for line in (owner.__doc__ or "").split("\n")[1:]:
            if line.strip().startswith(mode):
                for text in parts_of(line.strip().removeprefix(mode)):
                    found[text.partition(" = ")[0]] = text
    return found


def parts_of(line: str) -> list[str]:
    """Return the parts of a line, which two spaces or more divide."""
    parts = (text.strip(" .") for text in re.split(r"\s{2,}|,\s\s", line))
    return [text for text in parts if text]


def state_equations(layer: Any) -> dict[str, str]:
    """Return "mean ← …" of each tensor of a layer's state by its own name, from `next_state`."""
    texts = [text for x in (layer.next_state.__doc__ or "").split("\n") for text in parts_of(x)]
    return {text.partition(" ← ")[0]: text for text in texts if " ← " in text}


def with_layer_numbers(text: str, l: int | str, previous: int | str) -> str:
    """Number the letters of an equation: "Z = W A_prev + b" → "Z[2] = W[2] A[1] + b[2]"."""

    def number(match: re.Match[str]) -> str:
        return f"{match[1]}[{previous if match[2] else l}]"

    return re.sub(r"\b(d?[ZAWb]|g)(_prev)?(?!\w)(?!\((?!i\)|Z\)))", number, text)


def loss_equation(spec: NetworkSpec) -> str:
    """Return "ℒ(a, y) = −(y log a + (1 − y) log(1 − a))", the loss of one example.

    The letter is a script L, as in the course, since L is the number of layers.
    """
    return f"ℒ(a, y) = {loss_of_one_example(spec)}"


def mean_equation(spec: NetworkSpec) -> tuple[str, str]:
    """Return J by the losses of the examples, and J with the loss written out."""
    of_one = loss_of_one_example(spec)
    sign, of_one = ("−", of_one[1:]) if of_one.startswith("−") else ("", of_one)
    last = "[L]" if spec.is_chain else ""
    inside = re.sub(r"\b([ay])(_k)?\b", lambda x: f"{x[0]}{last * (x[1] == 'a')}(i)", of_one)
    squares = "Σ_l ‖W[l]‖²" if spec.is_chain else "Σ_W ‖W‖²"
    λ = f" + (λ/(2 m)) {squares}" if spec.lambd else ""
    return f"J = (1/m) Σ_i ℒ(a{last}(i), y(i)){λ}", f"J = {sign}(1/m) Σ_i {inside}{λ}"


def gradient_equation(spec: NetworkSpec, left: str, A: str) -> str:
    """Return the equation of the first gradient: A[L] − Y where it is that.

    Otherwise the equation is that in the first line of the loss's docstring.
    """
    if is_difference(spec.loss):
        return f"{left} = {A} − Y"
    by = spec.loss.reads.lower()
    return equations(type(spec.loss)).get(f"d{by}", f"d{by} = ∂ℒ/∂{by}")


def is_difference(loss: Loss) -> bool:
    """Return whether the first gradient is A[L] − Y, as the docstring of a built-in loss says."""
    return loss.built_in and "= a − y." in (type(loss).__doc__ or "")


def loss_of_one_example(spec: NetworkSpec) -> str:
    """Return the right side of the equation in the loss's docstring; or else its kind."""
    first = (type(spec.loss).__doc__ or "").strip().split("\n")[0]
    right = re.split(r",?\s\s|\.$", first)[0].partition(" = ")[2]
    return right or spec.loss.kind.replace("_", " ")
