"""The sums of an epoch: over examples, over processes, begun anew."""

from __future__ import annotations

import torch

from torch_impl.epoch import EpochSums


def alone(sums: torch.Tensor) -> torch.Tensor:
    return sums


def test_means_are_over_examples() -> None:
    """3 examples of mean cost 2, 1 of cost 6: 12 / 4; of 4 predictions 2 + 1 are right."""
    sums = EpochSums()
    sums.add(torch.tensor(2.0), torch.tensor(2), 3)
    sums.add(torch.tensor(6.0), torch.tensor(1), 1)
    assert sums.total(alone) == [12.0, 3.0, 4.0]
    assert sums.total(alone) == [12.0, 3.0, 4.0]  # asking changes nothing
    assert sums.means(alone) == (3.0, 0.75)
    assert sums.means(alone) is None  # it began anew


def test_every_process_is_asked_and_none_of_its_sums_is_changed() -> None:
    sums = EpochSums()
    sums.add(torch.tensor(2.0), None, 3)
    assert sums.total(lambda mine: mine.mul_(2)) == [12.0, 0.0, 6.0]
    assert sums.total(lambda mine: mine.mul_(3)) == [18.0, 0.0, 9.0]
    assert sums.means(alone) == (2.0, 0.0)


def test_sums_are_wide_and_have_no_graph() -> None:
    """2²⁴ + 1 is no float32."""
    cost = torch.tensor(1.0, requires_grad=True)
    sums = EpochSums()
    sums.add(cost, None, 2**24)
    sums.add(cost, None, 1)
    assert sums.total(alone) == [2.0**24 + 1, 0.0, 2.0**24 + 1]
    assert sums.sums is not None
    assert not sums.sums.requires_grad
    assert wide(torch.device("cpu")) == wide(torch.device("cuda")) == torch.float64
    assert wide(torch.device("mps")) == torch.float32  # which has no float64
