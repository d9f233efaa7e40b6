"""The formulas of norms that are equal on paper: each is accepted, and each of the list needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from parity_tests.checking.comparison import Comparison
from parity_tests.error_model.precisions import PRECISIONS
from parity_tests.kinds import norm_formulas
from parity_tests.kinds.known_kinds import kind_of
from parity_tests.kinds.norm_formulas import Statistics, centred, mean, two_passes
from parity_tests.tests.support.arithmetic.stored_arithmetic import stored
from parity_tests.tests.support.graphs.graph_runs import (
    StoredRun,
    expected_tensors,
    graph_problem,
    network,
    one_step,
)
from ref_numpy import Array, Context, LayerNorm, RMSNorm
from ref_numpy.arrays.axes import per_feature, sum_over_columns
from ref_numpy.context import Cache

Formula = Callable[..., Any]


def by_sums(A: Any, s: Statistics, dA_hat: Any, n: int) -> Any:
    """(r/n) (n dÂ − Σ dÂ − Â Σ dÂ ∗ Â), as courses have it."""
    total = dA_hat.sum(axis=0, keepdims=True)
    A_hat = centred(A, s)
    along = (dA_hat * A_hat).sum(axis=0, keepdims=True)
    return s.r * (1 / n) * (n * dA_hat - total - A_hat * along)


def by_autograd(A: Any, s: Statistics, dA_hat: Any, n: int) -> Any:
    """dD − mean(dD) with D = A − μ and dD = r dÂ − r³ D mean(dÂ ∗ D)."""
    D = A - s.mu
    dD = s.r * dA_hat - D * (s.r * s.r * s.r * mean(dA_hat * D))
    return dD - mean(dD)


def rms_in_two_shares(layer: Any, params: Any, cache: Any, dZ: Any) -> Any:
    """r dÂ − r³ A mean(dÂ ∗ A): autograd gives each of the input's two uses a share."""
    (A,) = cache.inputs
    dA_hat, r = per_feature(params["gamma"], dZ) * dZ, cache.kept.r
    dA = dA_hat * r - A * (r * r * r * mean(dA_hat * A))
    return (dA,), {"gamma": sum_over_columns(dZ * A * r)}


NORM = kind_of(LayerNorm(5)).every_formula
LISTED: list[tuple[str, Formula]] = [
    *(("forwards", formula) for formula in NORM.forwards),
    *(("backwards", formula) for formula in NORM.backwards),
]
# The bound of the layer's own operations covers these, so that no list has them.
COVERED: list[tuple[str, Formula]] = [
    ("backwards", norm_formulas.backward(two_passes, centred, by_sums)),
    ("backwards", norm_formulas.backward(two_passes, centred, by_autograd)),
]


def norm(n: int) -> LayerNorm:
    return LayerNorm(n, epsilon=2.0**-10)


def problem_of(layer: Any, precision: str, mean: float, deviation: float) -> StoredRun:
    """The run of one norm, of columns with this mean and deviation."""
    spec, p = network(one_step(layer, layer.n)), PRECISIONS[precision]
    params, inputs, Y = graph_problem(spec, p)
    x = p.round(mean + deviation * inputs["x"]).astype(np.float64)
    return StoredRun(spec, p, (params, {"x": x}, Y), {}, Context(1))


def by_formula(run: StoredRun, part: str, formula: Callable[..., Any]) -> dict[str, Array]:
    """The tensors that a formula gives in the precision, each operation stored."""
    rng = np.random.default_rng(0)

    def given(x: Any) -> Any:
        return stored(x, run.p, rng)

    layer: Any = run.spec.steps[0].layer
    params = {n: given(run.problem[0][f"z.{n}"]) for n in layer.parameter_shapes()}
    x, dz = given(run.trace["x"]), given(run.trace["dz"])
    if part == "forwards":
        return {"z": np.asarray(formula(layer, params, x))}
    _, kept = layer.forward(params, run.context, x)
    cache = Cache((x,), (run.trace["z"],), kept, run.context)
    (dx,), gradients = formula(layer, params, cache, dz)
    return {"dx": np.asarray(dx), **{f"dz.{n}": np.asarray(g) for n, g in gradients.items()}}


