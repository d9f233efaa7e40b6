"""Updates that are another function of the gradient than −α g: Adam, clipping, momentum, a decay.

An update alone does not show the gradient then. Where a program holds a gradient in a variable,
this tells whether the update is such a step from it; one that is none may be a mistake.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

import numpy as np

from ref_numpy import Array

Tensors = Mapping[str, Array]

# Names in the code of an optimiser that has a state, or limits what it takes.
OPTIMISER = re.compile(
    r"\w*clip\w*|\w*norm|\w*moment\w*|velocit\w*|vel_?\w*|v_?d?[wWbB]\w*|[mvs]_?\d|v|"
    r"beta_?\d?|"  # m alone is the number of examples
    r"\w*(adam|rmsprop|adagrad|sgd_m)\w*|cache_?[wWbB]?\d*",
    re.IGNORECASE,
)
ULPS = 8  # roundings of θ − α g, at most


def is_of_optimiser(u: Tensors, g: Tensors, theta: Tensors, names: Collection[str]) -> bool:
    """Return whether an update u, with the learning rate 1, is a known function of the gradient g.

        Adam, RMSprop at their first step: the sign of g
        clipping: g up to a limit; or c g, 0 < c < 1, as with momentum (1 − β) g
        weight decay: g + c θ, c > 0

    Args:
        u: (θ before − θ after) / α of each parameter.
        g: the gradients that the program holds.
        theta: the parameters before.
        names: in the program's code.
    """
    every = [n for n in u if n in g and u[n].shape == g[n].shape]
    if len(every) < len(u):
        return False
    U, G = (np.concatenate([x[n].ravel() for n in every]) for x in (u, g))
    large = np.abs(G) > np.abs(G).max(initial=0) / 2**16  # where an ε does not matter
    if not large.any() or not np.array_equal(np.sign(U[large]), np.sign(G[large])):
        return is_decay(u, g, theta)
    is_an_optimiser = any(map(OPTIMISER.fullmatch, names))
    sizes, ratios, limit = np.abs(U[large]), U[large] / G[large], np.abs(U).max()
    if is_an_optimiser and (is_constant(sizes) or (is_constant(ratios) and ratios[0] < 1)):
        return True
    cut = np.where(np.abs(G) > limit, np.sign(G) * limit, G)
    return bool((np.abs(G) > limit).any() and np.array_equal(U, cut)) or is_decay(u, g, theta)


def is_decay(u: Tensors, g: Tensors, theta: Tensors) -> bool:
    """Return whether u is g + c θ with one c > 0, for all weights at least."""
    added = {n: u[n] - g[n] for n in u}
    changed = {n for n, x in added.items() if not is_small(x, g[n])}
    if not {n for n in u if n[0] == "W"} <= changed:
        return False
    ratios = np.array([np.median(added[n] / theta[n]) for n in changed])
    return bool(is_constant(ratios) and ratios[0] > 0)


def is_small(x: Array, g: Array) -> bool:
    """Return whether x is the rounding of g alone."""
    return bool((np.abs(x) <= ULPS * np.finfo(np.float64).eps * np.abs(g)).all())


def is_constant(x: Array) -> bool:
    """Return whether numbers are equal beside 1 in float16."""
    return bool((np.float16(x / x[0]) == 1).all())


def is_step_along(before: Tensors, after: Tensors, g: Tensors) -> bool:
    """Return whether each parameter is θ − c g, with one c > 0, but for rounding.

    Args:
        before: the parameters before.
        after: those after.
        g: the gradients that the program holds.
    """
    if any(after[n].shape != x.shape or x.shape != g[n].shape for n, x in before.items()):
        return False
    steps, G, size = (
        np.concatenate([x[n].ravel() for n in before])
        for x in ({n: before[n] - after[n] for n in before}, g, before)
    )
    largest = np.argmax(np.abs(G))
    c = steps[largest] / G[largest] if G[largest] else 0.0
    allowed = (
        ULPS * np.finfo(np.float64).eps * (np.abs(size) + np.abs(c * G) + np.abs(size[largest]))
    )
    return bool(c > 0 and (np.abs(steps - c * G) <= allowed).all())
