"""What users register for layers and losses of their own, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from torch import nn

import parity_tests
import torch_impl
from parity_tests import check
from parity_tests.kinds.formula_text import FormulaText, edit
from parity_tests.kinds.known_kinds import built_in_layers, built_in_losses, kind_of
from parity_tests.kinds.layer_kind import LayerKind
from parity_tests.kinds.loss_kind import LossKind
from parity_tests.kinds.random_problem import random_problem
from parity_tests.tests.support.named_causes import codes
from parity_tests.tests.support.own_layers import refused
from parity_tests.tests.support.sample_kinds import (
    AbsoluteDeviation,
    PReLU,
    Softplus,
    known,
    networks,
)
from ref_numpy import Array, NetworkSpec, ReLU, SquaredError, run

M = 7

pytestmark = pytest.mark.usefixtures("own_kinds")


@pytest.fixture(autouse=True)
def added(own_kinds: None) -> Iterator[None]:
    with known():
        yield


def test_a_kind_that_registered_nothing_brings_nothing() -> None:
    assert kind_of(Softplus()) == LayerKind()
    assert kind_of(AbsoluteDeviation()) == LossKind()


def test_built_in_kinds_have_an_order() -> None:
    """Of campaigns, whose random networks are drawn by it, and of mistakes that are tried."""
    first = ["dense", "identity", "sigmoid", "tanh", "relu", "leaky_relu", "softmax"]
    assert [*built_in_layers()][: len(first)] == first
    losses = ["binary_cross_entropy", "cross_entropy", "squared_error"]
    losses += ["absolute_error", "huber", "hinge"]
    assert [*built_in_losses()][: len(losses)] == losses


def with_softplus_of(g: Any) -> tuple[NetworkSpec, Any, dict[str, Array]]:
    """A network, a problem with large logits, and a run whose activation is that of `g`."""
    spec = NetworkSpec.dense([3, 5, 2], Softplus(), "identity", SquaredError())
    params, X, Y = random_problem(spec, M)
    given = params, 4 * X, Y
    trace = dict(run(spec, *given))
    return spec, given, trace | {"A1": g(trace["Z1"])}


def test_a_registered_formula_is_equal_on_paper() -> None:
    """log(1 + e^z) loses the digits of a small e^z."""

    def textbook(Z: Any) -> Any:
        return np.log(1 + np.exp(Z))

    spec, given, trace = with_softplus_of(textbook)
    assert [x.tensor for x in check(trace, spec, *given).findings][:1] == ["A1"]
    parity_tests.register(Softplus, formulas=(textbook,))
    report = check(trace, spec, *given)
    assert "A1" not in [finding.tensor for finding in report.findings]


def test_a_registered_line_names_its_mistakes() -> None:
    spec, given, trace = with_softplus_of(lambda Z: np.log(3 + np.exp(Z)))
    line = FormulaText("A", "np.log(1 + np.exp(Z))", (
        edit("three-for-one", "log(1 + e^z) was expected, log(3 + e^z) is used", "1 +", "3 +"),
    ))  # fmt: skip
    parity_tests.register(Softplus, line=line)
    first, *_ = check(trace, spec, *given).findings
    assert first.tensor == "A1"
    assert codes(first) == ["A.three-for-one"]


def test_labels_of_a_registered_loss_are_its_own() -> None:
    spec = networks()["softplus"]
    parity_tests.register(
        AbsoluteDeviation, labels=lambda rng, n_y, m: rng.integers(5, 9, (n_y, m))
    )
    Y = random_problem(spec, M)[2]
    assert set(Y.ravel()) <= {5.0, 6.0, 7.0, 8.0}


def test_twins_are_registered_in_either_package() -> None:
    spec = networks(lambd=0.3)["prelu"]
    given = random_problem(spec, M)
    parity_tests.register(PReLU, twin=lambda layer: nn.PReLU())
    check(torch_impl.run, spec, *given).raise_findings()
    spec = networks()["softplus"]
    given = random_problem(spec, M)
    torch_impl.register(Softplus, lambda layer: nn.Softplus())
    parity_tests.register(
        AbsoluteDeviation, twin=nn.functional.l1_loss, factor=lambda n_y: n_y, stores_each=True
    )
    check(torch_impl.run, spec, *given).raise_findings()


@dataclass(frozen=True)
class NoKindOfItsOwn(ReLU):
    pass


@pytest.mark.parametrize(
    ("code", "given", "parts"),
    [
        ("register.type", 3, {}),
        ("register.type", nn.ReLU, {}),
        ("register.kind-taken", ReLU, {}),
        ("register.kind-taken", NoKindOfItsOwn, {}),
        ("register.unknown-part", PReLU, {"formula": ()}),
        ("register.unknown-part", AbsoluteDeviation, {"derivatives": ()}),
        ("register.part", PReLU, {"formulas": lambda Z: Z}),
        ("register.part", PReLU, {"formulas": (3,)}),
        ("register.part", PReLU, {"line": "np.where(Z > 0, Z, a * Z)"}),
        ("register.part", PReLU, {"last_mistakes": edit("code", "sentence", "Z", "A")}),
        ("register.part", PReLU, {"fitted": {"A": 3}}),
        ("register.part", PReLU, {"words": 3}),
        ("register.part", AbsoluteDeviation, {"outputs": (("identity", 2, 3),)}),
        ("register.part", AbsoluteDeviation, {"labels": 3}),
        ("register.part", PReLU, {"twin": nn.PReLU}),
        ("register.part", PReLU, {"twin": nn.PReLU()}),
        ("register.part", AbsoluteDeviation, {"twin": nn.functional.l1_loss, "factor": 2}),
    ],
)
def test_what_cannot_be_registered_is_refused(code: str, given: Any, parts: Any) -> None:
    assert refused(lambda: parity_tests.register(given, **parts))[0] == code
    assert kind_of(PReLU()) == LayerKind()
    assert kind_of(AbsoluteDeviation()) == LossKind()


def test_parts_of_the_right_type_are_taken() -> None:
    parts = {"place": 7, "words": "PReLU", "fitted": {"A": edit("c", "s", "Z", "A")}, "bound": None}
    parity_tests.register(PReLU, **parts)
    assert kind_of(PReLU()).words == "PReLU"
