"""Mistakes in graphs: the line of a step, and the sum of a gradient's shares, are named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

import ref_numpy
from parity_tests import check
from parity_tests.campaigns.plant_in_graphs import NETWORKS
from parity_tests.campaigns.stored_run import lines_at
from parity_tests.checking.comparison import Comparison
from parity_tests.checking.expected.layerwise import LayerwiseReference
from parity_tests.kinds.formula_text import apply_edits
from parity_tests.kinds.random_problem import random_problem
from parity_tests.tests.support.graphs.graph_runs import StoredRun, right_run
from parity_tests.tests.support.named_causes import causes_in_graph
from ref_numpy import Add, Array, Dense, Elu, Gelu, Graph, NetworkSpec, Sigmoid, Tanh


def reference_of(run: StoredRun) -> tuple[LayerwiseReference, dict[str, Any]]:
    """The reference of a run, every tensor fixed, and what it expects."""
    params, X, Y = run.problem
    trace = {name: x for name, x in run.trace.items() if name not in X}
    reference = LayerwiseReference.from_trace(run.spec, params, X, trace, run.p)
    reference.context = run.context
    with np.errstate(all="ignore"):
        return reference, dict(reference.expected_tensors(X, Y))


def named_codes(kind: str, precision: str) -> dict[str, set[str]]:
    """Of each planted mistake that is outside its bound, the codes of the causes."""
    found: dict[str, set[str]] = {}
    run = right_run(kind, precision)
    for name, line in lines_at(run.spec):
        for one in line.edits:
            text = apply_edits(line, one)
            wrong = run.value_of(text) if text else None
            if np.shape(wrong) != run.trace[name].shape:
                continue
            bad = right_run(kind, precision, {name: wrong})
            reference, right = reference_of(bad)
            if Comparison.of(bad.trace[name], right[name]).ratio > 1:
                causes = causes_in_graph(reference, name, right[name], bad.trace[name], bad.p)
                found[f"{line.left}.{one.code}"] = {cause.code for cause in causes}
    return found


@pytest.mark.parametrize("kind", NETWORKS)
@pytest.mark.parametrize(
    "precision",
    [
        "float64",
        *(
            pytest.param(p, marks=pytest.mark.slow)
            for p in ("float32", "bfloat16", "bfloat16-once")
        ),
    ],
)
def test_each_planted_mistake_is_named(kind: str, precision: str) -> None:
    found = named_codes(kind, precision)
    assert found
    assert {code: causes for code, causes in found.items() if code not in causes} == {}


def residual() -> NetworkSpec:
    """h goes on three ways: through a and b, and past them."""
    graph = Graph({"x": (3,)})
    graph.add("h", Dense(3, 5), "x")
    graph.add("a", Tanh(), "h")
    graph.add("b", Dense(5, 5), "h")
    graph.add("c", Gelu(), "b")
    graph.add("s", Add(), "a", "c", "h")
    graph.add("e", Elu(0.7), "s")
    graph.add("y", Dense(5, 5), "e", share={"W": "b.W"})
    graph.add("p", Sigmoid(), "y")
    return NetworkSpec.from_graph(graph, lambd=0.5)


SPEC = residual()
PROBLEM = random_problem(SPEC, 11)


def with_one_wrong(name: str, wrong: Any) -> Mapping[str, Array]:
    return {**ref_numpy.run(SPEC, *PROBLEM), name: wrong}


def codes_of(name: str, wrong: Any) -> set[str]:
    """The codes of the causes of the one finding at this tensor."""
    report = check(with_one_wrong(name, wrong), SPEC, *PROBLEM)
    (finding,) = (f for f in report.findings if f.tensor == name)
    return {cause.code for cause in finding.causes}


def test_a_missing_share_is_named_with_the_step() -> None:
    """dh = da ∗ tanh'(h) + W^T db + ds, each of which may be forgotten."""
    trace = ref_numpy.run(SPEC, *PROBLEM)
    W = PROBLEM[0]["b.W"]
    shares = {"a": trace["da"] * (1 - trace["a"] ** 2), "b": W.T @ trace["db"], "s": trace["ds"]}
    for by, share in shares.items():
        others = sum(x for other, x in shares.items() if other != by)
        report = check(with_one_wrong("dh", others), SPEC, *PROBLEM)
        (finding,) = (f for f in report.findings if f.tensor == "dh")
        (cause,) = finding.causes
        assert cause.message == f"the share of {by} is missing: the tensor is used 3 times"
        assert codes_of("dh", trace["dh"] + share) == {"share.share-twice"}
        assert codes_of("dh", share) == {"share.share-alone"}


def test_the_shares_of_a_tied_weight_are_its_uses_and_its_L2_term() -> None:
    trace = ref_numpy.run(SPEC, *PROBLEM)
    L2 = 0.5 / 11 * PROBLEM[0]["b.W"]
    of_b, of_y = trace["db"] @ trace["h"].T, trace["dy"] @ trace["e"].T
    report = check(with_one_wrong("db.W", of_y + L2), SPEC, *PROBLEM)
    (finding,) = (f for f in report.findings if f.tensor == "db.W")
    assert [cause.message for cause in finding.causes] == [
        "the share of b is missing: the tensor is used 2 times"
    ]
    assert codes_of("db.W", of_b + of_y) == {"share.share-missing"}


def test_a_mistake_in_one_share_is_that_of_its_line() -> None:
    """A step's line, whose share is added to the others."""
    trace = ref_numpy.run(SPEC, *PROBLEM)
    share = trace["da"] * (1 - trace["a"] ** 2)
    wrong = trace["dh"] - share + trace["da"] * (1 - trace["a"])
    codes = codes_of("dh", wrong)
    assert codes
    assert all(code.startswith("dZ.") for code in codes)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [(lambda x: -x, "dZ.sign-flipped"), (lambda x: 2 * x, "dZ.twice"),
     (lambda x: 0 * x, "dZ.zero-1//m"),
     (lambda x: 11 * x, "dZ.missing-1/m"), (lambda x: x / 11, "dZ.divided-by-m-twice")],
)  # fmt: skip
def test_factors_are_named_at_any_tensor(wrong: Any, code: str) -> None:
    trace = ref_numpy.run(SPEC, *PROBLEM)
    assert code in codes_of("dy", wrong(trace["dy"]))


def test_of_what_is_no_known_mistake_no_cause_is_named() -> None:
    trace = ref_numpy.run(SPEC, *PROBLEM)
    assert codes_of("e", trace["e"] + 0.01 * trace["h"]) == set()
    assert codes_of("dh", trace["dh"] + 0.01) == set()
