"""What each of the course's functions is called with alone: random dZ and dA, of no loss."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import ref_numpy
from parity_tests.adapters.course.function_results import as_dictionary, as_tuple
from parity_tests.adapters.course.functions import Course
from parity_tests.adapters.course.reference_functions import ACTIVATIONS, takes_A
from parity_tests.adapters.course.whole_run import numbered
from parity_tests.adapters.second_course.three_layer_run import mean_of_total
from parity_tests.checking.other_problems import REST, TILE
from parity_tests.checking.trace_structure import as_array
from parity_tests.error_model.precisions import Precision
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import Array, Context, NetworkSpec

Problem = tuple[NetworkSpec, dict[str, Array], Array, Array]  # spec, params, X, Y
# The numbers of examples, the other with a rest after whole tiles.
M, OTHER_M = 7, TILE + REST


Own = dict[str, Any]


@dataclass(frozen=True)
class UnitCheck:
    """One function, its arguments, and the arrays of its result that are compared.

    Attributes:
        function: its name.
        arguments: by name, in order.
        read: converts the result to {own name: array}.
        names: {own name: canonical name}, in the network of `problem`.
        problem: a network, its parameters, X and Y, that belong to the arguments.
        known: that network's other tensors.
        label: the function's name in findings, where it is called in several ways.
        cache: what its cache holds in the course, such as "(A, W, b)"; "" where it has none, or
            where its result has no entry "cache".
        context: of the run; None is one that does not train.
    """

    function: str
    arguments: dict[str, Any]
    read: Callable[[Any], Own]
    names: dict[str, str]
    problem: Problem
    known: dict[str, Array] = field(default_factory=dict)
    label: str = ""
    cache: str = ""
    context: Context | None = None


def unit_checks(
    course: Course,
    spec: NetworkSpec,
    p: Precision,
    rng: np.random.Generator,
    m: int,
    equal: bool = False,
) -> list[UnitCheck]:
    """Return every check with m examples; of each function, and of its backward function next.

    Args:
        course: the functions.
        spec: the network of the whole run.
        p: the candidate's arithmetic.
        rng: of the random arguments.
        m: the number of examples.
        equal: whether every layer has m units, too.
    """
    every = [*layer_unit_checks(course, p, rng, m, *((m, m) if equal else (5, 4)))]
    for week in (course.week, *(w for w in course.driven if w != course.week)):
        small = course.small(spec, week)
        small = of_equal_sizes(small, m) if equal else small
        every += network_unit_checks(course, week, small, p, rng, m)
    return every


def of_equal_sizes(spec: NetworkSpec, n: int) -> NetworkSpec:
    """Return the network with n units in every layer."""
    *hidden, output = [step.layer for step in spec.steps if step.output[0] == "A"]
    return NetworkSpec.dense([n] * (len(hidden) + 2), hidden, output, spec.loss)


def layer_unit_checks(
    course: Course, p: Precision, rng: np.random.Generator, m: int, n_prev: int, n: int
) -> Iterator[UnitCheck]:
    """Yield the checks of one layer's functions: n_prev units before it, n in it, m examples."""

    def numbers(*shape: int) -> Array:
        return p.round(rng.standard_normal(shape))

    A_prev, W, b, Z = numbers(n_prev, m), numbers(n, n_prev), numbers(n, 1), numbers(n, m)
    Z[1, 2] = 0  # where ReLU has its kink
    dA, dZ = numbers(n, m), numbers(n, m)
    params, Y, linear_cache = {"W1": W, "b1": b}, numbers(n, m), (A_prev, W, b)

    def problem(g: str) -> Problem:
        return NetworkSpec.dense([n_prev, n], output=g, loss="squared_error"), params, A_prev, Y

    exact = of_quarters(rng, m, n_prev, n)
    W_q, A_q, b_q = (p.round(exact[n]) for n in ("W", "A_prev", "b"))
    Z_q, params_q = p.round(exact["Z"]), {"W1": W_q, "b1": b_q}
    backward = {"dA_prev": "dA0", "dW": "dW1", "db": "db1"}
    yield UnitCheck(
        "linear_forward", {"A": A_prev, "W": W, "b": b},
        all_of("Z, cache"), {"Z": "Z1"}, problem("identity"), cache="(A, W, b)",
    )  # fmt: skip
    yield UnitCheck(
        "linear_backward", {"dZ": dZ, "cache": linear_cache},
        all_of("dA_prev, dW, db"), backward, problem("relu"), {"dZ1": dZ},
    )  # fmt: skip
    for g in ("sigmoid", "relu"):
        yield UnitCheck(
            g, {"Z": Z}, activation, {"A": "A1"}, problem(g), {"Z1": Z}, cache="Z",
        )  # fmt: skip
        yield UnitCheck(
            f"{g}_backward",
            {"dA": dA, "cache": p.round(ACTIVATIONS[g].g(Z)) if of_A(course, g) else Z},
            lambda dZ: {"dZ": dZ}, {"dZ": "dZ1"}, problem(g), {"dA1": dA, "Z1": Z},
        )  # fmt: skip
    for g in ("sigmoid", "relu"):  # the functions that call those before
        yield UnitCheck(
            "linear_activation_forward", {"A_prev": A_prev, "W": W, "b": b, "activation": g},
            with_Z, {"A": "A1", "Z": "Z1"}, problem(g),
            label=f"linear_activation_forward({g})", cache="((A_prev, W, b), Z)",
        )  # fmt: skip
        yield UnitCheck(
            "linear_activation_backward",
            {"dA": dA, "cache": ((A_q, W_q, b_q), Z_q), "activation": g},
            all_of("dA_prev, dW, db"), backward, (problem(g)[0], params_q, A_q, Y),
            {"dA1": dA, "Z1": Z_q},
            label=f"linear_activation_backward({g})",
        )  # fmt: skip


