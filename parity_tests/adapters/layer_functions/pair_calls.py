"""A pair's functions called on the problem of a kind, and their results by the layer's names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import permutations, product
from typing import Any

import numpy as np

from parity_tests.adapters.call_wording import sentence
from parity_tests.adapters.candidate_process.older_arrays import is_of_newer_arrays
from parity_tests.adapters.candidate_process.program import Program
from parity_tests.adapters.interfaces.layout import TENSOR, Layout
from parity_tests.adapters.layer_functions.function_pairs import (
    FunctionPair,
    is_named,
    required_names,
)
from parity_tests.adapters.layer_functions.one_step import OneStep, OneStepProblem
from parity_tests.adapters.layer_functions.pair_arguments import (
    Order,
    backward_arguments,
    values_of,
)
from parity_tests.checking.findings import Finding
from parity_tests.checking.guarded_calls import MutationGuard
from parity_tests.checking.trace_structure import as_array

Functions = Mapping[str, Callable[..., Any]]

# Arguments that a norm keeps its running statistics in.
RUNNING = ("running_mean", "running_var", "running_variance", "moving_mean", "moving_var")


@dataclass(frozen=True)
class Reading:
    """What a forward function may be: of which kind, with its arguments in which layout.

    Attributes:
        step: the kind, with its sizes.
        order: what each argument is.
        layout: of the arguments and results.
    """

    step: OneStep
    order: Order
    layout: Layout


@dataclass
class Called:
    """What a pair's functions returned.

    Attributes:
        own: the results by the layer's own names, as the candidate lays them out: Z, dA_prev, dW.
        function: the function that returned each.
        findings: of the calls.
        notes: on the order of results, and on what a function was given.
        unclear: what a function may be given instead, which was not judged.
    """

    own: dict[str, Any] = field(default_factory=dict)
    function: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class PairCaller:
    """Calls a candidate's functions by their names.

    Attributes:
        program: the candidate.
        functions: stand-ins with their signatures.
    """

    program: Program
    functions: Functions

    def arguments(self, name: str, reading: Reading, problem: OneStepProblem) -> dict[str, Any]:
        """Return the arguments of a forward function, by its names and in its order."""
        names = required_names(self.functions[name]) or reading.order
        return values_of(reading.order, problem, reading.layout, names)

    def forward(
        self, name: str, reading: Reading, problem: OneStepProblem, to: Called
    ) -> tuple[Any, Any, dict[str, Any]] | None:
        """Call a forward function.

        Returns:
            The result, what else was returned with it, and the arguments; None where it failed.
        """
        given = self.arguments(name, reading, problem)
        result = self.call(name, given, to)
        if result is None:
            return None
        out, cache = result_and_cache(result)
        to.own[problem.step.output] = out
        to.function[problem.step.output] = name
        return out, cache, given

    def both(
        self, pair: FunctionPair, reading: Reading, problem: OneStepProblem,
        of_result: bool = False,
    ) -> Called:  # fmt: skip
        """Call the forward function, then the backward function with what the first one kept.

        Args:
            pair: the functions.
            reading: what they are.
            problem: their arguments.
            of_result: a derivative of one argument, such as tanh_prime, is given the result.
        """
        called = Called()
        first = self.forward(pair.forward, reading, problem, called)
        if first is None or pair.backward is None:
            return called
        out, cache, given = first
        function = self.functions[pair.backward]
        d = reading.layout.given(TENSOR, problem.d)
        arguments = backward_arguments(function, d, out, cache, given)
        if is_derivative(function):  # of the argument, or of the result
            kept = out if of_result else next(iter(given.values())) if cache is None else cache
            arguments = dict.fromkeys(required_names(function) or (), kept)
        self.say_what_is_given(pair, arguments or {}, out, cache, called)
        if arguments is None:
            names = ", ".join(required_names(self.functions[pair.backward]) or ["?"])
            facts = {"function": pair.backward, "takes": names}
            code = "mistaken-call.unknown-arguments"
            text = sentence(code, **facts)
            called.findings.append(
                Finding(pair.backward, "mistaken-call", text, code=code, facts=facts)
            )
            return called
        result = self.call(pair.backward, arguments, called)
        shapes = {
            own: reading.layout.shape(role, x.shape) for own, (role, x) in problem.gradients.items()
        }
        if result is not None:
            own = gradients_by_name(result, shapes)
            called.own |= own
            called.function |= dict.fromkeys(own, pair.backward)
            expected = [n for n in shapes if n in own]
            if [*own] != expected:
                facts = {"function": pair.backward, "given": ", ".join(own)}
                called.notes.append(sentence("note.order-of-gradients", **facts))
        return called

    def say_what_is_given(
        self, pair: FunctionPair, arguments: Mapping[str, Any], out: Any, cache: Any, to: Called
    ) -> None:
        """Note where a backward function is given the result, which no name of an argument shows.

        It is unclear where the forward function keeps something else for it, or where it calls
        its argument z.
        """
        given = [n for n, x in arguments.items() if x is out]
        is_kept = cache is not None and not any(x is cache for x in arguments.values())
        other = is_kept and not np.array_equal(as_array(cache), as_array(out))
        if given and (other or is_derivative(self.functions[str(pair.backward)])):
            facts = {"function": pair.backward, "of": pair.forward, "argument": given[0]}
            to.notes.append(sentence("note.given-result", **facts))
            if other or given[0].lower() == "z":
                to.unclear.append(f"{pair.backward}({given[0]})")

    def call(self, name: str, given: Mapping[str, Any], to: Called) -> Any:
        """Call a function; return its result, or None where it raised an exception."""
        state = [n for n in given if n in RUNNING and hasattr(given[n], "shape")]
        guard = MutationGuard({n: x for n, x in given.items() if n not in state}, name)
        result, _, error = self.program.call(name, given)
        if error is not None and is_of_newer_arrays(error.facts):
            result, _, error = self.program.call(name, given, older=True)
            to.notes.append(sentence("note.older-arrays", function=name))
        if error is not None:
            to.findings.append(Finding(name, "error", str(error), code="call.raised"))
            return None
        to.findings += guard.findings()
        if state:  # an evaluation takes what training has changed in place
            to.notes.append(sentence("note.state-given", function=name, names=", ".join(state)))
        if result is None:
            facts = {"function": name, "error": "nothing (None)"}
            text = sentence("result.form", **facts)
            to.findings.append(Finding(name, "result", text, code="result.form", facts=facts))
        return result


def is_derivative(function: Callable[..., Any]) -> bool:
    """Return whether a function takes one argument: it is no gradient, but g' of its argument."""
    return len(required_names(function) or ()) == 1


