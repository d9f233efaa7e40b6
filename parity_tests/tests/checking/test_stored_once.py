"""Steps that compute in float32 and store each result once: sharper than each operation stored."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch

from parity_tests import check
from parity_tests.checking.check_trace import check_layers
from parity_tests.checking.expected.layerwise import expectations
from parity_tests.checking.second_level import has_second_level
from parity_tests.error_model.precisions import BFLOAT16, FLOAT32, Precision, precision_named
from parity_tests.kinds.random_graph import random_graph
from parity_tests.kinds.random_problem import mapped_inputs, random_problem
from parity_tests.tests.support.graphs.graph_runs import network, one_step
from parity_tests.tests.support.graphs.stored_once import run_stored_once
from ref_numpy import Add, Array, Dense, Graph, LayerNorm, NetworkSpec

NAMES = ("bfloat16", "float16")
ONCE = [precision_named(f"{name}-once") for name in NAMES]
CHAINS = [
    NetworkSpec.dense([6, 5, 1], "tanh", "sigmoid", lambd=0.5),
    NetworkSpec.dense([5, 7, 6, 3], ["relu", "gelu"], "softmax"),
    NetworkSpec.dense([4, 5, 2], "silu", "identity", "squared_error", lambd=0.25),
]


def numbers_of(p: Precision, spec: NetworkSpec, m: int, seed: int) -> tuple[Any, ...]:
    """Random params, X and Y: numbers of p."""
    params, X, Y = random_problem(spec, m, seed)

    def rounded(x: Array) -> Array:
        return x if x.dtype.kind in "iu" else p.round(x).astype(np.float64)

    return {n: rounded(x) for n, x in params.items()}, mapped_inputs(X, rounded), rounded(Y)


def ways_to_store(p: Precision) -> list[dict[str, Any]]:
    """Stored are the trace's gradients; or those of J, which are multiplied in float32 or p."""
    return [{"by_autograd": False}, {}, {"multiplied_in": p}]


def refused(spec: NetworkSpec, m: int, seed: int, p: Precision, way: dict[str, Any]) -> list[Any]:
    problem = numbers_of(p, spec, m, seed)
    trace = run_stored_once(spec, *problem, p, **way)
    return [*check_layers(spec, *problem, trace, p.on("cpu"), "stored once").findings]


@pytest.mark.parametrize("p", ONCE, ids=NAMES)
@pytest.mark.parametrize("spec", CHAINS, ids=["tanh", "gelu", "silu"])
def test_a_chain_whose_results_are_stored_once_passes(spec: NetworkSpec, p: Precision) -> None:
    for way in ways_to_store(p):
        for m, seed in ((11, 0), (16, 1)):
            assert refused(spec, m, seed, p, way) == []


@pytest.mark.parametrize("p", ONCE, ids=NAMES)
@pytest.mark.parametrize(
    "seeds", [range(2), pytest.param(range(2, 42), marks=pytest.mark.slow)], ids=["few", "many"]
)
def test_a_graph_whose_results_are_stored_once_passes(seeds: range, p: Precision) -> None:
    for seed in seeds:
        for way in ways_to_store(p):
            assert refused(random_graph(seed), 7, seed, p, way) == [], seed


@pytest.mark.parametrize("name", NAMES)
def test_no_bound_is_wider_than_where_each_operation_is_stored(name: str) -> None:
    """But for what the last of them may lose to underflow once more."""
    plain, once = precision_named(name), precision_named(f"{name}-once")
    for spec in (*CHAINS[:2], random_graph(1)):
        m = 7
        problem = numbers_of(once, spec, m, seed=3)
        trace = {n: x.astype(float) for n, x in run_stored_once(spec, *problem, once).items()}
        wide, narrow = (
            {n: np.max([x.error for x in every], axis=0)
             for n, every in expectations(spec, *problem, trace, p)}
            for p in (plain, once)
        )  # fmt: skip
        for n, bound in narrow.items():
            assert (bound <= wide[n] * (1 + FLOAT32.u) + 2 * m * once.underflow).all(), n


