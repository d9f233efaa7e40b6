"""Where a program's gradients are after a run: in a result, kept in an object, or as updates.

Where an update is no multiple of the gradient, as Adam's is, they may be in variables.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from parity_tests.adapters.interfaces.kept_constants import RATE
from parity_tests.adapters.interfaces.optimiser_steps import is_of_optimiser, is_step_along
from parity_tests.adapters.interfaces.parameter_slots import GRADIENT, IsOwn, Leaf, Path, at, leaves
from parity_tests.adapters.interfaces.program_calls import Run
from ref_numpy import Array

RETURNED, KEPT, UPDATED, RETURNED_UPDATED = "returned", "kept", "updated", "returned-updated"
HELD = "held"
OF_BIAS = re.compile(r"(d|g|grad_?|nabla_?|delta_?|d_)?b(ias(es)?)?_?\d*|\w*bias\w*|\w*_b\d*|db\w*")
OF_WEIGHT = re.compile(
    r"(d|g|grad_?|nabla_?|delta_?|d_)?(w|W)(eights?)?_?\d*|\w*weight\w*|\w*_[wW]\d*|d[wW]\w*"
)


@dataclass(frozen=True)
class Place:
    """Where the gradient of a parameter is found.

    Attributes:
        kind: RETURNED, KEPT, UPDATED (the parameter itself is changed), RETURNED_UPDATED, or HELD
            in a variable.
        path: within the result of the last call, its variables, or the holder.
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
        return held_instead(run, places, before, is_own) or places
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
        places = {n: Place(UPDATED, slots.paths[n]) for n in shown}
        return held_instead(run, places, before, is_own) or places
    return None


def held_instead(
    run: Run, updates: Places, before: Mapping[str, Array], is_own: IsOwn
) -> Places | None:
    """Return where the gradients are in variables, if the updates are others on purpose.

    Args:
        run: of the program.
        updates: where the updated parameters are.
        before: the parameters before.
        is_own: whether a class is the candidate's.
    """
    places = held_places(run, is_own)
    if places is None:
        return None
    u = {n: read_gradient(run, n, place, before) for n, place in updates.items()}
    g = {n: read_gradient(run, n, place, before) for n, place in places.items()}
    theta = {n: as_columns(run, n, before[n]) for n in u}
    names = names_used(run.holder.functions[run.made[-1].name])
    return places if is_of_optimiser(u, g, theta, names) else None


def held_before_step(run: Run, before: Mapping[str, Array], is_own: IsOwn) -> Places | None:
    """Return where the gradients are in variables of a program without a known learning rate.

    None where the parameters are not changed by −c times these, with one c > 0.
    """
    places = held_places(run, is_own)
    if places is None:
        return None
    g = {n: read_gradient(run, n, place, before) for n, place in places.items()}
    slots = run.holder.slots
    was = {n: as_columns(run, n, before[n]) for n in g}
    now = {n: as_columns(run, n, at(run.holder.held, slots.paths[n])) for n in g}
    return places if is_step_along(was, now, g) else None


def held_places(run: Run, is_own: IsOwn) -> Places | None:
    """Return where variables hold gradients of all parameters."""
    every = [
        x for x in leaves(run.made[-1].every, is_own) if is_named(x) and not is_updated(x.array)
    ]
    places = places_of(run, every, HELD)
    return places if places and {*places} == {*run.holder.slots.paths} else None


def names_used(function: Any) -> set[str]:
    """Return the names in the code of a function, and of the other methods of its object."""
    owner = getattr(function, "__self__", None)
    every = [function, *(vars(type(owner)).values() if owner is not None else ())]
    codes = [code for f in every if (code := getattr(f, "__code__", None)) is not None]
    return {n for code in codes for n in (*code.co_names, *code.co_varnames)}


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
    source = run.made[-1].every if place.kind == HELD else run.made[-1].result
    source = run.holder.held if place.kind in (KEPT, UPDATED) else source
    x = np.asarray(at(source, place.path))
    if place.kind in (UPDATED, RETURNED_UPDATED):
        was = before[name].reshape(x.shape) if x.size == before[name].size else before[name]
        x = np.where(x == was, 0.0, x / -RATE)
    return as_columns(run, name, x)


def as_columns(run: Run, name: str, x: Array) -> Array:
    """Return a parameter or its gradient as the reference has it: W (n, n_prev), b (n, 1)."""
    if name[0] == "W":
        return x.T if run.holder.slots.in_out else x
    return x.reshape(-1, 1) if run.holder.slots.fits(name, x) else x
