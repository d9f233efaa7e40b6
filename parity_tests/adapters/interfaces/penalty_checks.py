"""The penalty of a program's weights: what λ adds to J and to the gradients.

A program is read with λ = 0. Then it is run with λ = ½, and J(½) − J(0) tells the form of the
penalty: λ ΣW², ½ λ ΣW², or either over m. Of that J the gradients are judged. λ and every factor
are powers of two, or m, so that no form rounds otherwise than the reference's λ/m does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from parity_tests.adapters.call_wording import sentence
from parity_tests.adapters.interfaces.conventions import Problem
from parity_tests.adapters.interfaces.network_run import NetworkProgram, run_reading
from parity_tests.adapters.interfaces.scales import MEAN, SCALES
from parity_tests.checking.findings import Finding
from parity_tests.checking.guarded_calls import CandidateError, CandidateLost
from parity_tests.checking.report import Report
from parity_tests.diagnosis.explained_check import check
from parity_tests.error_model.precisions import Precision
from ref_numpy import Array

STRENGTH = 0.5
# Factors of λ ΣW² in J, with m examples.
FORMS = {
    "½ {λ} ΣW²": lambda m: Fraction(1, 2),
    "{λ} ΣW²": lambda m: Fraction(1),
    "{λ}/(2m) ΣW²": lambda m: Fraction(1, 2 * m),
    "{λ}/m ΣW²": lambda m: Fraction(1, m),
}
GRADIENTS = {"½ {λ} ΣW²": "{λ} W", "{λ} ΣW²": "2 {λ} W", "{λ}/(2m) ΣW²": "{λ}/m W",
             "{λ}/m ΣW²": "2 {λ}/m W"}  # fmt: skip
# A program whose gradients are those of its loss alone may leave these to its optimiser.
DECAYS = ("weight_decay", "weightdecay", "wd")


@dataclass(frozen=True)
class Penalised:
    """What a penalty's run says: sentences, findings, or that it was not judged.

    Attributes:
        notes: in words.
        findings: of J and of the gradients.
        judged: whether all was.
    """

    notes: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    judged: bool = True


def with_penalties(
    report: Report, run: NetworkProgram, problem: Problem, p: Precision, name: str
) -> Report:
    """Return the report with what each penalty of the program adds, where all else is right.

    A difference may be declared, and then it hides no penalty.
    """
    penalties = [str(n) for n in run.facts["penalties"]]
    is_wrong = any(f.kind != "difference" for f in report.findings)
    if is_wrong or report.mistaken or not penalties:
        return report
    params, X, Y = problem
    problem = {n: p.round(x) for n, x in params.items()}, p.round(X), p.round(Y)
    plain = tensors_of(run, problem, {})
    for penalty in penalties:
        found = penalised(run, problem, p, name, penalty, plain)
        report = replace(
            report, notes=(*report.notes, *found.notes),
            findings=(*report.findings, *found.findings),
        )  # fmt: skip
        if not found.judged:
            report = replace(report, required=(*report.required, f"dW({penalty})"))
    return report


def tensors_of(
    run: NetworkProgram, problem: Problem, strengths: Mapping[str, float]
) -> dict[str, Any]:
    """Return the output, J and the gradients of a run of an object that is made again."""
    return run_reading(run.program, run.number, *problem, True, strengths)["tensors"]


def penalised(
    run: NetworkProgram, problem: Problem, p: Precision, name: str, penalty: str,
    plain: Mapping[str, Any],
) -> Penalised:  # fmt: skip
    """Judge J and the gradients with a penalty of this name.

    Args:
        run: the program.
        problem: params, X, Y.
        p: its arithmetic.
        name: of the candidate.
        penalty: the name of its strength.
        plain: the tensors without any penalty.
    """
    facts = {"name": penalty, "value": STRENGTH}
    try:
        own = tensors_of(run, problem, {penalty: STRENGTH})
    except CandidateLost:
        raise
    except CandidateError as error:
        return not_judged("raised", **facts, error=str(error))
    changed = [n for n in plain if n not in own or not np.array_equal(plain[n], own[n])]
    if not changed and penalty in run.facts["arguments"]:
        return not_judged("unused", **facts)
    if not changed:  # a method that is not called may use what is kept
        return Penalised((sentence("note.penalty.unused", **facts),))
    has_cost = "J" in plain and ("J" in changed or not is_decay(run, penalty))
    if has_cost and "J" not in changed:
        return not_judged("not-in-J", **facts)
    form = form_of_cost if has_cost else form_of_gradients
    best, with_biases = form(run, problem, plain, own)
    spec_lambd = strength_of_reference(run, best, problem[1].shape[1], has_cost)
    if spec_lambd is None:
        return not_judged("form", **facts, forms=list_of_forms(penalty))
    if with_biases:  # without them J has that of W alone
        params = {n: x * (n[0] == "W") for n, x in problem[0].items()}
        problem = (params, *problem[1:])
        own = tensors_of(run, problem, {penalty: STRENGTH})
    spec = replace(run.spec, lambd=float(spec_lambd))
    trace = run.conventions.trace(own, problem[1].shape[1])
    trace = trace if has_cost else {n: x for n, x in trace.items() if n != "J"}
    part = check(trace, spec, *problem, p, name)
    is_read = "J" in part.names_within_bounds if has_cost else not part.findings
    if not is_read and not (has_cost and is_subtracted(part)):
        return not_judged("form", **facts, forms=list_of_forms(penalty))
    if with_biases and not part.findings:
        return not_judged("biases", **facts)
    form_words = (best if has_cost else GRADIENTS[best]).replace("{λ}", penalty)
    if part.findings:
        note = sentence("note.penalty.lines", **facts, form=form_words, lambd=float(spec_lambd))
        return Penalised((note,), tuple(named(f, facts) for f in part.findings))
    code = "note.penalty.of-cost" if has_cost else "note.penalty.of-gradients"
    return Penalised((sentence(code, **facts, form=form_words, ratio=part.ratio),))


def is_decay(run: NetworkProgram, penalty: str) -> bool:
    """Return whether a penalty may be left out of J: a decay, or where J is no program's own."""
    return penalty.lower() in DECAYS or "," in str(run.facts["holder"])


