"""The losses L(ŷ, y) of one example. The cost is their mean: J = (1/m) Σ_i L(i).

All three give the same gradient, A[L] − Y, because each is paired with the activation that makes
it so. Where the cross-entropies are concerned it is the gradient of the *logits* Z[L]: loss and
output activation are one step, which stays finite at |z| = 1000, where dA[L] = −y/a does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ref_numpy.activations import Sigmoid, Softmax
from ref_numpy.inputs import InputError
from ref_numpy.layer import Array, Layer


class Loss:
    """`reads` names what the loss is computed from: "Z", the logits, or "A", the output."""

    kinds: ClassVar[dict[str, type[Loss]]] = {}
    kind: ClassVar[str]
    reads: ClassVar[str]
    output: ClassVar[type[Layer]] = Layer

    def __init_subclass__(cls, kind: str) -> None:
        cls.kind = kind
        Loss.kinds[kind] = cls

    def forward(self, Z: Array, Y: Array, /) -> Array:
        """L(i) for each example, (1, m), from what `reads` names."""
        raise TypeError(f"{type(self).__name__} defines no forward")

    def backward(self, A: Array, Y: Array) -> Array:
        """The gradient of each L(i) with respect to what `reads` names."""
        return A - Y

    def check_labels(self, Y: Array) -> None:
        """Raise InputError unless the loss is defined at these labels."""

    def decode(self, A: Array) -> Array:
        """The prediction that the output A stands for; applied to Y, the label itself."""
        return A


@dataclass(frozen=True)
class BinaryCrossEntropy(Loss, kind="binary_cross_entropy"):
    """L = −(y log a + (1 − y) log(1 − a)),  a = σ(z);  several outputs: their sum.

    From the logits: L = max(z, 0) − z y + log(1 + e^−|z|),   dz = a − y.
    """

    reads: ClassVar[str] = "Z"
    output: ClassVar[type[Layer]] = Sigmoid

    def forward(self, Z: Array, Y: Array) -> Array:
        L = np.maximum(Z, 0) - Z * Y + np.log1p(np.exp(-np.abs(Z)))
        return L.sum(axis=0, keepdims=True)

    def check_labels(self, Y: Array) -> None:
        bad = (Y != 0) & (Y != 1)
        if bad.any():
            first = tuple(int(i) for i in np.argwhere(bad)[0])
            raise InputError(
                f"Y has the label {Y[first]} at {list(first)}; binary cross-entropy expects "
                f"0 or 1: use (Y == positive_class)."
            )

    def decode(self, A: Array) -> Array:
        """1 where a > ½, else 0: (n_y, m)."""
        return (A > 0.5).astype(np.int64)


@dataclass(frozen=True)
class CrossEntropy(Loss, kind="cross_entropy"):
    """L = −Σ_k y_k log a_k,  a = softmax(z),  y one-hot.

    From the logits: L = log Σ_k e^{z_k} − Σ_k y_k z_k,  max z subtracted first;   dz = a − y.
    """

    reads: ClassVar[str] = "Z"
    output: ClassVar[type[Layer]] = Softmax

    def forward(self, Z: Array, Y: Array) -> Array:
        Z = Z - Z.max(axis=0, keepdims=True)
        return np.log(np.exp(Z).sum(axis=0, keepdims=True)) - (Y * Z).sum(axis=0, keepdims=True)

    def check_labels(self, Y: Array) -> None:
        bad = ((Y != 0) & (Y != 1)).any(axis=0) | (Y.sum(axis=0) != 1)
        if bad.any():
            raise InputError(
                f"Y's column {int(np.argmax(bad))} is not one-hot; cross-entropy expects one 1 "
                f"and zeros in each column: use ref_numpy.one_hot(labels, n_y)."
            )

    def decode(self, A: Array) -> Array:
        """The most probable class: (1, m)."""
        return A.argmax(axis=0, keepdims=True)


@dataclass(frozen=True)
class SquaredError(Loss, kind="squared_error"):
    """L = ½ Σ_k (a_k − y_k)²        da = a − y"""

    reads: ClassVar[str] = "A"

    def forward(self, A: Array, Y: Array) -> Array:
        return ((A - Y) ** 2).sum(axis=0, keepdims=True) / 2


def one_hot(labels: Array, n_classes: int, dtype: Any = np.float64) -> Array:
    """Y[k, i] = 1 where labels[i] = k, else 0: (n_classes, m).   labels: (m,) or (1, m) integers

    Raises InputError where a label is not a whole number in 0 … n_classes − 1.
    """
    labels = np.asarray(labels)
    one_each = labels.ndim in (1, 2) and labels.size == labels.shape[-1]
    if labels.dtype.kind not in "iu" or not one_each:
        raise InputError(
            f"labels have shape {labels.shape} and dtype {labels.dtype}; expected integers of "
            f"shape (m,) or (1, m): use labels.reshape(1, -1).astype(int)."
        )
    labels = labels.ravel()
    outside = (labels < 0) | (labels >= n_classes)
    if outside.any():
        i = np.argmax(outside)
        raise InputError(
            f"label {int(labels[i])} of example {i} is out of range; {n_classes} classes have the "
            f"labels 0 to {n_classes - 1}: renumber the labels or give the network more outputs."
        )
    return (np.arange(n_classes)[:, np.newaxis] == labels).astype(dtype)
