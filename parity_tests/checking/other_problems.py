"""The problems of later calls: other numbers of examples, other parameters, other X and Y."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from parity_tests.checking.findings import Remark, make_remark
from parity_tests.checking.outcome import Problem
from parity_tests.error_model.precisions import Precision
from parity_tests.kinds.random_problem import mapped_inputs, random_problem
from ref_numpy import Array, NetworkSpec
from ref_numpy.arrays.axes import examples_axis, number_of_examples
from ref_numpy.inputs import named_inputs
from ref_numpy.loss import labelled_examples

# Other numbers have seeds from here on, which nobody chooses for a problem of their own.
SEED = 2**40

# Loops over tiles of 8, 16, 32 or 64 examples leave no rest of TILE, and of TILE + REST one of
# 8 + 4 + 2 + 1, so that a rest which is halved again and again takes every branch.
TILE, REST = 64, 15


def other_problems(
    spec: NetworkSpec, problem: Problem, p: Precision
) -> Iterator[tuple[Remark, Problem]]:
    """Yield the problem of each later call with other numbers, and where it differs.

    The order matters. The number of examples falls, since what is left in a buffer of a larger
    batch is wrong in a smaller one. Then the parameters change alone, and X and Y alone: results
    that are kept for the same X, or for the same parameters, are wrong. Inputs are those
    given, each feature's in another order: a layer may need positive ones.

    Args:
        spec: the network.
        problem: that of the first call.
        p: the candidate's arithmetic.
    """
    params, X, Y = problem
    m = labelled_examples(spec.loss, Y)
    for other_m in other_sizes(m):
        _, _, other_Y = with_other_examples(spec, problem, other_m, p)
        some = mapped_inputs(X, lambda x, m=other_m: resampled(x, m))
        yield make_remark("later.size", m=other_m, tile=TILE), (params, some, other_Y)
    new, other_X, other_Y = random_problem(spec, m, SEED, labels=Y)
    changed = {n: reordered(a, p.round(new[n])) for n, a in params.items()}
    yield make_remark("later.parameters"), (changed, X, Y)
    others = named_inputs(spec, mapped_inputs(other_X, lambda x: rounded_to(x, p)))
    given = named_inputs(spec, X)
    rows: Any = {name: reordered_rows(x, others[name]) for name, x in given.items()}
    if not isinstance(X, Mapping):
        rows = rows[spec.input]
    yield make_remark("later.values"), (changed, rows, rounded_to(other_Y, p))


def with_other_examples(spec: NetworkSpec, problem: Problem, m: int, p: Precision) -> Problem:
    """Return the problem with m other examples."""
    params, given, Y = problem
    _, X, other_Y = random_problem(spec, m, SEED + m, labels=Y)
    X = mapped_inputs(X, lambda x: rounded_to(x, p))
    return (
        params,
        named_inputs(spec, X) if isinstance(given, Mapping) else X,
        rounded_to(other_Y, p),
    )


def rounded_to(x: Array, p: Precision) -> Array:
    """Return numbers of p; whole numbers as they are."""
    return x if x.dtype.kind in "iu" else p.round(x)


def other_sizes(m: int) -> list[int]:
    """Return the numbers of examples that, with m, are a multiple of TILE, and one with a rest."""
    whole = -(-m // TILE) * TILE
    has_rest = m > TILE and m % 8 != 0
    return [n for n, is_new in ((whole + REST, not has_rest), (whole, m != whole)) if is_new]


def resampled(X: Array, m: int) -> Array:
    """Return m columns, each feature of each column from one that was given.

    Of whole numbers, and of inputs with positions, whole examples are taken.
    """
    if X.ndim != 2 or X.dtype.kind in "iu":
        some = np.random.default_rng(SEED).integers(0, number_of_examples(X), m)
        return np.take(X, some, axis=examples_axis(X))
    rows = X.reshape(-1, X.shape[-1])
    columns = np.random.default_rng(SEED).integers(0, X.shape[-1], (len(rows), m))
    return np.take_along_axis(rows, columns, axis=1).reshape(*X.shape[:-1], m)


def reordered_rows(X: Array, other: Array) -> Array:
    """Return the columns with feature i moved by i places; `other` where that is the same.

    Of whole numbers, and of inputs with positions, whole examples are moved.
    """
    if X.ndim != 2 or X.dtype.kind in "iu":
        moved = np.roll(X, 1, axis=examples_axis(X))
        return other if np.array_equal(moved, X) else moved
    rows = X.reshape(-1, X.shape[-1])
    first = int(len(rows) == 1)
    result = np.stack([np.roll(row, i) for i, row in enumerate(rows, start=first)])
    return other if np.array_equal(result, rows) else result.reshape(X.shape)


def reordered(x: Array, other: Array) -> Array:
    """Return the same numbers in another order, the first in its place; or `other` where x has one.

    So the shape, the sum and the first element are those of x, by which results may be kept.
    """
    flat = x.reshape(-1)
    order = np.random.default_rng(SEED).permutation(np.arange(1, flat.size))
    result = np.concatenate([flat[:1], flat[order]]).reshape(x.shape)
    return other if np.array_equal(result, x) else result
