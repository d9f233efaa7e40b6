"""Calls of functions that are known by name: with dictionaries of constants, and with a mode."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from parity_tests.adapters.fourth_course.sandwiches import Sandwich
from parity_tests.adapters.layer_functions.function_pairs import (
    A_DICTIONARY,
    FunctionPair,
    required_names,
)
from parity_tests.adapters.layer_functions.one_step import OneStepProblem
from parity_tests.adapters.layer_functions.pair_arguments import (
    SETTINGS,
    Order,
    named_order,
    settings,
    values_of,
)
from parity_tests.adapters.layer_functions.pair_calls import Called, PairCaller, Reading
from parity_tests.adapters.layer_functions.pair_trials import Trial
from parity_tests.adapters.mistaken_calls import positional
from parity_tests.checking.report import Report
from parity_tests.error_model.precisions import Precision
from parity_tests.kinds.layer_kind import constants_of
from ref_numpy import Layer

MODE = re.compile(r"mode|(pool_?)?(type|method|mode)", re.IGNORECASE)
# What a dictionary of constants is of, by its name.
OF = {
    r"conv\w*": ("conv2d",), r"pool\w*": ("max_pool",), r"(bn|batch|norm|gn|group)\w*":
    ("batch_norm", "group_norm"),
}  # fmt: skip


@dataclass(frozen=True)
class NamedCaller(PairCaller):
    """Calls functions whose names say what their arguments are.

    Attributes:
        mode: what an argument `mode` is; "" leaves it as it is.
    """

    mode: str = ""

    def arguments(self, name: str, reading: Reading, problem: OneStepProblem) -> dict[str, Any]:
        """Return the arguments of a forward function, those with a default value too."""
        names = argument_names(self.functions[name])[: len(reading.order)]
        given = values_of(reading.order, problem, reading.layout, names)
        if isinstance(problem.step, Sandwich):
            for n, own in zip(names, reading.order, strict=True):
                if own == SETTINGS:
                    given[n] = settings(problem, reading.layout, layer_named(n, problem.step))
        return given

    def call(self, name: str, given: Mapping[str, Any], to: Called) -> Any:
        """Call a function, in the mode where it has an argument for that."""
        names = argument_names(self.functions[name])[: len(given) + 1]
        modes = [n for n in names if MODE.fullmatch(n)] if self.mode else []
        return super().call(name, {**given, **dict.fromkeys(modes[:1], self.mode)}, to)


def argument_names(function: Callable[..., Any]) -> list[str]:
    """Return the names of a function's positional arguments."""
    return [q.name for q in positional(function) or ()]


def has_mode(function: Callable[..., Any]) -> bool:
    """Return whether a function has an argument for the mode."""
    return any(MODE.fullmatch(n) for n in argument_names(function))


def order_of(function: Callable[..., Any], problem: OneStepProblem) -> Order | None:
    """Return what each argument of a forward function is, by its name, or else by its place.

    Arguments with a default value are among them as long as their names are known.

    Returns:
        None where the number of required ones is another one, too.
    """
    names, least = argument_names(function), len(required_names(function) or ())
    layer = problem.step.layer
    constants = [*constants_of(layer), *layer.state_shapes(), "training"]
    every = (
        named_order(names[:k], [*problem.slots], constants)
        for k in range(len(names), least - 1, -1)
    )
    by_name = next((order for order in every if order is not None), None)
    return by_name or order_by_place(names[:least], [*problem.slots])


def order_by_place(names: Sequence[str], slots: Sequence[str]) -> Order | None:
    """Return what each required argument is by its place, besides dictionaries of constants."""
    is_dictionary = [bool(A_DICTIONARY.fullmatch(n)) for n in names]
    left = iter(slots)
    if is_dictionary.count(False) != len(slots):
        return None
    return tuple(SETTINGS if of_constants else next(left) for of_constants in is_dictionary)


def report_of(one: Trial, caller: NamedCaller, pair: FunctionPair, p: Precision) -> Report:
    """Return the report on a call, with the mode in the functions' names: "pool_forward(max)"."""
    if caller.mode:
        named = {n: f"{f}({caller.mode})" for n, f in one.called.function.items()}
        one = replace(one, called=replace(one.called, function=named))
    return one.report(pair, p)


def is_stated(order: Order, layer: Layer) -> bool:
    """Return whether a function is given the constants of a layer that are not the defaults."""
    given = constants_of(layer)
    untold = {n: default for n, default in DEFAULTS.items() if n in given and n not in order}
    return SETTINGS in order or all(given[n] == default for n, default in untold.items())


DEFAULTS = {"stride": 1, "padding": 0}


def layer_named(name: str, step: Sandwich) -> Layer:
    """Return the layer whose constants a dictionary has: the pooling of "pool_param"."""
    kinds = next((of for words, of in OF.items() if re.fullmatch(words, name.lower())), ())
    return next((layer for layer in step.layers.values() if layer.kind in kinds), step.layer)