def ratios(run: StoredRun, part: str, formula: Formula, own: bool = False) -> dict[str, float]:
    """Error ÷ bound of each tensor of a formula; beside the layer's own formula alone, if asked."""
    right = expected_tensors(run)
    given = by_formula(run, part, formula)
    with np.errstate(all="ignore"):
        return {
            name: Comparison.of(x, [right[name][0]] if own else right[name]).ratio
            for name, x in given.items()
        }


@pytest.mark.parametrize(
    ("precision", "mean"),
    # In bfloat16 mean(A²) − μ² of two features may be negative beside a larger mean.
    [(p, mean) for p, large in (("float64", 64), ("float32", 64), ("bfloat16", 0.5))
     for mean in (0, large)],
)  # fmt: skip
@pytest.mark.parametrize("n", [2, 5, 16])
@pytest.mark.parametrize(("part", "formula"), [*LISTED, *COVERED])
def test_a_program_may_use_any_formula(
    part: str, formula: Formula, n: int, mean: float, precision: str
) -> None:
    own = (part, formula) in COVERED
    every = ratios(problem_of(norm(n), precision, mean, 1.0), part, formula, own)
    assert max(every.values()) <= 1, every


@pytest.mark.parametrize("precision", ["float64", "float32", "bfloat16"])
def test_the_shares_of_an_rms_norm_are_covered(precision: str) -> None:
    run = problem_of(RMSNorm(5, epsilon=2.0**-10), precision, 0.0, 1.0)
    every = ratios(run, "backwards", rms_in_two_shares, own=True)
    assert max(every.values()) <= 1, every
    assert kind_of(RMSNorm(5)).forwards == ()


@pytest.mark.parametrize("seed", range(3))
def test_the_shares_of_an_rms_norm_underflow_in_float16(seed: int) -> None:
    """Of inputs of 80, whose squares have a finite sum, r³ is about 2⁻¹⁹: a formula of its own."""
    run = problem_of(RMSNorm(5), "float16", 80.0, 10.0 + seed)
    (formula,) = kind_of(RMSNorm(5)).backwards
    every = ratios(run, "backwards", formula)
    assert max(every.values()) <= 1, every
    assert ratios(run, "backwards", formula, own=True)["dx"] > 1


@pytest.mark.parametrize(("part", "formula"), LISTED)
def test_each_formula_of_the_list_is_needed(part: str, formula: Formula) -> None:
    """The layer's own alone would refuse it: of two features, or where |μ| is large beside σ."""
    problems = ((2, 64.0, 1.0), (2, 1.0, 2.0**-10), (5, 64.0, 1.0))
    every = [
        ratios(problem_of(norm(n), "float32", *at), part, formula, True) for n, *at in problems
    ]
    assert max(max(each.values()) for each in every) > 1


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("mean", [0.0, 64.0, 4096.0])
def test_torch_on_columns_with_a_large_mean(mean: float, dtype: torch.dtype) -> None:
    """torch computes Â = A r − μ r, whose terms are large and cancel."""
    run = problem_of(LayerNorm(5), str(dtype).removeprefix("torch."), mean, 1.0)
    module = torch.nn.LayerNorm(5, eps=1e-5, dtype=dtype)
    for p, name in zip(module.parameters(), ("gamma", "beta"), strict=True):
        p.data = torch.from_numpy(run.problem[0][f"z.{name}"][:, 0]).to(dtype)
    x = torch.from_numpy(np.moveaxis(run.trace["x"], 0, -1).copy()).to(dtype).requires_grad_()
    z = module(x)
    z.backward(torch.from_numpy(np.moveaxis(run.trace["dz"], 0, -1).copy()).to(dtype))
    of = {"z": z.detach(), "dx": x.grad}
    given: dict[str, Any] = {n: np.moveaxis(t.double().numpy(), -1, 0) for n, t in of.items()}  # pyright: ignore[reportOptionalMemberAccess]
    right = expected_tensors(run)
    for name, tensor in given.items():
        assert Comparison.of(tensor, right[name]).ratio <= 1, name
    for p, name in zip(module.parameters(), ("gamma", "beta"), strict=True):
        assert p.grad is not None
        gradient = p.grad.double().numpy()[:, np.newaxis]
        assert Comparison.of(gradient, right[f"dz.{name}"]).ratio <= 1, name
