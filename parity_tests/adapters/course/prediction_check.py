"""Week 2's `predict` alone: 1 where a > ½, and 0 elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import numpy as np

from parity_tests.adapters.course.functions import Course
from parity_tests.adapters.course.unit_findings import in_unit_check
from parity_tests.adapters.mistaken_calls import sorted_out
from parity_tests.checking.causes import Cause
from parity_tests.checking.comparison import Comparison, gives
from parity_tests.checking.findings import Finding, with_causes, without_cause
from parity_tests.checking.report import Report
from parity_tests.checking.trace_structure import as_array, sound
from parity_tests.diagnosis.cause_wording import unknown
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import Precision
from ref_numpy import Array, Sigmoid

RIGHT = "Y_prediction = A > 0.5"
Mistake = tuple[str, str, ErrorArray]  # its code, its formula, and the numbers that it gives


def check_prediction(course: Course, w: Array, b: Array, X: Array, p: Precision) -> Report:
    """Check `predict`.

    Args:
        course: the functions.
        w: (n_x, 1), numbers of p.
        b: (1, 1), a number of p.
        X: (n_x, m), random numbers of p, so that no z is within rounding of 0.
        p: the candidate's arithmetic.
    """
    name, n, findings = "predict", "Y_prediction", list[Finding]()
    given = {"w": w.copy(), "b": float(b[0, 0]), "X": X.copy()}
    returned = course.attempt(name, given, lambda result: {n: result}, findings, name) or {}
    right = (w.T @ X + b > 0).astype(float)
    own, problems = sound(returned, {n: right.shape}, {}, p)  # of any dtype
    findings += [in_unit_check(f, name, n, f.message) for f in problems if f.kind != "dtype"]
    if n not in own:
        return Report(name, p.name, tensors=(), **sorted_out(findings))
    c = Comparison.equal(own[n], right)
    for found in c.findings(n, str(as_array(returned[n]).dtype), "value", "value"):
        found = explain_prediction(found, own[n], w, b, X, p)
        findings.append(in_unit_check(found, name, n, found.message))
    tensor = c.tensor(n).of_function(name, n)
    return Report(name, p.name, tensors=(tensor,), **sorted_out(findings))


def explain_prediction(
    finding: Finding, candidate: Array, w: Array, b: Array, X: Array, p: Precision
) -> Finding:
    """Return the finding with the known mistakes that give the candidate's numbers."""
    finding = replace(finding, code="prediction.value", right_line=RIGHT)
    causes = [
        Cause(code, CAUSES[code], formula, RIGHT)
        for code, formula, value in mistakes(w, b, X, p)
        if gives(value, candidate, p)
    ]
    if not causes:
        return without_cause(finding, unknown("unknown.no-known-mistake", []))
    return with_causes(finding, causes, ())


def mistakes(w: Array, b: Array, X: Array, p: Precision) -> Iterator[Mistake]:
    """Yield the known mistakes in a prediction."""
    exact_w, exact_b, exact_X = (ErrorArray(x, p=p) for x in (w, b, X))
    A = Sigmoid().g(cast(Array, exact_w.T @ exact_X + exact_b))
    wX = w.T @ X
    Z = wX + b
    numbers: dict[str, tuple[str, Any]] = {
        "missing-b": ("sigmoid(w.T @ X) > 0.5", wX > 0),
        "threshold-of-z": ("Z > 0.5", Z > 1 / 2),
        "inverted": ("A < 0.5", Z < 0),
        "all-ones": ("A > 0", np.ones_like(Z)),
        "all-zeros": ("0", np.zeros_like(Z)),
    }
    yield "prediction.missing-threshold", "Y_prediction = A", cast(ErrorArray, A)
    for code, (formula, value) in numbers.items():
        exact = ErrorArray(value.astype(float), p=p)
        yield f"prediction.{code}", f"Y_prediction = {formula}", exact


CAUSES = {
    "prediction.missing-threshold": "a itself is returned: it is not compared with ½",
    "prediction.missing-b": "b is missing",
    "prediction.threshold-of-z": "z, and not a, is compared with ½",
    "prediction.inverted": "0 and 1 are swapped",
    "prediction.all-ones": "it is 1 for every example",
    "prediction.all-zeros": "it is 0 for every example",
}
