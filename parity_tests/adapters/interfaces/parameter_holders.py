"""What holds a program's parameters: an object of a class, what a function made, or arguments."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from inspect import Parameter
from typing import Any

import numpy as np

from parity_tests.adapters.interfaces.argument_roles import (
    SIZES,
    called,
    global_value,
    is_slope,
    parameters_of,
    role,
)
from parity_tests.adapters.interfaces.kept_constants import RATE, VALUES, KeptConstants
from parity_tests.adapters.interfaces.layout import BIAS, WEIGHTS, layouts
from parity_tests.adapters.interfaces.parameter_slots import (
    BIAS_NAME,
    IsOwn,
    Slots,
    at,
    find_slots,
    leaves,
)
from parity_tests.adapters.loops.loop_source import LoopSource
from parity_tests.checking.guarded_calls import CandidateError, CandidateLost
from parity_tests.checking.guarded_calls import call as guarded
from ref_numpy import Array, InputError

Dims = Sequence[int]

MADE_UP = 0.01  # an argument that nothing here knows
BATCH_SIZE = 64  # which is set to the number of examples where the object keeps it
MAKES = re.compile(r"\w*(init|create|make|build|setup|random|new)\w*", re.IGNORECASE)


@dataclass
class Holder:
    """What holds the parameters of a program, and the functions that take them.

    Attributes:
        name: of the class or function that made it.
        held: the object.
        slots: where the parameters are in it.
        functions: methods of the object, or functions of the file, by name.
        dims: n_x, …, n_y.
        is_made_up: it is a dictionary of ours, whose entries are arguments.
        rated: it was made with a learning rate.
        used: the names of the file that make it up, where these are several.
        hidden: the activations of the hidden layers, where the names say them: "relu,sigmoid".
        given: the arguments with which it was made.
        make: makes the object again, with some of these arguments changed.
        watched: tensors of the last run, by canonical name, where the network is put together here.
        engine: the network is computed with the program's engine.
        constants: numbers that the program keeps, such as a penalty's strength.
        loop: the training loop whose round is executed, if it is one.
    """

    name: str
    held: Any
    slots: Slots
    functions: dict[str, Callable[..., Any]]
    dims: list[int]
    is_made_up: bool = False
    rated: bool = False
    used: tuple[str, ...] = ()
    hidden: str = ""
    given: Mapping[str, Any] = field(default_factory=dict)
    make: Callable[[Mapping[str, Any]], Any] | None = None
    watched: Mapping[str, Array] = field(default_factory=dict)
    engine: bool = False
    constants: KeptConstants | None = None
    loop: LoopSource | None = None

    def renew(self, strengths: Mapping[str, float]) -> None:
        """Make the object again, so that it has kept nothing of earlier runs.

        Args:
            strengths: of penalties, by the names of arguments; others stay as they were.
        """
        changed = {n: x for n, x in strengths.items() if n in self.given}
        held = attempted(self.make, changed) if self.make else None
        if held is not None:
            own = {n for n, f in self.functions.items() if getattr(f, "__self__", 0) is self.held}
            self.functions = self.functions | {n: getattr(held, n) for n in own}
            self.held = held

    def fixed(self) -> dict[str, float]:
        """Return the arguments of its making that are 0 or 1 whatever a user gives, such as reg."""
        roles = {n: role(n, SIZES) for n in self.given if not isinstance(self.given[n], bool)}
        return {n: VALUES[r] for n, r in roles.items() if r in VALUES}

    def made_up_arguments(self) -> list[str]:
        """Return the arguments of its making that nothing here knows."""
        return [n for n, x in self.given.items() if role(n, SIZES) is None and x is MADE_UP]

    def arguments(self) -> dict[str, Any]:
        """Return the parameters as arguments, by every name that they may have."""
        every: dict[str, Any] = {"params": self.held}
        arrays = {n: at_of(self, n) for n in self.slots.paths}
        for n, x in arrays.items():
            letter, l = n[0], n[1:]
            words = (
                ("W", "weights", "weight", "theta") if letter == "W" else ("b", "biases", "bias")
            )
            every |= {f"{word}{between}{l}": x for word in words for between in ("", "_")}
        for letter, word in (("W", "weights"), ("b", "biases")):
            own = [x for n, x in arrays.items() if n[0] == letter]
            if len(own) == 1:
                names = (letter, word, word.rstrip("s").removesuffix("e"))
                every |= dict.fromkeys(names, own[0])
            elif self.is_made_up:
                every[word] = own
        return every


def at_of(holder: Holder, name: str) -> Any:
    """Return a parameter's array."""
    return at(holder.held, holder.slots.paths[name])


def attempted(function: Callable[..., Any], *given: Any) -> Any:
    """Return function(*given); None where it raised."""
    try:
        with np.errstate(all="ignore"):
            return guarded("", function, *given)
    except CandidateLost:
        raise
    except (CandidateError, InputError):
        return None


def holders(
    own: Mapping[str, Any], options: Sequence[Dims], is_own: IsOwn, dtype: str = "float64"
) -> Iterator[Holder]:
    """Yield what may hold the parameters: objects, what functions make, arguments.

    Args:
        own: the candidate's functions and classes, by name.
        options: sizes of networks, the preferred ones first.
        is_own: whether a class is the candidate's.
        dtype: of the check's arithmetic, for what is made with a dtype.
    """
    functions = {n: f for n, f in own.items() if not isinstance(f, type)}
    for name, made in own.items():
        if isinstance(made, type):
            for holder in made_by(name, made, options, is_own, dtype):
                methods = methods_of(holder.held)
                holder.functions = methods | {
                    n: f for n, f in functions.items() if n not in methods
                }
                yield holder
    for name, made in functions.items():
        if MAKES.fullmatch(name):
            for holder in made_by(name, made, options, is_own, dtype):
                holder.functions = functions
                yield holder
    yield from as_arguments(functions, options)


