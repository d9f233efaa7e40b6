"""The losses L(ŷ, y) of one example. The cost is their mean: J = (1/m) Σ_i L(i).

All three have the same gradient, A[L] − Y, because each is paired with the activation that makes
it so. Where the cross-entropies are concerned it is the gradient of the *logits* Z[L]: loss and
output activation are one step, which stays finite at |z| = 1000, where dA[L] = −y/a does not.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ref_numpy import method_results
from ref_numpy.activations import Sigmoid, Softmax
from ref_numpy.errors import InputError
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
    - `reads` names what `forward` is computed from: "A", the output A[L], or "Z", the logits Z[L]
      that the output activation takes;
    - `output`: the activation that the network must end with; any, by default. One that reads "Z"
      must name it, for its gradient by Z[L] is written in terms of A[L];
    - `forward(A or Z, Y)`: L(i) of each example, (1, m);
    - `backward(A, Y)`: ∂L(i) by what `reads` names, in its shape, without 1/m: always from A[L];
    - `check_labels(Y)`: raise InputError for labels that it is not defined at; none by default;
    - `decode(A)`: what `predict` makes of the output; the output itself by default.

    The network, `run`, `fit`, `predict` and weights files then know the kind. So that
    `parity_tests.check` can bound its rounding, `forward` and `backward` use what
    parity_tests/error_model/error_array.py has rules for. Its twin in torch is an entry in
    `CRITERIA` of torch_impl/conventions.py.

    Raises:
        InputError: at the definition, for a kind that is taken, a method that is missing, or a
            `reads` or `output` that says nothing.
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
        """L(i) for each example, (1, m), from what `reads` names."""
        raise TypeError(f"{type(self).__name__} defines no forward")

    @abstractmethod
    def backward(self, A: Array, Y: Array, /) -> Array:
        """The gradient of each L(i) with respect to what `reads` names, from A[L]."""
        raise TypeError(f"{type(self).__name__} defines no backward")

    def fits(self, output: Layer) -> bool:
        """Whether the network may end with this activation. Where the loss reads Z it is a part of
        the loss, and one that is derived from it, another function, would make dZ wrong."""
        derived = self.reads == "A" and isinstance(output, self.output)
        return derived or output.kind == getattr(self.output, "kind", None)

    def check_labels(self, Y: Array) -> None:
        """Raise InputError unless the loss is defined at these labels."""

    def decode(self, A: Array) -> Array:
        """The prediction that the output A stands for; applied to Y, the label itself."""
        return A


def check_reads(loss: type[Loss]) -> None:
    """Raises InputError unless it is known what the loss and its gradient are computed from."""
    reads = getattr(loss, "reads", None)
    if reads not in ("Z", "A"):
        raise InputError(
            f'the loss {loss.__name__} has reads = {reads!r}; expected "A", the output, or '
            f'"Z", the logits.',
            code="loss.reads",
        )
    output: Any = loss.output
    if not (isinstance(output, type) and issubclass(output, Layer)):
        raise InputError(
            f"the loss {loss.__name__} has output = {output!r}; expected the class of an "
            f"activation, such as Sigmoid.",
            code="loss.output",
        )
    if reads == "Z" and not hasattr(output, "kind"):
        raise InputError(
            f"the loss {loss.__name__} reads Z, and names no output activation, by which its "
            f"backward(A, Y) gives the gradient of Z; set output, as in output = Sigmoid.",
            code="loss.output",
        )


def each(loss: Loss, Z: Array, Y: Array) -> Array:
    """L(i) of each example, (1, m), from what `loss.reads` names.

    Raises:
        InputError: a loss that people have added returns something else.
    """
    if loss.built_in:
        return loss.forward(Z, Y)
    L = loss.forward(read_only(Z), read_only(Y))
    what = f"{type(loss).__name__}.forward returned an array that"
    return method_results.array(what, L, (1, Y.shape[1]), Z)


def gradient(loss: Loss, A: Array, Y: Array) -> Array:
    """∂L(i) by what `loss.reads` names, in the shape of A[L].

    Raises:
        InputError: a loss that people have added returns something else.
    """
    if loss.built_in:
        return loss.backward(A, Y)
    dZ = loss.backward(read_only(A), read_only(Y))
    what = f"{type(loss).__name__}.backward returned a gradient that"
    return method_results.array(what, dZ, A.shape, A)


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

    def backward(self, A: Array, Y: Array) -> Array:
        return A - Y

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

    def backward(self, A: Array, Y: Array) -> Array:
        return A - Y

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

    def backward(self, A: Array, Y: Array) -> Array:
        return A - Y


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
