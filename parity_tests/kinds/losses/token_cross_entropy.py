"""What the cross-entropy of tokens brings to the proof."""

from __future__ import annotations

from typing import Any

import numpy as np

from parity_tests.kinds.equivalent_formulas import EPSILON, total
from parity_tests.kinds.formula_text import ALL, FormulaText, edit
from parity_tests.kinds.loss_kind import LossKind
from parity_tests.kinds.softmax_bounds import log_softmax
from ref_numpy import (
    Array,
    Dense,
    Embedding,
    Graph,
    Softmax,
    TokenCrossEntropy,
    WholeNumbers,
)


def one_hot_like(Z: Any, Y: Array) -> Any:
    """Return (n, m, …), 1 at the class of each label; a column of 0 for a label that is none."""
    classes = np.arange(Z.shape[0]).reshape(-1, *(1,) * Y.ndim)
    return np.where(classes == Y, np.ones_like(Z), np.zeros_like(Z))


def smoothed(loss: Any, Z: Any, Y: Array) -> Any:
    """Return Q = (1 − s) one-hot(y) + s/n_y, computed in the arithmetic of Z."""
    Q = one_hot_like(Z, Y)
    return (1 - loss.smoothing) * Q + loss.smoothing / Z.shape[0] if loss.smoothing else Q


def where_counted(loss: Any, Y: Array, x: Any) -> Any:
    """Return x at the labels that count, and 0 at the others."""
    return np.where(loss.ignored != Y, x, np.zeros_like(x))


def in_two_parts(loss: Any, Z: Any, A: Any, Y: Array) -> Any:
    """L = −(1 − s) log a_y − (s/n_y) Σ_k log a_k, as torch."""
    logs, n_y = log_softmax(Z), Z.shape[0]
    of_class, of_all = total(one_hot_like(Z, Y) * logs), total(logs)
    s = loss.smoothing
    L = -((1 - s) * of_class) - s / n_y * of_all if s else -of_class
    return where_counted(loss, Y, L)


def from_output(epsilon: float) -> Any:
    """Return the formula L = −Σ_k q_k log (a_k + ε), from A[L]."""

    def formula(loss: Any, Z: Any, A: Any, Y: Array) -> Any:
        logs = np.log(A + epsilon) if epsilon else np.log(A)
        return where_counted(loss, Y, -total(smoothed(loss, Z, Y) * logs))

    return formula


def by_sum_of_labels(loss: Any, Z: Any, A: Any, Y: Array) -> Any:
    """Return dZ = e^{log a} Σ_k q_k − Q, as autograd: the sum is 1 on paper."""
    Q = smoothed(loss, Z, Y)
    return where_counted(loss, Y, np.exp(log_softmax(Z)) * total(Q) - Q)


def weighted_by_sum(loss: Any, Z: Any, A: Any, Y: Array, w: Array) -> Any:
    """Return w ∗ dZ, whose labels are multiplied by w first, as autograd."""
    Q = w.reshape(1, -1, *(1,) * (Y.ndim - 1)) * smoothed(loss, Z, Y)
    return where_counted(loss, Y, np.exp(log_softmax(Z)) * total(Q) - Q)


def through_output(loss: Any, Z: Any, A: Any, Y: Array) -> Any:
    """Return dA = −Q / A."""
    return where_counted(loss, Y, -smoothed(loss, Z, Y) / A)


def random_labels(rng: Any, n_y: int, shape: tuple[int, ...], loss: Any) -> Array:
    """Return labels of any class, a quarter of them ignored, the first not."""
    Y, drop = rng.integers(0, n_y, shape), rng.random(shape) < 0.25
    drop.flat[0] = False
    Y.flat[0] = (loss.ignored + 1) % n_y  # a class that is not the ignored one
    return np.where(drop, loss.ignored, Y)


def names(loss: Any, Z: Any, A: Any, Y: Array) -> dict[str, Any]:
    """Return the names of the lines: counted, 0 or 1 of each label, N, one_hot, log_softmax.

    Where there are positions, before(Y) has the labels of those before.
    """
    counted = 1.0 * (loss.ignored != Y)
    known = {
        "counted": counted, "N": max(int(counted.sum()), 1), "log_softmax": log_softmax,
        "one_hot": lambda Y: one_hot_like(Z, Y),
    }  # fmt: skip
    return known | {"before": lambda Y: np.roll(Y, 1, axis=-1)} if Y.ndim > 1 else known


