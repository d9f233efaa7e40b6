"""The losses of each example, their predictions, and the shapes that these are promised to have."""

from __future__ import annotations

import numpy as np
import pytest

from ref_numpy import (
    AbsoluteError,
    Array,
    BinaryCrossEntropy,
    CrossEntropy,
    Hinge,
    Huber,
    InputError,
    Loss,
    MulticlassHinge,
    SquaredError,
)

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
    "absolute errors": (AbsoluteError(), [[1, 2], [3, 5]], [[1, 4], [0, 4]], [[0 + 3, 2 + 1]]),
    # |r| = 0, 3; 2, 1; 0.5, 1.5: ½ r² up to δ, from there on δ (|r| − ½ δ).
    "Huber": (
        Huber(), [[1, 2, 0.5], [3, 5, -1]], [[1, 4, 0], [0, 4, 0.5]],
        [[0 + 2.5, 1.5 + 0.5, 0.125 + 1]],
    ),
    "Huber from 2 on": (
        Huber(2), [[1, 2, 0.5], [3, 5, -1]], [[1, 4, 0], [0, 4, 0.5]],
        [[0 + 2 * (3 - 1), 2 + 0.5, 0.125 + 1.125]],
    ),
    # s a = 2, 1, −3; 0, 0.5, −0.5: 1 − s a, not below 0.
    "hinge": (
        Hinge(), [[2, -1, 3], [0, 0.5, 0.5]], [[1, 0, 0], [1, 1, 0]],
        [[0 + 1, 0 + 0.5, 4 + 1.5]],
    ),
    # Classes 0, 2, 1: 1 + a_k − a_c of the two others, not below 0.
    "hinge of classes": (
        MulticlassHinge(), [[2, -1, 3], [0.5, 0, 1], [1.5, 4, 2]],
        [[1, 0, 0], [0, 0, 1], [0, 1, 0]], [[0 + 0.5, 0 + 0, 3 + 2]],
    ),
}  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float16, np.float64])
@pytest.mark.parametrize("name", LOSSES)
def test_the_loss_of_each_example_by_hand(name: str, dtype: type) -> None:
    loss, Z, Y, expected = LOSSES[name]
    L = loss.forward(np.array(Z, dtype), np.array(Y, dtype))
    np.testing.assert_array_equal(L, np.array(expected, dtype), strict=True)


def test_the_gradient_is_output_minus_label() -> None:
    A, Y = np.array([[0.25, 1.0]]), np.array([[1.0, 0.0]])
    for kind in (BinaryCrossEntropy, CrossEntropy, SquaredError):
        np.testing.assert_array_equal(kind().backward(A, Y), [[-0.75, 1.0]])


GRADIENTS: dict[str, tuple[Loss, list[list[float]], list[list[float]], list[list[float]]]] = {
    # Below, above and at the kink.
    "absolute errors": (AbsoluteError(), [[1, 5, 4]], [[3, 4.5, 4]], [[-1, 1, 0]]),
    "Huber": (Huber(0.5), [[1, 5, 4, 4.5, 0]], [[3, 4.75, 4, 4, 9]], [[-0.5, 0.25, 0, 0.5, -0.5]]),
    # y = 1 pushes up below 1, y = 0 down above −1; at both kinks and beyond nothing does.
    "hinge": (
        Hinge(), [[0.5, 1, 2, -3, -0.5, -1, -2, 3]], [[1, 1, 1, 1, 0, 0, 0, 0]],
        [[-1, 0, 0, -1, 1, 0, 0, 1]],
    ),
    # Both others above the margin, one, none; one at the kink and one above it.
    "hinge of classes": (
        MulticlassHinge(), [[1, 3, 9, 2], [2, 2.5, 2, 1], [1, 0, 3, 1.5]],
        [[1, 1, 1, 1], [0, 0, 0, 0], [0, 0, 0, 0]],
        [[-2, -1, 0, -1], [1, 1, 0, 0], [1, 0, 0, 1]],
    ),
}  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float16, np.float64])
@pytest.mark.parametrize("name", GRADIENTS)
def test_the_gradient_by_hand(name: str, dtype: type) -> None:
    loss, A, Y, expected = GRADIENTS[name]
    dA = loss.backward(np.array(A, dtype), np.array(Y, dtype))
    np.testing.assert_array_equal(dA, np.array(expected, dtype), strict=True)


@pytest.mark.parametrize("delta", [0, -1.0, np.inf, np.nan])
def test_a_delta_that_is_no_positive_number_is_refused(delta: float) -> None:
    with pytest.raises(InputError) as caught:
        Huber(delta)
    assert (caught.value.code, caught.value.facts) == ("huber.delta", {"delta": delta})


@pytest.mark.parametrize("loss", [BinaryCrossEntropy(), Hinge()])
def test_labels_that_are_neither_0_nor_1_are_refused(loss: Loss) -> None:
    loss.check_labels(np.array([[0, 1, 1]]))
    with pytest.raises(InputError) as caught:
        loss.check_labels(np.array([[0, 1, 1], [1, 0, -1]]))
    assert caught.value.code == "labels.not-binary"
    assert (caught.value.facts["label"], caught.value.facts["index"]) == (-1, [1, 2])


@pytest.mark.parametrize("loss", [CrossEntropy(), MulticlassHinge()])
def test_labels_that_are_not_one_hot_are_refused(loss: Loss) -> None:
    loss.check_labels(np.array([[0, 1, 1], [1, 0, 0]]))
    with pytest.raises(InputError) as caught:
        loss.check_labels(np.array([[0, 1, 1], [1, 0, 1]]))
    assert (caught.value.code, caught.value.facts) == ("labels.not-one-hot", {"column": 2})


def test_what_classifies() -> None:
    found = {name: kind().classifies for name, kind in Loss.kinds.items() if kind.built_in}
    classes = {
        "binary_cross_entropy",
        "cross_entropy",
        "hinge",
        "multiclass_hinge",
        "token_cross_entropy",
    }
    assert {name for name, classifies in found.items() if classifies} == classes


def test_decode() -> None:
    A = np.array([[0.5, 0.75, 0.125, 0.5], [0.25, 0.0, 0.5, 0.5]])
    above_half: Array = np.array([[0, 1, 0, 0], [0, 0, 0, 0]])
    np.testing.assert_array_equal(BinaryCrossEntropy().decode(A), above_half, strict=True)
    most_probable = np.array([[0, 0, 1, 0]])  # of two equal ones, the first
    np.testing.assert_array_equal(CrossEntropy().decode(A), most_probable, strict=True)
    above_0: Array = np.array([[1, 1, 1, 1], [1, 0, 1, 1]])
    np.testing.assert_array_equal(Hinge().decode(A), above_0, strict=True)
    np.testing.assert_array_equal(MulticlassHinge().decode(A), most_probable, strict=True)
    np.testing.assert_array_equal(SquaredError().decode(A), A, strict=True)
