"""The passes of a program's layer objects, by their names, and its activations as such objects."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from parity_tests.adapters.interfaces.argument_roles import parameters_of

PASSES = (
    ("forward", "forward_propagation", "forward_prop", "forward_pass", "feed_forward", "fprop"),
    ("backward", "backward_propagation", "backward_prop", "backward_pass", "backprop", "bprop"),
)
# The kind of an activation, by the name of its class.
KINDS = {
    "relu": r"(?!.*(leaky|prelu|elu6))\w*relu\w*",
    "tanh": r"\w*tanh\w*",
    "sigmoid": r"\w*(sigmoid|logistic)\w*",
}
FUNCTION = re.compile(r"(act\w*|f|g|func\w*|fn|phi)", re.IGNORECASE)
DERIVATIVE = re.compile(r"\w*(prime|deriv\w*|grad\w*|backward)|d_?(act\w*|f|g|func\w*)|df",
                        re.IGNORECASE)  # fmt: skip


@dataclass(frozen=True)
class Activation:
    """A way to make an activation as an object.

    Attributes:
        make: makes it.
        kind: of the activation: "tanh".
        used: the names of the file that make it up.
    """

    make: Callable[[], Any]
    kind: str
    used: tuple[str, ...]


def has_passes(kind: type) -> bool:
    """Return whether a class has `forward` and `backward`, by one of their names."""
    return all(any(callable(getattr(kind, n, None)) for n in names) for names in PASSES)


def forward_of(layer: Any) -> Callable[..., Any]:
    """Return the forward pass of a layer object."""
    return next(getattr(layer, n) for n in PASSES[0] if hasattr(layer, n))


def backward_of(layer: Any) -> Callable[..., Any]:
    """Return the backward pass of a layer object."""
    return next(getattr(layer, n) for n in PASSES[1] if hasattr(layer, n))


def kind_of(name: str) -> str | None:
    """Return the kind of an activation by the name of its class: "relu" of "ReLU1"."""
    fits = (kind for kind, names in KINDS.items() if re.fullmatch(names, name, re.IGNORECASE))
    return next(fits, None)


def activations_of_functions(
    own: Mapping[str, Any], classes: Mapping[str, type]
) -> dict[str, Activation]:
    """Return the activations that a class makes of a function and its derivative.

    Without such functions in the file, it is given tanh.

    Args:
        own: the candidate's functions and classes, by name.
        classes: those of layers.
    """
    functions = {n: f for n, f in own.items() if not isinstance(f, type)}
    pairs = [
        (n, other)
        for n in functions
        for other in functions
        if kind_of(n) and other != n and n in other and DERIVATIVE.fullmatch(other)
    ]
    found: dict[str, Activation] = {}
    for name, kind in classes.items():
        needed = [q.name for q in parameters_of(kind) or () if q.default is q.empty]
        if len(needed) != 2:
            continue
        if not (FUNCTION.fullmatch(needed[0]) and DERIVATIVE.fullmatch(needed[1])):
            continue
        for n, other in pairs:
            make = partial(kind, functions[n], functions[other])
            found[f"{name} {n}"] = Activation(make, str(kind_of(n)), (name, n, other))
        if not pairs:
            found[name] = Activation(partial(kind, np.tanh, tanh_prime), "tanh", (name,))
    return found


def tanh_prime(x: Any) -> Any:
    """Return 1 − tanh² x."""
    return 1 - np.tanh(x) ** 2
