"""The arguments of a pair's functions: which number of the layer each of them is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import permutations
from typing import Any

from parity_tests.adapters.interfaces.layout import BIAS, Layout
from parity_tests.adapters.layer_functions.function_pairs import (
    A_DICTIONARY,
    is_named,
    required_names,
)
from parity_tests.adapters.layer_functions.one_step import OneStepProblem
from parity_tests.kinds.layer_kind import constants_of
from ref_numpy import Layer

SETTINGS = "settings"  # a dictionary of the layer's constants, such as cs231n's bn_param

CACHE = re.compile(r"\w*(cache|memory|ctx|saved|stored|mem)\w*", re.IGNORECASE)
GRADIENT = re.compile(
    r"(d_?|grad\w*|delta\w*|upstream\w*|g)|d(out(put)?s?|y|z|a|h|x|l|top|next|val\w*)(_?\w+)?|"
    r"(\w*_)?(grad(ient)?s?|delta|error)|dA|dZ",
    re.IGNORECASE,
)
RESULT = re.compile(r"out(put)?s?|y|a|z|h|result", re.IGNORECASE)

Order = tuple[str, ...]  # of each argument, what it is


def orders(function: Callable[..., Any], problem: OneStepProblem) -> Iterator[Order]:
    """Yield what the arguments of a forward function may be, by their names or by their order.

    Args:
        function: of the candidate.
        problem: of the kind that it may be of.
    """
    names, slots = required_names(function), [*problem.slots]
    if not names:  # Python does not know them, or it takes *args
        yield tuple(slots)
        return
    layer = problem.step.layer
    constants = [*constants_of(layer), *layer.state_shapes(), "training"]
    by_name = named_order(names, slots, constants)
    if by_name is not None:
        yield by_name
        return
    rest = [n for n in names if not A_DICTIONARY.fullmatch(n)]
    own = {n: SETTINGS for n in names if n not in rest}
    extra = {n: c for n in rest[len(slots) :] for c in constants if is_named(n, c)}
    rest = [n for n in rest if n not in extra]
    if len(rest) != len(slots):
        return
    for each in permutations(slots):
        order = {**own, **extra, **dict(zip(rest, each, strict=True))}
        yield tuple(order[n] for n in names)


def named_order(
    names: Sequence[str], slots: Sequence[str], constants: Sequence[str]
) -> Order | None:
    """Return what each argument is by its name; None unless every slot is taken by one."""
    taken: dict[str, str] = {}
    for name in names:
        free = [s for s in slots if s not in taken.values()]
        exact = [s for s in free if s == name]
        fits = exact or [s for s in free if is_named(name, s)]
        fits = fits or [c for c in constants if is_named(name, c)]
        if not fits and A_DICTIONARY.fullmatch(name):
            fits = [SETTINGS]
        if not fits:
            return None
        taken[name] = fits[0]
    return tuple(taken[n] for n in names) if {*slots} <= {*taken.values()} else None


def values_of(
    order: Order, problem: OneStepProblem, layout: Layout, names: Sequence[str]
) -> dict[str, Any]:
    """Return the arguments of a forward function, by its names and in its order."""
    slots = problem.slots
    given = {own: layout.given(role, x) for own, (role, x) in slots.items()}
    given |= constants_of(problem.step.layer)
    given |= {own: layout.given(BIAS, x) for own, x in problem.state.items()}
    given |= {"training": True, SETTINGS: settings(problem, layout)}
    values: dict[str, Any] = {name: given[own] for name, own in zip(names, order, strict=True)}
    if "mode" in values:
        values["mode"] = "train"
    return values


def settings(problem: OneStepProblem, layout: Layout, layer: Layer | None = None) -> dict[str, Any]:
    """Return a dictionary of a layer's constants under their usual names, as cs231n has it.

    Args:
        problem: the arguments of the functions.
        layout: of the arguments.
        layer: whose constants they are; None takes that of the problem.
    """
    own = constants_of(layer or problem.step.layer)
    given: dict[str, Any] = {"mode": "train", "training": True, **own}
    if "epsilon" in own:
        given["eps"] = own["epsilon"]
    if "rate" in own:
        given |= {"p": own["rate"], "keep_prob": 1 - own["rate"]}
    if "slope" in own:
        given |= {"alpha": own["slope"], "negative_slope": own["slope"]}
    if "padding" in own:
        given["pad"] = own["padding"]
    if "f" in own:
        given |= dict.fromkeys(SIZES_OF_WINDOWS, own["f"])
    return given


SIZES_OF_WINDOWS = ("pool_height", "pool_width", "pool_size", "kernel_size", "filter_size", "size")


def backward_arguments(
    function: Callable[..., Any],
    d: Any,
    result: Any,
    cache: Any,
    forward: Mapping[str, Any],
) -> dict[str, Any] | None:
    """Return the arguments of a backward function, by its names and in its order.

    Args:
        function: of the candidate.
        d: the gradient of the result.
        result: of the forward function.
        cache: what the forward function returned beside it; None where it returned nothing else.
        forward: the arguments of the forward function by their names.

    Returns:
        None where an argument is unknown.
    """
    names = required_names(function) or ["d", "cache"]
    given: dict[str, Any] = {}
    left: list[str] = []
    has_d = False
    for name in names:
        if CACHE.fullmatch(name):
            given[name] = next(iter(forward.values())) if cache is None else cache
        elif name in forward and not (name == names[0] and GRADIENT.fullmatch(name)):
            given[name] = forward[name]
        elif not has_d and GRADIENT.fullmatch(name):
            given[name], has_d = d, True
        else:
            left.append(name)
    for name in left:  # the first unknown one is the gradient, the next the cache or the result
        if not has_d:
            given[name], has_d = d, True
        elif RESULT.fullmatch(name) and name.lower() != "z":
            given[name] = result
        elif name.lower() in {n.lower() for n in forward}:
            given[name] = next(x for n, x in forward.items() if n.lower() == name.lower())
        elif cache is not None:
            given[name] = cache
        elif len(forward) == 1:
            given[name] = next(iter(forward.values()))
        else:
            return None
    return {n: given[n] for n in names} if has_d else None