def result_and_cache(result: Any) -> tuple[Any, Any]:
    """Return the result of a forward function, and what it kept for backward beside it.

    Of several further results the only tuple or dictionary is the cache; else all of them are.
    """
    if not isinstance(result, tuple | list) or len(result) < 2 or is_numbers(result):
        return result, None
    out, *rest = result
    caches = [x for x in rest if isinstance(x, tuple | list | dict)]
    if len(rest) == 1:
        return out, rest[0]
    return out, caches[0] if len(caches) == 1 else tuple(rest)


def is_numbers(x: Any) -> bool:
    """Return whether x is a list of numbers, which is one array."""
    return isinstance(x, list) and as_array(x).dtype.kind in "fiub"


def gradients_by_name(result: Any, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Any]:
    """Return a backward function's results by the layer's own names, in the order of the results.

    An array is the gradient of that shape; of several with one shape, the next in the layer's
    order. One that has the shape of none is the one that is left.

    Args:
        result: an array, a tuple of arrays, or a dictionary.
        shapes: of each gradient, in the layer's order.
    """
    if isinstance(result, Mapping):
        named = {str(k): x for k, x in result.items()}
        own: dict[str, Any] = {}
        for key, x in named.items():
            fits = [n for n in shapes if n not in own and is_gradient_named(key, n)]
            if fits:
                own[fits[0]] = x
        rest = [x for key, x in named.items() if not any(x is y for y in own.values())]
    else:
        own, rest = {}, [*result] if isinstance(result, tuple | list) else [result]
        rest = [result] if is_numbers(result) else rest
    free = [n for n in shapes if n not in own]
    place: dict[int, str] = {}
    for i, x in enumerate(rest):
        fits = [n for n in free if n not in place.values() and shapes[n] == as_array(x).shape]
        if fits:
            place[i] = fits[0]
    left = [n for n in free if n not in place.values()]
    unplaced = [i for i in range(len(rest)) if i not in place and rest[i] is not None]
    if len(unplaced) <= len(left) and len(rest) <= len(free):
        place |= dict(zip(unplaced, left, strict=False))
    return own | {place[i]: rest[i] for i in sorted(place)}


def is_gradient_named(key: str, own: str) -> bool:
    """Return whether a key means this gradient: "dw" and "W" of dW."""
    plain = key.lower().removeprefix("grad").strip("_")
    return any(is_named(k, own[1:]) for k in (key, plain, plain.removeprefix("d")) if k)


def exchanged(called: Called, problem: OneStepProblem, layout: Layout) -> Iterator[Called]:
    """Yield the results with gradients of one shape in every other order, such as dβ before dγ."""
    shapes = {n: layout.shape(r, x.shape) for n, (r, x) in problem.gradients.items()}
    names = [n for n in shapes if n in called.own]
    groups: dict[tuple[int, ...], list[str]] = {}
    for n in names:
        groups.setdefault(shapes[n], []).append(n)
    several = [group for group in groups.values() if len(group) > 1]
    for orders in product(*map(permutations, several)):
        moved = {
            n: called.own[o]
            for group, order in zip(several, orders, strict=True)
            for n, o in zip(group, order, strict=True)
        }
        if any(moved[n] is not called.own[n] for n in moved):
            of = called.function
            facts = {"function": of[names[0]], "given": ", ".join(moved)}
            facts["given"] = ", ".join(
                next(n for n in moved if moved[n] is called.own[o]) for o in moved
            )
            note = sentence("note.order-of-gradients", **facts)
            notes = [*called.notes, note]
            yield Called(called.own | moved, of, called.findings, notes, called.unclear)


def read(called: Called, problem: OneStepProblem, layout: Layout) -> dict[str, Any]:
    """Return the results by canonical name, as the reference lays them out."""
    roles = {n: role for n, (role, _) in problem.gradients.items()}
    trace: dict[str, Any] = {}
    for own, x in called.own.items():
        array = as_array(x)
        is_array = isinstance(x, np.ndarray | np.generic) and array.dtype.kind in "fiub"
        role = roles.get(own, TENSOR)
        trace[problem.canonical(own)] = layout.read(role, array) if is_array else x
    return trace
