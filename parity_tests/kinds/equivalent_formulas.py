"""Formulas that are equal on paper and round differently, where libraries and courses differ.

A candidate may compute activations, the cost and derivatives by any of them. Those of a kind are
in `layers/` and `losses/`. Each is executed on error arrays, so that each has a bound of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count, islice
from typing import Any, NamedTuple

import numpy as np

from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.intervals import OUTWARD, compose_relative_errors
from parity_tests.error_model.precisions import U64, Precision
from parity_tests.kinds.known_kinds import kind_of
from parity_tests.kinds.loss_kind import Formula
from parity_tests.kinds.own_kinds import on_errors, with_error
from ref_numpy import Loss
from ref_numpy.loss import example_losses, loss_gradient

# Added to a probability, so that its logarithm and 1/a are finite: as in scikit-learn's `log_loss`
# before version 1.3 (its parameter `eps`). A larger one, such as 1e-8, changes the result visibly.
EPSILON = 1e-15


def softplus(Z: Any) -> Any:
    """Return log(1 + e^z) = max(z, 0) + log(1 + e^−|z|)."""
    return np.maximum(Z, 0) + np.log1p(np.exp(-np.abs(Z)))


def log_sigmoid(Z: Any) -> Any:
    """Return log σ(z) = −log(1 + e^−z)."""
    return -softplus(-Z)


def logsumexp(Z: Any, axis: int = 0) -> Any:
    """Return log Σ_j e^{z_j} = max z + log Σ_j e^{z_j − max z}, (1, m)."""
    largest = Z.max(axis=axis, keepdims=True)
    return largest + np.log(np.exp(Z - largest).sum(axis=axis, keepdims=True))


def total(L: Any) -> Any:
    """Return the sum over the outputs, (1, m)."""
    return L.sum(axis=0, keepdims=True)


def losses_of(loss: Loss) -> tuple[Formula, ...]:
    """Return the formulas of L(i), the loss's own first."""

    def own(loss: Loss, Z: Any, A: Any, Y: Any) -> Any:
        taken = Z if loss.reads == "Z" else A
        L = on_errors(loss, "forward", example_losses, loss, taken, Y)
        return with_error(L, A.p)

    kind = kind_of(loss)
    every = (own, *kind.formulas)
    return tuple(map(storing_each, every)) if kind.stores_each else every


def storing_each(formula: Formula) -> Formula:
    """Return the formula, whose losses are stored: one of each example, before they are added."""

    def stored(*given: Any) -> ErrorArray:
        L = formula(*given)
        return ErrorArray(L.value, L.error, L.p)

    return stored


def gradients_of(loss: Loss) -> tuple[Formula, ...]:
    """Return the formulas of the first gradient, the loss's own first."""

    def own(loss: Loss, Z: Any, A: Any, Y: Any) -> Any:
        return with_error(on_errors(loss, "backward", loss_gradient, loss, A, Y), A.p)

    return (own, *kind_of(loss).gradients)


def results(formulas: Iterable[Callable[..., Any]], *given: Any) -> Iterator[Any]:
    """Yield the result of each formula, computed when it is needed."""
    for formula in formulas:
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            result = formula(*given)
        yield result


class LessAccurate(NamedTuple):
    """What a tensor is compared with where it is outside the bounds of the accurate formulas.

    Attributes:
        words: the less accurate formulas, and where they lose digits; or the wider arithmetic.
        every: returns the results of all formulas, those among them, in that arithmetic.
    """

    words: str
    every: Callable[[], Formulas]


class Formulas:
    """The results of formulas that are equal on paper, each computed when it is needed.

    Attributes:
        less_accurate: what else the tensor may be; None where every formula is among these.
    """

    def __init__(self, results: Iterable[Any]) -> None:
        self.results, self.known = iter(results), list[ErrorArray]()
        self.less_accurate: LessAccurate | None = None

    def __iter__(self) -> Iterator[ErrorArray]:
        for i in count():
            if i == len(self.known):
                self.known += islice(self.results, 1)
            if i == len(self.known):
                return
            yield self.known[i]

    def __getitem__(self, i: int) -> ErrorArray:
        return next(islice(self, i, None))

    def hull(self) -> ErrorArray:
        """Return the interval hull: the first one's value, its error holding every other one.

        All but those that have no bound.
        """
        first, *others = self
        if not others:
            return first
        error = first.error
        for other in others:
            reach = OUTWARD * (np.abs(other.value - first.value) + other.error)
            error = np.where(np.isfinite(reach), np.maximum(error, reach), error)
        return ErrorArray(first.value, error, first.p)


def labels_of(loss: Loss, Y: Any, p: Precision) -> Any:
    """Return the labels as formulas take them: whole numbers as they are."""
    return Y if loss.whole_labels else ErrorArray(Y, p=p)


def by_autograd(d: ErrorArray, scale: float, N: float | None = None) -> ErrorArray:
    """Return s ((n_y/2) ((2/(m n_y)) d)), as autograd computes a gradient of scale 1.

    Criteria divide by m n_y, and the gradient in a trace is multiplied by the scale s: m in the
    course's networks, whose value is d itself, and 1 in others. Of one of K micro-batches it is the
    gradient of J/K.

    Args:
        d: the gradient of each L(i), (n_y, m, …).
        scale: s.
        N: the number of labels that count, where the loss leaves some out or has several for an
            example: s (d/N).
    """
    (n_y, m), K = d.shape[:2], d.p.parts
    scaled = d * (2 / (m * n_y)) * (n_y / 2) if N is None else d * (1 / N)
    if scale != 1:
        scaled = scaled * scale
    if K > 1:
        scaled = scaled * (1 / K) * K
    own = scale == (m if N is None else N)
    return ErrorArray(d.value if own else scaled.value, scaled.error, d.p)


def mean(parts: Sequence[Any]) -> ErrorArray:
    """Return (1/N) Σ_k parts[k], stored one by one.

    Each is divided, or their sum is, and each of the N − 1 additions rounds the number that it
    stores, in any order.
    """
    p, N = parts[0].p, len(parts)
    each = compose_relative_errors(
        *[p.u + U64] * (N + 1)
    )  # 1/N, the product with it, and N − 1 additions
    value, size, error = (
        sum(x) / N
        for x in (
            [part.value for part in parts],
            [np.abs(part.value) for part in parts],
            [part.error for part in parts],
        )
    )
    return ErrorArray(value, OUTWARD * ((1 + each) * error + each * size + N * p.underflow), p)
