"""The losses L(ŷ, y) of one example. The cost is their mean: J = (1/m) Σ_i L(i).

All three have the same gradient, A[L] − Y, because each is paired with the activation for which
that holds. For the cross-entropies A[L] − Y is the gradient of the *logits* Z[L]: loss and output
activation are one step, which stays finite at |z| = 1000, where dA[L] = −y/a does not.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ref_numpy import method_results
from ref_numpy.activations import Sigmoid, Softmax
from ref_numpy.input_messages import input_error
from ref_numpy.layer import Array, Layer
from ref_numpy.method_results import read_only
from ref_numpy.registry import is_built_in, register


class Loss:
    """L(i) of each example, and its gradient.

    A new loss is one class:

        @dataclass(frozen=True)
        class AbsoluteError(Loss, kind="absolute_error"):
            reads: ClassVar[str] = "A"

            def forward(self, A, Y):
                return np.abs(A - Y).sum(axis=0, keepdims=True)

            def backward(self, A, Y):
                return np.where(A > Y, np.ones_like(A), -np.ones_like(A))

    - its `kind` is its name in weights files; no other class has it;
    - its fields, the constants, are numbers and strings, which those files can hold;
    - `reads` names the tensor that `forward` takes: "A", the output A[L], or "Z", the logits Z[L]
      that the output activation takes;
    - `output`: the activation that the network must end with; any, by default. A loss that reads
      "Z" must name the activation, because its gradient by Z[L] is written in terms of A[L];
    - `forward(A or Z, Y)`: L(i) of each example, (1, m);
    - `backward(A, Y)`: the gradient of L(i) by Z[L] or A[L], as `reads` names it, in its shape and
      without 1/m: always computed from A[L];
    - `check_labels(Y)`: raise InputError for labels at which it is not defined; none by default;
    - `decode(A)`: the prediction that `predict` returns; the output itself by default.

    The network, `run`, `fit`, `predict` and weights files then know the kind. So that
    `parity_tests.check` can bound its rounding, `forward` and `backward` use the operations for
    which parity_tests/error_model/error_array.py has rules. Its twin in torch is an entry in
    `CRITERIA` of torch_impl/conventions.py.

    Raises:
        InputError: at the definition, for a kind that is taken, a method that is missing, or a
            `reads` or `output` that is missing or unknown.
    """

    kinds: ClassVar[dict[str, type[Loss]]] = {}
    kind: ClassVar[str]
    reads: ClassVar[str]
    output: ClassVar[type[Layer]] = Layer
    built_in: ClassVar[bool]

    def __init_subclass__(cls, kind: str | None = None) -> None:
        cls.built_in = is_built_in(cls)
        kind = kind or vars(cls).get("kind")  # dataclass(slots=True) makes the class a second time
        if kind is not None:
            cls.kind = kind
            check_reads(cls)
            register(Loss.kinds, "loss", kind, cls)

    @abstractmethod
    def forward(self, Z: Array, Y: Array, /) -> Array:
        """Return L(i) of each example, (1, m), from Z[L] or A[L], as `reads` names it."""
        raise TypeError(f"{type(self).__name__} defines no forward")

    @abstractmethod
    def backward(self, A: Array, Y: Array, /) -> Array:
        """Return the gradient of each L(i) by Z[L] or A[L], as `reads` names it, from A[L]."""
        raise TypeError(f"{type(self).__name__} defines no backward")

    def fits(self, output: Layer) -> bool:
        """Return whether the network may end with this activation.

        Where the loss reads Z, the activation is a part of the loss: a class derived from `output`,
        which may be another function, would make dZ wrong.
        """
        derived = self.reads == "A" and isinstance(output, self.output)
        return derived or output.kind == getattr(self.output, "kind", None)

    def check_labels(self, Y: Array) -> None:
        """Check that the loss is defined at these labels.

        Args:
            Y: (n_y, m).

        Raises:
            InputError: it is not.
        """

    def decode(self, A: Array) -> Array:
        """Return the prediction for the output A; for Y, the label itself."""
        return A


def check_reads(loss: type[Loss]) -> None:
    """Check that the class names the tensor from which it is computed, and its activation.

    Raises:
        InputError: `reads` is neither "Z" nor "A", or `output` is not an activation.
    """
    reads = getattr(loss, "reads", None)
    if reads not in ("Z", "A"):
        raise input_error("loss.reads", loss=loss.__name__, reads=reads)
    output: Any = loss.output
    if not (isinstance(output, type) and issubclass(output, Layer)):
        raise input_error("loss.output", loss=loss.__name__, output=repr(output))
    if reads == "Z" and not hasattr(output, "kind"):
        raise input_error("loss.output", loss=loss.__name__)


def example_losses(loss: Loss, Z: Array, Y: Array) -> Array:
    """Return L(i) of each example.

    Args:
        loss: the loss.
        Z: the tensor that `loss.reads` names, Z[L] or A[L], (n_y, m).
        Y: the labels, (n_y, m).

    Returns:
        (1, m).

    Raises:
        InputError: a user-defined loss returns something else.
    """
    if loss.built_in:
        return loss.forward(Z, Y)
    L = loss.forward(read_only(Z), read_only(Y))
    method = f"{type(loss).__name__}.forward"
    return method_results.check_array(method, "an array", L, (1, Y.shape[1]), Z)


def loss_gradient(loss: Loss, A: Array, Y: Array) -> Array:
    """Return ∂L(i)/∂Z[L] or ∂L(i)/∂A[L], whichever `loss.reads` names.

    Args:
        loss: the loss.
        A: A[L], (n_y, m).
        Y: the labels, (n_y, m).

    Returns:
        (n_y, m).

    Raises:
        InputError: a user-defined loss returns something else.
    """
    if loss.built_in:
        return loss.backward(A, Y)
    dZ = loss.backward(read_only(A), read_only(Y))
    method = f"{type(loss).__name__}.backward"
    return method_results.check_array(method, "a gradient", dZ, A.shape, A)


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
        InputError: a label is not a whole number in 0 … n_classes − 1.
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
