"""Each of the course's functions alone, on random numbers: random dZ and dA, not those of a loss.

A function that is wrong makes every function that calls it wrong. So where a function does not
pass, it is called again with correct functions instead of those that it calls; only a result that
is wrong then, too, is the function's own mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

import ref_numpy
from parity_tests.adapters.course.functions import Course, as_dictionary, as_tuple
from parity_tests.adapters.course.reference_functions import supplied
from parity_tests.adapters.course.unit_findings import in_unit_check, without_layer
from parity_tests.adapters.course.update_functions import check_updates
from parity_tests.adapters.course.whole_run import numbered
from parity_tests.adapters.mistaken_calls import sorted_out
from parity_tests.checking.findings import Finding, make_remark, with_facts
from parity_tests.checking.later_findings import merged
from parity_tests.checking.other_problems import REST, TILE
from parity_tests.checking.report import Report
from parity_tests.diagnosis.explained_check import check_trace
from parity_tests.error_model.precisions import Precision
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import Array, NetworkSpec

Problem = tuple[NetworkSpec, dict[str, Array], Array, Array]  # spec, params, X, Y
# The numbers of examples, the other with a rest after whole tiles.
M, OTHER_M = 7, TILE + REST


Own = dict[str, Any]


@dataclass(frozen=True)
class UnitCheck:
    """One function, its arguments, and the arrays of its result that are compared.

    Attributes:
        function: its name.
        arguments: by name, in order.
        read: converts the result to {own name: array}.
        names: {own name: canonical name}, in the network of `problem`.
        problem: a network, its parameters, X and Y, that belong to the arguments.
        known: that network's other tensors.
        label: the function's name in findings, where it is called in several ways.
    """

    function: str
    arguments: dict[str, Any]
    read: Callable[[Any], Own]
    names: dict[str, str]
    problem: Problem
    known: dict[str, Array] = field(default_factory=dict)
    label: str = ""


def check_alone(
    course: Course, spec: NetworkSpec, p: Precision, seed: int, without: Collection[str] = ()
) -> Iterator[Report]:
    """Check each of the candidate's functions, in each way of calling it.

    Args:
        course: the functions.
        spec: the network of the whole run, of which a small one is made.
        p: the candidate's arithmetic.
        seed: of the random arguments.
        without: functions whose arguments are not the course's.
    """
    rng = np.random.default_rng(seed)
    every = unit_checks(course, spec, p, rng, M)
    others = unit_checks(course, spec, p, np.random.default_rng(seed), OTHER_M)
    for unit, other in zip(every, others, strict=True):
        if unit.function in course.functions and unit.function not in without:
            report = run_alone(course, unit, p)
            yield report if report.findings else with_other_m(report, run_alone(course, other, p))
    yield from check_updates(course, course.small(spec, course.week), p, rng)


def unit_checks(
    course: Course, spec: NetworkSpec, p: Precision, rng: np.random.Generator, m: int
) -> list[UnitCheck]:
    """Return every check with m examples; as in a run, forward comes first."""
    every = [*layer_unit_checks(p, rng, m)]
    for week in (course.week, *(w for w in course.driven if w != course.week)):
        every += network_unit_checks(course, week, course.small(spec, week), p, rng, m)
    return sorted(every, key=lambda unit: "backward" in unit.function)


def with_other_m(report: Report, other: Report) -> Report:
    """Return the report with the findings of the same check with OTHER_M examples."""
    where = make_remark("later.size", m=OTHER_M, tile=TILE)
    return replace(report, findings=tuple(merged((f, where) for f in other.findings)))


def run_alone(course: Course, unit: UnitCheck, p: Precision) -> Report:
    """Check one function; where it does not pass, with correct ones instead of all others."""
    report = run_unit_check(course, unit, p)
    if not report.findings:
        return report
    others = tuple(name for name in supplied(course.week) if name != unit.function)
    again = run_unit_check(course, unit, p, others)
    return report if again.findings else again


def run_unit_check(
    course: Course, unit: UnitCheck, p: Precision, replaced: tuple[str, ...] = ()
) -> Report:
    """Check one function.

    Args:
        course: the functions.
        unit: the check.
        p: the candidate's arithmetic.
        replaced: the functions that are the reference's instead of the candidate's.
    """
    name, arguments = unit.label or unit.function, deepcopy(unit.arguments)
    findings: list[Finding] = []
    own = course.attempt(unit.function, arguments, unit.read, findings, name, replaced=replaced)
    if not own:
        return Report(name, p.name, tensors=(), **sorted_out(findings))
    trace = {unit.names[n]: x for n, x in own.items()}
    wide = {n: a.astype(np.float64) for n, a in unit.known.items()}
    report = check_trace(*unit.problem, trace, p, name, wide)
    report = renamed(report, name, unit.names)
    return replace(report, **sorted_out([*report.findings, *findings]))


def renamed(report: Report, function: str, names: dict[str, str]) -> Report:
    """Rename tensors to the function's own names: "linear_backward.dW" for dW1."""
    own = {canonical: name for name, canonical in names.items()}

    def rename(finding: Finding) -> Finding:
        if finding.tensor not in own:  # the call itself
            return finding
        name = own[finding.tensor]
        with_name = with_facts(finding, tensor=name) if "tensor" in finding.facts else finding
        finding = replace(finding, layer=None, before=())
        if not name[-1].isdigit():
            causes = tuple(map(without_layer, finding.causes))
            finding = replace(finding, causes=causes)
        return in_unit_check(finding, function, name, with_name.message)

    tensors = tuple(replace(t, name=f"{function}.{own[t.name]}") for t in report.tensors)
    return replace(
        report, findings=tuple(map(rename, report.findings)), tensors=tensors, evidence=()
    )


