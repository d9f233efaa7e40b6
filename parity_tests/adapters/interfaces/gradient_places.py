"""Where a program's gradients are after a run: in a result, kept in an object, or as updates."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from parity_tests.adapters.interfaces.kept_constants import RATE
from parity_tests.adapters.interfaces.parameter_slots import GRADIENT, IsOwn, Leaf, Path, at, leaves
from parity_tests.adapters.interfaces.program_calls import Run
from ref_numpy import Array

RETURNED, KEPT, UPDATED, RETURNED_UPDATED = "returned", "kept", "updated", "returned-updated"
OF_BIAS = re.compile(r"(d|g|grad_?|nabla_?|delta_?|d_)?b(ias(es)?)?_?\d*|\w*bias\w*|\w*_b\d*|db\w*")
OF_WEIGHT = re.compile(
    r"(d|g|grad_?|nabla_?|delta_?|d_)?(w|W)(eights?)?_?\d*|\w*weight\w*|\w*_[wW]\d*|d[wW]\w*"
)


@dataclass(frozen=True)
class Place:
    """Where the gradient of a parameter is found.

    Attributes:
        kind: RETURNED, KEPT, UPDATED (the parameter itself is changed) or RETURNED_UPDATED.
        path: within the result of the last call, or within the holder.
    """

    kind: str
    path: Path


Places = Mapping[str, Place]


def find_places(
    run: Run, before: Mapping[str, Array], is_own: IsOwn, is_rated: bool
) -> Places | None:
    """Return the place of each gradient; None where that of a weight is not found.

    Args:
        run: of the program.
        before: the parameters before it, as the program has them.
        is_own: whether a class is the candidate's.
        is_rated: whether the learning rate that the program keeps is `RATE`.
    """
    last, slots = run.made[-1], run.holder.slots
    own = {id(at(run.holder.held, path)) for path in slots.paths.values()}
    returned = [leaf for leaf in last.leaves(is_own) if id(leaf.array) not in own or is_named(leaf)]
    rated = is_rated or "rate" in last.roles or run.holder.rated
    updated = [leaf for leaf in returned if rated and is_updated(leaf.array)]
    if places := places_of(run, updated, RETURNED_UPDATED):
        return places
    if places := places_of(
        run, [leaf for leaf in returned if not (rated and is_updated(leaf.array))], RETURNED
    ):
        return places
    kept = [leaf for leaf in leaves(run.holder.held, is_own) if is_named(leaf) and is_new(leaf)]
    if not run.holder.is_made_up and (places := places_of(run, kept, KEPT)):
        return places
    now = {n: at(run.holder.held, path) for n, path in slots.paths.items()}
    changed = [n for n, x in before.items() if not np.array_equal(x, now[n], equal_nan=True)]
    shown = [n for n in before if n not in changed or is_updated(now[n])]  # by no other rate
    weights = {n for n in before if n[0] == "W"}
    if rated and weights <= {*changed} and weights <= {*shown}:
        return {n: Place(UPDATED, slots.paths[n]) for n in shown}
    return None


def is_updated(array: Any) -> bool:
    """Return whether an array holds θ − α g with the α of `RATE`: it has numbers that no g has."""
    x = np.abs(np.asarray(array, np.float64))
    return bool((~(x < math.sqrt(RATE))).any())


def clear_gradients(held: Any, is_own: IsOwn) -> None:
    """Set the gradients that an object keeps to 0: those of an earlier run are not this one's."""
    for leaf in leaves(held, is_own):
        x = leaf.array
        if is_named(leaf) and isinstance(x, np.ndarray) and x.flags.writeable:
            x[...] = 0


def is_new(leaf: Leaf) -> bool:
    """Return whether a gradient is not 0, as `clear_gradients` leaves it."""
    return bool(np.any(leaf.array))


def is_named(leaf: Leaf) -> bool:
    """Return whether an array is named as a gradient is."""
    return any(GRADIENT.fullmatch(name) for name in leaf.names)


def places_of(run: Run, every: Sequence[Leaf], kind: str) -> Places | None:
    """Return where arrays of the parameters' shapes are; None where one of a weight is missing.

    One number instead of db is a mistake, `np.sum(dZ)` without an axis, where its name says whose.
    """
    found: dict[str, Place] = {}
    taken: set[Path] = set()
    for name in run.holder.slots.paths:
        some = [leaf for leaf in every if leaf.path not in taken and may_be_of(run, name, leaf)]
        if some:
            leaf = min(some, key=lambda leaf: unlikeliness(name, leaf))
            found[name] = Place(kind, leaf.path)
            taken.add(leaf.path)
        elif name[0] == "W":
            return None
        elif one := [leaf for leaf in every if np.size(leaf.array) == 1 and is_db(name, leaf)]:
            found[name] = Place(kind, one[0].path)
    return found


def is_db(name: str, leaf: Leaf) -> bool:
    """Return whether a number is named as the gradient of this bias is: db2; "b2" in a result."""
    digits = re.findall(r"\d+", leaf.name)
    return bool(OF_BIAS.fullmatch(leaf.name)) and digits == [name[1:]]


def may_be_of(run: Run, name: str, leaf: Leaf) -> bool:
    """Return whether an array may be the gradient of a parameter, by its shape and its name."""
    other = OF_BIAS if name[0] == "W" else OF_WEIGHT
    fits = isinstance(leaf.array, np.ndarray | np.generic | float)
    return fits and run.holder.slots.fits(name, leaf.array) and not other.fullmatch(leaf.name)


def unlikeliness(name: str, leaf: Leaf) -> tuple[bool, bool]:
    """Return what orders arrays of one shape: other names, then other numbers, come later."""
    digits = re.search(r"\d+", leaf.name)
    l = int(digits[0]) if digits else None
    keys = [k + 1 for k in leaf.path if isinstance(k, int)]
    l = keys[-1] if l is None and keys else l
    return not is_named(leaf), l not in (None, int(name[1:]))


def read_gradient(run: Run, name: str, place: Place, before: Mapping[str, Array]) -> Array:
    """Return the gradient of a parameter as columns of the reference: W (n, n_prev), b (n, 1)."""
    source = run.holder.held if place.kind in (KEPT, UPDATED) else run.made[-1].result
    x = np.asarray(at(source, place.path))
    if place.kind in (UPDATED, RETURNED_UPDATED):
        was = before[name].reshape(x.shape) if x.size == before[name].size else before[name]
        x = np.where(x == was, 0.0, x / -RATE)
    if name[0] == "W":
        return x.T if run.holder.slots.in_out else x
    return x.reshape(-1, 1) if run.holder.slots.fits(name, x) else x
