"""Gradient checking: J = θ x, its derivative x, and the difference that both checks return.

The difference is computed with a large ε, of gradients that are wrong on purpose, so that it is far
from rounding:  ‖g − a‖ / (‖g‖ + ‖a‖),   a_i = (J(θ + ε e_i) − J(θ − ε e_i)) / (2 ε).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from parity_tests.adapters.course.functions import Course, of_a_network
from parity_tests.adapters.second_course.number_checks import check_number
from parity_tests.adapters.second_course.pass_checks import network_problem
from parity_tests.adapters.second_course.supplied_helpers import (
    dictionary_to_vector,
    vector_to_dictionary,
)
from parity_tests.checking.expected.layerwise import LayerwiseReference
from parity_tests.checking.report import Report
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import Precision
from parity_tests.kinds.formula_text import ALL, FormulaText, edit
from ref_numpy import Array, NetworkSpec

EPSILON = 2.0**-8
THETA_X = ("forward_propagation", "backward_propagation")
M = 7

A = "(J_plus - J_minus) / (2 * epsilon)"
NORM = "np.sqrt(np.sum(({})**2))"
G = f"{NORM.format('g')} + {NORM.format(A)}"
DIFFERENCE = FormulaText(
    "difference", f"{NORM.format(f'g - {A}')} / ({G})", (
        edit("one-sided", "the difference is one-sided: J(θ) is used instead of J(θ − ε)",
             "J_minus) / (2 * epsilon)", "J) / epsilon"),
        edit("one-sided-halved", "J(θ) is used instead of J(θ − ε)", "J_minus", "J"),
        edit("missing-2", "the 2 of 2 ε is missing", "(2 * epsilon)", "epsilon"),
        edit("missing-parentheses", "parentheses are missing around 2 ε",
             "/ (2 * epsilon)", "/ 2 * epsilon"),
        edit("swapped", "J(θ + ε) and J(θ − ε) are swapped",
             "J_plus", "J_minus", "J_minus", "J_plus"),
        edit("numerator-alone", "it is not divided by ‖g‖ + ‖a‖", f" / ({G})", ""),
        edit("norm-of-sum", "the denominator is ‖g + a‖, and not ‖g‖ + ‖a‖",
             G, NORM.format(f"g + {A}")),
        edit("norm-of-g", "the denominator is ‖g‖ alone", f" + {NORM.format(A)})", ")"),
        edit("plus-in-numerator", "the numerator is ‖g + a‖", "g - ", "g + "),
        edit("squared-norms", "the norms are squared: their roots are missing", "np.sqrt", ""),
        edit("product-of-norms", "the norms are multiplied, and not added",
             f"{NORM.format('g')} + ", f"{NORM.format('g')} * "),
        *(
            edit(f"{name}-not-copied", f"θ is not copied: each θ_i keeps its {step} from then on",
                 "J_plus", f"J_plus_{name}", "J_minus", f"J_minus_{name}")
            for name, step in (("plus", "+ ε"), ("minus", "− ε"))
        ),
    ),
)  # fmt: skip
J_OF_THETA = FormulaText("J", "theta * x", (
    edit("plus", "the product was expected, the sum is used", "*", "+"),
    edit("theta-alone", "x is missing", " * x", ""),
    edit("x-alone", "θ is missing", "theta * ", ""),
))  # fmt: skip
DTHETA = FormulaText("dtheta", "x", (
    edit("theta-for-x", "θ is used instead of x", ALL, "theta"),
    edit("theta-x", "J is used instead of its derivative", ALL, "theta * x"),
    edit("one", "it is 1", ALL, "x / x"),
))  # fmt: skip


def check_gradient_checks(
    course: Course, p: Precision, seed: int, wrong: set[str]
) -> Iterator[Report]:
    """Check the functions of gradient checking that the candidate has.

    Args:
        course: the functions.
        p: the candidate's arithmetic.
        seed: of the random arguments.
        wrong: functions with a mistake; a difference that is computed with them is not checked.
    """
    rng = np.random.default_rng(seed)
    x, theta = (float(p.round(np.array(t))) for t in rng.standard_normal(2))
    names = numbers(p, x=x, theta=theta)
    plain = {n: f for n, f in course.description.functions.items()
             if n not in of_a_network(course.description.functions)}  # fmt: skip
    is_wrong = False
    if plain:
        of_theta = Course(course.program, replace(course.description, functions=plain))
        of_theta.functions = [*plain]
        for name, formula in zip(THETA_X, (J_OF_THETA, DTHETA), strict=True):
            if name in plain:
                given = {"x": x, "theta": theta}
                report = check_number(of_theta, name, given, formula, names, p)
                is_wrong = is_wrong or bool(report.findings)
                yield report
    if "gradient_check" in course.functions and not is_wrong:
        two = {n: numbers(p, x=x)["x"] * number(p, theta + k * EPSILON)
               for n, k in (("J_plus", 1), ("J_minus", -1), ("J", 0))}  # fmt: skip
        given = {"x": x, "theta": theta, "epsilon": EPSILON}
        names = {**names, "g": number(p, x), **two, "epsilon": EPSILON}
        yield check_number(course, "gradient_check", given, DIFFERENCE, names, p)
    if "gradient_check_n" in course.functions and "forward_propagation_n" not in wrong:
        yield check_of_network(course, p, rng)


def number(p: Precision, x: float) -> ErrorArray:
    """Return an exact number of p."""
    return ErrorArray(np.asarray(x, float), p=p)


def numbers(p: Precision, **given: float) -> dict[str, Any]:
    """Return exact numbers of p."""
    return {n: number(p, x) for n, x in given.items()}


def check_of_network(course: Course, p: Precision, rng: np.random.Generator) -> Report:
    """Check `gradient_check_n`, with gradients that are wrong on purpose."""
    spec, params, X, Y = network_problem(rng, p, M)
    grads = {f"d{n}": p.round(rng.standard_normal(a.shape) / 8) for n, a in params.items()}
    given = {"parameters": params, "gradients": grads, "X": X, "Y": Y, "epsilon": EPSILON}
    g, _ = dictionary_to_vector({n[1:]: a for n, a in grads.items()})
    theta = dictionary_to_vector(params)[0]

    def costs(*names: str) -> dict[str, ErrorArray]:
        every = [moved_parameters(theta, i) for i in range(len(theta))]
        J = {n: [cost_at(spec, vector_to_dictionary(moved[n]), X, Y, p) for moved in every]
             for n in names}  # fmt: skip
        return {n: column(values, p) for n, values in J.items()}

    names = {"g": ErrorArray(g, p=p), "epsilon": EPSILON, **costs("J_plus", "J_minus")}
    report = check_number(course, "gradient_check_n", given, DIFFERENCE, names, p)
    if not report.findings:
        return report
    names |= costs("J", "J_plus_plus", "J_minus_plus", "J_plus_minus", "J_minus_minus")
    return check_number(course, "gradient_check_n", given, DIFFERENCE, names, p)


def moved_parameters(theta: Array, i: int) -> dict[str, Array]:
    """Return the parameters at which each J is computed, by its name in the formula.

    Args:
        theta: (n, 1).
        i: which number is moved by ε.
    """

    def moved(sign: int, before: int = 0) -> Array:
        result = theta.copy()
        result[:i] += before * EPSILON
        result[i] += sign * EPSILON
        return result

    return {
        "J_plus": moved(1), "J_minus": moved(-1), "J": moved(0),
        "J_plus_plus": moved(1, 1), "J_minus_plus": moved(0, 1),
        "J_plus_minus": moved(1, -1), "J_minus_minus": moved(-1, -1),
    }  # fmt: skip


def cost_at(
    spec: NetworkSpec, params: Mapping[str, Array], X: Array, Y: Array, p: Precision
) -> ErrorArray:
    """Return J ± its error at these parameters."""
    params = {n: a.astype(np.float64) for n, a in params.items()}
    reference = LayerwiseReference.from_trace(spec, params, X.astype(np.float64), {}, p)
    for name, formulas in reference.expected_tensors(X.astype(np.float64), Y.astype(np.float64)):
        if name == "J":
            return formulas.hull()
    raise AssertionError("a network has a cost")


def column(every: list[ErrorArray], p: Precision) -> ErrorArray:
    """Return numbers below each other, (n, 1)."""
    value = np.array([[float(x.value)] for x in every])
    return ErrorArray(value, np.array([[float(np.max(x.error))] for x in every]), p)
