"""The losses of each example, their predictions, and the shapes that these are promised to have."""

from __future__ import annotations

import numpy as np
import pytest

from ref_numpy import Array, BinaryCrossEntropy, CrossEntropy, Loss, SquaredError

# Logits so large that e^−|z| is nothing beside 1, so that every number is exact.
LOSSES: dict[str, tuple[Loss, list[list[float]], list[list[float]], list[list[float]]]] = {
    # z > 0 predicts 1, and costs z where y = 0; z < 0 predicts 0, and costs −z where y = 1.
    "binary": (BinaryCrossEntropy(), [[1000, 1000, -800]], [[0, 1, 1]], [[1000, 0, 800]]),
    "two outputs": (
        BinaryCrossEntropy(),
        [[1000, 1000, -800], [-900, 900, 700]],
        [[0, 1, 1], [1, 1, 0]],
        [[1000 + 900, 0, 800 + 700]],
    ),
    # The difference of the largest logit and the right class's.
    "classes": (
        CrossEntropy(),
        [[1000, -5000, 0], [0, -4000, 3000], [-2000, -1000, 1000]],
        [[1, 1, 0], [0, 0, 0], [0, 0, 1]],
        [[0, 4000, 2000]],
    ),
    "squares": (SquaredError(), [[1, 2], [3, 5]], [[1, 4], [0, 4]], [[(0 + 9) / 2, (4 + 1) / 2]]),
}


@pytest.mark.parametrize("dtype", [np.float16, np.float64])
@pytest.mark.parametrize("name", LOSSES)
def test_the_loss_of_each_example_by_hand(name: str, dtype: type) -> None:
    loss, Z, Y, expected = LOSSES[name]
    L = loss.forward(np.array(Z, dtype), np.array(Y, dtype))
    np.testing.assert_array_equal(L, np.array(expected, dtype), strict=True)


def test_the_gradient_is_output_minus_label() -> None:
    A, Y = np.array([[0.25, 1.0]]), np.array([[1.0, 0.0]])
    for kind in Loss.kinds.values():
        np.testing.assert_array_equal(kind().backward(A, Y), [[-0.75, 1.0]])


def test_decode() -> None:
    A = np.array([[0.5, 0.75, 0.125, 0.5], [0.25, 0.0, 0.5, 0.5]])
    above_half: Array = np.array([[0, 1, 0, 0], [0, 0, 0, 0]])
    np.testing.assert_array_equal(BinaryCrossEntropy().decode(A), above_half, strict=True)
    most_probable = np.array([[0, 0, 1, 0]])  # of two equal ones, the first
    np.testing.assert_array_equal(CrossEntropy().decode(A), most_probable, strict=True)
    np.testing.assert_array_equal(SquaredError().decode(A), A, strict=True)