def three_uses() -> NetworkSpec:
    """Half the squared error of (x + x) + x, and of W x: shares of the gradients of x and of W."""
    graph = Graph({"x": (1,)})
    graph.add("s", Add(), "x", "x", "x")
    graph.add("y", Dense(1, 1, bias=False), "s")
    return NetworkSpec.from_graph(graph, "squared_error", lambd=0.5)


@pytest.mark.parametrize("p", ONCE, ids=NAMES)
def test_shares_and_the_L2_term_are_stored_and_so_is_their_sum(p: Precision) -> None:
    """By hand, of one example: dW = dy s + λ W, and dx = ds + ds + ds.

    Each of dy s and λ W is rounded, and their sum is; of ds nothing is but that, of two additions.
    """
    spec, u = three_uses(), Fraction(1, 2**p.bits)
    W, s, dy = 1 + 2 * u, 1 + 4 * u, 1 + 6 * u
    given = {"y.W": np.array([[float(W)]])}, np.array([[1.0]]), np.array([[0.0]])
    trace = {"s": [[float(s)]], "y": [[0.0]], "dy": [[float(dy)]], "ds": [[float(dy)]]}
    expected = dict(expectations(spec, *given, {n: np.array(x) for n, x in trace.items()}, p))

    def rounded(x: Fraction, up: int) -> Fraction:
        return x * (1 + up * u)

    for up in (-1, 1):
        farthest = rounded(rounded(dy * s, up) + rounded(W / 2, up), up)
        (bound,) = expected["dy.W"][0].error.ravel()
        off = abs(farthest - (dy * s + W / 2))
        assert off <= Fraction(bound) + 2 * u**2
        assert Fraction(bound) <= off * (1 + 4 * u)
        (bound,) = expected["dx"][0].error.ravel()
        assert 3 * dy * 2 * u <= Fraction(bound) <= 3 * dy * 2 * u * (1 + 4 * u)


def root_mean_square(name: str, problem: tuple[Any, ...], trace: Any, p: Precision) -> float:
    """That of the bound of a tensor of the chain with GELU."""
    (formulas,) = (x for n, x in expectations(CHAINS[1], *problem, trace, p) if n == name)
    return float(np.sqrt(np.square(formulas[0].error).mean()))


def test_a_step_computes_in_float32_whether_its_input_is_known_or_not() -> None:
    """GELU's bound is a fourth of that where each operation is stored, or nearly that of Z2."""
    problem = numbers_of(ONCE[0], CHAINS[1], 11, seed=0)
    every = {n: x.astype(float) for n, x in run_stored_once(CHAINS[1], *problem, ONCE[0]).items()}
    without = {n: x for n, x in every.items() if n != "Z2"}
    for trace, factor in ((every, 3), (without, 2)):
        once, each = (root_mean_square("A2", problem, trace, p) for p in (ONCE[0], BFLOAT16))
        assert factor * once < each


def test_a_first_gradient_underflows_without_its_scale_and_dW_with_it() -> None:
    """Of m = 11: a number of the trace below 11 · 2⁻²⁴ may be lost; of dW one below 2⁻²⁴."""
    spec, p = NetworkSpec.dense([1, 1], (), "identity", "squared_error"), ONCE[1]
    zero, params = np.zeros((1, 11)), {"W1": np.ones((1, 1)), "b1": np.zeros((1, 1))}
    trace = {"Z1": zero, "A1": zero, "dA1": zero, "dZ1": zero}
    expected = dict(expectations(spec, params, zero + 1, zero, trace, p))
    assert (expected["dA1"][0].error >= 11 * p.underflow).all()
    assert (p.underflow <= expected["dW1"][0].error).all()
    assert (expected["dW1"][0].error < 2 * p.underflow).all()


