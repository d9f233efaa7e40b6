"""Why a tensor is wrong: planted mistakes, written here by hand, are named; others never are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from parity_tests import check
from parity_tests.campaigns.fault_injection import faulty_run
from parity_tests.checking.findings import Finding, kind_of
from parity_tests.kinds.random_problem import random_problem
from parity_tests.tests.support.named_causes import codes
from ref_numpy import Array, Elementwise, NetworkSpec

M = 11
SPEC = NetworkSpec.dense([5, 7, 6, 3], ["relu", "tanh"], "softmax", lambd=0.3)
BINARY = NetworkSpec.dense([5, 7, 2], "sigmoid", "sigmoid")
DEEP = NetworkSpec.dense([5, 5, 5, 3], "tanh", "softmax")
MASKED = NetworkSpec.dense([5, 5, 5, 3], "relu", "softmax")


def found(spec: NetworkSpec, name: str, mistake: Callable[..., Array], precision: str) -> Finding:
    """The first finding in a run whose `name` is mistake(trace, params, Y)."""
    dtype = np.dtype(precision)
    problem = random_problem(spec, M, 3, dtype)
    right = faulty_run(spec, *problem, {})
    wrong = np.asarray(mistake(right, problem[0], problem[2]), dtype)
    trace = faulty_run(spec, *problem, {name: lambda x: wrong})
    report = check(trace, spec, *problem, precision)
    assert [finding.tensor for finding in report.findings] == [name]
    return report.findings[0]


def softmax(Z: Array, axis: int) -> Array:
    t = np.exp(Z - Z.max(axis=axis, keepdims=True))
    return t / t.sum(axis=axis, keepdims=True)


def exp(t: Any, sign: int = 1) -> Array:
    return np.exp(sign * t["Z1"])


# A network, a tensor, its wrong numbers, and the code of the cause with some of its facts.
BY_HAND: list[tuple[NetworkSpec, str, Callable[..., Any], str]] = [
    (SPEC, "dW2", lambda t, p, Y: M * t["dW2"], "dW.missing-1/m"),
    (SPEC, "db2", lambda t, p, Y: t["db2"] / M, "db.divided-by-m-twice"),
    (SPEC, "dA1", lambda t, p, Y: -t["dA1"], "dA.sign-flipped"),
    (SPEC, "dZ3", lambda t, p, Y: Y - t["A3"], "dZ.sign-flipped"),
    (SPEC, "J", lambda t, p, Y: t["J"] * M, "J.missing-1/m"),
    (SPEC, "Z2", lambda t, p, Y: p["W2"] @ t["A1"], "Z.missing-b"),
    (SPEC, "Z2", lambda t, p, Y: p["W2"] @ t["Z1"] + p["b2"], "Z.missing-activation"),
    (SPEC, "A3", lambda t, p, Y: softmax(t["Z3"], 1), "A.over-examples"),
    (SPEC, "A3", lambda t, p, Y: 1 / (1 + np.exp(-t["Z3"])), "A.activation-sigmoid"),
    (
        SPEC,
        "A1",
        lambda t, p, Y: np.where(t["Z1"] > 0, t["Z1"], 0.1 * t["Z1"]),
        "A.activation-leaky_relu slope=0.1",
    ),
    (SPEC, "dZ2", lambda t, p, Y: t["dA2"] * 1, "dZ.missing-derivative"),
    (SPEC, "dZ2", lambda t, p, Y: t["dA2"] * (1 - t["A2"]), "dZ.missing-square"),
    (SPEC, "dZ2", lambda t, p, Y: t["dA2"] * (1 - t["Z2"] ** 2), "dZ.Z-for-A-in-derivative"),
    (SPEC, "dZ1", lambda t, p, Y: t["dA1"] * (t["Z1"] <= 0), "dZ.mask-inverted"),
    (SPEC, "dZ1", lambda t, p, Y: t["dA1"] * (t["dA1"] > 0), "dZ.mask-of-dA"),
    (SPEC, "dW1", lambda t, p, Y: t["dZ1"] @ t["A0"].T / M, "dW.missing-L2"),
    (SPEC, "dW1", lambda t, p, Y: t["dZ1"] @ t["A0"].T / M + 0.3 * p["W1"], "dW.L2-missing-1/m"),
    (SPEC, "db1", lambda t, p, Y: t["db1"] + 0.3 / M * p["b1"], "db.plus-L2"),
    (SPEC, "db1", lambda t, p, Y: t["db1"] + 0.3 / M, "db.plus-L2-of-1"),
    (SPEC, "db1", lambda t, p, Y: t["db1"] + 0.6 / M * p["b1"], "db.plus-twice-L2"),
    (SPEC, "db1", lambda t, p, Y: t["db1"] + 0.3 * p["b1"], "db.plus-L2-missing-1/m"),
    (SPEC, "db2", lambda t, p, Y: np.full((6, 1), t["dZ2"].sum() / M), "db.sum-of-everything"),
    (
        BINARY,
        "J",
        lambda t, p, Y: -(Y * np.log(t["A2"])).sum() / M,
        "J.missing-second-term",
    ),
    (
        BINARY,
        "dZ2",
        lambda t, p, Y: (t["A2"] - Y) * t["A2"] * (1 - t["A2"]),
        "dZ.derivative-once-more",
    ),
    (DEEP, "dW2", lambda t, p, Y: (t["A1"] @ t["dZ2"].T) / M, "dW.transposed"),
    (DEEP, "dA1", lambda t, p, Y: p["W2"] @ t["dZ2"], "dA.untransposed-W"),
    (DEEP, "dZ1", lambda t, p, Y: t["dA2"] * (1 - t["A1"] ** 2), "dZ.other-layer-dA other_dA=dA2"),
    (
        DEEP,
        "dZ1",
        lambda t, p, Y: t["dA1"] * (1 - t["A2"] ** 2),
        "dZ.other-layer-A-in-derivative other_A=A2",
    ),
    (MASKED, "dZ1", lambda t, p, Y: t["dA1"] * (t["Z2"] > 0), "dZ.other-layer-Z other_Z=Z2"),
    (MASKED, "dZ2", lambda t, p, Y: t["dA2"] * (t["Z1"] > 0), "dZ.mask-of-A_prev"),
    (
        DEEP,
        "dZ1",
        lambda t, p, Y: t["dA2"] * t["A1"] * (1 - t["A1"]),
        "dZ.sigmoid-derivative+other-layer-dA other_dA=dA2",
    ),
    (DEEP, "A1", lambda t, p, Y: (exp(t) - exp(t, -1)) / 2, "A.exp-half"),
    (
        DEEP,
        "A1",
        lambda t, p, Y: (exp(t) + exp(t, -1)) / (exp(t) - exp(t, -1)),
        "A.exp-inverted",
    ),
    (
        DEEP,
        "A1",
        lambda t, p, Y: (exp(t) - exp(t, -1)) / exp(t) + exp(t, -1),
        "A.exp-missing-parentheses",
    ),
    (
        DEEP,
        "A1",
        lambda t, p, Y: exp(t) - exp(t, -1) / exp(t) + exp(t, -1),
        "A.exp-no-parentheses",
    ),
    (DEEP, "A1", lambda t, p, Y: (exp(t) - exp(t, -1)) / (2 * exp(t)), "A.exp-missing-minus"),
    (DEEP, "Z2", lambda t, p, Y: p["W1"] @ t["A1"] + p["b2"], "Z.other-layer-W other_W=W1"),
    (DEEP, "dW2", lambda t, p, Y: t["dZ2"] @ t["A2"].T, "dW.A-for-A_prev+missing-1/m"),
    (SPEC, "dZ2", lambda t, p, Y: -t["dA2"], "dZ.missing-derivative+sign-flipped"),
    (SPEC, "dW1", lambda t, p, Y: 1.37 * t["dW1"], "dW.times-c c=1.37"),
    (SPEC, "dW1", lambda t, p, Y: t["dW1"] + 0.013 * p["W1"], "dW.plus-c-times-W c=0.013"),
    (SPEC, "db1", lambda t, p, Y: t["db1"] + 0.7 * p["b1"], "db.plus-c-times-b c=0.7"),
    (
        SPEC,
        "A1",
        lambda t, p, Y: np.where(t["Z1"] > 0, t["Z1"], 0.07 * t["Z1"]),
        "A.leaky-slope c=0.07",
    ),
    (
        SPEC,
        "dZ1",
        lambda t, p, Y: t["dA1"] * np.where(t["Z1"] > 0, 1, 0.07),
        "dZ.leaky-slope c=0.07",
    ),
    (
        SPEC,
        "dA1",
        lambda t, p, Y: (p["W2"] - 0.5 * t["dW2"]).T @ t["dZ2"],
        "dA.updated-W c=0.5",
    ),
]


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize(
    ("spec", "name", "mistake", "expected"),
    BY_HAND,
    ids=[f"{n}-{code}" for _, n, _, code in BY_HAND],
)
def test_a_mistake_is_named(spec, name: str, mistake, expected: str, precision: str) -> None:
    code, *facts = expected.split()
    finding = found(spec, name, mistake, precision)
    (cause,) = (cause for cause in finding.causes if cause.code == code)
    assert {fact.partition("=")[0]: fact.partition("=")[2] for fact in facts}.items() <= (
        cause.facts.items()
    )
    assert all(fact.partition("=")[2] in cause.message for fact in facts)
    assert cause.message in str(finding.cause)
    assert "up to rounding" in str(finding.cause)
    assert finding.right_line
    assert finding.code == f"{code.partition('.')[0]}.value"


def test_the_relus_derivative_at_its_kink_is_named() -> None:
    """1 or ½ for 0 is seen only where z is 0; people choose either."""
    spec = NetworkSpec.dense([3, 4, 2], "relu", "softmax")
    params, X, Y = random_problem(spec, M)
    params["W1"][0], params["b1"][0] = 0, 0
    trace = faulty_run(spec, params, X, Y, {})
    Z = trace["Z1"]
    for code, mask in (("dZ.mask-at-0", Z >= 0), ("dZ.half-at-0", np.heaviside(Z, 0.5))):
        bad = faulty_run(spec, params, X, Y, {"dZ1": lambda x, mask=mask: trace["dA1"] * mask})
        (finding,) = check(bad, spec, params, X, Y).findings
        assert (finding.kind, codes(finding)[0]) == ("difference", code)


@pytest.mark.slow
def test_an_epsilon_is_a_difference_and_no_mistake() -> None:
    """It is the kind of finding that says so; half an ε or a second mistake is a wrong value."""
    problem = random_problem(BINARY, M)
    right = faulty_run(BINARY, *problem, {})
    A, Y = right["A2"], problem[2]

    def found(name: str, wrong: Array) -> Finding:
        (finding,) = check({**right, "dA2": -(Y / A - (1 - Y) / (1 - A)), name: wrong},
                           BINARY, *problem).findings  # fmt: skip
        return finding

    J = -(Y * np.log(A + 1e-8) + (1 - Y) * np.log(1 - A + 1e-8)).sum() / M
    finding = found("J", J)
    assert (finding.kind, finding.code, codes(finding)) == (
        "difference", "J.difference", ["J.epsilon-inside-log"],
    )  # fmt: skip
    assert "wrong" not in finding.message
    dA = -(Y / (A + 1e-7) - (1 - Y) / (1 - A + 1e-7))
    finding = found("dA2", dA)
    assert (finding.kind, codes(finding)) == ("difference", ["dA.epsilon-in-quotient"])
    assert finding.causes[0].facts["epsilon"] == "1e-7"
    for name, wrong in (("J", J + 1e-8), ("dA2", 2 * dA)):
        finding = found(name, wrong)
        assert (finding.kind, finding.code) == ("value", f"{kind_of(name)}.value")


def test_a_layer_that_the_catalogue_does_not_know(own_kinds: None) -> None:
    """Mistakes that any tensor may have are named all the same."""

    @dataclass(frozen=True)
    class Softsign(Elementwise, kind="softsign"):
        """g(z) = z / (1 + |z|)        g'(z) = 1 / (1 + |z|)²"""

        def g(self, Z: Array) -> Array:
            return Z / (1 + np.abs(Z))

        def g_prime(self, Z: Array, A: Array) -> Array:
            return 1 / (1 + np.abs(Z)) ** 2

    spec = NetworkSpec.dense([5, 7, 3], Softsign(), "softmax")
    problem = random_problem(spec, M)
    for name in ("A1", "dZ1"):
        trace = faulty_run(spec, *problem, {name: lambda x: 2 * x})
        (finding,) = check(trace, spec, *problem).findings
        assert codes(finding) == [f"{name[:-1]}.twice"]
        assert "(this formula reproduces all 77 elements" in str(finding.cause)
        assert finding.right_line is None
        trace = faulty_run(spec, *problem, {name: lambda x: x + 0.1 * x**2})
        (finding,) = check(trace, spec, *problem).findings
        assert finding.remark
        assert finding.remark.code == "unknown.no-known-mistake"


