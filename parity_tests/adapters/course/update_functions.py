"""The course's functions that update parameters: gradient descent, momentum, RMSProp, Adam.

Each is called alone, on random parameters, gradients and averages. θ is checked by the candidate's
own v and s, so that a wrong average is one finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from parity_tests.adapters.course.function_results import as_dictionary, keyed, words
from parity_tests.adapters.course.functions import Course
from parity_tests.adapters.course.unit_findings import in_unit_check
from parity_tests.adapters.mistaken_calls import sorted_out
from parity_tests.checking.comparison import Comparison
from parity_tests.checking.findings import Finding
from parity_tests.checking.guarded_calls import CandidateError
from parity_tests.checking.judged import Tensor
from parity_tests.checking.report import Report
from parity_tests.checking.trace_structure import as_array, sound
from parity_tests.diagnosis.diagnose import explain_tensor
from parity_tests.diagnosis.hypotheses import values
from parity_tests.diagnosis.line_functions import FUNCTIONS
from parity_tests.diagnosis.tensor_context import TensorContext
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import Precision
from parity_tests.kinds.equivalent_formulas import Formulas
from parity_tests.kinds.formula_text import FormulaText
from parity_tests.kinds.update_lines import (
    ADAM,
    GRADIENT_DESCENT,
    MOMENTUM,
    RMSPROP,
    moving_average,
)
from ref_numpy import Array, NetworkSpec

# Every precision holds these exactly, and their powers; ε is large enough to be seen.
NUMBERS = {
    "learning_rate": 0.09375, "beta": 0.875, "beta1": 0.875, "beta2": 0.96875, "epsilon": 0.0625,
    "t": 3,
}  # fmt: skip


@dataclass(frozen=True)
class Update:
    """An update function.

    Attributes:
        arguments: after parameters and grads.
        averages: the letters of the averages, which are returned after the parameters.
        formulas: of each average, and of θ.
    """

    arguments: tuple[str, ...]
    averages: str
    formulas: dict[str, FormulaText]


V, S = moving_average("v", "beta"), moving_average("s", "beta")
DESCENT = Update(("learning_rate",), "", {"theta": GRADIENT_DESCENT})
UPDATES = {
    "update_parameters": DESCENT,
    "update_parameters_with_gd": DESCENT,
    "update_parameters_with_momentum": Update(
        ("v", "beta", "learning_rate"), "v", {"v": V, "theta": MOMENTUM}
    ),
    "update_parameters_with_rmsprop": Update(
        ("s", "beta", "learning_rate", "epsilon"), "s", {"s": S, "theta": RMSPROP}
    ),
    "update_parameters_with_adam": Update(
        ("v", "s", "t", "learning_rate", "beta1", "beta2", "epsilon"), "vs",
        {"v": moving_average("v", "beta1"), "s": moving_average("s", "beta2"), "theta": ADAM},
    ),
}  # fmt: skip


def check_updates(
    course: Course, spec: NetworkSpec, p: Precision, rng: np.random.Generator
) -> Iterator[Report]:
    """Check each update function of the candidate.

    Parameters and averages may be updated in place, as the course does; gradients may not.
    """
    for name, update in UPDATES.items():
        if name in course.functions:
            yield check_update(course, name, update, spec, p, rng)


def check_update(
    course: Course, name: str, update: Update, spec: NetworkSpec, p: Precision, rng: Any
) -> Report:
    """Check one update function."""
    shapes = spec.parameter_shapes
    theta = {n: p.round(rng.standard_normal(shape)) for n, shape in shapes.items()}
    grads = {f"d{n}": p.round(rng.standard_normal(shape)) for n, shape in shapes.items()}
    before = {
        "v": {f"d{n}": p.round(rng.standard_normal(shape)) for n, shape in shapes.items()},
        "s": {f"d{n}": p.round(rng.standard_normal(shape) ** 2) for n, shape in shapes.items()},
    }
    given: dict[str, Any] = {"parameters": theta, "grads": grads}
    given |= {n: before[n] if n in before else NUMBERS[n] for n in update.arguments}
    findings: list[Finding] = []
    result = course.attempt(
        name, deepcopy(given), reader(update), findings, may_change=("parameters", "v", "s")
    )
    if result is None:
        return Report(name, p.name, tensors=(), **sorted_out(findings))
    updated = keyed(result[0], {n: n for n in shapes}, name, findings, course)
    for x, after in zip(update.averages, result[1:], strict=False):
        updated |= keyed(after, {n: f"{x}{n}" for n in grads}, name, findings, course)
    expected = shapes | {f"{x}d{n}": shape for x in update.averages for n, shape in shapes.items()}
    own, problems = sound(updated, expected, {}, p)
    tensors: list[Tensor] = []
    for n in shapes:
        names = names_of(update, n, theta, grads, before, own, p)
        for letter, formula in update.formulas.items():
            tensor = n if letter == "theta" else f"{letter}d{n}"
            if tensor in own:
                context = context_of_update(letter, formula, names)
                c = Comparison.of(own[tensor], context.right)
                if c.ratio > 1 and letter == "theta":  # from averages that it did not return?
                    right = context_of_update(
                        letter, formula, names_of(update, n, theta, grads, before, {}, p)
                    )
                    other = Comparison.of(own[tensor], right.right)
                    c, context = (other, right) if other.ratio <= 1 else (c, context)
                tensors.append(c.tensor(tensor))
                dtype = str(as_array(updated[tensor]).dtype)
                for finding in c.findings(tensor, dtype, "value", "value"):
                    finding = replace(finding, code=f"{letter}.value")
                    finding = explain_tensor(finding, context, own[tensor], p)
                    findings.append(with_parameter_name(finding, n))
    odd = {n for n in shapes for f in findings if f.tensor in [f"{x}d{n}" for x in update.averages]}
    # θ from an average that is wrong may have a root of negative numbers.
    findings += [f for f in problems if not (f.kind == "not-finite" and f.tensor in odd)]
    place = {n: i for i, n in enumerate(order(update, shapes))}
    findings.sort(key=lambda finding: place.get(finding.tensor, -1))
    return of_function(name, Report(name, p.name, one_per_mistake(findings), tuple(tensors)))


def one_per_mistake(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return one finding for all parameters in which a formula has the same mistake."""
    groups: list[list[Finding]] = []
    for f in findings:
        group = next((group for group in groups if is_same_mistake(group[0], f)), None)
        if group is None:
            groups.append([f])
        else:
            group.append(f)
    return tuple(with_others(first, [f.tensor for f in rest]) for first, *rest in groups)


