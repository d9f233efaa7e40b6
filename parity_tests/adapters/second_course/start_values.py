"""`initialize_velocity` and `initialize_adam`: zeros of the shapes of the gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from parity_tests.adapters.course.function_results import as_dictionary, as_tuple, keyed
from parity_tests.adapters.course.functions import Course
from parity_tests.adapters.course.unit_findings import in_unit_check
from parity_tests.adapters.second_course.made_findings import (
    made_finding,
    report_of,
    row_of_property,
)
from parity_tests.adapters.second_course.supplied_helpers import DIMS
from parity_tests.checking.findings import Finding
from parity_tests.checking.report import Report
from parity_tests.checking.trace_structure import sound
from parity_tests.error_model.precisions import Precision
from ref_numpy import NetworkSpec

Averages = dict[str, Mapping[str, Any]]


def velocity(result: Any) -> Averages:
    """Read v."""
    return {"v": as_dictionary(result)}


def averages(result: Any) -> Averages:
    """Read (v, s)."""
    return {n: as_dictionary(x) for n, x in zip("vs", as_tuple("v, s")(result), strict=True)}


STARTS: dict[str, Callable[[Any], Averages]] = {
    "initialize_velocity": velocity, "initialize_adam": averages,
}  # fmt: skip


def check_start_values(course: Course, p: Precision, seed: int) -> Iterator[Report]:
    """Check each of these functions that the candidate has."""
    shapes = NetworkSpec.dense(DIMS, "relu", "sigmoid").parameter_shapes
    rng = np.random.default_rng(seed)
    params = {n: p.round(rng.standard_normal(shape)) for n, shape in shapes.items()}
    for name, read in STARTS.items():
        if name not in course.functions:
            continue
        findings: list[Finding] = []
        result = course.attempt(name, {"parameters": params}, read, findings, name)
        rows = []
        for letter, given in (result or {}).items():
            names = {f"d{n}": f"{letter}d{n}" for n in shapes}
            returned = keyed(given, names, name, findings, course)
            expected = {f"{letter}d{n}": shape for n, shape in shapes.items()}
            own, problems = sound(returned, expected, {}, p)
            findings += [in_unit_check(f, name, f.tensor, f.message) for f in problems]
            for n, x in own.items():
                rows.append(row_of_property(name, n, x))
                if x.any():
                    right = f"{n} = np.zeros({x.shape})"
                    findings.append(made_finding(name, n, "initial.not-zero", {}, (), right))
        yield report_of(name, p, findings, rows)
