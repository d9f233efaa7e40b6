"""The sums of an epoch: over examples, over processes, begun anew."""

from __future__ import annotations

import torch
from torch import Tensor

from torch_impl.lightning import epoch_sums
from torch_impl.lightning.epoch_sums import BATCHES, NUMBERS, EpochSums


def alone(sums: Tensor) -> Tensor:
    return sums


def equal(outputs: Tensor, y: Tensor) -> Tensor:
    return (outputs[:, 0] == y).sum()


def outputs(*values: float) -> Tensor:
    return torch.tensor(values)[:, None]


def test_means_are_over_examples() -> None:
    """3 examples of mean cost 2, 1 of cost 6: 12 / 4; of 4 predictions 2 + 1 are right."""
    sums = EpochSums(equal)
    sums.add(torch.tensor(2.0), outputs(1, 2, 3), torch.tensor([1, 2, 0]))
    sums.add(torch.tensor(6.0), outputs(5), torch.tensor([5]))
    assert sums.total(alone) == [12.0, 3.0, 4.0]
    assert sums.total(alone) == [12.0, 3.0, 4.0]  # asking changes nothing
    assert [type(value) for value in sums.sums] == [float] * 3  # numbers, on no device
    assert sums.means(alone) == (3.0, 0.75)
    assert sums.means(alone) is None  # it began anew
    sums.reset(12.0, 3.0, 4.0)  # or from a checkpoint
    sums.add(torch.tensor(3.0), outputs(5), torch.tensor([4]))
    assert sums.means(alone) == (3.0, 0.6)


def test_sums_over_processes_leave_each_process_its_own() -> None:
    sums = EpochSums(None)
    sums.add(torch.tensor(2.0), outputs(1, 2, 3), torch.zeros(3))
    assert sums.total(lambda mine: mine.mul_(2)) == [12.0, 0.0, 6.0]
    assert sums.total(lambda mine: mine.mul_(3)) == [18.0, 0.0, 9.0]
    assert sums.means(alone) == (2.0, 0.0)
    assert sums.total(lambda mine: torch.tensor([float(mine.dtype == torch.float64)])) == [1.0]


def test_no_graph_stays_in_memory() -> None:
    cost = torch.tensor(1.0, requires_grad=True)
    sums = EpochSums(None)
    sums.add(2 * cost, cost * torch.ones(1, 1), torch.zeros(1))
    ((kept, _),), ((output, _),) = sums.costs, sums.outputs
    assert not kept.requires_grad
    assert not output.requires_grad


def test_the_sum_does_not_depend_on_when_it_is_read() -> None:
    """Added one by one at float64, which 0.1, 0.2, … would betray."""
    costs = [0.1 * k for k in range(1, 200)]
    expected = 0.0
    for cost in torch.tensor(costs).tolist():
        expected += cost * 2
    for every in (1, 7, 1000):
        sums = EpochSums(None)
        for k, cost in enumerate(costs):
            sums.add(torch.tensor(cost), torch.zeros(2, 3), torch.zeros(2))
            if k % every == 0:
                sums.collect()
        assert sums.total(alone) == [expected, 0.0, 398.0]


def test_few_batches_and_few_numbers_are_pending(monkeypatch) -> None:
    sums = EpochSums(None)
    for k in range(1, 2 * epoch_sums.BATCHES + 1):
        sums.add(torch.tensor(1.0), torch.zeros(2, 3), torch.zeros(2))
        assert len(sums.costs) == len(sums.outputs) == k % epoch_sums.BATCHES
    monkeypatch.setattr(epoch_sums, "NUMBERS", 12)
    sums.add(torch.tensor(1.0), torch.zeros(2, 3), torch.zeros(2))
    assert (len(sums.outputs), sums.numbers) == (1, 6)
    sums.add(torch.tensor(1.0), torch.zeros(2, 3), torch.zeros(2))
    assert (len(sums.outputs), sums.numbers) == (0, 0)


class Device:
    """Numbers of a device: looking at one waits for it."""

    waits = 0

    def __init__(self, right: float) -> None:
        self.right = right

    def item(self) -> float:
        Device.waits += 1
        return self.right


def test_large_outputs_are_counted_without_waiting() -> None:
    """They are not kept until 64 batches are there, when their numbers are looked at."""
    Device.waits, kept = 0, []
    sums = EpochSums(lambda outputs, y: Device(float((outputs.argmax(1) == y).sum())))  # pyright: ignore[reportArgumentType]
    outputs = torch.zeros(NUMBERS // 4, 4)
    for k in range(BATCHES - 1):
        sums.add(torch.tensor(k), outputs, torch.full((len(outputs),), k % 4))
        kept.append(len(sums.outputs))
    assert (Device.waits, {*kept}) == (0, {0})
    sums.add(torch.tensor(7), outputs[:3], torch.tensor([0, 0, 1]))
    assert Device.waits == BATCHES  # one number of each, and of the small rest
    m = NUMBERS // 4
    costs = m * sum(range(BATCHES - 1)) + 3 * 7
    assert sums.sums == [costs, m * 16 + 2, m * (BATCHES - 1) + 3]
