"""Formulas that are equal on paper and round differently, where libraries and courses differ.

A candidate may compute activations and the cost by any of these, and derivatives by those of
equivalent_derivatives.py. Each is executed on error arrays, so that each has a bound of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count, islice
from typing import Any

import numpy as np

from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.intervals import OUTWARD, compose_relative_errors
from parity_tests.error_model.precisions import U64
from parity_tests.kinds.own_kinds import on_errors, with_error
from parity_tests.kinds.softmax_bounds import log_softmax
from ref_numpy import BinaryCrossEntropy, CrossEntropy, Loss, Sigmoid, Softmax, SquaredError, Tanh
from ref_numpy.layer import Layer
from ref_numpy.loss import example_losses

# Added to a probability, so that its logarithm and 1/a are finite: as in scikit-learn's `log_loss`
# before version 1.3 (its parameter `eps`). A larger one, such as 1e-8, changes the result visibly.
EPSILON = 1e-15

# Each is a function of (loss, Z, A, Y): the logits, the output, the labels.
Formula = Callable[[Any, Any, Any, Any], Any]


def softplus(Z: Any) -> Any:
    """Return log(1 + e^z) = max(z, 0) + log(1 + e^−|z|)."""
    return np.maximum(Z, 0) + np.log1p(np.exp(-np.abs(Z)))


def log_sigmoid(Z: Any) -> Any:
    """Return log σ(z) = −log(1 + e^−z)."""
    return -softplus(-Z)


def logsumexp(Z: Any) -> Any:
    """Return log Σ_j e^{z_j} = max z + log Σ_j e^{z_j − max z}, (1, m)."""
    largest = Z.max(axis=0, keepdims=True)
    return largest + np.log(np.exp(Z - largest).sum(axis=0, keepdims=True))


def total(L: Any) -> Any:
    """Return the sum over the outputs, (1, m)."""
    return L.sum(axis=0, keepdims=True)


def each(L: ErrorArray) -> ErrorArray:
    """Return the losses as stored: one number of each example before the m of them are added."""
    return ErrorArray(L.value, L.error, L.p)


LOSSES: dict[type[Loss], tuple[Formula, ...]] = {
    BinaryCrossEntropy: (
        lambda loss, Z, A, Y: loss.forward(Z, Y),
        # the course: from A[L], inaccurate where a is close to 1 and infinite where it is 1
        lambda loss, Z, A, Y: -total(Y * np.log(A) + (1 - Y) * np.log(1 - A)),
        lambda loss, Z, A, Y: -total(Y * np.log(A + EPSILON) + (1 - Y) * np.log(1 - A + EPSILON)),
        # torch: of a large −z, whose label is 0, the difference has the rounding of z
        lambda loss, Z, A, Y: total((1 - Y) * Z - log_sigmoid(Z)),
    ),
    CrossEntropy: (
        lambda loss, Z, A, Y: each(loss.forward(Z, Y)),
        # torch: log_softmax, then nll_loss
        lambda loss, Z, A, Y: each(-total(Y * log_softmax(Z))),
        # the course: from A[L]
        lambda loss, Z, A, Y: each(-total(Y * np.log(A))),
        lambda loss, Z, A, Y: each(-total(Y * np.log(A + EPSILON))),
    ),
    SquaredError: (lambda loss, Z, A, Y: loss.forward(A, Y),),
}

# Of A = g(Z): textbooks' formulas, which lose digits where they subtract, or overflow.
ACTIVATIONS: dict[type[Layer], tuple[Callable[[Any], Any], ...]] = {
    Sigmoid: (
        lambda Z: np.exp(Z) / (1 + np.exp(Z)),
        lambda Z: (1 + np.tanh(Z / 2)) / 2,
    ),
    Tanh: (
        lambda Z: (np.exp(Z) - np.exp(-Z)) / (np.exp(Z) + np.exp(-Z)),
        lambda Z: 2 / (1 + np.exp(-2 * Z)) - 1,
    ),
    Softmax: (
        lambda Z: np.exp(Z) / np.exp(Z).sum(axis=0, keepdims=True),
        lambda Z: np.exp(Z - logsumexp(Z)),
    ),
}


def losses_of(loss: Loss) -> tuple[Formula, ...]:
    """Return the formulas of L(i); of a user-defined loss, its own."""

    def own(loss: Loss, Z: Any, A: Any, Y: Any) -> Any:
        taken = Z if loss.reads == "Z" else A
        L = on_errors(loss, "forward", example_losses, loss, taken, Y)
        return with_error(L, A.p)

    return LOSSES.get(type(loss), (own,))


def results(formulas: Iterable[Callable[..., Any]], *given: Any) -> Iterator[Any]:
    """Yield the result of each formula, computed when it is needed."""
    for formula in formulas:
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            result = formula(*given)
        yield result


class Formulas:
    """The results of formulas that are equal on paper, each computed when it is needed."""

    def __init__(self, results: Iterable[Any]) -> None:
        self.results, self.known = iter(results), list[ErrorArray]()

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


def by_autograd(d: ErrorArray) -> ErrorArray:
    """Return m ((n_y/2) ((2/(m n_y)) d)), as autograd computes a gradient of scale 1.

    Criteria divide by m n_y, and the gradient in a trace is not divided. Of one of N micro-batches
    it is the gradient of J/N.
    """
    (n_y, m), N = d.shape, d.p.parts
    scaled = d * (2 / (m * n_y)) * (n_y / 2) * m
    if N > 1:
        scaled = scaled * (1 / N) * N
    return ErrorArray(d.value, scaled.error, d.p)


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
