"""The cost and its regularisation on torch's side, also of weights that processes share."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from parity_tests.checking.comparison import Comparison
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import FLOAT64
from ref_numpy import AbsoluteError, Huber, NetworkSpec, SquaredError
from torch_impl import conventions, torch_costs


@pytest.mark.parametrize("n_y", [1, 2, 3, 4])
@pytest.mark.parametrize("output", ["sigmoid", "identity", "softmax"])
def test_the_mean_loss_of_any_number_of_outputs(output: str, n_y: int) -> None:
    """(1/m) Σ L(i), each L a sum over outputs: torch's criteria average over these as well."""
    if output == "softmax" and n_y == 1:
        pytest.skip("a softmax has two outputs or more")
    rng, m = np.random.default_rng(n_y), 7
    spec = NetworkSpec.dense([2, n_y], output=output)
    Z, Y = rng.standard_normal((n_y, m)), rng.standard_normal((n_y, m))
    if output == "sigmoid":
        Y = (Y > 0).astype(np.float64)
    if output == "softmax":
        Y = np.eye(n_y)[:, rng.integers(0, n_y, m)]
    expected = spec.loss.forward(*(ErrorArray(a, p=FLOAT64) for a in (Z, Y))).sum() / m  # pyright: ignore[reportArgumentType]
    targets = conventions.to_targets(spec, Y)
    J = torch_costs.mean_loss(spec, conventions.to_batch(Z), targets)
    assert Comparison.of(J.numpy(), [expected]).ratio <= 1


class Shared:
    """What a DTensor offers: this process's rows, and the whole."""

    def __init__(self, own: Tensor, every: Tensor) -> None:
        self.own, self.every = own, every

    def to_local(self) -> Tensor:
        return self.own

    def full_tensor(self) -> Tensor:
        return self.every

    def each(self, what: str) -> Shared:
        return Shared(getattr(self.own, what)(), getattr(self.every, what)())

    def detach(self) -> Shared:
        return self.each("detach")

    def square(self) -> Shared:
        return self.each("square")

    def sum(self) -> Shared:
        return self.each("sum")


def test_each_process_differentiates_its_own_share() -> None:
    every = torch.tensor([[1.0, 2.0], [3.0, -4.0], [5.0, 7.0]], requires_grad=True)
    own = every.detach()[:2].clone().requires_grad_()
    shared: Any = Shared(own, every)
    squares = torch_costs.sum_of_squares(shared)
    assert squares.item() == 1 + 4 + 9 + 16 + 25 + 49
    (3 * squares).backward()
    assert own.grad is not None
    assert torch.equal(own.grad, 6 * own)
    assert every.grad is None
    plain = torch_costs.sum_of_squares(every)
    plain.backward()
    assert plain.item() == squares.item()
    assert torch.equal(every.grad, 2 * every)  # pyright: ignore[reportArgumentType]


def test_an_array_is_the_whole() -> None:
    every = torch.arange(6.0).reshape(3, 2)
    shared: Any = Shared(every[:1], every)
    assert conventions.whole(shared) is every
    assert conventions.whole(every) is every
    np.testing.assert_array_equal(conventions.array(shared), every.numpy())


def test_losses_of_each_output_by_hand() -> None:
    outputs, targets = (
        torch.tensor([[1.0, 2, 0], [3, 5, 4]]),
        torch.tensor([[0.0, 4, 0], [1, 5, 1]]),
    )
    w = torch.tensor([3, 0.5])
    for loss, each, weighted in (
        (SquaredError(), [1.25, 1, 2.25], [1.25, 3, 1.125]),
        (AbsoluteError(), [1.5, 1, 1.5], [2, 3, 0.75]),
        # r = 1, 2; −2, 0; 0, 3 of a line from ½ on: ½ (|r| − ¼)
        (Huber(0.5), [(0.375 + 0.875) / 2, 0.875 / 2, 1.375 / 2],
         [(3 * 0.375 + 0.875 / 2) / 2, 3 * 0.875 / 2, 1.375 / 4]),
    ):  # fmt: skip
        assert torch_costs.output_losses(loss, outputs, targets).tolist() == each
        assert torch_costs.output_losses(loss, outputs, targets, w).tolist() == weighted
