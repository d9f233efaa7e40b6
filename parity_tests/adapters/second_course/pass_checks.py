"""What course 2's forward and backward functions are called with alone.

Three layers, plain, with L2 regularisation, with dropout, and those of gradient checking. A cache
is in the form of the candidate's own forward function; the arrays in it are the reference's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

import ref_numpy
from parity_tests.adapters.course.function_results import as_dictionary, as_tuple
from parity_tests.adapters.course.functions import Course
from parity_tests.adapters.course.unit_checks import Own, Problem, UnitCheck
from parity_tests.adapters.second_course.cache_arrays import cache_to_give, read_cache
from parity_tests.adapters.second_course.supplied_helpers import DIMS, cache_names
from parity_tests.adapters.second_course.three_layer_run import gradients_in
from parity_tests.checking.findings import Finding
from parity_tests.error_model.precisions import Precision
from parity_tests.kinds.random_problem import random_problem, with_kink
from ref_numpy import (
    Array,
    BinaryCrossEntropy,
    Context,
    Dense,
    Dropout,
    NetworkSpec,
    ReLU,
    Sigmoid,
)

LAMBD, KEEP = 0.75, 0.625  # every precision holds these exactly; ½ would be 1 − itself
L = len(DIMS) - 1
NAMES, NAMES_WITH_MASKS = cache_names(L), cache_names(L, "D")
RESULTS = {"cost": "J", **{n: n for n in NAMES if n[0] in "ZA"}}
GRADIENTS = {f"d{n}": f"d{n}" for n in NAMES if n != f"A{L}"}
FORWARD = {
    "backward_propagation": "forward_propagation",
    "backward_propagation_with_regularization": "forward_propagation",
    "backward_propagation_with_dropout": "forward_propagation_with_dropout",
    "backward_propagation_n": "forward_propagation_n",
}


def network_problem(rng: np.random.Generator, p: Precision, m: int, lambd: float = 0) -> Problem:
    """Return the network, random parameters, X and Y of m examples of both classes."""
    spec = NetworkSpec.dense(DIMS, "relu", "sigmoid", lambd=lambd)
    params, X, Y = random_problem(spec, m, int(rng.integers(2**32)), p.dtype)
    Y[0, :2] = 0, 1
    # Of the example that is 0, z1 is b1 and, where that is not above 0, z2 is b2: one is 0 in each.
    params, X = with_kink(spec, params, X)
    params["b1"], params["b2"] = -np.abs(params["b1"]), np.abs(params["b2"])
    params["b2"][1] = 0
    return spec, {n: p.round(a) for n, a in params.items()}, p.round(X), p.round(Y)


def dropout_network() -> NetworkSpec:
    """Return the network with a dropout after each hidden layer."""
    layers: list[Any] = []
    for l, (n_prev, n) in enumerate(pairwise(DIMS), 1):
        layers += [Dense(n_prev, n), *((ReLU(), Dropout(1 - KEEP)) if l < L else (Sigmoid(),))]
    return NetworkSpec.chain(layers, BinaryCrossEntropy())


# The course's names of the tensors in this network: its A1 is after the mask, and so is its dA1.
WITH_DROPOUT = {f"A{l}": f"D{l}" for l in range(1, L)}


def pass_checks(
    course: Course, p: Precision, rng: np.random.Generator, m: int, seen: list[Finding]
) -> Iterator[UnitCheck]:
    """Yield the checks with m examples.

    Args:
        course: the functions.
        p: the candidate's arithmetic.
        rng: of the random arguments.
        m: the number of examples.
        seen: findings of the calls that show the form of the caches; they are not used.
    """
    problem = network_problem(rng, p, m)
    regularised = (replace(problem[0], lambd=LAMBD), *problem[1:])
    spec, params, X, Y = problem
    forward = {n: p.round(a) for n, a in ref_numpy.forward(spec, params, X)[0].items()}
    known = {n: a for n, a in forward.items() if n != "A0"}
    A = forward[spec.output]

    yield UnitCheck(
        "compute_cost_with_regularization",
        {"A3": A, "Y": Y, "parameters": params, "lambd": LAMBD},
        lambda cost: {"cost": cost}, {"cost": "J"}, regularised, known,
    )  # fmt: skip
    form = form_of_cache(course, "forward_propagation", problem, NAMES, seen)
    for name, given, of in (
        ("backward_propagation", {}, problem),
        ("backward_propagation_with_regularization", {"lambd": LAMBD}, regularised),
    ):
        cache = cache_to_give(form, NAMES, {**forward, **params, "X": X})
        if cache is not None:
            given = {"X": X, "Y": Y, "cache": cache, **given}
            yield UnitCheck(name, given, gradients(name, spec, A - Y), GRADIENTS, of, known)
    yield UnitCheck(
        "forward_propagation_n", {"X": X, "Y": Y, "parameters": params},
        cost_and_cache(course, problem), RESULTS, problem,
    )  # fmt: skip
    form = form_of_cache(course, "forward_propagation_n", problem, NAMES, seen)
    cache = cache_to_give(form, NAMES, {**forward, **params, "X": X})
    if cache is not None:
        name = "backward_propagation_n"
        given = {"X": X, "Y": Y, "cache": cache}
        yield UnitCheck(name, given, gradients(name, spec, A - Y), GRADIENTS, problem, known)
    yield from dropout_checks(course, problem, p, rng, seen)


def dropout_checks(
    course: Course, problem: Problem, p: Precision, rng: np.random.Generator, seen: list[Finding]
) -> Iterator[UnitCheck]:
    """Yield the check of backward_propagation_with_dropout, whose masks are given."""
    name, (_, params, X, Y), spec = "backward_propagation_with_dropout", problem, dropout_network()
    m = X.shape[1]
    masks = {f"D{l}": (rng.random((DIMS[l], m)) < KEEP).astype(np.int64) for l in range(1, L)}
    context = dropout_context(spec, masks, m)
    wide = {n: a.astype(np.float64) for n, a in params.items()}
    every = ref_numpy.forward(spec, wide, X.astype(np.float64), context)[0]
    every = {n: p.round(a) for n, a in every.items()}
    own = {n: every[WITH_DROPOUT.get(n, n)] for n in NAMES if n[0] in "ZA"}
    form = form_of_cache(course, FORWARD[name], problem, NAMES_WITH_MASKS, seen)
    cache = cache_to_give(form, NAMES_WITH_MASKS, {**own, **masks, **params, "X": X})
    if cache is None:
        return
    given = {"X": X, "Y": Y, "cache": cache, "keep_prob": KEEP}
    # The course's dA1 is after the mask, and is so the gradient of ReLU's result.
    yield UnitCheck(
        name, given, gradients(name, problem[0], every[spec.output] - Y), GRADIENTS,
        (spec, params, X, Y), {n: a for n, a in every.items() if n != "A0"}, context=context,
    )  # fmt: skip


def dropout_context(spec: NetworkSpec, masks: Mapping[str, Array], m: int) -> Context:
    """Return the context of a run with these masks."""
    draws = {n: x.astype(np.float64) for n, x in masks.items()}
    return spec.context(m)._replace(training=True, draws=draws)


def gradients(name: str, spec: NetworkSpec, dZ: Array) -> Callable[[Any], Own]:
    """Return a reader of a backward function's result."""

    def read(result: Any) -> Own:
        return gradients_in(as_dictionary(result), spec, name, dZ, [])

    return read


