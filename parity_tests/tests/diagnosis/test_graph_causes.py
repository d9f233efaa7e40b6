"""Graphs have the causes that chains have: pairs, fitted constants, lower precisions, in shares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
import pytest

from parity_tests import check
from parity_tests.campaigns.stored_run import StoredRun
from parity_tests.checking.causes import Cause
from parity_tests.checking.expected.layerwise import LayerwiseReference
from parity_tests.error_model.precisions import precision_named
from parity_tests.kinds.random_problem import random_problem
from parity_tests.tests.support.graphs.graph_runs import graph_problem
from parity_tests.tests.support.named_causes import causes_in_graph, codes
from ref_numpy import (
    Add,
    Array,
    Dense,
    Elu,
    Flatten,
    Graph,
    LayerNorm,
    LeakyReLU,
    NetworkSpec,
    Softmax,
)

M = 11
EPSILON, SLOPE, ALPHA, LAMBD = 0.25, 0.125, 0.75, 0.5


def residual() -> NetworkSpec:
    """h goes on past a norm, and the norm's result goes two ways."""
    graph = Graph({"x": (4,)})
    graph.add("h", Dense(4, 6), "x")
    graph.add("n", LayerNorm(6, EPSILON), "h")
    graph.add("a", LeakyReLU(SLOPE), "n")
    graph.add("e", Elu(ALPHA), "n")
    graph.add("b", Dense(6, 6), "e")
    graph.add("s", Add(), "a", "b", "h")
    graph.add("y", Dense(6, 3), "s")
    graph.add("p", Softmax(), "y")
    return NetworkSpec.from_graph(graph, lambd=LAMBD)


SPEC = residual()
PRECISIONS = ("float64", pytest.param("float32", marks=pytest.mark.slow))
in_each_precision = pytest.mark.parametrize("precision", PRECISIONS)
Tensors = Mapping[str, Array]
Wrong = Callable[[Tensors], Any]


@cache
def right_run(precision: str) -> StoredRun:
    p = precision_named(precision)
    params, X, Y = random_problem(SPEC, M)
    problem = {n: p.round(x).astype(float) for n, x in params.items()}, p.round(X).astype(float), Y
    return StoredRun(SPEC, p, problem)


def causes(name: str, wrong: Wrong, precision: str) -> list[Cause]:
    """The causes of a tensor that is computed from the right ones and the parameters."""
    run = right_run(precision)
    params, X, Y = run.problem
    candidate = run.p.round(wrong({**run.trace, **params, "Y": Y})).astype(float)
    trace = {n: x for n, x in run.trace.items() if n != "x"} | {name: candidate}
    reference = LayerwiseReference.from_trace(SPEC, params, X, trace, run.p)
    right = dict(reference.expected_tensors(X, Y))[name]
    return causes_in_graph(reference, name, right, candidate, run.p)


def of_norm(t: Tensors, epsilon: float) -> tuple[Array, Array]:
    """1/√(σ² + ε), and Â."""
    centred = t["h"] - t["h"].mean(axis=0)
    r = 1 / np.sqrt((centred**2).mean(axis=0) + epsilon)
    return r, centred * r


def through_norm(t: Tensors, epsilon: float) -> Array:
    r, A_hat = of_norm(t, epsilon)
    d = t["n.gamma"] * t["dn"]
    return r * (d - d.mean(axis=0) - A_hat * (d * A_hat).mean(axis=0))


def through_leaky(t: Tensors, slope: float = SLOPE) -> Array:
    """The share of a in dn."""
    return t["da"] * np.where(t["n"] > 0, 1, slope)


def through_elu(t: Tensors) -> Array:
    """The share of e in dn."""
    return t["de"] * np.where(t["n"] > 0, 1, ALPHA * np.exp(t["n"]))


@in_each_precision
def test_two_mistakes_in_one_line_are_two(precision: str) -> None:
    (cause,) = causes("y", lambda t: 2 * (t["y.W"] @ t["s"] - t["y.b"]), precision)
    assert cause.code == "Z.minus-b+twice"
    assert cause.formula == "Z = 2 * (W @ A_prev - b)"
    (cause,) = causes("n", lambda t: of_norm(t, EPSILON)[1], precision)
    assert cause.code == "Z.missing-gamma+missing-beta"
    (cause,) = causes("dy", lambda t: t["p"] + t["Y"], precision)
    assert cause.code == "dZ.plus-Y+missing-1/m"
    L2 = LAMBD / M * right_run(precision).problem[0]["y.W"]
    (cause,) = causes("dy.W", lambda t: -(t["dy"] @ t["s"].T) + L2, precision)
    assert cause.code == "dW.minus-L2+sign-flipped"


