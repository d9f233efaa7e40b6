"""In the candidate's process: which functions form a network's program, found by trying them.

What this finds are readings: a call that works, and results of the right shapes. Which of them is
right is for the judge, who compares their numbers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import FunctionType
from typing import Any

import numpy as np

from parity_tests.adapters.interfaces.argument_roles import parameters_of
from parity_tests.adapters.interfaces.assembled.engine_networks import Engine, engine_networks
from parity_tests.adapters.interfaces.assembled.engine_operators import operators, untried_operators
from parity_tests.adapters.interfaces.assembled.layer_chains import layer_chains
from parity_tests.adapters.interfaces.assembled.passes_of_an_object import with_losses
from parity_tests.adapters.interfaces.call_plans import Plan, plans
from parity_tests.adapters.interfaces.data_forms import DataForm, data_forms
from parity_tests.adapters.interfaces.gradient_places import (
    clear_gradients,
    find_places,
    held_before_step,
)
from parity_tests.adapters.interfaces.kept_constants import RATE, KeptConstants
from parity_tests.adapters.interfaces.parameter_holders import Holder, holders
from parity_tests.adapters.interfaces.program_calls import NotCallable
from parity_tests.adapters.interfaces.program_readings import Reading, run_of
from parity_tests.adapters.interfaces.uncalled_methods import uncalled_methods, uncalled_within
from parity_tests.adapters.loops.loop import holders_of_loops
from parity_tests.adapters.own_functions import (
    defined_in,
    describe_function,
    is_own,
    not_reached,
    passes_not_reached,
    reached_from,
)
from parity_tests.checking.guarded_calls import CandidateError
from ref_numpy import Array

# Words in a program that uses an activation.
WORDS = {"relu": "relu", "tanh": "tanh", "sigmoid": "sigmoid", "softmax": "softmax"}


class Explorer:
    """The programs that a candidate's file may hold.

    Args:
        namespace: of the file.
    """

    def __init__(self, namespace: Mapping[str, Any]) -> None:
        self.namespace = namespace
        self.holders: list[Holder] = []
        self.readings: list[Reading] = []
        self.tried: dict[tuple[str, str], str] = {}
        self.without_gradients = set[str]()  # functions whose calls of several layers work

    def is_own(self, kind: Any) -> bool:
        """Return whether a class is the candidate's."""
        return is_own(kind, self.namespace)

    def find_holders(self, options: Sequence[Sequence[int]], dtype: str) -> list[dict[str, Any]]:
        """Return what may hold the parameters of networks of these sizes.

        Args:
            options: sizes, n_x, …, n_y.
            dtype: of the check's arithmetic.
        """
        own = defined_in(self.namespace)
        held = [*holders(own, options, self.is_own, dtype)]
        every = [
            *held,
            *(other for holder in held for other in with_losses(holder, own)),
            *layer_chains(own, options, self.is_own),
            *engine_networks(own, options),
            *holders_of_loops(self.namespace, options),
        ]
        # A layer alone is a network of one layer, too.
        self.holders = sorted(every, key=lambda holder: len(holder.dims) == 2)
        for h in self.holders:
            h.constants = KeptConstants.of(h.functions.values(), self.namespace, self.is_own)
        return [
            {"dims": h.dims, "biases": h.slots.has_biases, "hidden": h.hidden} for h in self.holders
        ]

    @np.errstate(all="ignore")
    def find_readings(
        self, number: int, params: Mapping[str, Array], X: Array, Y: Array, one_hot: bool
    ) -> list[dict[str, Any]]:
        """Return the readings of a holder that work, with the results of each.

        Args:
            number: of the holder.
            params: W (n, n_prev) and b (n, 1).
            X: (n_x, m).
            Y: (n_y, m).
            one_hot: whether the labels are.
        """
        holder = self.holders[number]
        found: list[dict[str, Any]] = []
        best = -1
        for plan in plans(holder):
            some = []
            for form in data_forms(len(Y), one_hot):
                if form.one and any(has_every_gradient(holder, r) for _, r in some):
                    break  # of a program of all examples at once J may be a mean
                reading = self.reading(holder, plan, form, params, X, Y)
                result = reading and tried(reading, params, X, Y)
                if reading and result:
                    some.append((reading, result))
            worth = max((worth_of(r) for _, r in some), default=-1)
            if worth > best:
                best, found = worth, []
                for reading, result in some:
                    if worth_of(result) < worth:
                        continue
                    found.append({"number": len(self.readings), **result, **self.facts(reading)})
                    self.readings.append(reading)
            if best == BEST:
                break
        return found

    def facts(self, reading: Reading) -> dict[str, Any]:
        """Return what a report says about a reading, and the functions that it never uses."""
        holder = reading.holder
        one_layer = len(holder.dims) == 2 and reading.plan.gradient in self.without_gradients
        facts = {**reading.facts(), "one_layer": one_layer}
        called = [*(holder.used or (holder.name, *facts["functions"]))]
        own, others, around, methods = self.namespace, (), "", list[str]()
        if (loop := holder.loop) is not None:
            own, others = loop.namespace, loop.others
            around = describe_function(loop.within, own.get(loop.within))
        elif self.is_own(type(holder.held)):
            names = ("__init__", *facts["functions"])
            methods = [*uncalled_methods(type(holder.held), names, self.is_own)]
        else:
            reached = reached_from([own[n] for n in called if n in own], own).values()
            methods = [*uncalled_within(reached, called, self.is_own)]
        left_out = [n for n in not_reached(own, called) if n != around]
        return {
            "facts": facts,
            "not_seen": [*others, *left_out, *methods],
            "unchecked": [*others, *(n for n in passes_not_reached(own, called) if n != around)],
            "words": sorted(words([own[n] for n in called if n in own], own)),
        }

    def reading(
        self, holder: Holder, plan: Plan, form: DataForm, params: Mapping[str, Array],
        X: Array, Y: Array, is_rated: bool = False,
    ) -> Reading | None:  # fmt: skip
        """Return the reading of a plan and a form of data, if its calls work.

        Where they show no gradient, those with another learning rate, which the program keeps, may.
        """
        x, y = next(form.calls(X, Y))
        try:
            holder.slots.set(holder.held, params)
            if not holder.is_made_up:
                clear_gradients(holder.held, self.is_own)
            run = run_of(holder, plan, form, x, y, len(Y), X.shape[1], is_rated=is_rated)
        except CandidateError as error:
            calls = ", ".join(n for n in (plan.forward, plan.cost, plan.gradient) if n)
            text = f"{error.facts.get('type_name')}: {error.facts.get('text')}"
            before = self.tried.setdefault((holder.name, calls), text)
            if holder.loop and before.startswith("ValueError"):  # another form fits further
                self.tried[holder.name, calls] = text
            return None
        except NotCallable:
            return None
        before = {n: holder.slots.as_here(n, params[n]) for n in holder.slots.paths}
        places = find_places(run, before, self.is_own, is_rated)
        kept = holder.constants
        has_rate = not is_rated and kept is not None and kept.has_rate(holder.held)
        if places is None and has_rate:
            return self.reading(holder, plan, form, params, X, Y, is_rated=True)
        places = places or held_before_step(run, before, self.is_own)
        if places is None:
            if len(holder.dims) > 2 and run.output is not None:
                self.without_gradients.add(plan.gradient)
            return None
        return Reading(holder, plan, form, places, self.is_own, is_rated)

    @np.errstate(all="ignore")
    def alike(
        self, number: int, params: Mapping[str, Array], X: Array, Y: Array
    ) -> list[dict[str, Any]]:
        """Return the readings of functions that take and return what that of a reading does.

        It is the only function of its plan, and of a file without a class: `svm_loss_naive`.
        """
        first = self.readings[number]
        holder, own = first.holder, first.plan.gradient
        if not holder.is_made_up or holder.loop or first.plan != Plan(own):
            return []
        taken = [q.name for q in parameters_of(holder.functions[own]) or ()]
        found: list[dict[str, Any]] = []
        for plan in dict.fromkeys(plans(holder)):
            name = plan.gradient
            names = [q.name for q in parameters_of(holder.functions[name]) or ()]
            if name != own and plan == Plan(name) and names == taken:
                reading = self.reading(holder, plan, first.form, params, X, Y)
                result = reading and tried(reading, params, X, Y)
                if reading and result:
                    found.append({"number": len(self.readings), **result, **self.facts(reading)})
                    self.readings.append(reading)
        return found

    def calls_tried(self) -> list[tuple[str, str, str]]:
        """Return the calls that raised: the holder of parameters, the functions, the error."""
        return [(name, calls, error) for (name, calls), error in self.tried.items() if name]

    def operators(self, number: int) -> tuple[list[dict[str, Any]], list[str]]:
        """Return the operators of the engine of a reading, and the names of those not tried."""
        engine = getattr(self.readings[number].holder.functions["loss"], "__self__", None)
        if not isinstance(engine, Engine):
            return [], []
        every = [*operators(engine)]
        return every, [*untried_operators(engine, [one["name"] for one in every])]

    @np.errstate(all="ignore")
    def run(
        self, number: int, params: Any, X: Array, Y: Array, renewed: bool,
        strengths: Mapping[str, float],
    ) -> dict[str, Any]:  # fmt: skip
        """Run the program by one of the readings.

        Args:
            number: of the reading.
            params: W (n, n_prev) and b (n, 1).
            X: (n_x, m).
            Y: (n_y, m).
            renewed: its object is made again before.
            strengths: of penalties, by name.
        """
        if renewed:
            self.readings[number].holder.renew(strengths)
        return self.readings[number].run(params, X, Y, strengths)