def methods_of(held: Any) -> dict[str, Callable[..., Any]]:
    """Return an object's own methods, by name."""
    names = [n for c in type(held).__mro__[:-1] for n in vars(c)]
    public = (n for n in dict.fromkeys(names) if n[:2] != "__" or n == "__call__")
    every = {n: getattr(held, n, None) for n in public}
    return {n: f for n, f in every.items() if callable(f)}


def made_by(
    name: str, made: Callable[..., Any], options: Sequence[Dims], is_own: IsOwn, dtype: str
) -> Iterator[Holder]:
    """Yield what a class or a function made, if it holds the parameters of a network.

    Sizes of its own may fit both layouts of the weights: those of one layer without biases do.
    """
    parameters = parameters_of(made)
    if parameters is None:
        return
    roles = {
        q.name: None if is_slope(q, parameters, made) else role(q.name, SIZES) for q in parameters
    }
    sized = {"hidden", "sizes", "input", "output"}.intersection(filter(None, roles.values()))
    rated = "rate" in roles.values()
    unknown = [q.name for q in parameters if roles[q.name] is None and q.default is q.empty]
    for dims in options if sized else [None]:
        for given in constructions(parameters, roles, dims):
            given |= {q.name: np.dtype(dtype).type for q in parameters if q.name == "dtype"}
            given |= {n: x for n in unknown if (x := global_value(made, n)) is not None}
            is_found = False
            for in_outs in ((True, False),) if dims else ((True,), (False,)):
                held = attempted(made_with, made, given, {})
                every = [] if held is None else [*leaves(held, is_own)]
                slots = find_slots(every, dims, in_outs)
                if slots is not None:
                    make = partial(made_with, made, given)
                    yield Holder(
                        name, held, slots, {}, slots.dims, rated=rated, given=given, make=make
                    )
                    is_found = True
            if is_found:
                return


def made_with(
    made: Callable[..., Any], given: Mapping[str, Any], changed: Mapping[str, Any]
) -> Any:
    """Return what a class or a function makes; a list instead of a tuple, whose entries are set."""
    held = called(made, {**given, **changed})
    return [*held] if type(held) is tuple else held


def constructions(
    parameters: Sequence[Parameter], roles: Mapping[str, str | None], dims: Dims | None
) -> Iterator[dict[str, Any]]:
    """Yield the arguments with which a network of these sizes may be made.

    Args:
        parameters: of the class or function.
        roles: of each.
        dims: n_x, …, n_y; None where it takes no sizes.
    """
    fixed: dict[str, Any] = {}
    for q in parameters:
        its = roles[q.name]
        if its == "rate":
            fixed[q.name] = RATE
        elif its == "one":
            fixed[q.name] = 1
        elif its == "batch":
            fixed[q.name] = BATCH_SIZE
        elif its in VALUES and not isinstance(q.default, bool):  # as verbose=True is
            fixed[q.name] = VALUES[its]
        elif its is None and q.default is q.empty:
            fixed[q.name] = MADE_UP
    if dims is None:
        yield {n: x for n, x in fixed.items() if roles[n] is not None}
        return
    by_role = {r: [n for n, own in roles.items() if own == r] for r in SIZES}
    ends = dict.fromkeys(by_role["input"][:1], dims[0]) | dict.fromkeys(
        by_role["output"][:1], dims[-1]
    )
    hidden = [int(n) for n in dims[1:-1]]
    names = by_role["hidden"]
    if len(names) == len(hidden) and len(ends) == 2:
        yield fixed | ends | dict(zip(names, hidden, strict=True))
    if len(names) == len(hidden) and {*ends.values()} == {dims[0]} and dims[-1] == 1:
        yield fixed | ends | dict(zip(names, hidden, strict=True))  # of one output always
    if len(names) == 1 and len(ends) == 2:
        yield fixed | ends | {names[0]: hidden}
    if by_role["sizes"] and not names:
        way = by_role["sizes"][0]
        yield fixed | ends | {way: [int(n) for n in dims]}
        if len(ends) == 2:
            yield fixed | ends | {way: hidden}


def as_arguments(functions: Mapping[str, Any], options: Sequence[Dims]) -> Iterator[Holder]:
    """Yield dictionaries of parameters, in each common layout, for functions that take them."""
    taken = [q.name for f in functions.values() for q in parameters_of(f) or ()]
    numbers = [int(m[1]) for n in taken if (m := re.fullmatch(r"[wW](?:eights?)?_?(\d+)", n))]
    some = {n.lower() for n in taken if role(n) == "params" or n in ("w", "W")}
    if not numbers and not some:
        return
    has_biases = bool(some - {"w", "weights"}) or any(BIAS_NAME.fullmatch(n) for n in taken)
    L = max(numbers, default=None)
    for dims in options:
        if L is not None and len(dims) != L + 1:
            continue
        for layout in layouts(tensors=False, biases=has_biases):
            pairs = [*zip(dims[1:], dims, strict=False)]
            shapes = {f"W{l}": layout.shape(WEIGHTS, pair) for l, pair in enumerate(pairs, start=1)}
            shapes |= {
                f"b{l}": layout.shape(BIAS, (n, 1)) for l, (n, _) in enumerate(pairs, start=1)
            }
            shapes = {n: x for n, x in shapes.items() if has_biases or n[0] == "W"}
            held = {n: np.zeros(shape) for n, shape in shapes.items()}
            slots = Slots({n: (n,) for n in shapes}, shapes, layout.in_out)
            yield Holder("", held, slots, dict(functions), [*dims], is_made_up=True)
