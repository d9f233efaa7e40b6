"""A program's layer classes that hold no weights: the activations between those that do.

One is a class of its own, `Tanh()`, or is made of two functions, `Activation(tanh, tanh_prime)`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from parity_tests.adapters.interfaces.argument_roles import parameters_of
from parity_tests.adapters.interfaces.chain_losses import PRIME

# The kind of an activation, by the name of its class or function.
KINDS = {
    "relu": r"(?!.*(leaky|prelu|elu6))\w*relu\w*",
    "tanh": r"\w*tanh\w*",
    "sigmoid": r"\w*(sigmoid|logistic)\w*",
}
# The names of the two passes of a layer.
PASSES = tuple(
    (f"forward{end}", f"backward{end}") for end in ("", "_propagation", "_prop", "_pass")
)

FUNCTION = re.compile(r"f|g|fn|act(ivation)?(_?(f|fn|func(tion)?))?|func(tion)?", re.IGNORECASE)
DERIVATIVE = re.compile(r"\w*(prime|deriv\w*|grad\w*)|d_?(f|g|fn|act\w*|func\w*)", re.IGNORECASE)


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

    Args:
        own: the candidate's functions and classes, by name.
        classes: those with both passes that are no loss.
    """
    found = [HiddenLayer(c, kind, (n,)) for n, c in classes.items() if (kind := kind_of(n))]
    known = {layer.kind for layer in found}
    for name, made in classes.items():
        if takes_functions(made):
            for f, prime in functions_with_derivatives(own):
                if (kind := kind_of(f)) and kind not in known:
                    make = partial(made, own[f], own[prime])
                    found.append(HiddenLayer(make, kind, (name, f, prime)))
    return found


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


def passes_of(layer: Any) -> tuple[str, str] | None:
    """Return the names of a layer's two passes; None where it lacks one."""
    has = (names for names in PASSES if all(callable(getattr(layer, n, None)) for n in names))
    return next(has, None)


def forward_of(layer: Any) -> Callable[..., Any]:
    """Return the forward pass of a layer that has both."""
    return getattr(layer, (passes_of(layer) or PASSES[0])[0])


def backward_of(layer: Any) -> Callable[..., Any]:
    """Return the backward pass of a layer that has both."""
    return getattr(layer, (passes_of(layer) or PASSES[0])[1])