def not_judged(reason: str, **facts: Any) -> Penalised:
    """Return that a penalty was not judged, and why."""
    return Penalised((sentence(f"note.penalty.{reason}", **facts),), judged=False)


def list_of_forms(penalty: str) -> str:
    """Return the forms of a penalty in words."""
    *most, last = [form.replace("{λ}", penalty) for form in FORMS]
    return f"{', '.join(most)} or {last}"


def is_subtracted(report: Report) -> bool:
    """Return whether J is right but for the sign of its penalty, which is right in no program."""
    return any(c.code == "J.minus-L2" for f in report.findings for c in f.causes)


def named(finding: Finding, facts: Mapping[str, Any]) -> Finding:
    """Return a finding with the penalty that it was found with."""
    message = sentence("penalty.finding", **facts, message=finding.message)
    return replace(finding, message=message)


def form_of_cost(
    run: NetworkProgram, problem: Problem, plain: Mapping[str, Any], own: Mapping[str, Any]
) -> tuple[str, bool]:
    """Return the form of the penalty of J that is nearest, and whether the biases are in it."""
    params, X, _ = problem
    added = abs(float(own["J"]) - float(plain["J"]))
    squares = {
        biases: sum(float((x**2).sum()) for n, x in params.items() if biases or n[0] == "W")
        for biases in (False, True)
    }
    apart = {
        (form, biases): abs(added / (STRENGTH * float(factor(run, form, X.shape[1])) * square) - 1)
        for form in FORMS
        for biases, square in squares.items()
    }
    return min(apart, key=lambda each: apart[each])


def form_of_gradients(
    run: NetworkProgram, problem: Problem, plain: Mapping[str, Any], own: Mapping[str, Any]
) -> tuple[str, bool]:
    """Return the form of the penalty of which the gradient of the last weights is nearest."""
    params, X, _ = problem
    last = max(run.spec.weights, key=lambda n: int(n[1:]))
    added: Array = np.asarray(own[f"d{last}"] - plain[f"d{last}"], float)
    ratio = float(np.median(added / (STRENGTH * params[last])))
    apart = {form: abs(ratio / (2 * float(factor(run, form, X.shape[1]))) - 1) for form in FORMS}
    return min(apart, key=lambda each: apart[each]), False


def factor(run: NetworkProgram, form: str, m: int) -> Fraction:
    """Return the factor of λ ΣW² in the J of m examples, which may be a sum of calls of one."""
    return m * FORMS[form](1) if run.facts["one"] else FORMS[form](m)


def strength_of_reference(
    run: NetworkProgram, form: str, m: int, has_cost: bool
) -> Fraction | None:
    """Return the reference's λ, of λ/(2m) ΣW², in the scale of J; None where it is rounded."""
    c = run.conventions
    scale = (c.cost if has_cost else c.gradients) or MEAN
    of_J = Fraction(SCALES[scale](m, c.spec.output_shape[0]))
    lambd = 2 * m * factor(run, form, m) * Fraction(STRENGTH) / of_J
    return lambd if lambd > 0 and Fraction(float(lambd)) == lambd else None
