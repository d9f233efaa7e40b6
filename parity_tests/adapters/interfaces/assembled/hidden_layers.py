"""A program's layer classes that hold no weights: the activations between those that do.

One is a class of its own, `Tanh()`, or is made of two functions, `Activation(tanh, tanh_prime)`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from parity_tests.adapters.interfaces.argument_roles import parameters_of
from parity_tests.adapters.interfaces.assembled.chain_losses import PRIME

# The kind of an activation, by the name of its class or function.
KINDS = {
    "relu": r"(?!.*(leaky|prelu|elu6))\w*(relu|rectif)\w*",
    "tanh": r"\w*tanh\w*",
    "sigmoid": r"\w*(sigmoid|logistic|σ)\w*|sigm(_\w+)?",
}
FUNCTION = re.compile(r"act\w*|f|g|func\w*|fn|phi", re.IGNORECASE)
DERIVATIVE = re.compile(
    r"\w*(prime|deriv\w*|grad\w*|backward)|d_?(f|g|fn|act\w*|func\w*)", re.IGNORECASE
)


@dataclass(frozen=True)
class HiddenLayer:
    """A way to make an activation.

    Attributes:
        make: makes the object.
        kind: of the activation.
        used: the names of the file that it is made of.
    """

    make: Callable[[], Any]
    kind: str
    used: tuple[str, ...]


def hidden_layers(own: Mapping[str, Any], classes: Mapping[str, type]) -> list[HiddenLayer]:
    """Return the activations of a file.

    A class that is made of a function and its derivative is given tanh if the file has none.

    Args:
        own: the candidate's functions and classes, by name.
        classes: those with both passes that are no loss.
    """
    found = [HiddenLayer(c, kind, (n,)) for n, c in classes.items() if (kind := kind_of(n))]
    known = {layer.kind for layer in found}
    pairs = [(f, prime) for f, prime in functions_with_derivatives(own) if kind_of(f)]
    for name, made in classes.items():
        if not takes_functions(made):
            continue
        for f, prime in pairs:
            if (kind := kind_of(f)) and kind not in known:
                make = partial(made, own[f], own[prime])
                found.append(HiddenLayer(make, kind, (name, f, prime)))
        if not pairs and "tanh" not in known:
            found.append(HiddenLayer(partial(made, np.tanh, tanh_prime), "tanh", (name,)))
    return found


def tanh_prime(x: Any) -> Any:
    """Return 1 − tanh² x."""
    return 1 - np.tanh(x) ** 2


def kind_of(name: str) -> str | None:
    """Return the kind of an activation by the name of its class: "relu" of "ReLU1"."""
    fits = (kind for kind, names in KINDS.items() if re.fullmatch(names, name, re.IGNORECASE))
    return next(fits, None)


def takes_functions(made: type) -> bool:
    """Return whether a class is made of an activation and its derivative."""
    needed = [q.name for q in parameters_of(made) or () if q.default is q.empty]
    if len(needed) != 2:
        return False
    return bool(FUNCTION.fullmatch(needed[0]) and DERIVATIVE.fullmatch(needed[1]))


def functions_with_derivatives(own: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the names of functions and of their derivatives: tanh and tanh_prime, or dtanh."""
    functions = [n for n, f in own.items() if not isinstance(f, type)]
    for name in functions:
        others = (n for n in functions if n != name and name.lower() in n.lower())
        for other in others:
            if PRIME.fullmatch(other) or other.lower() in (f"d{name}", f"d_{name}".lower()):
                yield name, other
