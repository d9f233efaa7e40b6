"""The losses L(ŷ, y) of one example. The cost is their mean: J = (1/m) Σ_i L(i).

All three have the same gradient, A[L] − Y, because each is paired with the activation for which
that holds. For the cross-entropies A[L] − Y is the gradient of the *logits* Z[L]: loss and output
activation are one step, which stays finite at |z| = 1000, where dA[L] = −y/a does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ref_numpy.activations import Sigmoid, Softmax
from ref_numpy.input_messages import input_error
from ref_numpy.layer import Array, Layer
from ref_numpy.loss import Loss


@dataclass(frozen=True)
class BinaryCrossEntropy(Loss, kind="binary_cross_entropy"):
    """L = −(y log a + (1 − y) log(1 − a)),  a = σ(z);  several outputs: their sum.

    From the logits: L = max(z, 0) − z y + log(1 + e^−|z|),   dz = a − y.
    """

    reads: ClassVar[str] = "Z"
    output: ClassVar[type[Layer]] = Sigmoid

    def forward(self, Z: Array, Y: Array) -> Array:
        """L = Σ over the outputs of max(z, 0) − z y + log(1 + e^−|z|)."""
        L = np.maximum(Z, 0) - Z * Y + np.log1p(np.exp(-np.abs(Z)))  # (n_y, m)
        return L.sum(axis=0, keepdims=True)

    def backward(self, A: Array, Y: Array) -> Array:
        """Return dZ = A − Y."""
        return A - Y

    def check_labels(self, Y: Array) -> None:
        """Check that every label is 0 or 1.

        Raises:
            InputError: one is not.
        """
        bad = (Y != 0) & (Y != 1)
        if bad.any():
            first = tuple(int(i) for i in np.argwhere(bad)[0])
            raise input_error("labels.not-binary", label=Y[first], index=list(first))

    def decode(self, A: Array) -> Array:
        """Return 1 where a > ½, else 0: (n_y, m)."""
        return (A > 0.5).astype(np.int64)


@dataclass(frozen=True)
class CrossEntropy(Loss, kind="cross_entropy"):
    """L = −Σ_k y_k log a_k,  a = softmax(z),  y one-hot.

    From the logits: L = log Σ_k e^{z_k} − Σ_k y_k z_k,  max z subtracted first;   dz = a − y.
    """

    reads: ClassVar[str] = "Z"
    output: ClassVar[type[Layer]] = Softmax

    def forward(self, Z: Array, Y: Array) -> Array:
        """L = log Σ_k e^{z_k} − Σ_k y_k z_k."""
        Z = Z - Z.max(axis=0, keepdims=True)
        return np.log(np.exp(Z).sum(axis=0, keepdims=True)) - (Y * Z).sum(axis=0, keepdims=True)

    def backward(self, A: Array, Y: Array) -> Array:
        """Return dZ = A − Y."""
        return A - Y

    def check_labels(self, Y: Array) -> None:
        """Check that every column has one 1 and zeros.

        Raises:
            InputError: one has not.
        """
        bad = ((Y != 0) & (Y != 1)).any(axis=0) | (Y.sum(axis=0) != 1)
        if bad.any():
            raise input_error("labels.not-one-hot", column=int(np.argmax(bad)))

    def decode(self, A: Array) -> Array:
        """Return the most probable class: (1, m)."""
        return A.argmax(axis=0, keepdims=True)


@dataclass(frozen=True)
class SquaredError(Loss, kind="squared_error"):
    """L = ½ Σ_k (a_k − y_k)²        da = a − y."""

    reads: ClassVar[str] = "A"

    def forward(self, A: Array, Y: Array) -> Array:
        """L = ½ Σ_k (a_k − y_k)²."""
        return ((A - Y) ** 2).sum(axis=0, keepdims=True) / 2

    def backward(self, A: Array, Y: Array) -> Array:
        """Return dA = A − Y."""
        return A - Y


def one_hot(labels: Array, n_classes: int, dtype: Any = np.float64) -> Array:
    """Y[k, i] = 1 where labels[i] = k, else 0.

    Args:
        labels: (m,) or (1, m) integers from 0 to n_classes − 1.
        n_classes: the number of rows.
        dtype: of the result.

    Returns:
        (n_classes, m).

    Raises:
        InputError: a label is no whole number in 0 … n_classes − 1.
    """
    labels = np.asarray(labels)
    one_each = labels.ndim in (1, 2) and labels.size == labels.shape[-1]
    if labels.dtype.kind not in "iu" or not one_each:
        raise input_error("labels.not-integers", shape=labels.shape, dtype=labels.dtype)
    labels = labels.ravel()
    outside = (labels < 0) | (labels >= n_classes)
    if outside.any():
        i = np.argmax(outside)
        raise input_error(
            "labels.out-of-range",
            label=int(labels[i]),
            example=int(i),
            n_classes=n_classes,
            last=n_classes - 1,
        )
    return (np.arange(n_classes)[:, np.newaxis] == labels).astype(dtype)
