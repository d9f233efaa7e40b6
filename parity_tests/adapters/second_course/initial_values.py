"""Initial parameters: their shapes, b = 0, and the scale of W.

Of N normal numbers with the standard deviation σ, S = Σ (w/σ)² has a χ² distribution, and |S − N|
is at most 2 √(N t) + 2 t but with a probability of 2 e^−t (Laurent and Massart, *Adaptive
estimation of a quadratic functional*, Annals of Statistics 28, 2000, lemma 1).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from parity_tests.adapters.course.function_results import as_dictionary, as_tuple, keyed
from parity_tests.adapters.course.functions import Course, argument_names
from parity_tests.adapters.course.unit_findings import in_unit_check
from parity_tests.adapters.second_course.made_findings import (
    Mistake,
    made_finding,
    report_of,
    row_of_property,
)
from parity_tests.checking.findings import Finding
from parity_tests.checking.judged import Tensor
from parity_tests.checking.report import Report
from parity_tests.checking.trace_structure import sound
from parity_tests.error_model.precisions import FALSE_POSITIVE_RATE, Precision
from ref_numpy import Array, NetworkSpec

DIMS = (150, 90, 40, 3)  # pairwise different, so that n and n_prev are told apart
DIM = 5  # of the logistic regression

T = math.log(2 / FALSE_POSITIVE_RATE)


class Scale(NamedTuple):
    """A factor by which normal numbers are multiplied: as it is written, and its value."""

    text: str
    of: Callable[[int, int], float]  # of (n, n_prev)


HE = Scale("np.sqrt(2 / n_prev)", lambda n, n_prev: math.sqrt(2 / n_prev))
TEN = Scale("10", lambda n, n_prev: 10.0)
SCALES = (
    HE, TEN,
    Scale("1", lambda n, n_prev: 1.0),
    Scale("0.01", lambda n, n_prev: 0.01),
    Scale("0.1", lambda n, n_prev: 0.1),
    Scale("np.sqrt(1 / n_prev)", lambda n, n_prev: math.sqrt(1 / n_prev)),
    Scale("np.sqrt(2 / n)", lambda n, n_prev: math.sqrt(2 / n)),
    Scale("np.sqrt(1 / n)", lambda n, n_prev: math.sqrt(1 / n)),
    Scale("np.sqrt(2 / (n + n_prev))", lambda n, n_prev: math.sqrt(2 / (n + n_prev))),
    Scale("2 / n_prev", lambda n, n_prev: 2 / n_prev),
    Scale("1 / n_prev", lambda n, n_prev: 1 / n_prev),
    Scale("np.sqrt(2) / n_prev", lambda n, n_prev: math.sqrt(2) / n_prev),
    Scale("np.sqrt(n_prev / 2)", lambda n, n_prev: math.sqrt(n_prev / 2)),
)  # fmt: skip

# By function: the factor of W, None for any, 0 for W = 0.
INITIALISERS: Mapping[str, Scale | int | None] = {
    "initialize_parameters_zeros": 0, "initialize_parameters_random": TEN,
    "initialize_parameters_he": HE, "initialize_parameters": None,
    "initialize_parameters_deep": None, "initialize_with_zeros": 0,
}  # fmt: skip


def check_initialisers(course: Course, p: Precision) -> Iterator[Report]:
    """Check each function of initial parameters that the candidate has."""
    for name, scale in INITIALISERS.items():
        if name in course.functions:
            yield check_initialiser(course, name, scale, p)


def check_initialiser(course: Course, name: str, scale: Scale | int | None, p: Precision) -> Report:
    """Check one function.

    Args:
        course: the functions.
        name: of the function.
        scale: of W.
        p: the candidate's arithmetic.
    """
    findings: list[Finding] = []
    taken = argument_names(course.description.functions[name])
    dims, read = DIMS, as_dictionary
    given: dict[str, Any] = {taken[0] if taken else "layers_dims": [*DIMS]}
    if name == "initialize_parameters" and len(taken) == 3:
        dims = DIMS[1:]
        given = dict(zip(taken, dims, strict=True))
    shapes = NetworkSpec.dense(dims, "relu", "sigmoid").parameter_shapes
    names = {n: n for n in shapes}
    if name == "initialize_with_zeros":
        given, shapes, names = {"dim": DIM}, {"w": (DIM, 1), "b": ()}, {"w": "w", "b": "b"}
        read = pair_of_w_and_b
    result = course.attempt(name, given, read, findings, name)
    if result is None:
        return report_of(name, p, findings, ())
    returned = keyed(result, names, name, findings, course)
    own, problems = sound(returned, shapes, {}, p)
    findings += [in_unit_check(f, name, f.tensor, f.message) for f in problems
                 if f.kind != "dtype"]  # fmt: skip
    rows: list[Tensor] = []
    of_random: dict[str, Array] = {}
    for n, x in own.items():
        if scale == 0 or n[0] == "b":
            if x.any():
                findings.append(
                    made_finding(name, n, "initial.not-zero", {}, (), f"{n} = np.zeros({x.shape})")
                )
            rows.append(row_of_property(name, n, x))
        else:
            of_random[n] = x
    findings += random_findings(name, scale if isinstance(scale, Scale) else None, of_random)
    rows += [row_of_property(name, n, x) for n, x in of_random.items()]
    return report_of(name, p, findings, rows)


def pair_of_w_and_b(result: Any) -> dict[str, Any]:
    """Read (w, b)."""
    return dict(zip("wb", as_tuple("w, b")(result), strict=True))


def random_findings(
    function: str, scale: Scale | None, weights: Mapping[str, Array]
) -> Iterator[Finding]:
    """Yield what is wrong with random weights; of all layers together, the first one has it.

    Args:
        function: the candidate's.
        scale: of W; None for any.
        weights: by name.
    """
    right = f"W = np.random.randn(n, n_prev) * {scale.text if scale else 'a factor'}"
    for n, x in weights.items():
        if x.size > 1 and (x == x.flat[0]).all():
            mistake = Mistake("initial.equal", f"{n} = {x.flat[0]:.6g} everywhere", right)
            yield made_finding(function, n, "initial.equal", {}, [mistake])
            return
    if scale is None or all(is_of_scale(x, scale) for x in weights.values()):
        return
    n, x = next((n, x) for n, x in weights.items() if not is_of_scale(x, scale))
    facts = {"std": f"{np.sqrt(np.mean(x**2)):.4g}", "expected": f"{scale.of(*x.shape):.4g}"}
    mistakes = [
        Mistake("initial.scale", f"W = np.random.randn(n, n_prev) * {s.text}", right)
        for s in SCALES if all(is_of_scale(x, s) for x in weights.values())
    ]  # fmt: skip
    if all((x >= 0).all() for x in weights.values()):
        mistakes = [Mistake("initial.uniform", right.replace("randn", "rand"), right)]
    yield made_finding(function, n, "initial.scale", facts, mistakes, right)


def is_of_scale(x: Array, scale: Scale) -> bool:
    """Return whether numbers may be normal with this standard deviation, and the mean 0."""
    z, N = x / scale.of(*x.shape), x.size
    S = float(np.sum(z**2))
    of_mean = math.sqrt(2 * N * T)  # |Σ z| of N(0, N) beyond it has a probability below 2 e^−t
    return (
        -2 * math.sqrt(N * T) <= S - N <= 2 * math.sqrt(N * T) + 2 * T and abs(z.sum()) <= of_mean
    )