def words(called: Sequence[Any], namespace: Mapping[str, Any]) -> set[str]:
    """Return the names of activations that the functions' code mentions."""
    reached = reached_from(called, namespace).values()
    codes = [f.__code__ for f in reached if isinstance(f, FunctionType)]
    text = " ".join(n for code in codes for n in (code.co_name, *code.co_names)).lower()
    return {kind for kind, word in WORDS.items() if word in text}


def has_biases(result: Mapping[str, Any]) -> bool:
    """Return whether there are gradients of biases."""
    return "db1" in result["tensors"]


def has_every_gradient(holder: Holder, result: Mapping[str, Any]) -> bool:
    """Return whether there is a gradient of every parameter, of one update, and what it is of.

    That is an output, J, or tensors that the program's functions hold.

    After a second update at the rate 2^600 there are numbers that no gradient has.
    """
    tensors = result["tensors"]
    is_seen = bool(result["held"]) or not tensors.keys().isdisjoint(("output", "J"))
    every = [tensors.get(f"d{n}") for n in holder.slots.paths]
    is_first = all(x is not None and bool((np.abs(x) < math.sqrt(RATE)).all()) for x in every)
    return is_seen and is_first


BEST = 5  # a reading with an output, J, and the gradients of the biases


def worth_of(result: Mapping[str, Any]) -> int:
    """Return how much a reading shows: the biases' gradients, an output, J."""
    tensors = result["tensors"]
    return 3 * has_biases(result) + ("output" in tensors) + ("J" in tensors)


def tried(
    reading: Reading, params: Mapping[str, Array], X: Array, Y: Array
) -> dict[str, Any] | None:
    """Return the results of a reading; None where it does not work for all examples."""
    try:
        return reading.run(params, X, Y)
    except (CandidateError, ArithmeticError, LookupError, TypeError, ValueError):
        return None
