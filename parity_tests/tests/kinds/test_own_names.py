"""The names of the parameters and results of layers that people add."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pytest

from parity_tests.tests.support.own_layers import between, refused
from parity_tests.tests.support.sample_kinds import Scale
from ref_numpy import Layer, Sigmoid, Tanh

pytestmark = pytest.mark.usefixtures("own_kinds")


def with_parameter(name: str, letter: str = "A", weights: tuple[str, ...] = ()) -> Layer:
    """A layer that has this parameter, and does nothing."""

    @dataclass(frozen=True)
    class Named(Scale, kind="named"):
        symbol: ClassVar[str] = letter

        def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
            return {name: (3, 1)}

    Named.weights = weights
    return Named(3)


def test_two_tensors_of_one_name() -> None:
    """Two parameters, a parameter and a result, a parameter and a gradient: the reference's
    gradient would be that of one of them alone."""
    two = "would both be {}; give one of them another name, or put a layer between them that"
    for layers, first, second, name in (
        ((with_parameter("g", "H"), with_parameter("g")),
         "the parameter g of Named (H1)", "the parameter g of Named (A1)", "g1"),
        ((with_parameter("W"),),
         "the parameter W of Dense (Z1)", "the parameter W of Named (A1)", "W1"),
        ((with_parameter("b"),),
         "the parameter b of Dense (Z1)", "the parameter b of Named (A1)", "b1"),
        ((with_parameter("Z"),), "the result of Dense", "the parameter Z of Named (A1)", "Z1"),
        ((with_parameter("A"),), "the result of Named", "the parameter A of Named (A1)", "A1"),
        ((with_parameter("dW"),), "the parameter dW of Named (A1)",
         "the gradient of W1, the parameter W of Dense (Z1),", "dW1"),
        ((with_parameter("dA"),), "the parameter dA of Named (A1)",
         "the gradient of A1, the result of Named,", "dA1"),
        ((Tanh(), Sigmoid()), "the result of Tanh", "the result of Sigmoid", "A1"),
    ):  # fmt: skip
        code, message = refused(between(*layers))
        assert code == "layer.same-name"
        assert message.startswith(f"{first} and {second} {two.format(name)}")


@pytest.mark.parametrize("name", ["g1", "g@", "g h", "", "g.h", "1", "g²", "W@Z"])
def test_a_name_that_a_number_cannot_follow(name: str) -> None:
    """g1 of layer 2 and g of layer 12 would be one."""
    code, message = refused(between(with_parameter(name)))
    assert code == "layer.parameter-name"
    assert message.startswith(f"Named has a parameter {name!r}; expected a name of letters")
    assert refused(lambda: with_parameter("g", letter=name))[0] == "layer.symbol"


@pytest.mark.parametrize("name", ["g", "γ", "beta_x", "d", "w2v", "J", "X", "lambda_"])
def test_a_name_that_a_number_may_follow(name: str) -> None:
    spec = between(with_parameter(name, weights=(name,)))()
    assert spec.weights == ("W1", f"{name}1")
    assert f"d{name}1" in spec.trace_shapes(5)
