"""The formulas of batch norm that are equal on paper: each is accepted, and each is needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from parity_tests.checking.comparison import Comparison
from parity_tests.error_model.precisions import PRECISIONS
from parity_tests.kinds.batch_norm_formulas import (
    backward,
    by_coefficients,
    by_projection,
    mean,
    spread,
    two_passes,
)
from parity_tests.kinds.known_kinds import kind_of
from parity_tests.tests.support.arithmetic.stored_arithmetic import stored
from parity_tests.tests.support.graphs.graph_runs import (
    StoredRun,
    expected_tensors,
    graph_problem,
    network,
    one_step,
)
from ref_numpy import Array, BatchNorm, Context
from ref_numpy.arrays.axes import columns, per_feature, sum_over_columns
from ref_numpy.context import Cache

PARTS = "forwards", "backwards", "next_states"
LISTED = [
    (training, part, formula)
    for training in (True, False)
    for part in PARTS
    for formula in getattr(kind_of(BatchNorm(5)).lines_and_formulas(training).every_formula, part)
]


def by_sums(layer: Any, params: Any, cache: Any, dZ: Any) -> Any:
    """γ r/N (N dZ − Σ dZ − Â Σ dZ ∗ Â), as courses have it."""
    A_hat, r, *_ = cache.kept
    N = columns(dZ).shape[1]
    total, along = (spread(sum_over_columns(x), dZ) for x in (dZ, dZ * A_hat))
    dA = spread(params["gamma"] * r * (1 / N), dZ) * (N * dZ - total - A_hat * along)
    return (dA,), {"gamma": sum_over_columns(dZ * A_hat), "beta": sum_over_columns(dZ)}


def by_autograd(layer: Any, params: Any, cache: Any, dZ: Any) -> Any:
    """dD − mean(dD) with D = A − μ and dD = r dÂ − r³ D mean(dÂ ∗ D)."""
    A_hat, r, mu, _ = cache.kept
    D = cache.inputs[0] - spread(mu, dZ)
    dA_hat = per_feature(params["gamma"], dZ) * dZ
    dD = spread(r, dZ) * dA_hat - D * spread(r * r * r * mean(dA_hat * D), dZ)
    dA = dD - spread(mean(dD), dZ)
    return (dA,), {"gamma": sum_over_columns(dZ * A_hat), "beta": sum_over_columns(dZ)}


def by_differences(layer: Any, params: Any, cache: Any) -> dict[str, Any]:
    """Old + q (new − old), with σ² N/(N − 1) as Σ (a − μ)²/(N − 1)."""
    (A,) = cache.inputs
    q, N = layer.momentum, columns(A).shape[1]
    D = A - spread(mean(A), A)
    new = {"mean": mean(A), "variance": sum_over_columns(D * D) / (N - 1)}
    return {own: params[own] + q * (x - params[own]) for own, x in new.items()}


def evaluated_by_projection(layer: Any, params: Any, cache: Any, dZ: Any) -> Any:
    """dA = dZ (γ r) and dγ = (Σ dZ ∗ (A − μ)) r, as torch has it."""
    _, r, mu, _ = cache.kept
    dgamma = sum_over_columns(dZ * (cache.inputs[0] - spread(mu, dZ))) * r
    dA = dZ * spread(params["gamma"] * r, dZ)
    return (dA,), {"gamma": dgamma, "beta": sum_over_columns(dZ)}


# The bound of the layer's own operations covers these, so that no list has them.
COVERED = [
    (True, "backwards", by_sums),
    (True, "backwards", by_autograd),
    (True, "backwards", backward(two_passes, by_projection)),
    (True, "backwards", backward(two_passes, by_coefficients)),
    (True, "next_states", by_differences),
    (False, "backwards", evaluated_by_projection),
]


def problem_of(precision: str, mean: float, deviation: float, training: bool) -> StoredRun:
    """The run of one norm, of features with this mean and deviation; so is its state."""
    layer = BatchNorm(5, epsilon=2.0**-10)
    spec, p = network(one_step(layer, layer.n)), PRECISIONS[precision]
    params, inputs, Y = graph_problem(spec, p)

    def number(x: Array) -> Array:
        return p.round(x).astype(np.float64)

    x = number(mean + deviation * inputs["x"])
    params |= {"z.mean": number(mean + deviation * params["z.mean"])}
    params |= {"z.variance": number(deviation**2 * params["z.variance"])}
    return StoredRun(spec, p, (params, {"x": x}, Y), {}, Context(1, training))


def by_formula(run: StoredRun, part: str, formula: Callable[..., Any]) -> dict[str, Array]:
    """The tensors that a formula gives in the precision, each operation stored."""
    rng = np.random.default_rng(0)

    def given(x: Any) -> Any:
        return stored(x, run.p, rng)

    (step, _) = run.spec.steps
    layer: Any = step.layer
    params = {own: given(run.problem[0][full]) for own, full in step.given.items()}
    x, dz = given(run.trace["x"]), given(run.trace["dz"])
    if part == "forwards":
        return {"z": np.asarray(formula(layer, params, x))}
    _, kept = layer.forward(params, run.context, x)
    cache = Cache((x,), (run.trace["z"],), kept, run.context)
    if part == "next_states":
        state = formula(layer, params, cache)
        return {f"{step.state[own]}.next": np.asarray(s) for own, s in state.items()}
    (dx,), gradients = formula(layer, params, cache, dz)
    return {"dx": np.asarray(dx), **{f"dz.{n}": np.asarray(g) for n, g in gradients.items()}}


def ratios(run: StoredRun, part: str, formula: Any, own: bool = False) -> dict[str, float]:
    """Error ÷ bound of each tensor of a formula; beside the layer's own formula alone, if asked."""
    right = expected_tensors(run)
    with np.errstate(all="ignore"):
        return {
            name: Comparison.of(x, [right[name][0]] if own else right[name]).ratio
            for name, x in by_formula(run, part, formula).items()
        }


@pytest.mark.parametrize(
    ("precision", "mean"),
    # In bfloat16 mean(A²) − μ² may be negative beside a larger mean.
    [(p, mean) for p, large in (("float64", 64), ("float32", 64), ("bfloat16", 0.5))
     for mean in (0, large)],
)  # fmt: skip
@pytest.mark.parametrize(("training", "part", "formula"), [*LISTED, *COVERED])
def test_a_program_may_use_any_formula(
    training: bool, part: str, formula: Any, mean: float, precision: str
) -> None:
    own = (training, part, formula) in COVERED
    every = ratios(problem_of(precision, mean, 1.0, training), part, formula, own)
    assert max(every.values()) <= 1, every


@pytest.mark.parametrize(("training", "part", "formula"), LISTED)
def test_each_formula_of_the_list_is_needed(training: bool, part: str, formula: Any) -> None:
    """The layer's own alone would refuse it, most where |μ| is large beside σ."""
    problems = (("float32", 64.0, 1.0), ("float32", 1.0, 2.0**-10), ("bfloat16", 0.5, 1.0))
    every = [ratios(problem_of(*at, training), part, formula, True) for at in problems]
    assert max(max(each.values()) for each in every) > 1, every
