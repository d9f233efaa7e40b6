"""A step of a graph that the trace lacks, or that takes another tensor: the mistake is named."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np

import ref_numpy
from parity_tests import check
from parity_tests.checking.report import Report
from parity_tests.kinds.random_problem import random_problem
from parity_tests.tests.support.named_causes import codes
from parity_tests.tests.support.paths import ROOT
from ref_numpy import (
    Add,
    CausalSoftmax,
    Dense,
    Flatten,
    Graph,
    LayerNorm,
    NetworkSpec,
    Scores,
    SplitHeads,
    WeightedValues,
)

D, H, T, M = 3, 2, 4, 5


def attention() -> NetworkSpec:
    """Three projections, heads, scores, probabilities and values."""
    graph = Graph({"x": (5, T)})
    for name in ("q", "k", "v"):
        graph.add(name, Dense(5, H * D), "x")
        graph.add(f"{name}h", SplitHeads(H), name)
    graph.add("s", Scores(), "qh", "kh")
    graph.add("p", CausalSoftmax(), "s")
    graph.add("o", WeightedValues(), "p", "vh")
    graph.add("flat", Flatten(), "o")
    return NetworkSpec.from_graph(graph, "squared_error")


def attended(Q: Any, K: Any) -> Any:
    """P of scores (T_K, m, h, T) that are given as products."""
    S = np.einsum("dihj,diht->jiht", K, Q)
    later = np.arange(T)[:, None, None, None] > np.arange(T)
    e = np.exp(np.where(later, -np.inf, S))
    return e / e.sum(axis=0)


def report_on(changes: Any, unseen: tuple[str, ...]) -> Report:
    """The report on a run of the attention with other tensors, and without some."""
    spec = attention()
    params, X, Y = random_problem(spec, M)
    trace = dict(ref_numpy.run(spec, params, X, Y))
    changed = {**trace, **changes(trace)}
    return check({n: a for n, a in changed.items() if n not in unseen}, spec, params, X, Y)


def test_a_mistake_in_scores_is_named_at_the_probabilities() -> None:
    report = report_on(lambda t: {"p": attended(t["qh"], t["kh"] / D)}, ("s",))
    assert codes(report.findings[0]) == ["S.scale-d"]
    assert report.findings[0].tensor == "p"
    assert "in the line of s" in str(report.findings[0].cause)


def test_it_is_a_finding_of_the_scores_where_they_are_seen() -> None:
    wrong = report_on(lambda t: {"s": t["s"] / D**0.5, "p": attended(t["qh"], t["kh"] / D)}, ())
    first = wrong.findings[0]
    assert (first.tensor, codes(first)) == ("s", ["S.scale-d"])


def exchanged(A: Any) -> Any:
    """(h d, m, T) as (d, m, h, T), without the transposition of heads and positions."""
    return A.transpose(1, 2, 0).reshape(M, H, T, D).transpose(3, 0, 1, 2)


def test_one_mistake_in_two_unseen_steps_is_named_once() -> None:
    def changes(t: Any) -> Any:
        return {"s": np.einsum("dihj,diht->jiht", exchanged(t["k"]), exchanged(t["q"])) / D**0.5}

    finding = report_on(changes, ("qh", "kh", "p")).findings[0]
    assert (finding.tensor, codes(finding)) == ("s", ["Z.heads-as-positions"])
    assert "in the lines of" in str(finding.cause)


def test_a_mistake_in_an_unseen_gradient_is_named() -> None:
    """K dS^T for K dS: in the line of dqh, of which the trace has the heads joined."""

    def changes(t: Any) -> Any:
        dQ = np.einsum("dihj,tihj->diht", t["kh"], t["ds"]) / D**0.5
        return {"dq": dQ.transpose(2, 0, 1, 3).reshape(H * D, M, T)}

    first = report_on(changes, ("dqh", "qh")).findings[0]
    assert (first.tensor, codes(first)) == ("dq", ["dQ.missing-transposition"])


def test_numbers_of_no_known_mistake_have_no_cause() -> None:
    report = report_on(lambda t: {"p": np.cos(7 * t["p"])}, ("s",))
    assert codes(report.findings[0]) == []


def norms() -> NetworkSpec:
    """x + dense(norm(x)), with a second dense layer."""
    graph = Graph({"x": (5, T)})
    graph.add("norm", LayerNorm(5), "x")
    graph.add("a", Dense(5, 5), "norm")
    graph.add("y", Add(), "x", "a")
    graph.add("flat", Flatten(), "y")
    return NetworkSpec.from_graph(graph, "squared_error")


def test_another_tensor_as_an_input_is_named() -> None:
    """The dense layer takes x, and not the norm's result; so does the gradient of W."""
    spec = norms()
    params, X, Y = random_problem(spec, M)
    trace = dict(ref_numpy.run(spec, params, X, Y))
    A = params["a.W"] @ X.reshape(5, -1) + params["a.b"]
    trace |= {"a": A.reshape(5, M, T)}
    trace |= {"da.W": trace["da"].reshape(5, -1) @ X.reshape(5, -1).T}
    report = check(trace, spec, params, X, Y)
    found = {f.tensor: f for f in report.findings}
    assert codes(found["a"]) == ["inputs.other-input"]
    assert str(found["a"].cause).startswith("x is used instead of norm")
    assert codes(found["da.W"]) == ["inputs.other-input"]


def test_a_formula_may_be_the_first_to_call_a_method_of_numpy() -> None:
    """NumPy imports what `var` is made of at its first call, as for the ε of a torch program."""
    code = (
        "import numpy as np; from parity_tests.diagnosis.formula_eval import evaluate;"
        "print(evaluate('A.var()', {'A': np.arange(4.0)}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["1.25"]
