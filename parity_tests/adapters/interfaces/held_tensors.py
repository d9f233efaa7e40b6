"""The activations that a program computes on the way: in its variables, its caches, its object."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from parity_tests.adapters.interfaces.parameter_slots import IsOwn, leaves
from parity_tests.adapters.interfaces.program_calls import Run
from ref_numpy import Array

# Names by canonical letter: z1, self.Z1, cache["A1"], h1, dz2, delta2.
NAMES = {
    "Z": re.compile(r"_?[zZ]_?(\d+)"),
    "A": re.compile(r"_?[aAhH]_?(\d+)|hidden_?\w*?_?(\d+)"),
    "dZ": re.compile(r"_?d_?[zZ]_?(\d+)|delta_?(\d+)"),
    "dA": re.compile(r"_?d_?[aAhH]_?(\d+)"),
}
# Of a network with one hidden layer, names without a number.
HIDDEN = {"A1": re.compile(r"h|hidden(_?(out(puts?)?|layer|activations?))?")}


def held_tensors(run: Run, is_own: IsOwn) -> dict[str, Array]:
    """Return the tensors Z1, A1, dZ1, … whose names and shapes say what they are, as columns."""
    dims = run.holder.dims
    found: dict[str, Array] = {}
    for name, x in run.holder.watched.items():
        columns = run.form.columns(x, dims[int(name.lstrip("dZA"))], run.m)
        if columns is not None:
            found[name] = np.array(columns, order="C")
    for own_name, x in () if run.holder.used else named_arrays(run, is_own):
        name = canonical_name(own_name, len(dims) - 1)
        l = int(name.lstrip("dZA") or 0)
        if not 0 < l < len(dims):
            continue
        columns = run.form.columns(x, dims[l], run.m)
        if columns is not None:
            found.setdefault(name, np.array(columns, order="C"))
    return found


def canonical_name(name: str, L: int) -> str:
    """Return "Z1" of "z_1", "A1" of "hidden" in a network of two layers; "" of another name."""
    for letter, pattern in NAMES.items():
        if match := pattern.fullmatch(name):
            return letter + next(filter(None, match.groups()))
    fits = (own for own, pattern in HIDDEN.items() if L == 2 and pattern.fullmatch(name))
    return next(fits, "")


def named_arrays(run: Run, is_own: IsOwn) -> Iterator[tuple[str, Any]]:
    """Yield the matrices in results, variables and the object, with their names."""
    for call in run.made:
        yield from (
            (leaf.name, leaf.array) for leaf in call.leaves(is_own) if np.ndim(leaf.array) == 2
        )
        yield from ((n, x) for n, x in call.held.items() if x.ndim == 2)
    if not run.holder.is_made_up:
        yield from (
            (leaf.name, leaf.array)
            for leaf in leaves(run.holder.held, is_own)
            if np.ndim(leaf.array) == 2
        )