def of_quarters(rng: np.random.Generator, m: int, n_prev: int, n: int) -> dict[str, Array]:
    """Return W, A_prev, b and Z = W A_prev + b without any rounding: Z may be computed again.

    One z is 0, where ReLU has its kink.
    """

    def quarters(*shape: int) -> Array:
        return np.round(4 * rng.standard_normal(shape)) / 4

    W, A_prev, b = quarters(n, n_prev), quarters(n_prev, m), quarters(n, 1)
    b[1] -= (W @ A_prev + b)[1, 2]
    return {"W": W, "A_prev": A_prev, "b": b, "Z": W @ A_prev + b}


def of_A(course: Course, g: str) -> bool:
    """Return whether the candidate's `relu_backward` is of (dA, A), and not of (dA, Z)."""
    own = course.description.functions.get(f"{g}_backward")
    return own is not None and takes_A(own)


def network_unit_checks(
    course: Course, week: int, spec: NetworkSpec, p: Precision, rng: np.random.Generator, m: int
) -> Iterator[UnitCheck]:
    """Yield the checks of a whole network's functions, with m examples."""
    seed = int(rng.integers(2**32))
    params, X, Y = random_problem(spec, m, seed, p.dtype)
    params, X, Y = {n: p.round(a) for n, a in params.items()}, p.round(X), p.round(Y)
    if np.ptp(Y) == 0:  # of labels of one class, half of the cost is 0
        Y[0, 0] = 1 - Y[0, 0]
    forward = {n: p.round(a) for n, a in ref_numpy.forward(spec, params, X)[0].items()}
    AL, problem = forward[spec.output], (spec, params, X, Y)
    L, shapes = len(spec.weights), spec.parameter_shapes
    gradients = {f"d{n}": f"d{n}" for n in shapes}
    dA = {f"dA{l}": f"dA{l}" for l in range(L + 1)}

    if week == course.week:
        given = {"AL": AL, "Y": Y, "parameters": params}
        takes = max(course.takes("compute_cost"), 2)
        yield UnitCheck(
            "compute_cost", dict(list(given.items())[:takes]),
            lambda cost: {"cost": mean_of_total(course, cost, AL, Y)}, {"cost": "J"}, problem,
            forward,
        )  # fmt: skip
    if week == 3:
        cache = {n: a for n, a in forward.items() if n != "A0"}
        yield UnitCheck(
            "backward_propagation", {"parameters": params, "cache": cache, "X": X, "Y": Y},
            among(gradients), gradients, problem, forward,
        )  # fmt: skip
    if week == 4:
        yield UnitCheck(
            "L_model_backward", {"AL": AL, "Y": Y, "caches": caches(spec, params, forward)},
            lambda grads: numbered(as_dictionary(grads), spec, m, []),
            gradients | dA, problem, forward,
        )  # fmt: skip


def caches(spec: NetworkSpec, params: dict[str, Array], A: dict[str, Array]) -> list[Any]:
    """Return week 4's caches of a forward run."""
    layers = range(1, len(spec.weights) + 1)
    return [((A[f"A{l - 1}"], params[f"W{l}"], params[f"b{l}"]), A[f"Z{l}"]) for l in layers]


def activation(result: Any) -> Own:
    """Read A alone, as weeks 2 and 3 return it, or (A, cache)."""
    if not isinstance(result, tuple) or not result:
        return {"A": result}
    return {"A": result[0], "cache": result[1] if len(result) == 2 else result[1:]}


def with_Z(result: Any) -> Own:
    """Read (A, cache), and the Z that the cache ends with, if that is an array."""
    A, cache = as_tuple("A, cache")(result)
    Z: Any = cache[-1] if isinstance(cache, tuple | list) and cache else None
    own = {"A": A, "cache": cache}
    return own | {"Z": Z} if as_array(Z).shape == as_array(A).shape else own


def all_of(names: str) -> Callable[[Any], Own]:
    """Return a reader of a tuple: "dW, db" → {"dW": …, "db": …}."""
    read = as_tuple(names)
    return lambda result: dict(zip(names.split(", "), read(result), strict=True))


def among(names: dict[str, str]) -> Callable[[Any], Own]:
    """Return a reader of a dictionary's entries with these names."""
    return lambda result: {n: x for n, x in as_dictionary(result).items() if n in names}
