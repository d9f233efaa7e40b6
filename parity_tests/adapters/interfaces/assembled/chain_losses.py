"""The losses of a network of layer objects: an object, or a function and its derivative."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from parity_tests.adapters.interfaces.argument_roles import (
    arguments_for,
    called,
    parameters_of,
    role,
)
from parity_tests.adapters.interfaces.assembled.layer_passes import backward_of, forward_of
from parity_tests.adapters.interfaces.kept_constants import RATE

PRIME = re.compile(r"\w*(prime|deriv\w*|grad\w*|backward|delta)|d_?\w*(loss|mse|cost)|\w+_d",
                   re.IGNORECASE)  # fmt: skip
LOSS = re.compile(r"\w*(loss|mse|bce|cost|cross_?entropy|error)\w*", re.IGNORECASE)


@dataclass(frozen=True)
class Loss:
    """A program's loss; without a cost there is none, and the gradient is A − Y.

    Attributes:
        cost: returns J, given the output and the labels.
        prime: returns its gradient, given both.
        kept: the gradient takes neither, since the cost's object kept them.
        both: the cost returns J and its gradient.
    """

    cost: Callable[..., Any] | None = None
    prime: Callable[..., Any] | None = None
    kept: bool = False
    both: bool = False

    @classmethod
    def of_object(cls, made: Any) -> Loss | None:
        """Return the loss that an object with `forward` and `backward` is; None of None."""
        if made is None:
            return None
        prime = backward_of(made)
        return cls(forward_of(made), prime, not takes_both(prime))

    def gradient(self, output: Any, Y: Any) -> Any:
        """Return the gradient of the output."""
        if self.both:
            return with_both(self.cost, output, Y)[1]
        if self.prime is None:
            return output - Y
        owner = getattr(self.prime, "__self__", None)
        own: Any = getattr(owner, "output", 0.0)  # of a softmax that is one object with its loss
        output = own if np.shape(own) == np.shape(output) else output
        d = called_with(self.prime, 1.0) if self.kept else with_both(self.prime, output, Y)
        return returned_or_kept(d, owner, INPUT_GRADIENT)


def called_with(function: Callable[..., Any], d: Any) -> Any:
    """Call a backward function with the gradient, and a learning rate if it takes one."""
    parameters = parameters_of(function) or []
    given: dict[str, Any] = {}
    for q in parameters:
        if role(q.name) == "rate":
            given[q.name] = RATE
        elif not any(role(n) != "rate" for n in given):
            given[q.name] = d
    return called(function, given)


def with_both(function: Any, output: Any, Y: Any) -> Any:
    """Call a loss with the output and the labels, in the order of their names."""
    found = arguments_for(function, {"output": output, "Y": Y, "X": output})
    if found is not None and len(found[0]) == 2 and "Y" in found[1]:
        return called(function, found[0])
    return function(output, Y)


def pairs_of_functions(own: Mapping[str, Any]) -> Iterator[tuple[str, Loss]]:
    """Yield the names of a cost function and its derivative, and the loss that they are."""
    functions = {n: f for n, f in own.items() if not isinstance(f, type) and takes_both(f)}
    primes = {n: f for n, f in functions.items() if PRIME.fullmatch(n)}
    for name, cost in functions.items():
        if name not in primes and LOSS.fullmatch(name):
            for other, prime in primes.items():
                if name.lower() in other.lower() or len(primes) == 1:
                    yield f"{name} {other}", Loss(cost=cost, prime=prime)


def losses_with_gradients(own: Mapping[str, Any]) -> Iterator[tuple[str, Loss]]:
    """Yield the functions that return J and its gradient, as cs231n's `softmax_loss` does."""
    for name, cost in own.items():
        is_cost = LOSS.fullmatch(name) and not PRIME.fullmatch(name)
        if is_cost and not isinstance(cost, type) and takes_both(cost):
            yield name, Loss(cost=cost, both=True)


def takes_both(function: Any) -> bool:
    """Return whether a function needs an output and labels."""
    needed = [q.name for q in parameters_of(function) or () if q.default is q.empty]
    return len(needed) == 2 and any(role(n) == "Y" for n in needed)


def returned_or_kept(result: Any, layer: Any, names: Sequence[str]) -> Any:
    """Return a layer's result; where it returns None, the attribute that it keeps it in."""
    if result is not None:
        return result
    return next((getattr(layer, n) for n in names if hasattr(layer, n)), None)


OUTPUT = ("output", "out", "a", "z", "y")
INPUT_GRADIENT = ("dinputs", "dinput", "d_input", "dx", "dX", "grad_input", "input_gradient")