def graph() -> Graph:
    """Return a small graph of short texts that ends in the probabilities of each next token."""
    graph = Graph({"tokens": WholeNumbers(7, (4,))})
    graph.add("v", Embedding(7, 5), "tokens")
    graph.add("z", Dense(5, 8), "v")
    graph.add("a", Softmax(), "z")
    return graph


Q = "((1 - smoothing) * one_hot(Y) + smoothing / n)"

SMOOTHING = (
    edit("missing-smoothing", "the labels are not smoothed", Q, "one_hot(Y)"),
    edit("smoothing-over-others", "s is spread over the n − 1 other classes, and not over all n",
         "(1 - smoothing)", "(1 - smoothing - smoothing / (n - 1))",
         "smoothing / n)", "smoothing / (n - 1))"),
    edit("smoothing-added", "s/n is added to one-hot labels: the 1 − s is missing",
         "(1 - smoothing) * ", ""),
    edit("shifted-labels", "the label of the position before is used",
         "one_hot(Y)", "one_hot(before(Y))"),
)  # fmt: skip
COUNTING = (
    edit("missing-1/N", "it is N times too large: the 1/N is missing", " / N", ""),
    edit("mean-over-all-labels", "it is divided by the number of all labels, and not by N, that of "
         "the labels that count", "/ N", "/ counted.size"),
    edit("divided-by-m", "it is divided by m, the examples, and not by N, the labels that count",
         "/ N", "/ m"),
)  # fmt: skip

KIND = LossKind(
    place=7,
    answer=lambda n_y: f"the probability of each of the {n_y} tokens, as the network sees it",
    sample=TokenCrossEntropy(smoothing=0.1),  # which no precision has
    labels=random_labels,
    line=FormulaText("J", f"-np.sum(counted * {Q} * log_softmax(Z)) / N", (
        *COUNTING,
        edit("mean-of-means", "the mean over the labels of each example is taken first, and then "
             "that over the examples", "counted",
             "counted / np.maximum(counted.sum(axis=-1, keepdims=True), 1)", "/ N", "/ m"),
        edit("ignored-counted", "ignored labels count, as of class 0, in the sum and not in N",
             "counted * ", "", "one_hot(Y)", "one_hot(np.maximum(Y, 0))"),
        edit("nothing-ignored", "ignored labels count, as of class 0, in the sum and in N",
             "counted * ", "", "one_hot(Y)", "one_hot(np.maximum(Y, 0))", "/ N", "/ counted.size"),
        *SMOOTHING,
        edit("missing-log", "the logarithm is missing", "log_softmax(Z)", "A"),
        edit("log2", "the logarithm is that of base 2",
             "log_softmax(Z)", "log_softmax(Z) / np.log(2.0)"),
        edit("perplexity", "e^J is used, the perplexity", ALL,
             f"np.exp(-np.sum(counted * {Q} * log_softmax(Z)) / N)"),
    )),
    logits_line=FormulaText("dZ", f"counted * (A - {Q}) / N", (
        *COUNTING,
        edit("ignored-not-zeroed", "the gradient is not 0 where the label is ignored",
             "counted * ", ""),
        edit("ignored-as-class-0", "ignored labels are taken as those of class 0",
             "counted * ", "", "one_hot(Y)", "one_hot(np.maximum(Y, 0))"),
        *SMOOTHING,
        edit("missing-Y", "the labels are not subtracted", f" - {Q}", ""),
        edit("plus-Y", "the labels are added", "A - ", "A + "),
        edit("Z-for-A", "the logits are used instead of the probabilities", "A - ", "Z - "),
    )),
    gradient_equation="dA[L] = −Q / A[L]",
    formulas=(in_two_parts, from_output(0), from_output(EPSILON)),
    gradients=(by_sum_of_labels,),
    weighted_gradients=(weighted_by_sum,),
    output_gradients=(through_output,),
    stores_each=True,
    names=names,
    finite={"J": "J = np.sum(loss(Z, Y)) / N", "dZ": "dZ = A - Q", "dA": "dZ = A - Q"},
    graph=graph,
)  # fmt: skip
