"""The whole programs of course 1: `model`, `nn_model`, `two_layer_model` and `L_layer_model`.

With one seed such a program begins at the same parameters, so that its results after 0, 1, 2, …
iterations follow each other. Each step is judged from the candidate's own parameters before it:
θ := θ − α dθ, with dθ of the reference.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from parity_tests.adapters.call_wording import sentence
from parity_tests.adapters.course.descent_checks import ALPHA, make_cause, n_iterations
from parity_tests.adapters.course.function_results import as_dictionary, keyed
from parity_tests.adapters.course.functions import (
    SECOND_MODEL,
    Course,
    argument_names,
    begins_with,
)
from parity_tests.adapters.course.unit_findings import in_unit_check
from parity_tests.adapters.course.update_functions import (
    context_of_update,
    one_per_mistake,
    with_parameter_name,
)
from parity_tests.adapters.mistaken_calls import KIND, positional, sorted_out
from parity_tests.checking.comparison import Comparison, gives
from parity_tests.checking.expected.layerwise import LayerwiseReference
from parity_tests.checking.findings import Finding, with_causes
from parity_tests.checking.judged import Tensor
from parity_tests.checking.report import Report
from parity_tests.checking.trace_structure import as_array, sound
from parity_tests.diagnosis.diagnose import explain_tensor
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import Precision
from parity_tests.kinds.update_lines import GRADIENT_DESCENT
from ref_numpy import Array, NetworkSpec

M, OTHER_M, STEPS, SEED = 11, 6, 3, 5
Parameters = dict[str, Array]


@dataclass(frozen=True)
class Model:
    """A program that trains.

    Attributes:
        dims: the sizes of its network.
        hidden: the activation of its hidden layers.
    """

    dims: tuple[int, ...]
    hidden: str = "relu"


MODELS = {
    "model": Model((5, 1)), "nn_model": Model((5, 4, 1), "tanh"),
    "two_layer_model": Model((5, 4, 1)), "L_layer_model": Model((5, 4, 3, 1)),
}  # fmt: skip
ITERATIONS, RATE = "num_iterations", "learning_rate"
# What each argument is, by a pattern of its name.
ARGUMENTS = {
    r"X(_train)?": "X", r"Y(_train)?": "Y", r"X_test": "X_test", r"Y_test": "Y_test",
    r"n_h": "n_h", r"layers?_dims": "layers_dims",
    r"num_(iter(ation)?|epoch)s?|n_iter\w*|epochs": ITERATIONS,
    r"learning_rate|lr|alpha": RATE, r"print_cost|verbose": "print_cost",
}  # fmt: skip
# Mistakes that no learning rate explains.
OF_ANY_RATE = ("theta.plus-step", "theta.not-updated", "loop.first-gradients")
# Errors of what is not there here, such as matplotlib, the plots of a cost.
MISSING = ("NameError", "ModuleNotFoundError", "ImportError", "InputError")


def check_models(course: Course, p: Precision, seed: int) -> Iterator[Report]:
    """Check the steps of each program of course 1 that the candidate has."""
    for name, model in MODELS.items():
        if name in course.functions and not is_of_second_course(course, name):
            yield check_model(course, name, model, p, seed)


def is_of_second_course(course: Course, name: str) -> bool:
    """Return whether a program `model` is that of course 2, which `second_models` checks."""
    return name == SECOND_MODEL and begins_with(course.description.functions[name], ["X", "Y"])


def check_model(course: Course, name: str, model: Model, p: Precision, seed: int) -> Report:
    """Check a program from its initial parameters on, one step after the other."""
    spec = NetworkSpec.dense(model.dims, model.hidden, "sigmoid")
    rng = np.random.default_rng(seed)
    X = p.round(rng.standard_normal((model.dims[0], M)))
    Y = p.round((rng.random((1, M)) < 1 / 2).astype(float))
    alpha = rate_of(course, name)
    if alpha is None:
        return Report(name, p.name, (), ())
    numbers = {"X": X, "Y": Y, "X_test": X[:, :OTHER_M].copy(), "Y_test": Y[:, :OTHER_M].copy()}
    numbers |= {"n_h": model.dims[1], "layers_dims": [*model.dims], RATE: ALPHA}
    before: Parameters | None = None
    if name == "model":  # whose initial parameters are zeros
        before = {n: np.zeros(shape) for n, shape in spec.parameter_shapes.items()}
    return check_steps(course, name, numbers, spec, before, alpha, p)


def check_steps(
    course: Course, name: str, numbers: Mapping[str, Any], spec: NetworkSpec,
    before: Parameters | None, alpha: float, p: Precision, settings: str = "", steps: int = STEPS,
) -> Report:  # fmt: skip
    """Check the steps of a program, each from its own parameters before it.

    Args:
        course: the functions.
        name: of the program.
        numbers: its arguments, by their meaning or name.
        spec: its network.
        before: its initial parameters; None runs it for no iteration.
        alpha: its learning rate.
        p: the candidate's arithmetic.
        settings: further arguments in words, for the results' names.
        steps: how many are checked.
    """
    nothing = Report(name, p.name, (), ())
    takes_rate = RATE in map(meaning_of, argument_names(course.description.functions[name]))
    X, Y = numbers["X"], numbers["Y"]
    tensors = list[Tensor]()
    first: Mapping[str, ErrorArray] = {}
    for k in range(1 if before else 0, steps + 1):
        label, findings = f"{name}({n_iterations(k)}{settings})", list[Finding]()
        now = call_model(course, name, {**numbers, ITERATIONS: k}, spec, findings, label, p)
        if findings or now is None:
            return with_findings(course, nothing, findings, k)
        if before is None:
            again = call_model(course, name, {**numbers, ITERATIONS: k}, spec, findings, label, p)
            if again is None or any(not np.array_equal(now[n], again[n]) for n in now):
                course.note("note.other-start", function=name)
                return nothing
            before = now
            continue
        dtheta = gradients_at(spec, before, X, Y, p)
        rows, found = compare_step(before, now, dtheta, first or dtheta, alpha, p)
        tensors += [t.of_function(label, t.name) for t in rows]
        codes = {cause.code for f in found for cause in f.causes}
        if found and not takes_rate and not codes.intersection(OF_ANY_RATE):
            course.note("note.other-rate", function=name)  # its own may be another than the default
            return nothing
        if found:
            wrong = [in_unit_check(f, label, f.tensor, f.message) for f in one_per_mistake(found)]
            return replace(nothing, tensors=tuple(tensors), **sorted_out(wrong))
        first, before = first or dtheta, now
    return replace(nothing, tensors=tuple(tensors))


def with_findings(course: Course, report: Report, findings: list[Finding], k: int) -> Report:
    """Return the report on a program that could not be called, or that returned something else.

    That a program with no iteration, or without a library, raises is only a note.
    """
    is_ours = k == 0 or any(f.facts.get("type_name") in MISSING for f in findings)
    if findings and (is_ours or any(f.kind == KIND for f in findings)):
        first = findings[0].message
        course.notes[sentence("note.not-checked-alone", message=first)] = None
        return report
    return replace(report, **sorted_out(findings))


def rate_of(course: Course, name: str) -> float | None:
    """Return the learning rate: the check's, or the default of the candidate's own update.

    None where neither is known.
    """
    if RATE in map(meaning_of, argument_names(course.description.functions[name])):
        return ALPHA
    update = course.description.functions.get("update_parameters")
    for q in positional(update) or () if update else ():
        if meaning_of(q.name) == RATE and q.default is not q.empty:
            try:
                return float(repr(q.default))
            except ValueError:
                return None
    return None


def meaning_of(argument: str) -> str:
    """Return what an argument is; "" where its name does not say it."""
    return next((what for names, what in ARGUMENTS.items() if re.fullmatch(names, argument)), "")


def call_model(
    course: Course, name: str, numbers: Mapping[str, Any], spec: NetworkSpec,
    findings: list[Finding], label: str, p: Precision,
) -> Parameters | None:  # fmt: skip
    """Call a program with the seed, and return its parameters, in the reference's shapes."""
    given: dict[str, Any] = {}
    for n in argument_names(course.description.functions[name]):
        what = meaning_of(n)
        value = False if what == "print_cost" else numbers.get(what or n)
        if value is None:
            break
        given[n] = value.copy() if isinstance(value, np.ndarray) else value
    result = course.attempt(name, given, parameters_in, findings, label, seed=SEED)
    if result is None:
        return None
    if name == "model" and "w" in result:
        w, b = (as_array(result.get(n)) for n in "wb")
        if w.shape == (spec.input_shape[0], 1) and b.size == 1:
            result = {"W1": w.T, "b1": b.reshape(1, 1)}
    returned = keyed(result, {n: n for n in spec.parameter_shapes}, name, findings)
    own, problems = sound(returned, spec.parameter_shapes, {}, p)
    findings += [in_unit_check(f, label, f.tensor, f.message) for f in problems]
    return {n: own[n] for n in returned} if not findings else None


