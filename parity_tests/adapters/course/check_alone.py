"""Each of the course's functions alone: called on random numbers, and its results compared.

A function that is wrong makes every function that calls it wrong. So where a function does not
pass, it is called again with correct functions instead of those that were found wrong; only a
result that is wrong then, too, is the function's own mistake.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from typing import Any, cast

import numpy as np

from parity_tests.adapters.course.cache_forms import filled, names_in
from parity_tests.adapters.course.call_alone import run_alone
from parity_tests.adapters.course.functions import Course
from parity_tests.adapters.course.hidden_mistakes import (
    EQUAL,
    explained_by,
    is_of_shapes,
)
from parity_tests.adapters.course.unit_checks import OTHER_M, M, UnitCheck, unit_checks
from parity_tests.adapters.course.update_functions import check_updates
from parity_tests.checking.findings import make_remark
from parity_tests.checking.later_findings import merged
from parity_tests.checking.other_problems import TILE
from parity_tests.checking.report import Report
from parity_tests.error_model.precisions import Precision
from ref_numpy import Elementwise, NetworkSpec

# The forward function whose cache a backward function takes.
TAKES_A_CACHE = {
    "backward_propagation": "forward_propagation",
    "L_model_backward": "L_model_forward",
    "linear_activation_backward": "L_model_forward",
}
# Of a whole network: with a cache of another form it is checked in the whole run alone.
TAKES_ALL_CACHES = {
    "backward_propagation": "forward_propagation",
    "L_model_backward": "L_model_forward",
}
# Of one layer: where the cache is not the course's, neither may be what the other one expects.
TAKES_A_LAYERS_CACHE = {
    "linear_backward": "linear_forward",
    "linear_activation_backward": "linear_activation_forward",
    "sigmoid_backward": "sigmoid",
    "relu_backward": "relu",
}


def check_alone(
    course: Course, spec: NetworkSpec, p: Precision, seed: int, odd: Collection[str] = ()
) -> Iterator[Report]:
    """Check each of the candidate's functions, in each way of calling it.

    Args:
        course: the functions.
        spec: the network of the whole run, of which a small one is made.
        p: the candidate's arithmetic.
        seed: of the random arguments.
        odd: functions whose results are not the course's.
    """
    rng = np.random.default_rng(seed)
    every = unit_checks(course, spec, p, rng, M)
    others = unit_checks(course, spec, p, np.random.default_rng(seed), OTHER_M)
    without = [name for name, forward in TAKES_A_CACHE.items() if forward in odd]
    without += [f for f, forward in TAKES_ALL_CACHES.items() if forward in course.recognised]
    wrong = set[str]()  # functions with a mistake
    done: dict[str, Report] = {}

    def equal(unit: UnitCheck) -> UnitCheck:
        others = unit_checks(course, spec, p, np.random.default_rng(seed), EQUAL, equal=True)
        return next(
            one for one in others if (one.function, one.label) == (unit.function, unit.label)
        )

    for unit, other in zip(every, others, strict=True):
        name, label = unit.function, unit.label or unit.function
        if name not in course.functions or name in without:
            continue
        report = run_twice(course, unit, other, p, wrong, equal)
        forward = forward_of(unit)
        if forward in course.forms and has_own_cache(done.get(forward)):
            report = with_own_cache(course, (unit, other), p, wrong, report, done)
        done[label] = report
        takers = [f for f, giver in TAKES_A_LAYERS_CACHE.items() if giver == name]
        is_open = has_own_cache(report) and takers[0] in course.functions  # until that is called
        if report.findings and not (is_open and len(report.findings) == 1):
            wrong.add(name)
    yield from sorted(done.values(), key=lambda report: "backward" in report.candidate)
    yield from check_updates(course, course.small(spec, course.week), p, rng)


def run_twice(
    course: Course,
    unit: UnitCheck,
    other: UnitCheck,
    p: Precision,
    wrong: Collection[str],
    equal: Callable[[UnitCheck], UnitCheck] | None = None,
) -> Report:
    """Check one function, with OTHER_M examples too where it passes with M.

    Args:
        course: the functions.
        unit: the check with M examples.
        other: the same with OTHER_M.
        p: the candidate's arithmetic.
        wrong: functions with a mistake.
        equal: returns the check with equal sizes, for a function that raises because of its shapes.
    """
    report = run_alone(course, unit, p, wrong)
    if equal is not None and is_of_shapes(report):
        report = explained_by(report, run_alone(course, equal(unit), p, wrong), EQUAL)
    return report if report.findings else with_other_m(report, run_alone(course, other, p, wrong))


def forward_of(unit: UnitCheck) -> str:
    """Return the function whose cache a function takes, as findings call it; "" for none."""
    forward = TAKES_A_LAYERS_CACHE.get(unit.function, "")
    return forward and forward + (unit.label or unit.function).removeprefix(unit.function)


def has_own_cache(report: Report | None) -> bool:
    """Return whether a function's cache is not the course's."""
    return report is not None and any(f.code == "result.cache" for f in report.findings)


def with_own_cache(
    course: Course, units: tuple[UnitCheck, UnitCheck], p: Precision, wrong: set[str],
    report: Report, done: dict[str, Report],
) -> Report:  # fmt: skip
    """Decide whether a cache of another form than the course's is wrong, or another way.

    It is another way where the backward function is right with it; and where everything is in it
    and the function is wrong with the course's too, by its own mistake. The finding of the forward
    function is then a note. One that calls functions with such caches has a cache of another form,
    too.

    Args:
        course: the functions.
        units: the checks of the backward function with M and OTHER_M examples.
        p: the candidate's arithmetic.
        wrong: functions with a mistake.
        report: on the backward function, with the course's cache.
        done: the reports so far, of which that on the forward function is changed.

    Returns:
        The report on the backward function with its own cache. Where the cache is wrong, that with
        the course's, without findings: the forward function has the finding.
    """
    forward = forward_of(units[0])
    form, before = course.forms[forward], done[forward]
    own = [with_cache_of(form, unit, p) for unit in units]
    again = None
    if own[0] is not None and own[1] is not None:
        again = run_twice(course, own[0], own[1], p, wrong)
    (finding,) = [f for f in before.findings if f.code == "result.cache"]
    expected = finding.facts["expected"]
    is_whole = {*re.findall(r"\w+", expected)} <= {*names_in(form)}
    if again is not None and HELPERS & course.recognised and is_whole and not report.findings:
        again = report  # with the reference's helpers, which take the course's caches
    if again is not None and (not again.findings or (is_whole and report.findings)):
        course.recognised.add(finding.tensor)
        course.note("note.cache", **{n: finding.facts[n] for n in NOTED})
        rest = tuple(f for f in before.findings if f is not finding)
        done[forward] = replace(before, findings=rest)
        return again
    wrong.add(finding.tensor)
    return replace(report, findings=(), mistaken=(), tensors=()) if report.findings else report


HELPERS = {"linear_forward", "sigmoid", "relu"}  # of linear_activation_forward
NOTED = ("function", "given", "expected")


def with_cache_of(form: Any, unit: UnitCheck, p: Precision) -> UnitCheck | None:
    """Return the check of a backward function with a cache of this form; None where it lacks one.

    Args:
        form: of the cache.
        unit: the check, whose cache is the course's.
        p: the candidate's arithmetic.
    """
    cache = unit.arguments["cache"]
    activations = {step.output[0]: step.layer for step in unit.problem[0].steps}
    if unit.function == "linear_backward":
        A_prev, W, b = cache
        values = {"A": A_prev, "W": W, "b": b, "Z": p.round(W @ A_prev + b)}
    else:
        g, Z = cast(Elementwise, activations["A"]), unit.known["Z1"]
        values = {"Z": Z, "A": p.round(g.g(Z))}
        if unit.function == "linear_activation_backward":
            values |= dict(zip(("A_prev", "W", "b"), cache[0], strict=True))
    try:
        return replace(unit, arguments=unit.arguments | {"cache": filled(form, values)})
    except KeyError:
        return None


def with_other_m(report: Report, other: Report) -> Report:
    """Return the report with the findings of the same check with OTHER_M examples."""
    where = make_remark("later.size", m=OTHER_M, tile=TILE)
    return replace(report, findings=tuple(merged((f, where) for f in other.findings)))