@pytest.mark.parametrize("p", ONCE, ids=NAMES)
def test_the_L2_term_of_a_shared_weight_is_a_stored_share(p: Precision) -> None:
    """By hand, of y = W a and a = W x: dW = dy a + da x + λ W, with two additions."""
    graph = Graph({"x": (1,)})
    graph.add("a", Dense(1, 1, bias=False), "x")
    graph.add("y", Dense(1, 1, bias=False), "a", share={"W": "a.W"})
    spec, u = NetworkSpec.from_graph(graph, "squared_error", lambd=0.5), Fraction(1, 2**p.bits)
    given = {"a.W": np.array([[3.0]])}, np.array([[1.25]]), np.array([[0.0]])
    trace = {"a": [[1.75]], "y": [[0.0]], "dy": [[1.5]], "da": [[1.125]]}
    expected = dict(expectations(spec, *given, {n: np.array(x) for n, x in trace.items()}, p))
    size = Fraction(3, 2) * Fraction(7, 4) + Fraction(9, 8) * Fraction(5, 4) + Fraction(3, 2)
    (bound,) = expected["da.W"][0].error.ravel()
    assert expected["da.W"][0].value == float(size)
    assert 3 * u * size <= Fraction(bound) <= 3 * u * size * (1 + 4 * u)


@pytest.mark.parametrize("p", ONCE, ids=NAMES)
def test_each_loss_is_stored_and_so_is_their_mean(p: Precision) -> None:
    """By hand: J = (L(1) + L(2))/2, L(i) = (a − y)²/2; both roundings may go one way."""
    spec, u = NetworkSpec.dense([1, 1], (), "identity", "squared_error"), Fraction(1, 2**p.bits)
    a = np.array([[1.5, -2.5]])
    params = {"W1": np.ones((1, 1)), "b1": np.zeros((1, 1))}
    given = {"Z1": a, "A1": a}
    (J,) = (x for n, x in expectations(spec, params, a, 0 * a, given, p) if n == "J")
    value, bound = Fraction(float(J[0].value)), Fraction(float(J[0].error))
    assert value == Fraction(17, 8)
    assert 2 * u * value <= bound <= 2 * u * value * (1 + 2 * u)


def by_operations(spec: NetworkSpec, params: Any, X: Array, Y: Array) -> dict[str, Array]:
    """A layer norm in tensors of bfloat16, one operation after another, and its loss in one."""

    def half(x: Array) -> torch.Tensor:
        return torch.from_numpy(np.float32(x)).bfloat16().requires_grad_()

    tensors = dict(zip(("x", "z.gamma", "z.beta"), map(half, (X, *params.values())), strict=True))
    x, gamma, beta = tensors.values()
    D = x - x.mean(0, keepdim=True)
    r = 1 / ((D * D).mean(0, keepdim=True) + 0.25).sqrt()
    z = tensors["z"] = gamma[:, :, None] * (D * r) + beta[:, :, None]
    z.retain_grad()
    flat = z.permute(2, 0, 1).reshape(-1, z.shape[1])
    d = ((flat.float() - torch.from_numpy(Y)) / Y.shape[1]).bfloat16().detach()
    flat.backward(d)
    trace = {"z": z, "flat": flat, "dflat": d} | {f"d{n}": x.grad for n, x in tensors.items()}
    return {n: x.detach().float().numpy() for n, x in trace.items() if x is not None}


NORM = network(one_step(LayerNorm(5, epsilon=0.25)))


def test_operations_that_are_stored_are_refused() -> None:
    problem = numbers_of(ONCE[0], NORM, 11, seed=0)
    trace = by_operations(NORM, *problem)
    wrong = {
        name: {f.tensor for f in check_layers(NORM, *problem, trace, p, "by operations").findings}
        for name, p in (("each", precision_named("bfloat16")), ("once", ONCE[0]))
    }
    assert wrong["each"] == set()
    assert wrong["once"] >= {"z", "dx", "dz.gamma"}


@pytest.mark.slow
def test_a_report_names_the_arithmetic_in_which_each_operation_is_stored() -> None:
    problem = numbers_of(ONCE[0], NORM, 11, seed=0)
    assert check(by_operations, NORM, *problem, "bfloat16").verdict == "passed"
    report = check(by_operations, NORM, *problem, "bfloat16-once")
    assert (report.verdict, report.declare) == ("not judged", "bfloat16")


def test_such_a_check_has_no_second_level() -> None:
    assert not any(map(has_second_level, ONCE))