def parameters_in(result: Any) -> Any:
    """Read the parameters, or a tuple that begins with them, such as (parameters, costs)."""
    return as_dictionary(result[0] if isinstance(result, tuple) and result else result)


def gradients_at(
    spec: NetworkSpec, params: Parameters, X: Array, Y: Array, p: Precision
) -> dict[str, ErrorArray]:
    """Return each parameter's gradient ± its error, by the parameter's name."""
    wide = {n: a.astype(np.float64) for n, a in params.items()}
    X, Y = X.astype(np.float64), Y.astype(np.float64)
    reference = LayerwiseReference.from_trace(spec, wide, X, {}, p)
    return {n[1:]: f.hull() for n, f in reference.expected_tensors(X, Y) if n[1:] in params}


def compare_step(
    before: Parameters, now: Parameters, dtheta: Mapping[str, ErrorArray],
    first: Mapping[str, ErrorArray], alpha: float, p: Precision,
) -> tuple[list[Tensor], list[Finding]]:  # fmt: skip
    """Compare the parameters after a step with θ − α dθ.

    Args:
        before: the parameters before it.
        now: those after it.
        dtheta: the gradients before it.
        first: those before the first step.
        alpha: the learning rate.
        p: the candidate's arithmetic.
    """
    rows, wrong = list[Tensor](), list[Finding]()
    for n, own in now.items():
        theta = ErrorArray(before[n].astype(np.float64), p=p)
        names = {"theta": theta, "dtheta": dtheta[n], "alpha": alpha}
        context = context_of_update("theta", GRADIENT_DESCENT, names)
        wide = own.astype(np.float64)
        c = Comparison.of(wide, context.right)
        rows.append(c.tensor(n))
        for found in c.findings(n, str(own.dtype), "value", "value"):
            found = replace(found, code="theta.value")
            kept = theta - alpha * first[n]
            if first is not dtheta and gives(kept, wide, p):
                right = f"{n} = {n} - learning_rate * d{n}, with d{n} of each iteration"
                cause = make_cause("loop.first-gradients", f"d{n} of the first iteration", right)
                wrong.append(with_causes(replace(found, right_line=right), [cause], ()))
            else:
                explained = explain_tensor(found, context, wide, p)
                wrong.append(with_parameter_name(explained, n))
    return rows, wrong