def is_same_mistake(one: Finding, other: Finding) -> bool:
    """Return whether two parameters are wrong for one reason; a single number fits any."""
    if one.code != other.code or one.kind not in ("value", "difference"):
        return False
    causes, others = ({cause.code for cause in f.causes} for f in (one, other))
    return other.size == 1 or causes == others or bool(causes & others)


def with_others(finding: Finding, others: Sequence[str]) -> Finding:
    """Return the finding with the other tensors that it is of: "W1 is wrong, and so is b1"."""
    if not others:
        return finding
    which = f"are {', '.join(others[:-1])} and {others[-1]}" if others[1:] else f"is {others[0]}"
    facts = {**finding.facts, "others": tuple(others)}
    return replace(finding, message=f"{finding.message}, and so {which}", facts=facts)


def order(update: Update, shapes: Mapping[str, Any]) -> Iterator[str]:
    """Yield the averages of a parameter, then the parameter, which is computed from them."""
    for n in shapes:
        yield from (f"{x}d{n}" for x in update.averages)
        yield n


def reader(update: Update) -> Any:
    """Return a reader of parameters; or of a tuple that begins with parameters and averages."""

    def read(result: Any) -> tuple[Mapping[str, Any], ...]:
        n = 1 + len(update.averages)
        if n == 1:
            return (as_dictionary(result),)
        if not isinstance(result, tuple | list) or len(result) < n:
            names = ", ".join(("parameters", *update.averages))
            raise CandidateError(f"{words(result)}; expected ({names})")
        return tuple(map(as_dictionary, result[:n]))

    return read


def names_of(
    update: Update, n: str, theta: Any, grads: Any, before: Any, own: Any, p: Precision
) -> dict[str, Any]:
    """Return the names that the lines of the parameter n may use."""

    def exact(x: Array) -> ErrorArray:
        return ErrorArray(x, p=p)

    names: dict[str, Any] = {"theta": exact(theta[n]), "dtheta": exact(grads[f"d{n}"])}
    for x in update.averages:
        names[f"{x}_prev"] = exact(before[x][f"d{n}"])
        after = own.get(f"{x}d{n}")
        if after is None:
            after = next(values(update_context(names), update.formulas[x].right)).value
        names[x] = exact(after)
    return names


NOTHING: dict[str, Any] = {
    "m": 1, "n": None, "n_prev": None, "n_y": 1, "n_x": None, "lambd": 0, "Z": None, "weights": [],
}  # fmt: skip
CONSTANTS = {**NUMBERS, "alpha": NUMBERS["learning_rate"], "np": FUNCTIONS, **NOTHING}


def update_context(names: Mapping[str, Any]) -> TensorContext:
    """Return a context in which formulas of an update may use these names."""
    return TensorContext("theta", 0, (), Formulas(()), ({**CONSTANTS, **names},), None)


def context_of_update(kind: str, formula: FormulaText, names: Mapping[str, Any]) -> TensorContext:
    """Return the context of θ, v or s.

    Args:
        kind: "theta", "v" or "s".
        formula: the right one.
        names: that it may use.
    """
    context = update_context(names)
    right = Formulas(values(context, formula.right))
    return replace(context, kind=kind, formulas=(formula,), right=right)


def with_parameter_name(finding: Finding, n: str) -> Finding:
    """Return the finding with this parameter's names: W1 for theta, dW1 for dtheta."""
    causes = [
        replace(
            c, formula=c.formula.replace("theta", n), right=c.right and c.right.replace("theta", n)
        )
        for c in finding.causes
    ]
    line = finding.right_line and finding.right_line.replace("theta", n)
    return replace(finding, right_line=line, causes=tuple(causes), layer=None)


def of_function(name: str, report: Report) -> Report:
    """Rename tensors: "W1" → "update_parameters.W1"."""
    findings = tuple(
        f if f.tensor.partition(".")[0] == name else in_unit_check(f, name, f.tensor, f.message)
        for f in report.findings
    )
    tensors = tuple(t.of_function(name, t.name) for t in report.tensors)
    every = tuple(t.name for t in tensors)
    return replace(report, findings=findings, tensors=tensors, evidence=every)
