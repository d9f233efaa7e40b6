"""The figures of a test: scikit-learn's, exact where counts decide, and hand-worked numbers."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as sklearns

from ref_numpy import Array
from torch_impl.results.metrics import (
    classification_metrics,
    multilabel_metrics,
    regression_metrics,
)

RNG = np.random.default_rng(0)
U32, U64 = 2.0**-24, 2.0**-53


def names(k: int) -> list[str]:
    return [f"class {j}" for j in range(k)]


def exact_auc(scores: Array, labels: Array) -> Fraction:
    """P(a > a′) + ½ P(a = a′) over all pairs of a positive a and a negative a′."""
    positive, negative = scores[labels == 1], scores[labels == 0]
    above = (positive[:, np.newaxis] > negative).sum()
    equal = (positive[:, np.newaxis] == negative).sum()
    return Fraction(int(2 * above + equal), 2 * len(positive) * len(negative))


def check_auc(found: float | None, exact: Fraction, m: int) -> None:
    """torchmetrics sums at most m float32 areas below 1, each a few roundings off."""
    assert found is not None
    assert abs(Fraction(found) - exact) <= (m + 8) * U32


@pytest.mark.parametrize("k", [2, 3, 10])
def test_classes_are_judged_as_by_scikit_learn(k: int) -> None:
    m = 300
    P = RNG.random((m, k)).round(2)  # with ties
    labels = RNG.integers(0, k, m)
    found = classification_metrics(P, labels, names(k), majority=1)
    predicted = P.argmax(axis=1)
    each = sklearns.precision_recall_fscore_support(labels, predicted, labels=range(k))
    for j, figures in enumerate(found["classes"].values()):
        ours = [figures[name] for name in ("precision", "recall", "f1", "count")]
        assert ours == [column[j] for column in each]  # pyright: ignore[reportIndexIssue, reportOptionalSubscript]
    assert found["accuracy"] == sklearns.accuracy_score(labels, predicted)
    balanced = sklearns.balanced_accuracy_score(labels, predicted)
    assert abs(found["balanced_accuracy"] - balanced) <= k * U64
    aucs = [exact_auc(P[:, j], labels == j) for j in range(k)]
    aucs = aucs[1:] if k == 2 else aucs
    check_auc(found["auc"], sum(aucs, Fraction()) / len(aucs), m)
    assert found["baseline"] == {
        "prediction": "class 1", "accuracy": np.mean(labels == 1), "balanced_accuracy": 1 / k,
        "auc": 0.5,
    }  # fmt: skip
    json.dumps(found, allow_nan=False)


def test_three_classes_by_hand() -> None:
    """Right: 2 of 2, 1 of 2, 0 of 1; predicted: 0 three times, 1 twice, 2 never."""
    a, b = [0.8, 0.1, 0.1], [0.1, 0.7, 0.2]
    P = np.array([a, [0.6, 0.3, 0.1], [0.5, 0.3, 0.2], b, [0.2, 0.6, 0.2]])
    found = classification_metrics(P, np.array([0, 0, 1, 1, 2]), ["a", "b", "c"], 0)
    table = {name: [of[f] for f in ("precision", "recall", "f1", "count")]
             for name, of in found["classes"].items()}  # fmt: skip
    assert table == {
        "a": [2 / 3, 1.0, 4 / 5, 2], "b": [1 / 2, 1 / 2, 1 / 2, 2], "c": [None, 0.0, 0.0, 1]
    }  # fmt: skip
    assert found["accuracy"] == 3 / 5
    assert found["balanced_accuracy"] == 1 / 2
    assert found["classes"]["a"]["auc"] == 1


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("present", [[0, 1], [1], [0, 2]])
def test_a_class_that_is_absent_has_no_recall_and_no_auc(present: list[int]) -> None:
    """And takes no part in the means; nothing is warned of."""
    m, k = 60, 3
    labels = RNG.choice(present, m)
    P = RNG.random((m, k))
    found = classification_metrics(P, labels, names(k), present[0])
    for j, figures in enumerate(found["classes"].values()):
        assert (figures["recall"] is None) == (j not in present)
        assert (figures["auc"] is None) == (j not in present or len(present) == 1)
        assert figures["count"] == (labels == j).sum()
    recalls = [found["classes"][f"class {j}"]["recall"] for j in present]
    assert found["balanced_accuracy"] == math.fsum(recalls) / len(present)
    assert (found["auc"] is None) == (len(present) == 1)
    assert found["baseline"]["balanced_accuracy"] == 1 / len(present)
    json.dumps(found, allow_nan=False)


@pytest.mark.filterwarnings("error")
def test_one_class_alone_is_predicted() -> None:
    P = np.tile([0.9, 0.05, 0.05], (9, 1))
    found = classification_metrics(P, np.arange(9) % 3, names(3), 0)
    assert [of["precision"] for of in found["classes"].values()] == [1 / 3, None, None]
    assert [of["f1"] for of in found["classes"].values()] == [1 / 2, 0, 0]
    assert found["balanced_accuracy"] == found["accuracy"] == 1 / 3
    assert found["auc"] == 0.5  # a constant


def test_very_many_classes_need_no_matrix_of_their_square() -> None:
    """Of 20,000 it would be 3 GB."""
    labels = np.arange(50)
    P = np.zeros((50, 20_000), np.float32)
    P[labels, labels] = 1
    found = classification_metrics(P, labels, names(20_000), 0)
    assert (found["accuracy"], found["auc"], len(found["classes"])) == (1, 1, 20_000)


def test_several_labels_are_judged_as_by_scikit_learn() -> None:
    m, k = 200, 4
    A, Y = RNG.random((m, k)).round(2), RNG.integers(0, 2, (m, k))
    majority = np.array([0, 1, 0, 1])
    found = multilabel_metrics(A, Y, names(k), majority)
    predicted = (A > 0.5).astype(int)
    each = sklearns.precision_recall_fscore_support(Y, predicted)
    for j, figures in enumerate(found["labels"].values()):
        ours = [figures[name] for name in ("precision", "recall", "f1", "count")]
        assert ours == [column[j] for column in each]  # pyright: ignore[reportIndexIssue, reportOptionalSubscript]
        assert figures["accuracy"] == np.mean(predicted[:, j] == Y[:, j])
        assert figures["baseline_accuracy"] == np.mean(majority[j] == Y[:, j])
        check_auc(figures["auc"], exact_auc(A[:, j], Y[:, j]), m)
    assert found["exact_matches"] == sklearns.accuracy_score(Y, predicted)
    assert found["baseline"]["exact_matches"] == np.mean((majority == Y).all(axis=1))
    assert abs(found["accuracy"] - np.mean(predicted == Y)) <= k * U64
    json.dumps(found, allow_nan=False)


@pytest.mark.filterwarnings("error")
def test_a_label_that_is_never_true_has_no_recall() -> None:
    found = multilabel_metrics(np.full((5, 1), 0.25), np.zeros((5, 1)), ["wet"], np.zeros(1))
    assert found["labels"]["wet"] == {
        "precision": None, "recall": None, "f1": None, "auc": None, "count": 0, "accuracy": 1,
        "baseline_accuracy": 1,
    }  # fmt: skip
    assert found["auc"] is None


def exact_regression(values: Array, y: Array) -> tuple[Fraction, Fraction, Fraction]:
    """R², the mean of squares and MAE, of the numbers as they are."""
    a, b = ([Fraction(float(v)) for v in of] for of in (values, y))
    m, middle = len(b), sum(b) / len(b)
    squares = sum((p - q) ** 2 for p, q in zip(a, b, strict=True))
    spread = sum((q - middle) ** 2 for q in b)
    return 1 - squares / spread, squares / m, sum(abs(p - q) for p, q in zip(a, b, strict=True)) / m


@pytest.mark.parametrize(("middle", "spread"), list(product([0.0, 1e9], [1.0, 2.0**-10])), ids=str)
def test_a_regression_is_judged_exactly(middle: float, spread: float) -> None:
    """Also far from 0, and in small units, where sums of squares are below 1e-4.

    Each of the m differences is off by u of the target's size, which its square doubles.
    """
    m = 50
    y = middle + spread * RNG.standard_normal((m, 2))
    values = y + spread * 0.25 * RNG.standard_normal((m, 2))
    means = y.mean(axis=0) + spread
    found = regression_metrics(values, y, ["a", "b"], means)
    off = (m + 8) * U64 * (1 + abs(middle) / spread)
    for j, figures in enumerate(found["outputs"].values()):
        for of, predicted in ((figures, values[:, j]), (figures["baseline"], np.full(m, means[j]))):
            r2, square, mae = exact_regression(predicted, y[:, j])
            assert abs(Fraction(of["r2"]) - r2) <= Fraction(8 * off)
            assert abs(Fraction(of["rmse"]) ** 2 - square) <= Fraction(8 * off) * square
            assert abs(Fraction(of["mae"]) - mae) <= Fraction(8 * off) * mae
        assert figures["r2"] > 0.5 > 0 > figures["baseline"]["r2"]


def test_a_regression_by_hand() -> None:
    """Errors 1, −1, 0, 2 of y = 0, 2, 4, 6: Σ² = 6 of 20."""
    y, errors = np.array([[0.0], [2], [4], [6]]), np.array([[1], [-1], [0], [2]])
    found = regression_metrics(y + errors, y, ["0"], np.array([3.0]))
    assert found["outputs"]["0"]["mae"] == 1
    assert found["outputs"]["0"]["rmse"] == math.sqrt(6 / 4)
    assert found["outputs"]["0"]["r2"] == 1 - 6 / 20
    assert found["outputs"]["0"]["baseline"]["r2"] == 0
    assert found["outputs"]["0"]["baseline"]["mae"] == 2


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("y", [np.full((5, 1), 7.0), np.array([[3.0]])])
def test_equal_targets_have_no_r2(y: Array) -> None:
    found: Any = regression_metrics(y + 2, y, ["0"], None)["outputs"]["0"]
    assert found == {"r2": None, "rmse": 2, "mae": 2, "baseline": None}
