"""Where a program keeps its parameters: the arrays that an object holds, found by their shapes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from ref_numpy import Array

IsOwn = Callable[[Any], bool]  # whether a class is the candidate's
Path = tuple[Any, ...]  # ".W1" for an attribute, another key for an entry
DEEPEST = 6
MOST = 2000  # arrays of an object

GRADIENT = re.compile(
    r"_?d_?[a-z]?(w|b|weights?|bias(es)?)[_\d]*\w*|d_?[A-Z]\w*|\w*grad\w*|nabla\w*|g_?[wWbB]_?\d*|"
    r"delta_?[wWbB]\w*|\w+_d[wb]\d*|db\w*",
)
STATE = re.compile(
    r"(v|m|s)_?(d?[wWbB])\w*|velocit\w*|moment\w*|caches?|prev\w*|old\w*|best\w*|mask\w*|[vms]|"
    r"[hazHAZ]_?\d*|activations?|outputs?|inputs?|x|X|y|Y|delta\w*|errors?",
)
BIAS_NAME = re.compile(r"\w*b(ias(es)?)?_?[a-z]?\d*|b_\w+|bias\w*|intercept\w*", re.IGNORECASE)


@dataclass(frozen=True)
class Leaf:
    """An array that an object holds.

    Attributes:
        path: the attributes and keys that lead to it.
        array: the array, or a number.
        names: on its path, such as ("params", "W1").
    """

    path: Path
    array: Any
    names: tuple[str, ...]

    @property
    def name(self) -> str:
        """The last name: "W1"; "weights" of an entry of a list."""
        return (self.names or ("",))[-1]


def leaves(
    x: Any, is_own: IsOwn, path: Path = (), names: tuple[str, ...] = (),
    met: set[int] | None = None,
) -> Iterator[Leaf]:  # fmt: skip
    """Yield the arrays and numbers that an object holds, each container once.

    Args:
        x: an array, a dictionary, a list, a tuple, or an object of the candidate's.
        is_own: whether a class is the candidate's.
        path: that leads to it.
        names: of it.
        met: the ids of the containers above and before it.
    """
    met = set() if met is None else met
    if isinstance(x, np.ndarray | np.generic | float | int) and not isinstance(x, bool):
        yield Leaf(path, x, names)
        return
    if len(path) > DEEPEST or id(x) in met or len(met) > MOST:
        return
    met.add(id(x))
    inner: list[tuple[Any, Any]] = []
    if isinstance(x, Mapping):
        inner = [*x.items()]
    elif isinstance(x, list | tuple):
        inner = [*enumerate(x)][:MOST]
    elif is_own(type(x)):
        inner = [(f".{n}", value) for n, value in getattr(x, "__dict__", {}).items()]
    for key, value in inner:
        name = (key.removeprefix("."),) if isinstance(key, str) else ()
        yield from leaves(value, is_own, (*path, key), (*names, *name), met)


def at(x: Any, path: Path) -> Any:
    """Return what a path leads to."""
    for step in path:
        x = getattr(x, step[1:]) if is_attribute(step) else x[step]
    return x


def is_attribute(step: Any) -> bool:
    """Return whether a step of a path is an attribute."""
    return isinstance(step, str) and step.startswith(".")


def put(x: Any, path: Path, value: Array | float) -> None:
    """Set what a path leads to; in place where it is such an array, which others may hold too."""
    *way, last = path
    owner, before = at(x, tuple(way)), at(x, path)
    if (
        isinstance(before, np.ndarray)
        and isinstance(value, np.ndarray)
        and before.shape == value.shape
        and before.dtype == value.dtype
        and before.flags.writeable
    ):
        before[...] = value
    elif is_attribute(last):
        setattr(owner, last[1:], value)
    else:
        owner[last] = value


@dataclass(frozen=True)
class Slots:
    """Where the parameters of a network are.

    Attributes:
        paths: of each, by canonical name; without b1, b2, … where there are no biases.
        shapes: of each.
        in_out: weights are (n_prev, n), not (n, n_prev).
    """

    paths: Mapping[str, Path]
    shapes: Mapping[str, tuple[int, ...]]
    in_out: bool

    def set(self, holder: Any, params: Mapping[str, Array]) -> None:
        """Set the parameters, W (n, n_prev) and b (n, 1), in the shapes that these have here."""
        for name, path in self.paths.items():
            put(holder, path, self.as_here(name, params[name]))

    def as_here(self, name: str, x: Array) -> Array:
        """Return a parameter in the shape that it has here."""
        x = x.T if name[0] == "W" and self.in_out else x
        return np.array(x.reshape(self.shapes[name]) if name[0] == "b" else x, order="C")

    def fits(self, name: str, x: Any) -> bool:
        """Return whether an array may be the gradient of a parameter, by its shape."""
        shape = np.shape(x)
        if name[0] == "W" or shape == self.shapes[name]:
            return shape == self.shapes[name]
        try:  # b − α db has b's shape
            return np.broadcast_shapes(self.shapes[name], shape) == self.shapes[name] and (
                int(np.prod(shape)) == int(np.prod(self.shapes[name])) > 1
            )
        except ValueError:
            return False

    @property
    def dims(self) -> list[int]:
        """The sizes, n_x, …, n_y."""
        weights = [self.shapes[n] for n in self.paths if n[0] == "W"]
        each = weights if self.in_out else [shape[::-1] for shape in weights]
        return [each[0][0], *(shape[1] for shape in each)]

    @property
    def has_biases(self) -> bool:
        """Whether there are biases."""
        return "b1" in self.paths


def find_slots(
    every: Sequence[Leaf], dims: Sequence[int] | None, in_outs: Sequence[bool] = (True, False)
) -> Slots | None:
    """Return where the parameters are, of these sizes or of any.

    Args:
        every: the arrays of an object that was just made.
        dims: n_x, …, n_y; None where the program has sizes of its own.
        in_outs: whether weights may be (n_prev, n), and whether (n, n_prev).
    """
    arrays: dict[int, Leaf] = {}
    for leaf in every:
        if isinstance(leaf.array, np.ndarray) and leaf.array.dtype.kind in "fi":
            arrays.setdefault(id(leaf.array), leaf)
    plain = [leaf for leaf in arrays.values() if not any(map(is_other, leaf.names))]
    biases = [leaf for leaf in plain if BIAS_NAME.fullmatch(leaf.name)]
    weights = [leaf for leaf in plain if leaf.array.ndim == 2 and leaf not in biases]
    if dims is None:
        return slots_in_order(weights, biases, in_outs)
    for in_out in in_outs:
        pairs = [*zip(dims[1:], dims, strict=False)]
        shapes = [(n_prev, n) if in_out else (n, n_prev) for n, n_prev in pairs]
        each = [of_shape(weights, shape) for shape in shapes]
        if all(each):
            chosen = {f"W{l}": leaf for l, leaf in enumerate(each, start=1) if leaf}
            own = [of_sizes(biases, n) for n in dims[1:]]
            if all(own):
                chosen |= {f"b{l}": leaf for l, leaf in enumerate(own, start=1) if leaf}
            elif any(own):
                continue
            return slots_of(chosen, in_out)
    return None


def is_other(name: str) -> bool:
    """Return whether a name is that of a gradient, an activation or a state."""
    return bool(GRADIENT.fullmatch(name) or STATE.fullmatch(name))


def of_shape(every: Sequence[Leaf], shape: tuple[int, ...]) -> Leaf | None:
    """Return the first array of this shape."""
    return next((leaf for leaf in every if leaf.array.shape == shape), None)


def of_sizes(every: Sequence[Leaf], n: int) -> Leaf | None:
    """Return the first bias of n units."""
    shapes = (n,), (n, 1), (1, n)
    return next((leaf for leaf in every if leaf.array.shape in shapes), None)


def slots_in_order(
    weights: Sequence[Leaf], biases: Sequence[Leaf], in_outs: Sequence[bool]
) -> Slots | None:
    """Return the parameters of a program with sizes of its own, whose weights fit one another."""
    shapes = [leaf.array.shape for leaf in weights]
    if not shapes:
        return None
    for in_out in in_outs:
        each = shapes if in_out else [shape[::-1] for shape in shapes]
        if all(a[1] == b[0] for a, b in pairwise(each)):
            dims = [each[0][0], *(shape[1] for shape in each)]
            chosen = {f"W{l}": leaf for l, leaf in enumerate(weights, start=1)}
            if len(biases) == len(weights) and all(
                leaf.array.size == n for leaf, n in zip(biases, dims[1:], strict=True)
            ):
                chosen |= {f"b{l}": leaf for l, leaf in enumerate(biases, start=1)}
            elif biases:
                continue
            return slots_of(chosen, in_out)
    return None


def slots_of(chosen: Mapping[str, Leaf], in_out: bool) -> Slots:
    """Return the slots at these arrays."""
    return Slots(
        {n: leaf.path for n, leaf in chosen.items()},
        {n: leaf.array.shape for n, leaf in chosen.items()},
        in_out,
    )
