"""Which layer a pair of functions is, and how it lays out its arrays, by its numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain
from operator import itemgetter
from typing import Any

import numpy as np

from parity_tests.adapters.interfaces.layout import Layout, layouts
from parity_tests.adapters.layer_functions.function_pairs import FunctionPair, is_named
from parity_tests.adapters.layer_functions.one_step import OneStep, OneStepProblem, roles_of
from parity_tests.adapters.layer_functions.pair_arguments import orders
from parity_tests.adapters.layer_functions.pair_calls import Called, PairCaller, Reading, read
from parity_tests.adapters.layer_functions.step_samples import (
    USUAL,
    samples_of,
    with_usual_constants,
)
from parity_tests.adapters.mistaken_calls import positional
from parity_tests.checking.check_trace import check_layers
from parity_tests.checking.check_trace import check_trace as check_without_causes
from parity_tests.checking.expected.recorded_draws import with_own_draws
from parity_tests.checking.findings import Finding
from parity_tests.checking.report import Report
from parity_tests.checking.trace_structure import as_array
from parity_tests.diagnosis.explained_check import check_trace
from parity_tests.error_model.precisions import Precision
from ref_numpy import Context, InputError, Layer

Stated = Mapping[str, Any] | None  # attributes of the layout

M, OTHER_M = 7, 79  # the other with a rest after whole tiles


@dataclass
class Readings:
    """The readings of a forward function.

    Attributes:
        agreeing: those by which its numbers are right.
        others: those by which it returned an array of the right shape and wrong numbers, that with
            fewest wrong ones first.
        errors: of the calls that failed.
    """

    agreeing: list[Reading] = field(default_factory=list)
    others: list[Reading] = field(default_factory=list)
    errors: list[Finding] = field(default_factory=list)


def readings_of(
    caller: PairCaller, pair: FunctionPair, p: Precision, seed: int, stated: Stated = None,
    steps: list[OneStep] | None = None,
) -> Readings:  # fmt: skip
    """Try each kind that the pair's name may mean, or every kind, in each layout.

    Args:
        caller: calls the functions.
        pair: the functions.
        p: the candidate's arithmetic.
        seed: of the random numbers.
        stated: attributes of the layout that are stated.
        steps: what the pair is, where that is known.
    """
    found = Readings()
    counts: list[tuple[float, Reading]] = []
    constants = defaults_of(caller.functions[pair.forward])
    kinds = [None] if steps else pair.kinds or kinds_to_try()
    for kind in kinds:
        variants = steps or []
        if kind is not None:
            each = (with_usual_constants(step, constants) for step in samples(kind))
            every = chain.from_iterable(each)
            variants = [*{(s.layer, repr(s.inputs)): s for s in every}.values()]
        agreeing: list[Reading] = []
        for step in variants:
            problem = step.problem(M, seed, p)
            for reading in possible(caller, pair, problem, stated):
                called = Called()
                caller.forward(pair.forward, reading, problem, called)
                wrong = wrong_elements(called, problem, reading.layout, p)
                if wrong == 0:
                    agreeing.append(reading)
                elif wrong < np.inf:
                    counts.append((wrong, reading))
                found.errors += [f for f in called.findings if f.code == "call.raised"]
            if agreeing:
                break
        found.agreeing += agreeing
        if agreeing and pair.kinds:
            break
    found.others = [reading for _, reading in sorted(counts, key=itemgetter(0))]
    return found


def defaults_of(function: Callable[..., Any]) -> dict[str, float]:
    """Return the constants that are defaults of a function's arguments: epsilon of eps=1e-8."""
    found: dict[str, float] = {}
    for q in positional(function) or ():
        if q.default is not q.empty:
            with suppress(ValueError):
                value = float(repr(q.default))
                found |= {name: value for name in USUAL if is_named(q.name, name)}
    return found


def samples(kind: str) -> list[OneStep]:
    """Return a kind as one step; nothing of a kind of which no sample is known."""
    try:
        return [*samples_of(kind)]
    except InputError:
        return []


def kinds_to_try() -> list[str]:
    """Return the kinds that numbers alone can tell: not those that draw random numbers."""
    return [kind for kind, cls in Layer.kinds.items() if not cls.is_random and cls.built_in]


def possible(
    caller: PairCaller, pair: FunctionPair, problem: OneStepProblem, stated: Stated
) -> Iterator[Reading]:
    """Yield each order of the arguments in each layout."""
    shown = roles_of(problem)
    each = [*layouts(**shown, stated=stated)]
    for order in orders(caller.functions[pair.forward], problem):
        yield from (Reading(problem.step, order, layout) for layout in each)


def wrong_elements(called: Called, problem: OneStepProblem, layout: Layout, p: Precision) -> float:
    """Return how many numbers of the forward result are wrong; ∞ where it has another shape."""
    output = problem.step.output
    trace = read(called, problem, layout)
    if as_array(trace.get(output)).shape != problem.d.shape:
        return np.inf
    report = judged(Called({output: called.own[output]}), problem, layout, False, p, explain=False)
    if not report.findings:
        return 0
    return sum(f.wrong or problem.d.size for f in report.findings)


def judged(
    called: Called, problem: OneStepProblem, layout: Layout, is_mean: bool, p: Precision,
    explain: bool = True,
) -> Report:  # fmt: skip
    """Compare the results of a pair with the reference, in canonical names.

    Args:
        called: the results.
        problem: their arguments.
        layout: of the results.
        is_mean: gradients of parameters are means over the examples.
        p: the candidate's arithmetic.
        explain: name the causes.
    """
    step, spec = problem.step, problem.step.spec(is_mean)
    trace = read(called, problem, layout)
    context = context_of(problem, is_mean, trace)
    name = next(iter(called.function.values()), "")
    arguments = spec, problem.params, problem.X, problem.Y, trace, p, name
    if not explain and len(trace) == 1 and step.output in trace:
        return check_layers(*arguments, context=context)
    known = {f"d{step.output}": problem.d.astype(np.float64)}
    check = check_trace if explain else check_without_causes
    return check(*arguments, known, context=context)


def context_of(problem: OneStepProblem, is_mean: bool, trace: dict[str, Any]) -> Context | None:
    """Return the context of the run, with what a random layer drew."""
    step, spec = problem.step, problem.step.spec(is_mean)
    if problem.context is None:
        return None
    context = spec.context(problem.m, training=True)
    result = trace.get(step.output)
    if step.layer.is_random and as_array(result).shape == problem.d.shape:
        shaped = {n: x for n, x in trace.items() if as_array(x).shape == problem.d.shape}
        context = with_own_draws(spec, problem.X, shaped, context)
    return context
