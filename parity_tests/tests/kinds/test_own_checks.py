"""The check of networks with layers and losses that people add: never an exception of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import ref_numpy
from parity_tests import check
from parity_tests.campaigns.fault_injection import faulty_run
from parity_tests.campaigns.plant_in_reference import Copy
from parity_tests.checking.report import Report
from parity_tests.error_model.precisions import FLOAT64, Precision, precision_named
from parity_tests.kinds.random_problem import random_problem
from parity_tests.tests.support.sample_kinds import Scale, known, networks
from ref_numpy import Array, Dense, Identity, NetworkSpec, SquaredError

M = 7
NAMES = ("scale", "prelu", "softplus", "shift", "poisson", "last")
PRECISIONS = ("float64", "float32", "bfloat16")


@pytest.fixture(autouse=True)
def added() -> Iterator[None]:
    with known():
        yield


def problem(spec: NetworkSpec, p: Precision, seed: int = 0) -> Any:
    params, X, Y = random_problem(spec, M, seed)
    return {n: p.round(a) for n, a in params.items()}, p.round(X), p.round(Y)


def test_a_layer_whose_result_is_wrong_is_a_finding() -> None:
    """The program that used to end in an AttributeError of ours."""
    spec = NetworkSpec.chain((Dense(2, 3), Scale(3), Identity()), SquaredError())
    params, X, Y = random_problem(spec, 5)
    check(ref_numpy.run, spec, params, X, Y).raise_findings()

    def wrong(*given: Any) -> dict[str, Array]:
        trace = ref_numpy.run(*given)
        return trace | {"Z2": trace["Z2"] + 1}

    report = check(wrong, spec, params, X, Y)
    assert [finding.tensor for finding in report.findings] == ["Z2", "A2"]
    assert report.findings[0].layer == 2
    assert str(report.findings[0].cause).startswith("unknown: no known mistake gives these numbers")


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("name", NAMES)
def test_correct_networks_pass(name: str, precision: str) -> None:
    p = precision_named(precision)
    for lambd in (0.0, 0.3):
        spec = networks(lambd)[name]
        report = check(Copy(p), spec, *problem(spec, p), p)
        report.raise_findings()
        assert [tensor.name for tensor in report.tensors] == list(spec.trace_shapes(M))


MISTAKES: tuple[Callable[[Array], Array], ...] = (
    lambda x: -x,
    lambda x: 2 * x,
    lambda x: M * x,
    lambda x: x + 1,
    lambda x: x + np.where(np.arange(x.size).reshape(x.shape) == x.size - 1, 3, 0),
    lambda x: x * np.nan,
)


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.slow
def test_a_mistake_is_a_finding_in_its_tensor(name: str, precision: str) -> None:
    p = precision_named(precision)
    spec = networks(lambd=0.3)[name]
    params, X, Y = problem(spec, p)
    tensors = list(spec.trace_shapes(M))
    for i, tensor in enumerate(tensors[1:]):
        mistake = MISTAKES[(i + PRECISIONS.index(precision)) % len(MISTAKES)]

        def plant(site: Any, mistake: Any = mistake) -> Array:
            return mistake(site.right[0].value)

        candidate: Any = Copy(p, tensor, plant)
        if p is not FLOAT64:  # a trace, which is checked once
            candidate = candidate(spec, params, X, Y)
        report = check(candidate, spec, params, X, Y, p)
        assert report.findings[0].tensor == tensor
        assert report.findings[0].before == tuple(tensors[: i + 1])
        layer = tensor.lstrip("dAZWbHgaβJ")
        assert report.findings[0].layer == (int(layer) if layer else None)


def test_a_fault_of_any_tensor_is_named() -> None:
    for name, tensor, wrong, cause in (
        ("scale", "dg2", lambda x: M * x, "it is m times too large: the 1/m is missing"),
        ("scale", "Z2", lambda x: -x, "its sign is flipped"),
        ("prelu", "da1", lambda x: x / M, "it was divided by m one time too many"),
        ("shift", "dβ1", lambda x: -x, "its sign is flipped"),
        ("poisson", "J", lambda x: M * x, "it is m times too large: the 1/m is missing"),
        ("softplus", "dA2", lambda x: 2 * x, "it is twice as large"),
        ("last", "dA1", lambda x: x / M, "it was divided by m, which belongs to dW and db"),
    ):
        spec = networks()[name]
        given = random_problem(spec, M)
        trace = faulty_run(spec, *given, {tensor: wrong})
        finding = check(trace, spec, *given).findings[0]
        assert finding.tensor == tensor
        assert cause in [one.message for one in finding.causes]


def test_a_known_layer_beside_one_that_is_not_has_its_causes() -> None:
    spec = networks()["shift"]
    given = random_problem(spec, M)
    trace = faulty_run(spec, *given, {"Z2": lambda Z: Z - given[0]["b2"]})
    assert check(trace, spec, *given).findings[0].cause.startswith("b2 is missing")
    trace = faulty_run(spec, *given, {"H1": lambda H: H - given[0]["β1"]})
    assert check(trace, spec, *given).findings[0].cause.startswith("unknown")


CHANGES: tuple[Callable[[Any, np.random.Generator], Any], ...] = (
    lambda x, rng: None,
    lambda x, rng: "numbers",
    lambda x, rng: [x, x],
    lambda x, rng: x.reshape(-1),
    lambda x, rng: x.T,
    lambda x, rng: x[..., :1] if x.ndim else x.reshape(1, 1),
    lambda x, rng: x.astype(np.float16),
    lambda x, rng: x * rng.choice([np.nan, np.inf, 0.0, 1e300, 1e-300]),
    lambda x, rng: x + rng.standard_normal(x.shape),
    lambda x, rng: x * rng.standard_normal(),
    lambda x, rng: np.trunc(x),
    lambda x, rng: x.astype(np.float32).astype(np.float64),
)


@pytest.mark.parametrize("traces", [10, pytest.param(40, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", NAMES)
def test_whatever_a_trace_holds_is_no_exception(name: str, traces: int) -> None:
    """Several tensors changed, left out or given twice, and dA[L] beside a loss that reads Z[L]."""
    rng = np.random.default_rng(NAMES.index(name))
    found = 0
    for seed in range(traces):
        spec = networks(float(rng.choice([0.0, 0.3])))[name]
        given = random_problem(spec, M, seed)
        trace: dict[str, Any] = dict(ref_numpy.run(spec, *given))
        trace.setdefault(f"d{spec.output}", rng.standard_normal((*spec.output_shape, M)))
        for n in rng.choice(list(trace), 3, replace=False):
            trace[str(n)] = CHANGES[rng.integers(len(CHANGES))](np.asarray(trace[n]), rng)
        step = spec.steps[rng.integers(len(spec.steps))]
        trace[f"{step.input}@{step.output}"] = trace[step.input]
        del trace[str(rng.choice(list(trace)))]
        report = check(trace, spec, *given, str(rng.choice(PRECISIONS[:2])))
        assert isinstance(report, Report)
        assert str(report)
        found += not report.passed
    assert found > traces * 3 // 4
