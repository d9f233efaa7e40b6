"""Which optimisers make an update in one kernel, and in which one a saved state is continued."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from ref_numpy.optimisers import Adam, GradientDescent, Momentum, Optimiser, RMSProp
from torch_impl.torch_optimisers import build, first_of, take_kernels


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
