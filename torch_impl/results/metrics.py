"""Figures that a person judges a network by, as plain numbers by name: None where undefined.

Beside each stands that of a constant prediction, the *baseline*, which no network should be below.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torchmetrics.functional import mean_absolute_error, mean_squared_error
from torchmetrics.functional.classification import binary_auroc

from ref_numpy.layer import Array

Metrics = dict[str, Any]

CHANCE = 0.5  # the AUC of every constant prediction


def classification_metrics(
    probabilities: Array, labels: Array, names: Sequence[str], majority: int
) -> Metrics:
    """Return accuracy, balanced accuracy and AUC, and precision, recall and F1 of each class.

    precision = TP / (TP + FP)   recall = TP / (TP + FN)   F1 = 2 TP / (2 TP + FP + FN)
    balanced accuracy = mean of the recalls   AUC = P(a > a′), mean of each class against the rest

    Classes without examples have no recall and no AUC, and take no part in the means. The counts
    are summed here: torchmetrics' go through a matrix of (number of classes)² and float32.

    Args:
        probabilities: (m, k), a column for each class; or scores.
        labels: (m,) numbers of the true classes.
        names: of the k classes.
        majority: the number of the class that the baseline always predicts.
    """
    m, k = probabilities.shape
    predicted = probabilities.argmax(axis=1)
    right = predicted == labels
    tp, count, taken = (
        np.bincount(of, minlength=k).tolist() for of in (labels[right], labels, predicted)
    )
    auc = aucs(probabilities, labels[:, np.newaxis] == np.arange(k))
    if k == 2:
        auc = [auc[1]] * 2  # one is the other with both orders reversed
    present = [j for j in range(k) if count[j]]
    return {
        "examples": m,
        "accuracy": ratio(sum(tp), m),
        "balanced_accuracy": mean(ratio(tp[j], count[j]) for j in present),
        "auc": mean(auc),
        "baseline": {
            "prediction": names[majority],
            "accuracy": ratio(count[majority], m),
            "balanced_accuracy": (1 / len(present) if count[majority] else 0.0),
            "auc": CHANCE,
        },
        "classes": {
            name: {**of_counts(tp[j], taken[j], count[j]), "auc": auc[j], "count": count[j]}
            for j, name in enumerate(names)
        },
    }


def multilabel_metrics(
    probabilities: Array,
    labels: Array,
    names: Sequence[str],
    majority: Array,
    boundary: float = 0.5,
) -> Metrics:
    """Return accuracy, exact matches and AUC, and precision, recall and F1 of each label.

    Args:
        probabilities: (m, k), a column for each label; or scores.
        labels: (m, k) of 0 and 1.
        names: of the k labels.
        majority: (k,) of 0 and 1, which the baseline always predicts.
        boundary: above which a label is predicted.
    """
    predicted, labels = probabilities > boundary, labels.astype(bool)
    m, auc = len(labels), aucs(probabilities, labels)
    constant = np.broadcast_to(majority.astype(bool), labels.shape)
    each, constants = (each_right(of, labels) for of in (predicted, constant))
    found: Metrics = {}
    for j, name in enumerate(names):
        tp = int((predicted & labels)[:, j].sum())
        figures = of_counts(tp, int(predicted[:, j].sum()), int(labels[:, j].sum()))
        found[name] = {**figures, "auc": auc[j], "count": int(labels[:, j].sum()),
                       "accuracy": each[j], "baseline_accuracy": constants[j]}  # fmt: skip
    return {
        "examples": m,
        "accuracy": mean(each),
        "exact_matches": ratio(int((predicted == labels).all(axis=1).sum()), m),
        "auc": mean(auc),
        "baseline": {
            "accuracy": mean(constants),
            "exact_matches": ratio(int((constant == labels).all(axis=1).sum()), m),
            "auc": CHANCE,
        },
        "labels": found,
    }


def regression_metrics(
    values: Array, targets: Array, names: Sequence[str], means: Array | None
) -> Metrics:
    """Return R², RMSE and MAE of each output, in the target's own units.

    R² = 1 − Σ(ŷ − y)² / Σ(y − ȳ)²   RMSE = √((1/m) Σ(ŷ − y)²)   MAE = (1/m) Σ|ŷ − y|

    R² of fewer than two different targets is undefined.

    Args:
        values: (m, n_y), the predictions.
        targets: (m, n_y).
        names: of the outputs.
        means: (n_y,) of the training's targets, which the baseline predicts; None where unknown.
    """
    found: Metrics = {}
    for j, name in enumerate(names):
        y = np.asarray(targets[:, j], np.float64)
        found[name] = of_errors(np.asarray(values[:, j], np.float64), y)
        constant = None if means is None else of_errors(np.full_like(y, means[j]), y)
        found[name]["baseline"] = constant
    return {"examples": len(targets), "outputs": found}


def of_errors(values: Array, y: Array) -> Metrics:
    """Return R², RMSE and MAE of one output; values and y (m,) float64."""
    from sklearn.metrics import r2_score  # torchmetrics' takes sums of squares below 1e-4 to be 0

    pair = torch.from_numpy(values), torch.from_numpy(y)
    differ = len(y) > 1 and y.min() < y.max()
    return {
        "r2": float(r2_score(y, values)) if differ else None,
        "rmse": float(mean_squared_error(*pair, squared=False)),
        "mae": float(mean_absolute_error(*pair)),
    }


def of_counts(tp: int, predicted: int, count: int) -> Metrics:
    """Return precision, recall and F1 of a class, from the numbers of its examples."""
    return {
        "precision": ratio(tp, predicted),
        "recall": ratio(tp, count),
        "f1": ratio(2 * tp, predicted + count),
    }


def aucs(scores: Array, labels: Array) -> list[float | None]:
    """Return the area under each column's ROC curve; None where all its labels are equal.

    Args:
        scores: (m, k).
        labels: (m, k), which of them are true.
    """
    found: list[float | None] = []
    for a, y in zip(scores.T, labels.T, strict=True):
        differ = y.any() and not y.all()
        pair = torch.from_numpy(a.copy()), torch.from_numpy(y.astype(np.int64))
        found.append(float(binary_auroc(*pair)) if differ else None)
    return found


def each_right(predicted: Array, labels: Array) -> list[float]:
    """Return the accuracy of each column."""
    return [int(of.sum()) / len(of) for of in (predicted == labels).T]


def ratio(part: int, whole: int) -> float | None:
    """Return part / whole; None of 0 / 0."""
    return part / whole if whole else None


def mean(figures: Any) -> float | None:
    """Return the mean of the figures that are defined; None where none is."""
    known = [figure for figure in figures if figure is not None]
    return math.fsum(known) / len(known) if known else None
