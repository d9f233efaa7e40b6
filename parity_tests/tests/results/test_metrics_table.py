"""The table of a test stays short, and says what it leaves out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from torch_impl.results.metrics import (
    classification_metrics,
    multilabel_metrics,
    regression_metrics,
)
from torch_impl.results.metrics_table import metrics_lines, show_table, shown_name

pytestmark = pytest.mark.filterwarnings("error")


def classes(labels: Any, predicted: Any, names: list[str]) -> dict[str, Any]:
    P = np.eye(len(names))[predicted]
    found = classification_metrics(P, np.asarray(labels), names, 0)
    return {"task": "classes", "baseline_from": "train", **found}


def test_all_of_few_classes_are_shown_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(classes([0, 0, 1, 2], [0, 1, 1, 1], ["a", "[b]", "c"]))
    rows = [line.split() for line in capsys.readouterr().out.strip().splitlines()]
    assert rows == [
        ["class", "precision", "recall", "F1", "AUC", "examples"],
        ["a", "100.00%", "50.00%", "0.6667", "0.7500", "2"],
        ["[b]", "33.33%", "100.00%", "0.5000", "0.6667", "1"],
        ["c", "–", "0.00%", "0.0000", "0.5000", "1"],
        ["(precision", "–:", "never", "predicted)"],
    ]


def test_of_a_hundred_classes_the_worst_ten_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    labels = np.repeat(np.arange(100), 20)
    predicted = labels.copy()
    for k in range(10):  # the class 90 + k loses k + 1 of its 20 examples
        predicted[20 * (90 + k) : 20 * (90 + k) + k + 1] = 0
    labels, predicted = np.append(labels, 7), np.append(predicted, 7)
    show_table(classes(labels, predicted, [f"class {k}" for k in range(101)]))
    lines = capsys.readouterr().out.strip().splitlines()
    names = [" ".join(line.split()[:2]) for line in lines[1:11]]
    assert set(names) == {"class 0", *(f"class {90 + k}" for k in range(1, 10))}
    assert names[0] in ("class 0", "class 99")
    assert lines[11:] == [
        "(the 10 classes with the lowest F1, of 101)",
        "(without examples here, and in no mean: class 100)",
    ]


def test_lines_have_the_baseline_beside_them() -> None:
    lines = metrics_lines(classes([0, 0, 1, 2], [0, 1, 1, 1], ["a", "b", "c"]))
    assert lines["test accuracy"] == (
        "50.00% of 4 examples; baseline 50.00% (always a, most frequent in the training)"
    )
    assert lines["balanced"] == "50.00%, the mean of the classes' recalls; baseline 33.33%"
    assert lines["AUC"].startswith("0.6389, the mean over the classes")
    alone = metrics_lines(classes([1, 1], [1, 1], ["a", "b"]))
    assert alone["AUC"] == "undefined, since the labels are all equal"


def test_labels_and_outputs_have_a_table_of_their_own(capsys: pytest.CaptureFixture[str]) -> None:
    Y = np.array([[0, 1], [1, 1], [1, 0], [1, 1]])
    labels = multilabel_metrics(Y * 0.9, Y, ["wet", "red"], np.ones(2))
    show_table({"task": "multilabel", "baseline_from": "train", **labels})
    assert capsys.readouterr().out.split()[-8:] == (
        ["red", "100.00%", "100.00%", "1.0000", "1.0000", "3", "100.00%", "75.00%"]
    )
    y = np.arange(12.0)[:, np.newaxis] * np.ones(12)
    y[:, 3] = 2
    outputs = regression_metrics(y + np.arange(12), y, [f"o{j}" for j in range(12)], np.ones(12))
    show_table({"task": "regression", **outputs})
    lines = capsys.readouterr().out.strip().splitlines()
    assert lines[1].split()[:2] == ["o3", "–"]
    assert lines[2].split()[0] == "o11"
    assert lines[11:] == [
        "(the 10 outputs with the lowest R², of 12)",
        "(R² –: the targets are all equal)",
    ]


def test_a_long_name_keeps_both_ends() -> None:
    """Names that differ in the last letter are told apart."""
    one, other = (shown_name(f"a class with a very long name {k}") for k in "12")
    assert one != other
    assert len(one) == 24
    assert shown_name("a\nb\x1b") == "a·b·"
