"""The gradients of the kinds of graphs against central differences of the cost.

D(h) is off by truncation and by the rounding of J, as in tests/support/central_differences.py.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from parity_tests.campaigns.stored_run import lines_at
from parity_tests.kinds.formula_text import apply_edits
from parity_tests.tests.support.central_differences import H
from parity_tests.tests.support.graphs.graph_runs import (
    GRAPHS,
    KINDS,
    StoredRun,
    expected_tensors,
    right_run,
)
from ref_numpy import Array, cost, forward


def central_differences(run: StoredRun, name: str, h: float) -> Array:
    """D(h) for every element of a parameter, or of an input."""
    params, X, Y = run.problem

    def J(changed: Array) -> Array:
        theta = {**params, **X, name: changed}
        own = {n: theta[n] for n in params}
        activations, _ = forward(run.spec, own, {n: theta[n] for n in X}, run.context)
        return cost(run.spec, own, activations, Y)

    value = {**params, **X}[name]
    D = np.empty_like(value)
    for i in np.ndindex(value.shape):
        step = np.zeros_like(value)
        step[i] = h
        D[i] = (J(value + step) - J(value - step)) / (2 * h)
    return D


def judged(run: StoredRun) -> Iterator[tuple[str, Array, Array, Array]]:
    """(tensor, g, D(h), how far they may be apart) of every parameter and float input."""
    right = expected_tensors(run, {})
    _, X, _ = run.problem
    J = right["J"][0]
    for name in (*run.spec.parameter_shapes, *(n for n, x in X.items() if x.dtype.kind == "f")):
        D, D2 = (central_differences(run, name, h) for h in (H, 2 * H))
        g = right[f"d{name}"][0]
        yield f"d{name}", g.value, D, np.abs(D2 - D) + 2 * J.error / H + g.error


@pytest.mark.parametrize("kind", GRAPHS)
def test_gradients_equal_central_differences(kind: str) -> None:
    run = right_run(kind, "float64", digits="float32")
    mistakes = dict[str, list[Array]]()
    for name, line in lines_at(run.spec) if kind in KINDS else ():
        texts = [apply_edits(line, one) for one in line.edits if not one.at_ties]
        values = [run.value_of(text) for text in texts if text]
        mistakes[name] = [value for value in values if value is not None]
    seen = []
    for name, g, D, allowed in judged(run):
        seen.append(name)
        assert np.all(np.abs(g - D) <= allowed), name
        # Each mistake in the layer's line is rejected, and each of the whole tensor.
        for wrong in (-g, 2 * g, g[::-1], g * (1 + H), *mistakes.get(name, ())):
            assert wrong.shape != D.shape or np.any(np.abs(wrong - D) > allowed), name
    assert {name for name in mistakes if name.startswith("d")} <= {*seen}
