"""The calls of a layer's backward functions by week 4's L_model_backward, in their order.

The k-th is that of layer L − k + 1, whatever cache it is given: a call with another layer's cache
is one mistake, of the layer whose step it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from parity_tests.adapters.call_wording import sentence
from parity_tests.checking.findings import Finding

FUNCTIONS = ("linear_backward", "linear_activation_backward")
ACTIVATIONS = ("sigmoid", "relu", "tanh")


@dataclass(frozen=True)
class BackwardCall:
    """A call of a backward function.

    Attributes:
        d: its first argument, dZ of linear_backward and dA of linear_activation_backward.
        owner: the layer whose cache is its second argument; None where it is of no layer.
        activation: its third argument, "relu" of linear_activation_backward, if that is a text.
        line: the candidate's line that called it.
        giver: the number of the earlier call of the function that returned d; −1 where d is dA[L],
            the first call's; None where it is neither.
    """

    d: Any
    owner: int | None
    activation: str | None
    line: str
    giver: int | None = None


Calls = Mapping[str, Sequence[BackwardCall]]


def by_layer(calls: Sequence[BackwardCall], L: int) -> dict[int, BackwardCall]:
    """Return the call of each layer: in their order, last layer first.

    The order tells the layer also where the program failed later. Where there are more calls than
    layers, the cache of each call tells it.
    """
    if len(calls) <= L:
        return {L - k: call for k, call in enumerate(calls)}
    return {call.owner: call for call in calls if call.owner is not None}


def other_layers_caches(calls: Calls, L: int) -> dict[int, Finding]:
    """Return a finding for each layer whose backward step was given another layer's cache."""
    found: dict[int, Finding] = {}
    for name in reversed(FUNCTIONS):  # the outer function's call is the one that is wrong
        for l, call in by_layer(calls.get(name, ()), L).items():
            other = call.owner
            if other is not None and other != l and l not in found:
                code = "cache.of-another-layer"
                facts = {"l": l, "other": other, "index": other - 1, "expected": l - 1}
                found[l] = Finding(
                    f"dZ{l}", "cache", sentence(code, **facts), l, yours=call.line, code=code,
                    facts=facts,
                )  # fmt: skip
    return found


def other_activations(calls: Calls, activations: Mapping[int, str]) -> dict[int, Finding]:
    """Return a finding for each layer whose backward step was given another activation's name.

    Args:
        calls: of the backward functions.
        activations: of each layer, by its number.
    """
    found: dict[int, Finding] = {}
    every = by_layer(calls.get("linear_activation_backward", ()), len(activations))
    for l, call in every.items():
        given, expected = call.activation, activations[l]
        if given != expected and given in ACTIVATIONS and expected in ACTIVATIONS:
            code = "activation.of-another-layer"
            facts = {"l": l, "given": given, "expected": expected}
            found[l] = Finding(
                f"dZ{l}", "call", sentence(code, **facts), l, yours=call.line, code=code,
                facts=facts,
            )  # fmt: skip
    return found