@pytest.mark.parametrize("scale", [1.0, 30.0])
def test_a_saturated_output_does_not_hide_the_cause(scale: float) -> None:
    """Where A is exactly 0 or 1, the line with log A is not finite, and that from the logits is."""
    params, X, Y = random_problem(BINARY, M)
    params["W2"] *= scale
    trace = faulty_run(BINARY, params, X, Y, {"J": lambda J: J * M})
    (finding,) = check(trace, BINARY, params, X, Y).findings
    assert "J.missing-1/m" in codes(finding)


@pytest.mark.slow
def test_numbers_that_are_right_in_another_shape() -> None:
    """Nothing is blamed but the shape."""
    problem = random_problem(BINARY, M)
    right = faulty_run(BINARY, *problem, {})
    for name, given, how in (
        ("J", right["J"].reshape(1, 1), "use np.squeeze"),
        ("J", right["J"].reshape(1), "use np.squeeze"),
        ("db1", np.repeat(right["db1"], M, axis=1), "every column is the same, and one is enough"),
        ("dW1", right["dW1"].reshape(-1), "use .reshape(7, 5)"),
    ):
        (finding,) = check({**right, name: given}, BINARY, *problem).findings
        text = f"the values are right, but the shape is wrong: {how}"
        assert (finding.tensor, finding.cause, finding.code) == (
            name,
            text,
            f"{kind_of(name)}.shape",
        )
    (finding,) = check({**right, "dZ1": right["dZ1"].T}, BINARY, *problem).findings
    assert codes(finding) == ["dZ.transposed"]


def test_a_tensor_that_a_step_received_may_have_another_shape() -> None:
    """It is a finding of its own, and nothing is computed from it while others are explained."""
    problem = random_problem(BINARY, M)
    right = faulty_run(BINARY, *problem, {})
    trace = {**right, "A1@Z2": right["A1"].T, "dW1": 2 * right["dW1"]}
    findings = check(trace, BINARY, *problem).findings
    assert [(finding.tensor, finding.kind) for finding in findings] == [
        ("A1@Z2", "shape"), ("dW1", "value"),
    ]  # fmt: skip
    assert codes(findings[1]) == ["dW.twice"]


def test_a_cause_of_two_mistakes_has_the_facts_of_both() -> None:
    equal_widths = NetworkSpec.dense([4, 4, 4, 3], ["relu", "tanh"], "softmax", lambd=0.3)
    wrong = found(equal_widths, "dW2", lambda t, p, Y: t["dZ2"] @ t["A0"].T / M, "float64")
    assert codes(wrong) == ["dW.missing-L2+other-layer-A"]
    assert "the L2 term is missing, and A0 is used instead of A1" in str(wrong.cause)
