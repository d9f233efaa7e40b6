"""Torch's optimisers: their running averages, their kernels, and those that have none."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from ref_numpy import InputError
from ref_numpy.optimisers import Adam, GradientDescent, Momentum, Optimiser, RMSProp
from torch_impl.torch_optimisers import AVERAGES, build, first_of, take_kernels


def made(rule: Optimiser, *fused: bool) -> torch.optim.Optimizer:
    return build(rule, [torch.nn.Parameter(torch.ones(2))], *fused)


@pytest.mark.parametrize(
    ("rule", "has_one"),
    [(GradientDescent(0.1), True), (Momentum(0.1), True), (Adam(0.1), True), (RMSProp(0.1), False)],
)
def test_one_kernel_makes_an_update_where_torch_has_one(rule: Optimiser, has_one: bool) -> None:
    assert bool(made(rule, True).param_groups[0].get("fused")) is has_one
    assert not made(rule).param_groups[0].get("fused")


@pytest.mark.parametrize("here", [True, False])
def test_a_saved_state_is_continued_in_the_kernels_that_are_here(here: bool) -> None:
    optimiser = made(Adam(0.1), here)
    ours = optimiser.param_groups[0]["fused"]
    for configured in (optimiser, [optimiser], {"optimizer": optimiser}, ([optimiser], [])):
        state: dict[str, Any] = {"param_groups": [{"fused": not here}, {"lr": 1}, {"fused": None}]}
        take_kernels(state, configured)
        assert state == {"param_groups": [{"fused": ours}, {"lr": 1}, {"fused": ours}]}
        assert first_of(configured) is optimiser


@pytest.mark.parametrize("rule", [GradientDescent(0.5), Momentum(0.5), RMSProp(0.5), Adam(0.5)])
def test_the_averages_after_one_update_have_torchs_names(rule: Optimiser) -> None:
    """With β = ½ and ∂J/∂θ = 4 the mean is 2, of squares 8; torch's momentum begins with 4."""
    if rule != GradientDescent(0.5):
        rule = replace(rule, **{"beta1": 0.5, "beta2": 0.5} if rule == Adam(0.5) else {"beta": 0.5})
    theta = torch.nn.Parameter(torch.ones(1))
    theta.grad = torch.tensor([4.0])
    optimiser = build(rule, [theta])
    optimiser.step()
    expected = {GradientDescent: [], Momentum: [4.0], RMSProp: [8.0], Adam: [2.0, 8.0]}
    averages = [optimiser.state[theta][name].item() for name in AVERAGES[type(rule)]]
    assert averages == expected[type(rule)]


def test_another_optimiser_has_no_twin() -> None:
    with pytest.raises(InputError) as refused:
        made(SimpleNamespace(learning_rate=0.1, weight_decay=0.0))  # pyright: ignore
    assert refused.value.code == "optimiser.no-twin"
    assert refused.value.facts == {"name": "SimpleNamespace"}
