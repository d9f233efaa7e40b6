"""Gradients of parameters alone: one mistake in the backward pass is one finding, and named."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from parity_tests import check
from parity_tests.checking.findings import Finding
from parity_tests.diagnosis.whole_networks.whole_network import WholeNetwork
from parity_tests.kinds.random_problem import random_problem
from parity_tests.tests.support.hand_written.loss_and_gradients import LossAndGradients
from parity_tests.tests.support.named_causes import codes
from ref_numpy import NetworkSpec

M = 11
RELU = NetworkSpec.dense([6, 5, 4, 2], "relu", "sigmoid")
EQUAL = NetworkSpec.dense([4, 4, 4, 4, 2], "relu", "sigmoid")
SMOOTH = NetworkSpec.dense([6, 5, 4, 2], "sigmoid", "sigmoid")
DECAY = NetworkSpec.dense([6, 5, 4, 2], "tanh", "sigmoid", lambd=0.75)


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def findings(spec: NetworkSpec, program: Any, calls: int = 1) -> tuple[Finding, ...]:
    return check(program, spec, *random_problem(spec, M, 3), calls=calls).findings


def mean_without_axis(t: Any, l: int, m: int) -> Any:
    return np.full((len(t[f"dZ{l}"]), 1), t[f"dZ{l}"].mean())


# A network, the program with a mistake, its code, and the tensor whose gradients are first wrong.
PLANTED: dict[str, tuple[NetworkSpec, LossAndGradients, str, str]] = {
    "1/m is missing": (
        RELU,
        LossAndGradients(
            dW=lambda t, l, m: t[f"dZ{l}"] @ t[f"A{l - 1}"].T,
            db=lambda t, l, m: t[f"dZ{l}"].sum(axis=1, keepdims=True),
        ),
        "dW.missing-1/m",
        "dW3",
    ),
    "W is not transposed": (
        EQUAL,
        LossAndGradients(dA=lambda t, l, m: (t[f"W{l}"].T if l == 4 else t[f"W{l}"]) @ t[f"dZ{l}"]),
        "dA.untransposed-W",
        "dW2",
    ),
    "the derivative at A": (
        SMOOTH,
        LossAndGradients(
            dZ=lambda t, l, m: (
                t[f"dA{l}"] * sigmoid(t[f"A{l}"]) * (1 - sigmoid(t[f"A{l}"]))
            )
        ),
        "dZ.derivative-at-A",
        "dW2",
    ),
    "no mask at one layer": (
        EQUAL,
        LossAndGradients(dZ=lambda t, l, m: t[f"dA{l}"] * (t[f"Z{l}"] > 0 if l != 2 else 1)),
        "dZ.missing-derivative",
        "dW2",
    ),
    "the mask of another layer": (
        EQUAL,
        LossAndGradients(dZ=lambda t, l, m: t[f"dA{l}"] * (t["Z3"] > 0)),
        "dZ.other-layer-Z",
        "dW2",
    ),
    "dA of another layer": (
        EQUAL,
        LossAndGradients(dZ=lambda t, l, m: t["dA3"] * (t[f"Z{l}"] > 0)),
        "dZ.other-layer-dA",
        "dW2",
    ),
    "passed back without the derivative": (
        RELU,
        LossAndGradients(
            dA=lambda t, l, m: t[f"W{l}"].T @ (t[f"dA{l}"] if f"dA{l}" in t else t[f"dZ{l}"])
        ),
        "dA.dA-for-dZ",
        "dW1",
    ),
    "a sum instead of a mean": (
        RELU,
        LossAndGradients(first=lambda t, L, m: m * (t[f"A{L}"] - t["Y"])),
        "dW.missing-1/m",
        "dW3",
    ),
    "the wrong sign": (
        RELU,
        LossAndGradients(first=lambda t, L, m: t["Y"] - t[f"A{L}"]),
        "dW.sign-flipped",
        "dW3",
    ),
    "A[l] instead of A[l − 1]": (
        EQUAL,
        LossAndGradients(
            dW=lambda t, l, m: t[f"dZ{l}"] @ t[f"A{l if l < 4 else l - 1}"].T / m
        ),
        "dW.A-for-A_prev",
        "dW3",
    ),
    "no L2 term": (DECAY, LossAndGradients(L2=lambda t, l, m, lambd: 0), "dW.missing-L2", "dW3"),
    "twice the L2 term": (
        DECAY,
        LossAndGradients(L2=lambda t, l, m, lambd: 2 * lambd / m * t[f"W{l}"]),
        "dW.L2-twice",
        "dW3",
    ),
    "the mean of everything": (
        RELU, LossAndGradients(db=mean_without_axis), "db.mean-of-everything", "db3",
    ),
    "the derivative is missing": (
        DECAY, LossAndGradients(dZ=lambda t, l, m: t[f"dA{l}"]), "dZ.missing-derivative", "dW2",
    ),
    "W is updated before dA": (
        RELU,
        LossAndGradients(
            dA=lambda t, l, m: (
                t[f"W{l}"] - 0.0075 * (t[f"dZ{l}"] @ t[f"A{l - 1}"].T / m)
            ).T @ t[f"dZ{l}"]
        ),
        "dA.updated-W",
        "dW2",
    ),
    "a leaky slope": (
        RELU,
        LossAndGradients(dZ=lambda t, l, m: t[f"dA{l}"] * np.where(t[f"Z{l}"] > 0, 1, 0.07)),
        "dZ.leaky-slope",
        "dW2",
    ),
}  # fmt: skip


def parameters() -> list[Any]:
    """Each mistake; a few of them are in the fast suite."""
    quick = ("no mask at one layer", "1/m is missing", "no L2 term")
    return [pytest.param(n, marks=[] if n in quick else pytest.mark.slow) for n in PLANTED]


@pytest.mark.parametrize("name", parameters())
def test_a_mistake_is_one_finding_and_named(name: str) -> None:
    spec, program, code, first = PLANTED[name]
    found = findings(spec, program)
    assert [(f.tensor, codes(f)) for f in found] == [(first, [code])], [str(f) for f in found]


def test_the_finding_names_all_tensors_and_lines() -> None:
    spec, program, *_ = PLANTED["no mask at one layer"]
    (finding,) = findings(spec, program)
    assert finding.facts["others"] == ("db2", "dW1", "db1")
    assert finding.facts["reproduced"] == 16 + 4 + 16 + 4
    (cause,) = finding.causes
    assert (cause.facts["of"], cause.facts["l"], cause.formula) == ("dZ2", 2, "dZ = dA")


def test_a_line_of_several_layers_has_no_layers_number() -> None:
    spec, program, *_ = PLANTED["W is not transposed"]
    (finding,) = findings(spec, program)
    assert finding.causes[0].facts == {"l": "", "of": "dA2 and dA1"}


@pytest.mark.slow
def test_later_calls_add_nothing_to_the_one_finding() -> None:
    spec, program, code, first = PLANTED["the derivative is missing"]
    found = findings(spec, program, calls=2)
    assert [(f.tensor, f.kind, codes(f)) for f in found] == [(first, "value", [code])]


FORWARD = {
    "b is missing at one layer": (
        LossAndGradients(Z=lambda t, l, m: t[f"W{l}"] @ t[f"A{l - 1}"] + (l != 2) * t[f"b{l}"]),
        {"l": 2, "of": "Z2"},
    ),
    "b is missing everywhere": (
        LossAndGradients(Z=lambda t, l, m: t[f"W{l}"] @ t[f"A{l - 1}"]),
        {"l": "", "of": "Z1, Z2 and Z3"},
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", FORWARD)
def test_a_mistake_in_the_forward_pass_is_one_finding_with_J(name: str) -> None:
    program, facts = FORWARD[name]
    (finding,) = findings(DECAY, program)
    assert (finding.tensor, codes(finding)) == ("J", ["Z.missing-b"])
    assert finding.facts["others"] == ("dW3", "db3", "dW2", "db2", "dW1", "db1")
    assert finding.causes[0].facts == facts


UNKNOWN = {
    "in dZ": LossAndGradients(dZ=lambda t, l, m: np.cos(t[f"dA{l}"])),
    "in Z": LossAndGradients(Z=lambda t, l, m: np.cos(t[f"W{l}"] @ t[f"A{l - 1}"])),
    "in one example": LossAndGradients(
        dZ=lambda t, l, m: t[f"dA{l}"] * t[f"derivative{l}"] * (np.arange(m) != 4)
    ),
    "by a small part": LossAndGradients(
        dZ=lambda t, l, m: t[f"dA{l}"] * t[f"derivative{l}"] * (1 + 2**-30 * np.sin(np.arange(m)))
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", UNKNOWN)
def test_an_unknown_mistake_has_no_cause(name: str) -> None:
    found = findings(DECAY, UNKNOWN[name])
    assert len(found) > 1
    assert [f.tensor for f in found if f.causes and all(c.is_certain for c in f.causes)] == []


@pytest.mark.slow
def test_the_time_for_a_deep_network_is_that_of_few_formulas(monkeypatch) -> None:
    """Those of one layer's dZ and dA: as many of 20 layers as of 10."""
    counts = []
    for L in (10, 20):
        spec = NetworkSpec.dense([4] * L + [2], "tanh", "sigmoid")
        tried: list[str] = []

        def counted(self, place, one, near, tried=tried, is_near=WholeNetwork.is_near):
            tried.append(one.cause.code)
            return is_near(self, place, one, near)

        with monkeypatch.context() as patched:
            patched.setattr(WholeNetwork, "is_near", counted)
            program = LossAndGradients(
                dZ=lambda t, l, m, L=L: t[f"dA{l}"] * (t[f"derivative{l}"] if l != L - 5 else 1)
            )
            (finding,) = findings(spec, program)
        assert codes(finding) == ["dZ.missing-derivative"]
        counts.append(len(tried))
    assert counts[1] < 1.5 * counts[0]  # the other layers in reach are more


@pytest.mark.slow
@pytest.mark.parametrize("spec", [RELU, EQUAL, SMOOTH, DECAY], ids=lambda s: s.summary)
def test_a_right_program_passes(spec: NetworkSpec) -> None:
    assert findings(spec, LossAndGradients()) == ()
