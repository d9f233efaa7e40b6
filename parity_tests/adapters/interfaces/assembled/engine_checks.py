"""The operators of an engine, each against its mathematics.

The result and the gradients are compared with formulas that are equal on paper, whose bounds are
computed as those of the reference's are; the inputs are exact.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from parity_tests.adapters.call_wording import sentence
from parity_tests.adapters.candidate_process.wire import Malformed
from parity_tests.adapters.interfaces.network_run import NetworkProgram
from parity_tests.checking.comparison import Comparison
from parity_tests.checking.findings import Finding
from parity_tests.checking.report import Report
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import Precision
from ref_numpy import Array

Formula = Callable[..., Any]  # of a and b
ONE: Sequence[Formula] = (lambda a, b: 1.0 + 0.0 * a,)
ZERO: Sequence[Formula] = (lambda a, b: 0.0 * a,)


def is_positive(a: ErrorArray) -> Array:
    """Return a > 0 of numbers that are exact."""
    return (a.value > 0) * 1.0


def sigmoid(a: ErrorArray) -> ErrorArray:
    """Return 1 / (1 + e^−a)."""
    return 1.0 / (1.0 + np.exp(-a))


# By operator: formulas of the result, of ∂/∂a and of ∂/∂b.
FORMULAS: dict[str, tuple[Sequence[Formula], Sequence[Formula], Sequence[Formula]]] = {
    "a * b": ((lambda a, b: a * b,), (lambda a, b: b,), (lambda a, b: a,)),
    "a + b": ((lambda a, b: a + b,), ONE, ONE),
    "a - b": ((lambda a, b: a - b,), ONE, (lambda a, b: -1.0 + 0.0 * a,)),
    "a + a": ((lambda a, b: a + a,), (lambda a, b: 2.0 + 0.0 * a,), ZERO),
    "a * a": ((lambda a, b: a * a,), (lambda a, b: 2.0 * a,), ZERO),
    "a * b + a": ((lambda a, b: a * b + a,), (lambda a, b: b + 1.0,), (lambda a, b: a,)),
    "c * c + c, c = a * b": (
        (lambda a, b: (a * b) * (a * b) + a * b,),
        (lambda a, b: (2.0 * (a * b) + 1.0) * b, lambda a, b: 2.0 * (a * b) * b + b),
        (lambda a, b: (2.0 * (a * b) + 1.0) * a, lambda a, b: 2.0 * (a * b) * a + a),
    ),
    "-a": ((lambda a, b: -a,), (lambda a, b: -1.0 + 0.0 * a,), ZERO),
    "a + 3": ((lambda a, b: a + 3.0,), ONE, ZERO),
    "3 + a": ((lambda a, b: a + 3.0,), ONE, ZERO),
    "a - 3": ((lambda a, b: a - 3.0,), ONE, ZERO),
    "3 - a": ((lambda a, b: 3.0 - a,), (lambda a, b: -1.0 + 0.0 * a,), ZERO),
    "a * 3": ((lambda a, b: a * 3.0,), (lambda a, b: 3.0 + 0.0 * a,), ZERO),
    "3 * a": ((lambda a, b: a * 3.0,), (lambda a, b: 3.0 + 0.0 * a,), ZERO),
    "a / b": (
        (lambda a, b: a / b, lambda a, b: a * (1.0 / b)),
        (lambda a, b: 1.0 / b,),
        (lambda a, b: -a / (b * b), lambda a, b: -a * ((1.0 / b) * (1.0 / b))),
    ),
    "a / 3": (
        (lambda a, b: a / 3.0, lambda a, b: a * (1.0 / (3.0 + 0.0 * a))),
        (lambda a, b: 1.0 / (3.0 + 0.0 * a),), ZERO,
    ),
    "3 / b": (
        (lambda a, b: 3.0 / b, lambda a, b: 3.0 * (1.0 / b)), ZERO,
        (lambda a, b: -3.0 / (b * b), lambda a, b: -3.0 * ((1.0 / b) * (1.0 / b))),
    ),
    "a ** 2": ((lambda a, b: a * a,), (lambda a, b: 2.0 * a,), ZERO),
    "a ** 3": ((lambda a, b: a * a * a,), (lambda a, b: 3.0 * (a * a),), ZERO),
    "b ** -1": ((lambda a, b: 1.0 / b,), ZERO, (lambda a, b: -1.0 / (b * b),)),
    "exp(a)": ((lambda a, b: np.exp(a),), (lambda a, b: np.exp(a),), ZERO),
    "log(a)": ((lambda a, b: np.log(a),), (lambda a, b: 1.0 / a,), ZERO),
    "sqrt(a)": ((lambda a, b: np.sqrt(a),), (lambda a, b: 0.5 / np.sqrt(a),), ZERO),
    "tanh(a)": (
        (lambda a, b: np.tanh(a),
         lambda a, b: (np.exp(2.0 * a) - 1.0) / (np.exp(2.0 * a) + 1.0)),
        (lambda a, b: 1.0 - np.tanh(a) * np.tanh(a),
         lambda a, b: 1.0 - ((np.exp(2.0 * a) - 1.0) / (np.exp(2.0 * a) + 1.0)) ** 2),
        ZERO,
    ),
    "sigmoid(a)": (
        (lambda a, b: sigmoid(a),), (lambda a, b: sigmoid(a) * (1.0 - sigmoid(a)),), ZERO,
    ),
    "relu(a)": (
        (lambda a, b: is_positive(a) * a,), (lambda a, b: is_positive(a) + 0.0 * a,), ZERO,
    ),
}  # fmt: skip
# Where one of these is wrong, others are wrong by it.
FIRST = ("a * b", "a + b")


def with_operators(report: Report, run: NetworkProgram, p: Precision) -> Report:
    """Return the report on an engine with its operators, each judged alone."""
    if not run.facts["engine"] or report.findings or report.mistaken:
        return report
    each, left = run.program.explore("the program", operators_of, "operators", run.number)
    findings = list[Finding]()
    right = list[str]()
    for one in each:
        is_of_power = any(sign in one["name"] for sign in ("**", "/"))  # a / b is a * b ** -1
        if is_of_power and any("**" in f.tensor for f in findings):
            continue
        found = findings_on(one, str(run.facts["holder"]), p)
        findings += found
        right += [] if found else [one["name"]]
        if found and one["name"] in FIRST:
            break
    note = sentence("note.operators", engine=run.facts["holder"], names="; ".join(right))
    return replace(
        report, findings=(*report.findings, *findings), notes=(*report.notes, note),
        not_seen=(*report.not_seen, *left),
    )  # fmt: skip


def operators_of(answer: Any) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """Return the operators of an engine, and the names of those that were not tried.

    Raises:
        Malformed: one is none of `FORMULAS`, or has other arrays.
    """
    each, left = answer
    for one in each:
        if one["name"] not in FORMULAS or any(np.shape(one[n]) != (2, 3) for n in ARRAYS):
            raise Malformed("operators that are none")
    return [dict(one) for one in each], tuple(map(str, left))


ARRAYS = ("a", "b", "w", "value", "da", "db", "da_again", "db_again")


def findings_on(one: Mapping[str, Any], engine: str, p: Precision) -> list[Finding]:
    """Return the finding on an operator: its result, or else the gradients that it passes."""
    a, b, w = (ErrorArray(np.asarray(one[n], float), 0.0, p) for n in ("a", "b", "w"))
    result, of_a, of_b = ([f(a, b) for f in each] for each in FORMULAS[one["name"]])
    every: dict[str, list[ErrorArray]] = {
        "value": result,
        "da": [w * d for d in of_a],
        "db": [w * d for d in of_b],
        "da_again": [w * (d * a * b + z * b) for d in of_a for z in result],
        "db_again": [w * (d * a * b + z * a) for d in of_b for z in result],
    }
    for part, expected in every.items():
        given = np.asarray(one[part], float)
        compared = Comparison.of(given, expected)
        if not compared.ratio <= 1:
            right, _, _, ratio = compared.elements()
            at = np.unravel_index(np.argmax(ratio), ratio.shape)
            x, right = float(given[at]), float(right[at])
            facts = {
                "engine": engine, "operator": one["name"],
                **({} if part == "value" else {"part": part[1], "w": float(w.value[at])}),
                "a": float(a.value[at]), "b": float(b.value[at]),
                "given": x, "expected": right, "digits": digits_of(x, right),
            }  # fmt: skip
            code = f"operator.{CODES.get(part, 'gradient')}"
            text = sentence(code, **facts)
            return [Finding(f"{engine}: {one['name']}", "value", text, code=code, facts=facts)]
    return []


def digits_of(given: float, expected: float) -> int:
    """Return the digits, six or more, with which two numbers are written differently."""
    return next((n for n in range(6, 17) if f"{given:.{n}g}" != f"{expected:.{n}g}"), 17)


CODES = {"value": "value", "da_again": "added", "db_again": "added"}