def cost_and_cache(course: Course, problem: Problem) -> Callable[[Any], Own]:
    """Return a reader of (cost, cache)."""
    spec, params, X, _ = problem
    near = ref_numpy.forward(spec, params, X)[0]

    def read(result: Any) -> Own:
        cost, cache = as_tuple("cost, cache")(result)
        near_ones = {n: near[n] for n in NAMES if n in near}
        found, _ = read_cache(
            course, "forward_propagation_n", cache, NAMES, {"X": X, **params}, near_ones, []
        )
        return {"cost": cost} | {n: x for n, x in found.items() if n in near}

    return read


def form_of_cache(
    course: Course, function: str, problem: Problem, names: Sequence[str], seen: list[Finding]
) -> Any:
    """Return the form of the cache that a forward function returns; None of the course's.

    So it is where the function is not there, or raises.
    """
    is_other = function == "forward_propagation" and 5 not in course.driven
    if function not in course.functions or is_other:
        return None
    spec, params, X, Y = problem
    given: dict[str, Any] = {"X": X, "parameters": params}
    if function == "forward_propagation_n":
        given = {"X": X, "Y": Y, "parameters": params}
    if function == "forward_propagation_with_dropout":
        given["keep_prob"] = KEEP
    result = course.attempt(function, given, as_tuple("result, cache"), seen)
    if result is None:
        return None
    near = ref_numpy.forward(spec, params, X)[0]
    exact = {"X": X, **params}
    masks = {n: np.ones_like(near[f"A{n[1:]}"]) for n in names if n[0] == "D"}
    near_ones = {n: near[n] for n in names if n in near} | masks
    return read_cache(course, function, result[1], names, exact, near_ones, seen)[1]
