"""The course's functions as the assignments define them, for a candidate that lacks some of them.

Week 4's `sigmoid(Z)` and `relu(Z)` return (A, cache) with Z as the cache; those of weeks 2 and 3
return A alone.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np

from parity_tests.adapters.mistaken_calls import positional
from parity_tests.adapters.second_course.supplied_helpers import HELPERS as SECOND_COURSE
from ref_numpy import Array, Context, Dense, Elementwise, ReLU, Sigmoid, Tanh
from ref_numpy import Cache as StepCache

ACTIVATIONS: dict[str, Elementwise] = {"sigmoid": Sigmoid(), "relu": ReLU(), "tanh": Tanh()}

LinearCache = tuple[Array, Array, Array]  # A_prev, W, b
Cache = tuple[LinearCache, Array]  # of a layer: its linear cache, and Z


def linear_forward(A: Array, W: Array, b: Array) -> tuple[Array, LinearCache]:
    """Z = W A + b."""
    return W @ A + b, (A, W, b)


def linear_activation_forward(
    A_prev: Array, W: Array, b: Array, activation: str
) -> tuple[Array, Cache]:
    """A = g(W A_prev + b)."""
    Z, linear_cache = linear_forward(A_prev, W, b)
    return ACTIVATIONS[activation].g(Z), (linear_cache, Z)


def linear_backward(dZ: Array, cache: LinearCache) -> tuple[Array, Array, Array]:
    """dA_prev = W^T dZ        dW = (1/m) dZ A_prev^T        db = (1/m) Σ_i dZ(i)."""
    A_prev, W, _ = cache
    given = StepCache((A_prev,), (), context=Context(scale=A_prev.shape[1]), to_inputs=False)
    _, gradients = Dense(W.shape[1], W.shape[0]).backward({"W": W}, given, dZ)
    return W.T @ dZ, gradients["W"], gradients["b"]


def activation_backward(g: Elementwise) -> Callable[[Array, Array], Array]:
    """Return the course's `relu_backward(dA, cache)` for one g: dZ = dA ∗ g'(Z)."""

    def backward(dA: Array, cache: Array) -> Array:
        return dA * g.g_prime(cache, g.g(cache))

    return backward


def takes_A(backward: Callable[..., Any]) -> bool:
    """Return whether the second argument of a function such as `relu_backward` is named A."""
    return [q.name.upper() for q in (positional(backward) or ())[1:2]] == ["A"]


def backward_of_A(g: Elementwise) -> Callable[[Array, Array], Array]:
    """Return `relu_backward(dA, A)` for a g whose derivative is a function of A alone."""
    return lambda dA, A: dA * g.g_prime(A, A)


def linear_activation_backward(
    dA: Array, cache: Cache, activation: str
) -> tuple[Array, Array, Array]:
    """Compute dZ = dA ∗ g'(Z), then `linear_backward`."""
    linear_cache, Z = cache
    return linear_backward(activation_backward(ACTIVATIONS[activation])(dA, Z), linear_cache)


def with_cache(g: Elementwise) -> Callable[[Array], tuple[Array, Array]]:
    """Return week 4's activation function: Z → (A, cache)."""
    return lambda Z: (g.g(Z), Z)


def supplied(week: int) -> dict[str, Callable[..., Any]]:
    """Return the helper functions by name, in the convention of that week."""
    if week != 4:
        plain = {name: g.g for name, g in ACTIVATIONS.items() if name != "tanh"}
        return plain | (SECOND_COURSE if week == 5 else {})
    names = ("sigmoid", "relu")
    return {
        **{name: with_cache(ACTIVATIONS[name]) for name in names},
        **{f"{name}_backward": activation_backward(ACTIVATIONS[name]) for name in names},
        "linear_forward": linear_forward,
        "linear_activation_forward": linear_activation_forward,
        "linear_backward": linear_backward,
        "linear_activation_backward": linear_activation_backward,
    }


def in_convention_of(own: Callable[..., Any], name: str, week: int) -> Callable[..., Any]:
    """Return the helper function of this name as the candidate's own takes and returns it.

    The `sigmoid` of weeks 2 and 3 returns A, that of week 4 (A, cache); a `sigmoid_backward` may
    take A instead of Z; any may take its arguments in another order.

    Args:
        own: the candidate's function.
        name: of the function.
        week: of the candidate.
    """
    if name in ACTIVATIONS:
        with suppress(Exception):  # whatever the candidate's own raises
            week = 4 if isinstance(own(np.zeros((1, 1))), tuple) else 3
    right: Callable[..., Any] = supplied(week)[name]
    if (g := name.removesuffix("_backward")) in ACTIVATIONS and g != name and takes_A(own):
        right = backward_of_A(ACTIVATIONS[g])
    names, expected = ([q.name for q in positional(f) or ()] for f in (own, right))
    if {*names} != {*expected}:
        return right
    return lambda *given, **more: right(**dict(zip(names, given, strict=False)), **more)
