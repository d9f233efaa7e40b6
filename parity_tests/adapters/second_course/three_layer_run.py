"""A whole run of course 2's functions: forward_propagation, compute_cost, backward_propagation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

import ref_numpy
from parity_tests.adapters.course.function_results import (
    Tensors,
    as_dictionary,
    as_tuple,
    kept,
    keyed,
    own_key,
)
from parity_tests.adapters.course.functions import Course
from parity_tests.adapters.second_course.cache_arrays import read_cache
from parity_tests.adapters.second_course.supplied_helpers import cache_names
from parity_tests.checking.findings import Finding
from parity_tests.checking.trace_structure import as_array
from ref_numpy import Array, NetworkSpec


def run_three_layers(
    course: Course, spec: NetworkSpec, params: Tensors, X: Array, Y: Array, findings: list[Finding]
) -> tuple[Tensors, Tensors]:
    """Run the functions, and return their results, and those in their variables.

    forward_propagation(X, parameters) → (A3, (Z1, A1, W1, b1, …)), then
    backward_propagation(X, Y, cache) → {"dZ3": …, "dW3": …, "db3": …, "dA2": …, …}.
    """
    given = {"X": X, "parameters": params}
    names, output = cache_names(len(spec.weights)), spec.output
    forward = course.attempt("forward_propagation", given, as_tuple("A3, cache"), findings)
    if forward is None:
        return {}, {}
    A, cache = forward
    near = ref_numpy.forward(spec, params, X)[0]
    exact = {"X": X, **params}
    near = {n: near[n] for n in names if n in near}
    found, _ = read_cache(
        course, "forward_propagation", cache, names, exact, near, findings
    )  # fmt: skip
    trace = {n: x for n, x in found.items() if n in near} | {output: kept(A)}
    cost = cost_of(course, A, Y, near[output], findings)
    trace |= {} if cost is None else {"J": kept(cost)}
    given = {"X": X, "Y": Y, "cache": cache}
    grads = course.attempt("backward_propagation", given, as_dictionary, findings, held=True)
    if grads is None:
        return trace, {}
    results = gradients_in(grads, spec, "backward_propagation", as_array(A) - Y, findings, course)
    held = course.outcome.held if of_examples(results) else {}
    return trace | results, held


def of_examples(results: Tensors) -> bool:
    """Return whether the gradients of activations are among the results."""
    return any(n[:2] in ("dZ", "dA") for n in results)


def cost_of(course: Course, A: Array, Y: Array, near: Array, findings: list[Finding]) -> Any:
    """Call compute_cost(A3, Y), and return J, the mean.

    Args:
        course: the functions.
        A: the output of the candidate.
        Y: the labels.
        near: the output of the reference.
        findings: of the call.
    """
    cost = course.attempt("compute_cost", {"A3": A, "Y": Y}, lambda cost: cost, findings)
    return None if cost is None else mean_of_total(course, cost, near, Y)


def mean_of_total(course: Course, cost: Any, A: Array, Y: Array) -> Any:
    """Return J of a cost that is the total of its examples, as in the assignment on mini-batches.

    That is so where the file has mini-batches, and the total is nearer than the mean. J is then the
    cost divided by m, as the reference's last operation is.
    """
    if "random_mini_batches" not in course.functions or as_array(cost).dtype.kind != "f":
        return cost
    m = Y.shape[1]
    with np.errstate(all="ignore"):
        J = float(-np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / m)
        apart = np.abs(as_array(cost) - J).max(), np.abs(as_array(cost) / m - J).max()
    if not apart[1] < apart[0]:
        return cost
    course.note("note.total-cost")
    return as_array(cost) / m


def gradients_in(
    grads: Mapping[str, Any], spec: NetworkSpec, function: str, dZ: Array,
    findings: list[Finding], course: Course | None = None,
) -> Tensors:  # fmt: skip
    """Return a function's gradients by canonical name; dZ and dA are left out if they carry 1/m.

    A helper file of the course begins with dZ3 = (1/m) (A3 − Y), and a program may as well: dW and
    db are then of J all the same.

    Args:
        grads: of the function.
        spec: the network.
        function: its name.
        dZ: A[L] − Y of the function's own input.
        findings: to which missing keys are added.
        course: where other spellings are noted.
    """
    L, m = len(spec.weights), dZ.shape[1]
    names = {f"d{n}": f"d{n}" for n in spec.parameter_shapes}
    trace = keyed(grads, names, function, findings, course)
    more = [f"d{n}{l}" for l in range(1, L + 1) for n in "ZA" if f"{n}{l}" != f"A{L}"]
    found = {n: grads[own_key(grads, n)] for n in more if own_key(grads, n) in grads}
    first = as_array(found.get(f"dZ{L}", dZ))
    if first.shape == dZ.shape and first.dtype.kind == "f":
        with np.errstate(all="ignore"):
            if np.abs(m * first - dZ).max() < np.abs(first - dZ).max() / m:
                return trace
    return trace | {n: kept(x) for n, x in found.items()}
