"""The twins that people register for layers and losses of their own, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import nn

import torch_impl
from parity_tests.tests.support.sample_kinds import AbsoluteDeviation, PReLU, Softplus, known
from ref_numpy import InputError, ReLU, SquaredError
from torch_impl import own_twins
from torch_impl.torch_costs import criterion_of
from torch_impl.twin import twin


@pytest.fixture(autouse=True)
def added(own_kinds: None) -> Iterator[None]:
    with known():
        yield


def refused(*given: Any, **factor: Any) -> InputError:
    with pytest.raises(InputError) as caught:
        own_twins.register(*given, **factor)
    return caught.value


def test_a_registered_twin_is_made_for_each_layer() -> None:
    torch_impl.register(PReLU, lambda layer: nn.PReLU(init=0.5))
    module = twin(PReLU())
    assert module(torch.tensor([-3.0, 2.0])).tolist() == [-1.5, 2.0]
    assert twin(PReLU()) is not module
    torch_impl.register(PReLU, lambda layer: nn.PReLU(init=0.25))
    assert twin(PReLU())(torch.tensor([-4.0])).tolist() == [-1.0]


def test_a_registered_loss_is_its_criterion_and_factor() -> None:
    torch_impl.register(AbsoluteDeviation, nn.functional.l1_loss, factor=lambda n_y: 3 * n_y)
    criterion, factor, *others = criterion_of(AbsoluteDeviation())
    assert others == [(), "", None]
    assert criterion(torch.tensor([1.0, 4.0]), torch.tensor([2.0, 1.0])).item() == 2
    assert factor is not None
    assert factor(5) == 15
    torch_impl.register(AbsoluteDeviation, nn.functional.l1_loss)
    assert criterion_of(AbsoluteDeviation()).factor is None


def test_a_layer_or_loss_without_a_twin_is_named() -> None:
    with pytest.raises(InputError) as caught:
        twin(Softplus())
    assert (caught.value.code, caught.value.facts) == ("layer.no-twin", {"name": "Softplus"})
    with pytest.raises(InputError) as caught:
        criterion_of(AbsoluteDeviation())
    assert (caught.value.code, caught.value.facts) == (
        "loss.no-twin",
        {"name": "AbsoluteDeviation"},
    )


def test_a_twin_with_other_parameters_is_refused() -> None:
    torch_impl.register(PReLU, lambda layer: nn.PReLU(2))
    with pytest.raises(InputError) as caught:
        twin(PReLU())
    assert caught.value.code == "layer.other-twin"
    shapes = {"a": (1, 1)}
    facts = {"name": "PReLU", "module": "PReLU", "sizes": [2], "shapes": shapes}
    assert caught.value.facts == facts


@pytest.mark.parametrize("kind", [ReLU, SquaredError])
def test_the_twin_of_a_kind_of_this_package_is_not_replaced(kind: Any) -> None:
    assert refused(kind, lambda layer: nn.Identity()).code == "register.kind-taken"
    assert (own_twins.LAYERS, own_twins.LOSSES) == ({}, {})


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (PReLU, "a function, such as lambda layer: nn.Softsign()"),
        (AbsoluteDeviation, "a function, such as nn.functional.l1_loss"),
    ],
)
@pytest.mark.parametrize("given", [3, dict, nn.Identity, nn.Identity()])
def test_a_twin_that_is_no_function_is_refused(kind: Any, expected: str, given: Any) -> None:
    """Neither is a class, of which each layer would be an argument, or a module, made once."""
    error = refused(kind, given)
    assert error.code == "register.part"
    facts = {"part": "twin", "name": kind.__name__, "given": repr(given), "expected": expected}
    assert error.facts == facts
    assert (own_twins.LAYERS, own_twins.LOSSES) == ({}, {})


@pytest.mark.parametrize("given", [2, float])
def test_a_factor_that_is_no_function_is_refused(given: Any) -> None:
    error = refused(AbsoluteDeviation, nn.functional.l1_loss, factor=given)
    assert error.code == "register.part"
    name, expected = "AbsoluteDeviation", "a function of n_y"
    facts = {"part": "factor", "name": name, "given": repr(given), "expected": expected}
    assert error.facts == facts