@in_each_precision
def test_constants_that_only_the_candidate_knows_are_fitted(precision: str) -> None:
    def constants(name: str, wrong: Wrong) -> dict[str, str]:
        return {cause.code: cause.facts["c"] for cause in causes(name, wrong, precision)}

    def norm(t: Tensors) -> Array:
        return t["n.gamma"] * of_norm(t, 0.375)[1] + t["n.beta"]

    assert constants("a", lambda t: np.where(t["n"] > 0, 1, 0.3125) * t["n"]) == {
        "A.leaky-slope": "0.3125"
    }
    assert constants("e", lambda t: np.where(t["n"] > 0, t["n"], 0.375 * np.expm1(t["n"]))) == {
        "A.other-alpha": "0.375"
    }
    assert constants("n", norm) == {"Z.other-epsilon": "0.375"}
    assert constants("dn.gamma", lambda t: (t["dn"] * of_norm(t, 0.375)[1]).sum(1, None)[:, None]
                     ) == {"dgamma.other-epsilon": "0.375"}  # fmt: skip
    assert constants("ds", lambda t: 0.375 * t["ds"]) == {"dA_prev.times-c": "0.375"}
    assert constants("ds", lambda t: (t["y.W"] - 0.375 * t["dy.W"]).T @ t["dy"]) == {
        "dA_prev.updated-W": "0.375"
    }


@in_each_precision
def test_a_lower_precision_on_the_way_is_named(precision: str) -> None:
    q = precision_named({"float64": "float32", "float32": "bfloat16"}[precision])

    def low(x: Array) -> Array:
        return q.round(x).astype(float)

    def named(name: str, wrong: Wrong) -> list[str]:
        return [cause.code for cause in causes(name, wrong, precision)]

    assert named("de", lambda t: low(t["de"])) == [f"dA_prev.stored-in-{q.name}"]
    assert named("dn", lambda t: low(t["dn"])) == [f"any.stored-in-{q.name}"]
    assert named("b", lambda t: low(t["b.W"]) @ t["e"] + t["b.b"]) == [
        f"Z.rounded-operand-{q.name}"
    ]
    assert named("b", lambda t: low(t["b.W"] @ t["e"]) + t["b.b"]) == [f"Z.part-in-{q.name}"]
    assert named("dn", lambda t: through_elu(t) + through_leaky({**t, "da": low(t["da"])})) == [
        f"dZ.rounded-operand-{q.name}"
    ]


@in_each_precision
def test_one_share_of_several_is_wrong_by_a_factor_or_a_formula(precision: str) -> None:
    def with_share(share: Callable[[Tensors], Array]) -> Wrong:
        return lambda t: share(t) + through_elu(t)

    def named(share: Callable[[Tensors], Array]) -> list[tuple[str, str]]:
        every = causes("dn", with_share(share), precision)
        return [(cause.code, cause.message) for cause in every]

    assert named(lambda t: through_leaky(t) / 2) == [
        ("share.half", "in the share of a: it is half as large")
    ]
    assert named(lambda t: 0.375 * through_leaky(t)) == [
        ("share.times-c", "in the share of a: it is 0.375 times the expected value")
    ]
    ((code, message),) = named(lambda t: through_leaky(t, 0.3125))
    assert code == "dZ.leaky-slope"
    assert message.startswith("in the share of a: the derivative of a leaky ReLU of slope 0.3125 ")
    ((code, message),) = named(lambda t: t["da"] * np.where(t["n"] <= 0, 1, SLOPE) / 2)
    assert code == "dZ.mask-inverted+half"
    assert message == "in the share of a: the mask is inverted, and it is half as large"
    # Of h the norm gives one share, and the sum the other.
    (cause,) = causes("dh", lambda t: t["ds"] + through_norm(t, 0.375), precision)
    assert (cause.code, cause.facts) == ("dA_prev.other-epsilon", {"by": "n", "c": "0.375"})


