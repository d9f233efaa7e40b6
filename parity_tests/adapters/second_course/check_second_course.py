"""Course 2's functions alone: what `check_alone` is for those of course 1."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from parity_tests.adapters.course.call_alone import call_alone
from parity_tests.adapters.course.check_alone import run_twice
from parity_tests.adapters.course.functions import Course, is_second_course
from parity_tests.adapters.course.unit_checks import OTHER_M, M, UnitCheck
from parity_tests.adapters.second_course.dropout_forward import check_dropout_forward
from parity_tests.adapters.second_course.gradient_checks import check_gradient_checks
from parity_tests.adapters.second_course.initial_values import check_initialisers
from parity_tests.adapters.second_course.mask_lines import before_mask, mask_findings_of
from parity_tests.adapters.second_course.mini_batches import check_mini_batches
from parity_tests.adapters.second_course.pass_checks import FORWARD, KEEP, L, pass_checks
from parity_tests.adapters.second_course.rate_decay import check_rate_decay
from parity_tests.adapters.second_course.start_values import check_start_values
from parity_tests.checking.findings import Finding
from parity_tests.checking.report import Report
from parity_tests.checking.trace_structure import as_array
from parity_tests.error_model.precisions import Precision


def check_second_course(
    course: Course, p: Precision, seed: int, wrong: set[str]
) -> Iterator[Report]:
    """Check each of course 2's functions that the candidate has.

    Args:
        course: the functions.
        p: the candidate's arithmetic.
        seed: of the random arguments.
        wrong: functions with a mistake, to which those that are found are added.
    """
    yield from check_dropout_forward(course, p, seed)
    yield from check_passes(course, p, seed, wrong)
    yield from check_gradient_checks(course, p, seed, wrong)
    yield from check_initialisers(course, p)
    yield from check_start_values(course, p, seed)
    yield from check_mini_batches(course, p)
    yield from check_rate_decay(course, p)


def check_passes(course: Course, p: Precision, seed: int, wrong: set[str]) -> Iterator[Report]:
    """Check forward and backward functions, and costs."""
    known = {*PASSES} & {*course.functions}
    if not is_second_course(course.description.functions):
        known -= {"backward_propagation"}  # that of week 3, whose arguments are others
    if not known:
        return
    seen: list[Finding] = []
    every, others = (
        [*pass_checks(course, p, np.random.default_rng(seed), m, seen)] for m in (M, OTHER_M)
    )
    for unit, other in zip(every, others, strict=True):
        if unit.function in known:
            report = run_twice(course, unit, other, p, wrong)
            if report.findings:
                wrong.add(unit.function)
            yield of_masks(course, unit, report, p)


PASSES = (*FORWARD, "compute_cost_with_regularization", "forward_propagation_n")


def of_masks(course: Course, unit: UnitCheck, report: Report, p: Precision) -> Report:
    """Return the report on a backward pass with dropout, each dA judged by the mask it is given.

    What the check of any network says of these is left out, and so is a dZ that is right by the
    masked A, since what follows from a wrong dA is no mistake of its own.
    """
    if not report.findings or unit.context is None:
        return report
    name, W = unit.function, unit.problem[1]
    own = call_alone(course, unit, [], p)
    arrays = {n: as_array(x).astype(np.float64) for n, x in own.items()}
    found, left_out = list[Finding](), set[str]()
    for l in range(1, L):
        dA, dZ, dZ_next = (f"dA{l}", f"dZ{l}", f"dZ{l + 1}")
        D = unit.context.draws[f"D{l}"]
        if not {dA, dZ_next} <= {*arrays} or arrays[dA].shape != D.shape:
            continue
        before = before_mask(W[f"W{l + 1}"], arrays[dZ_next], p)
        found += mask_findings_of(name, dA, arrays[dA], before, D, KEEP, p)
        left_out.add(f"{name}.{dA}")
        of_masked = arrays[dA] * (unit.known[f"D{l}"] > 0)
        if np.array_equal(arrays.get(dZ, arrays[dA]), of_masked):
            left_out.add(f"{name}.{dZ}")
    rest = [f for f in report.findings if f.tensor not in left_out]
    return replace(report, findings=(*found, *rest))
