"""A function that returns one number, by a line of the catalogue's kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from parity_tests.adapters.course.functions import Course
from parity_tests.adapters.course.unit_findings import in_unit_check
from parity_tests.adapters.mistaken_calls import sorted_out
from parity_tests.checking.comparison import Comparison
from parity_tests.checking.findings import Finding
from parity_tests.checking.judged import Tensor
from parity_tests.checking.report import Report
from parity_tests.checking.trace_structure import as_array, sound
from parity_tests.diagnosis.diagnose import explain_tensor
from parity_tests.diagnosis.hypotheses import values
from parity_tests.diagnosis.line_functions import FUNCTIONS
from parity_tests.diagnosis.tensor_context import TensorContext
from parity_tests.error_model.precisions import Precision
from parity_tests.kinds.equivalent_formulas import Formulas
from parity_tests.kinds.formula_text import FormulaText

# The names that lines may use and that have no value here.
NOTHING: dict[str, Any] = {
    "m": 1, "n": None, "n_prev": None, "n_y": 1, "n_x": None, "lambd": 0, "Z": None, "weights": [],
}  # fmt: skip


def check_number(
    course: Course, name: str, given: Mapping[str, Any], formula: FormulaText,
    names: Mapping[str, Any], p: Precision,
) -> Report:  # fmt: skip
    """Check a function that returns one number.

    Args:
        course: the functions.
        name: of the function.
        given: its arguments.
        formula: that is right, with its mistakes.
        names: of the formula.
        p: the candidate's arithmetic.
    """
    n, findings = formula.left, list[Finding]()
    own = course.attempt(name, given, lambda result: {n: result}, findings, name)
    if own is None:
        return Report(name, p.name, tensors=(), **sorted_out(findings))
    context = TensorContext(
        n, 0, (formula,), Formulas(()), ({**names, **NOTHING, "np": FUNCTIONS},), None
    )
    context = replace(context, right=Formulas(values(context, formula.right)))
    given_dtype = str(as_array(own[n]).dtype)
    own = {n: as_array(own[n]).reshape(()) if as_array(own[n]).size == 1 else own[n]}
    own, problems = sound(own, {n: ()}, {}, p)
    tensors: list[Tensor] = []
    for found in problems:
        findings.append(in_unit_check(found, name, n, found.message))
    if n in own:
        c = Comparison.of(own[n], context.right)
        is_zero = not context.right[0].value.any()  # that of J = θ x, but for rounding
        tensors.append(replace(c.tensor(n), zero=is_zero).of_function(name, n))
        for found in c.findings(n, given_dtype, "value", "value"):
            found = explain_tensor(found, context, own[n], p)
            found = replace(found, code=f"{n}.value", layer=None)
            findings.append(in_unit_check(found, name, n, found.message))
    return Report(name, p.name, tensors=tuple(tensors), **sorted_out(findings))