@in_each_precision
def test_the_cost_of_a_graph_has_the_mistakes_of_a_chain_s(precision: str) -> None:
    def cost(t: Tensors, log: Any, half: float) -> Any:
        squares = sum((t[f"{name}.W"] ** 2).sum() for name in "hby")
        return -(t["Y"] * log(t["p"])).sum() / M + half * LAMBD / M * squares

    every = [cause.code for cause in causes("J", lambda t: cost(t, np.log2, 0.5), precision)]
    assert every == ["J.log2"]
    every = [cause.code for cause in causes("J", lambda t: cost(t, np.log, 1), precision)]
    assert every == ["J.L2-missing-half"]


def at_positions() -> NetworkSpec:
    graph = Graph({"x": (4, 5)})
    graph.add("h", Dense(4, 3), "x")
    graph.add("flat", Flatten(), "h")
    return NetworkSpec.from_graph(graph, "squared_error")


@pytest.mark.parametrize(
    ("name", "code", "wrong"),
    [
        ("h", "Z.missing-b", lambda t: np.einsum("ij,jmt->imt", t["h.W"], t["x"])),
        ("h", "Z.b-times-c", lambda t: t["h"] + 0.375 * t["h.b"][:, :, None]),
        ("dh.W", "dW.missing-1/m", lambda t: t["x"].shape[1] * t["dh.W"]),
        ("dh.b", "db.sum-of-everything", lambda t: t["dh"].sum() + np.zeros((3, 1))),
        ("dx", "dA_prev.times-c", lambda t: 0.375 * np.einsum("ij,imt->jmt", t["h.W"], t["dh"])),
    ],
)
def test_a_dense_layer_at_positions_has_its_lines(name: str, code: str, wrong: Wrong) -> None:
    spec, p = at_positions(), precision_named("float64")
    params, X, Y = graph_problem(spec, p)
    run = StoredRun(spec, p, (params, X, Y))
    candidate = wrong({**run.trace, **params})
    trace = {n: x for n, x in run.trace.items() if n not in X} | {name: candidate}
    reference = LayerwiseReference.from_trace(spec, params, X, trace, p)
    right = dict(reference.expected_tensors(X, Y))[name]
    assert code in [c.code for c in causes_in_graph(reference, name, right, candidate, p)]


def test_the_place_of_an_error_without_a_cause_is_described() -> None:
    spec = at_positions()
    params, X, Y = graph_problem(spec, precision_named("float64"))
    trace = StoredRun(spec, precision_named("float64"), (params, X, Y)).trace
    for place, code, which in (
        (np.s_[:, 2], "example", "2"), (np.s_[1], "unit", "1"),
        (np.s_[:, :, [0, 3]], "positions", "0, 3"), (np.s_[1, 2, 3], "one-element", None),
    ):  # fmt: skip
        wrong = trace["h"].copy()
        wrong[place] += np.linspace(1, 2, wrong[place].size).reshape(wrong[place].shape)
        report = check({**trace, "h": wrong}, spec, params, X, Y, calls=1)
        finding = next(f for f in report.findings if f.tensor == "h")
        assert finding.remark
        pattern = finding.remark.facts["patterns"][0]
        assert (pattern["code"], pattern.get("which")) == (code, which)


def test_the_difference_resembles_a_tensor_of_another_step() -> None:
    run = right_run("float64")
    trace = {**run.trace, "h": run.trace["h"] + 0.01 * run.trace["s"]}
    finding = next(f for f in check(trace, SPEC, *run.problem).findings if f.tensor == "h")
    assert finding.remark
    (pattern,) = (p for p in finding.remark.facts["patterns"] if p["code"] == "correlation")
    assert pattern["tensor"] == "s"


def test_numbers_that_are_not_finite_have_the_formula_that_overflows() -> None:
    run = right_run("float64")
    params, X, Y = run.problem
    large = {**params, "y.W": 500 * params["y.W"]}
    trace = StoredRun(SPEC, run.p, (large, X, Y)).trace
    with np.errstate(over="ignore", invalid="ignore"):
        trace["p"] = np.exp(trace["y"]) / np.exp(trace["y"]).sum(axis=0)
    assert not np.isfinite(trace["p"]).all()
    finding = next(f for f in check(trace, SPEC, large, X, Y).findings if f.tensor == "p")
    assert codes(finding) == ["A.softmax-exp-overflows"]
