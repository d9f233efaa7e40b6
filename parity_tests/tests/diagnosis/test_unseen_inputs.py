"""An activation without its Z in the trace: a mistake in Z is named through the activation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import ref_numpy
from parity_tests import check
from parity_tests.kinds.random_problem import random_problem
from parity_tests.tests.support.named_causes import codes
from ref_numpy import NetworkSpec

G = {
    "relu": lambda Z: np.maximum(Z, 0),
    "tanh": np.tanh,
    "softmax": lambda Z: np.exp(Z) / np.exp(Z).sum(axis=0, keepdims=True),
}
# Z of the second layer of 5-4-4-3, with a mistake, and its code.
SUMS = {
    "missing-b": lambda W, A, b: W @ A,
    "minus-b": lambda W, A, b: W @ A - b,
    "transposed-W": lambda W, A, b: W.T @ A + b,
}


def found(kind: str, of_Z: Any, names: tuple[str, ...]) -> list[tuple[str, list[str]]]:
    """The findings on a program whose second layer has this activation and this Z."""
    spec = NetworkSpec.dense([5, 4, 4, 3], ["tanh", kind], "softmax")

    def run(spec: NetworkSpec, params: Any, X: Any, Y: Any) -> dict[str, Any]:
        trace = dict(ref_numpy.run(spec, params, X, Y))
        Z = of_Z(params["W2"], trace["A1"], params["b2"])
        return {n: x for n, x in {**trace, "Z2": Z, "A2": G[kind](Z)}.items() if n in names}

    report = check(run, spec, *random_problem(spec, 11, 3), calls=1)
    return [(f.tensor, codes(f)) for f in report.findings if f.tensor in ("A2", "Z2")]


@pytest.mark.parametrize("kind", G)
def test_a_mistake_in_Z_is_named_at_A(kind: str) -> None:
    assert found(kind, SUMS["missing-b"], ("A1", "A2")) == [("A2", ["Z.missing-b"])]


@pytest.mark.slow
@pytest.mark.parametrize("code", SUMS)
def test_it_is_a_finding_of_Z_where_the_trace_has_Z(code: str) -> None:
    assert found("relu", SUMS[code], ("A1", "A2")) == [("A2", [f"Z.{code}"])]
    assert found("relu", SUMS[code], ("A1", "Z2", "A2")) == [("Z2", [f"Z.{code}"])]


def test_numbers_of_no_known_mistake_have_no_cause() -> None:
    assert found("tanh", lambda W, A, b: np.cos(W @ A) + b, ("A1", "A2")) == [("A2", [])]
