"""Week 2's `optimize` and `predict` alone: gradient descent from random parameters, and a > ½.

After one iteration the parameters are w − α dw and b − α db, whose mistakes the catalogue has.
After several they are those of the reference's own iterations, run on value ± error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np

from parity_tests.adapters.course.function_results import as_tuple, words
from parity_tests.adapters.course.functions import Course
from parity_tests.adapters.course.prediction_check import check_prediction
from parity_tests.adapters.course.unit_findings import in_unit_check
from parity_tests.adapters.course.update_functions import (
    NUMBERS,
    context_of_update,
    one_per_mistake,
    with_parameter_name,
)
from parity_tests.adapters.course.whole_run import entries
from parity_tests.adapters.mistaken_calls import positional, sorted_out
from parity_tests.checking.causes import Cause
from parity_tests.checking.comparison import Comparison, gives
from parity_tests.checking.findings import Finding, with_causes, without_cause
from parity_tests.checking.guarded_calls import CandidateError
from parity_tests.checking.judged import Tensor
from parity_tests.checking.report import Report
from parity_tests.checking.trace_structure import as_array, sound
from parity_tests.diagnosis.cause_wording import unknown
from parity_tests.diagnosis.diagnose import explain_tensor
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import Precision
from parity_tests.kinds.update_lines import GRADIENT_DESCENT
from ref_numpy import Array, Cache, Context, Dense, Sigmoid

LAYER = Dense(5, 1)
ALPHA, ITERATIONS, M, MANY = NUMBERS["learning_rate"], 3, 11, 61
RATE = re.compile(r"(learning_?)?rate|l_?r|alpha|eta|step(_?size)?", re.IGNORECASE)
Parameters = dict[str, Array]  # w (n_x, 1) and b (1, 1)


def check_descent(course: Course, p: Precision, seed: int) -> Iterator[Report]:
    """Check `optimize` after one iteration and after several, and `predict`.

    Args:
        course: the functions.
        p: the candidate's arithmetic.
        seed: of the random parameters and examples.
    """
    rng = np.random.default_rng(seed)
    theta = {n: p.round(rng.standard_normal((k, 1))) for n, k in (("w", 5), ("b", 1))}
    X = p.round(rng.standard_normal((5, M)))
    Y = p.round((rng.random((1, M)) < 1 / 2).astype(float))
    if "optimize" in course.functions:
        first = check_iterations(course, theta, X, Y, 1, p)
        yield first if first.findings else check_iterations(course, theta, X, Y, ITERATIONS, p)
    if "predict" in course.functions:
        many = p.round(rng.standard_normal((5, MANY)))
        yield check_prediction(course, theta["w"], theta["b"], many, p)


def check_iterations(
    course: Course, theta: Parameters, X: Array, Y: Array, iterations: int, p: Precision
) -> Report:
    """Check `optimize` after so many iterations."""
    label = f"optimize({n_iterations(iterations)})"
    result, findings = call_optimize(course, theta, X, Y, iterations, label)
    own = gradients_too(*result[:2], findings) if result else {}
    runs = [*descent(theta, X, Y, ITERATIONS + 1, p)]
    numbers = {n: (1, 1) if as_array(own.get(n)).shape == (1, 1) else () for n in ("b", "db")}
    returned = own
    own, problems = sound(own, {"w": (5, 1), "dw": (5, 1), **numbers}, {}, p)
    tensors, wrong = list[Tensor](), list[Finding]()
    for n, array in own.items():
        if n[0] == "d" and (wrong or problems):  # the gradients at wrong parameters
            continue
        x, of = array.reshape(theta[n[-1]].shape), n[-1]
        right = runs[iterations].theta[n] if n == of else runs[iterations - 1].grads[of]
        c = Comparison.of(x, [right.rounded(p.output_rounding)])
        tensors.append(c.tensor(n).of_function(label, n))
        for found in c.findings(n, str(as_array(returned[n]).dtype), "value", "value"):
            if n != of:
                wrong.append(explain_gradient(found, x, runs[iterations].grads[of], p))
                continue
            found = replace(found, code="theta.value")
            step = explain_step(found, n, x, runs[0], p) if iterations == 1 else None
            loop = explain_iterations(found, n, x, runs, p)
            wrong.append(step if step and (step.causes or not loop.causes) else loop)
    wrong = [*problems, *one_per_mistake(wrong)]
    findings += [in_unit_check(f, label, f.tensor, f.message) for f in wrong]
    return Report(label, p.name, tensors=tuple(tensors), **sorted_out(findings))


def call_optimize(
    course: Course, theta: Parameters, X: Array, Y: Array, iterations: int, label: str
) -> tuple[tuple[Any, Any, Any] | None, list[Finding]]:
    """Call `optimize`; return params, grads and costs, and the findings of the call."""
    findings: list[Finding] = []
    given = {
        "w": theta["w"].copy(), "b": float(theta["b"][0, 0]), "X": X.copy(), "Y": Y.copy(),
        "num_iterations": iterations, "learning_rate": ALPHA,
    }  # fmt: skip
    taken = [q.name for q in positional(course.description.functions["optimize"]) or ()]
    if any(map(RATE.fullmatch, taken[4:5])):  # it comes before the number of iterations
        given["num_iterations"] = given.pop("num_iterations")
    result = course.attempt("optimize", given, read_optimized, findings, label, may_change=("w",))
    return result, findings


def gradients_too(params: Any, grads: Any, findings: list[Finding]) -> dict[str, Any]:
    """Return w, b, dw and db."""
    own = entries(params, {"w": "w", "b": "b"}, "optimize", findings)
    return own | entries(grads, {"dw": "dw", "db": "db"}, "optimize", findings)


def read_optimized(result: Any) -> Any:
    """Read (params, grads, costs).

    Raises:
        CandidateError: it is something else, or the costs are no list.
    """
    params, grads, costs = as_tuple("params, grads, costs")(result)
    if not isinstance(costs, list | tuple) and not getattr(costs, "shape", ()):
        raise CandidateError(f"{words(costs)} for its costs; expected a list")
    return params, grads, costs


def explain_gradient(
    finding: Finding, candidate: Array, later: ErrorArray, p: Precision
) -> Finding:
    """Return the finding of a returned gradient, which may be that of another iteration."""
    finding = replace(finding, code="gradient.value")
    if not gives(later, candidate, p):
        return without_cause(finding, unknown("unknown.no-known-mistake", []))
    right = f"{finding.tensor} at the parameters before the last update"
    cause = make_cause("loop.later-gradients", f"{finding.tensor} at those after it", right)
    return with_causes(replace(finding, right_line=right), [cause], ())


@dataclass(frozen=True)
class Iterate:
    """The parameters after some iterations, and the gradients there, value ± error."""

    theta: Mapping[str, ErrorArray]
    grads: Mapping[str, ErrorArray]


def descent(
    theta: Parameters, X: Array, Y: Array, iterations: int, p: Precision
) -> Iterator[Iterate]:
    """Yield the iterates of the reference: θ := θ − α dθ, from 0 iterations on."""
    exact_X, exact_Y = (cast(Array, ErrorArray(x, p=p)) for x in (X, Y))
    now: Mapping[str, Any] = {n: ErrorArray(x, p=p) for n, x in theta.items()}
    for _ in range(iterations + 1):
        parameters, context = {"W": now["w"].T, "b": now["b"]}, Context(scale=X.shape[-1])
        Z, _ = LAYER.forward(parameters, context, exact_X)
        cache = Cache((exact_X,), (Z,), context=context, to_inputs=False)
        _, gradients = LAYER.backward(parameters, cache, Sigmoid().g(Z) - exact_Y)
        grads: dict[str, Any] = {"w": gradients["W"].T, "b": gradients["b"]}
        yield Iterate(now, grads)
        now = {n: x - ALPHA * grads[n] for n, x in now.items()}


def explain_step(
    finding: Finding, n: str, candidate: Array, start: Iterate, p: Precision
) -> Finding:
    """Return the finding of one iteration, with the known mistake of an update."""
    names = {"theta": start.theta[n], "dtheta": start.grads[n]}
    context = context_of_update("theta", GRADIENT_DESCENT, names)
    return with_parameter_name(explain_tensor(finding, context, candidate, p), n)


def explain_iterations(
    finding: Finding, n: str, candidate: Array, runs: list[Iterate], p: Precision
) -> Finding:
    """Return the finding of several iterations, with a mistake of the loop that gives it."""
    right = f"for i in range(num_iterations): {n} = {n} - learning_rate * d{n}"
    found = [
        make_cause(
            "loop.iterations",
            right.replace("num_iterations", str(k)),
            right,
            iterations=n_iterations(k),
        )
        for k, run in enumerate(runs)
        if gives(run.theta[n], candidate, p)
    ]
    kept = runs[0].theta[n] - ITERATIONS * (ALPHA * runs[0].grads[n])
    if gives(kept, candidate, p):
        formula = f"{n} = {n} - num_iterations * learning_rate * d{n}"
        found.append(make_cause("loop.first-gradients", formula, right))
    if found:
        return with_causes(finding, found, ())
    return without_cause(finding, unknown("unknown.no-known-mistake", []))


def n_iterations(n: int) -> str:
    """Return "1 iteration", or "3 iterations"."""
    return f"{n} iteration{'' if n == 1 else 's'}"


def make_cause(code: str, formula: str, right: str, **facts: Any) -> Cause:
    """Return the cause of this code."""
    return Cause(code, CAUSES[code], formula, right, facts)


CAUSES = {
    "loop.iterations": "it is the result of {iterations}",
    "loop.first-gradients": "the gradients of the first iteration are used in all of them",
    "loop.later-gradients": "it is the gradient after the last update",
}