def layer_unit_checks(p: Precision, rng: np.random.Generator, m: int) -> Iterator[UnitCheck]:
    """Yield the checks of one layer's functions: 5 units before it, 4 in it, m examples."""

    def numbers(*shape: int) -> Array:
        return p.round(rng.standard_normal(shape))

    A_prev, W, b, Z = numbers(5, m), numbers(4, 5), numbers(4, 1), numbers(4, m)
    Z[1, 2] = 0  # where ReLU has its kink
    dA, dZ = numbers(4, m), numbers(4, m)
    params, Y, linear_cache = {"W1": W, "b1": b}, numbers(4, m), (A_prev, W, b)

    def problem(g: str) -> Problem:
        return NetworkSpec.dense([5, 4], output=g, loss="squared_error"), params, A_prev, Y

    backward = {"dA_prev": "dA0", "dW": "dW1", "db": "db1"}
    yield UnitCheck(
        "linear_forward", {"A": A_prev, "W": W, "b": b},
        first_of("Z, cache", "Z"), {"Z": "Z1"}, problem("identity"),
    )  # fmt: skip
    yield UnitCheck(
        "linear_backward", {"dZ": dZ, "cache": linear_cache},
        all_of("dA_prev, dW, db"), backward, problem("relu"), {"dZ1": dZ},
    )  # fmt: skip
    for g in ("sigmoid", "relu"):
        yield UnitCheck(
            g, {"Z": Z}, activation, {"A": "A1"}, problem(g), {"Z1": Z},
        )  # fmt: skip
        yield UnitCheck(
            f"{g}_backward", {"dA": dA, "cache": Z},
            lambda dZ: {"dZ": dZ}, {"dZ": "dZ1"}, problem(g), {"dA1": dA, "Z1": Z},
        )  # fmt: skip
        yield UnitCheck(
            "linear_activation_forward", {"A_prev": A_prev, "W": W, "b": b, "activation": g},
            first_of("A, cache", "A"), {"A": "A1"}, problem(g),
            label=f"linear_activation_forward({g})",
        )  # fmt: skip
        yield UnitCheck(
            "linear_activation_backward",
            {"dA": dA, "cache": (linear_cache, Z), "activation": g},
            all_of("dA_prev, dW, db"), backward, problem(g), {"dA1": dA, "Z1": Z},
            label=f"linear_activation_backward({g})",
        )  # fmt: skip


def network_unit_checks(
    course: Course, week: int, spec: NetworkSpec, p: Precision, rng: np.random.Generator, m: int
) -> Iterator[UnitCheck]:
    """Yield the checks of a whole network's functions, with m examples."""
    seed = int(rng.integers(2**32))
    params, X, Y = random_problem(spec, m, seed, p.dtype)
    params, X, Y = {n: p.round(a) for n, a in params.items()}, p.round(X), p.round(Y)
    forward = {n: p.round(a) for n, a in ref_numpy.forward(spec, params, X)[0].items()}
    AL, problem = forward[spec.output], (spec, params, X, Y)
    L, shapes = len(spec.weights), spec.parameter_shapes
    gradients = {f"d{n}": f"d{n}" for n in shapes}
    dA = {f"dA{l}": f"dA{l}" for l in range(L + 1)}

    if week == course.week:
        given = {"AL": AL, "Y": Y, "parameters": params}
        takes = max(course.takes("compute_cost"), 2)
        yield UnitCheck(
            "compute_cost", dict(list(given.items())[:takes]),
            lambda cost: {"cost": cost}, {"cost": "J"}, problem, forward,
        )  # fmt: skip
    if week == 3:
        cache = {n: a for n, a in forward.items() if n != "A0"}
        yield UnitCheck(
            "backward_propagation", {"parameters": params, "cache": cache, "X": X, "Y": Y},
            among(gradients), gradients, problem, forward,
        )  # fmt: skip
    if week == 4:
        yield UnitCheck(
            "L_model_backward", {"AL": AL, "Y": Y, "caches": caches(spec, params, forward)},
            lambda grads: numbered(as_dictionary(grads), spec, m, []),
            gradients | dA, problem, forward,
        )  # fmt: skip


def caches(spec: NetworkSpec, params: dict[str, Array], A: dict[str, Array]) -> list[Any]:
    """Return week 4's caches of a forward run."""
    layers = range(1, len(spec.weights) + 1)
    return [((A[f"A{l - 1}"], params[f"W{l}"], params[f"b{l}"]), A[f"Z{l}"]) for l in layers]


def activation(result: Any) -> Own:
    """Read A, which may be the first entry of a tuple (A, cache)."""
    return {"A": result[0] if isinstance(result, tuple) and result else result}


def all_of(names: str) -> Callable[[Any], Own]:
    """Return a reader of a tuple: "dW, db" → {"dW": …, "db": …}."""
    read = as_tuple(names)
    return lambda result: dict(zip(names.split(", "), read(result), strict=True))


def first_of(names: str, name: str) -> Callable[[Any], Own]:
    """Return a reader of a tuple's first entry."""
    read = as_tuple(names)
    return lambda result: {name: read(result)[0]}


def among(names: dict[str, str]) -> Callable[[Any], Own]:
    """Return a reader of a dictionary's entries with these names."""
    return lambda result: {n: x for n, x in as_dictionary(result).items() if n in names}
