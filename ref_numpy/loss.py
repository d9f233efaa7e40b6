"""The interface of a loss L(ŷ, y) of one example. The cost is the mean: J = (1/m) Σ_i L(i).

A loss may leave labels out, and have a label at each position of an example: J = Σ L / N, where N
is the number of labels that count. In the course's networks every label counts, and N = m.

The cross-entropies and the squared error have the same gradient, A[L] − Y, because each is paired
with the activation for which that holds. For the cross-entropies A[L] − Y is the gradient of the
*logits* Z[L]: loss and output activation are one step, which stays finite at |z| = 1000, where
dA[L] = −y/a does not. The other losses are computed from A[L], like the squared error.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import Any, ClassVar, NamedTuple

import numpy as np

from ref_numpy import method_results
from ref_numpy.input_messages import input_error
from ref_numpy.layer import Array, Layer
from ref_numpy.method_results import read_only
from ref_numpy.registry import is_built_in, register


class Loss:
    """L(i) of each example, and its gradient.

    A new loss is one class:

        @dataclass(frozen=True)
        class SmoothL1(Loss, kind="smooth_l1"):
            reads: ClassVar[str] = "A"

            def forward(self, A, Y):
                R = np.abs(A - Y)
                return np.where(R < 1, R**2 / 2, R - 1 / 2).sum(axis=0, keepdims=True)

            def backward(self, A, Y):
                return np.minimum(np.maximum(A - Y, -1), 1)

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
    - `at_positions`: whether outputs may have positions, (n_y, m, T): L is then (1, m, T);
    - `whole_labels`: whether labels are whole numbers, (m,) or (m, T), from 0 to n_y − 1;
    - `one_class`: whether each column of Y is one-hot, the class of an example;
    - `of_scores`: whether outputs are scores of classes, and no probabilities;
    - `counted(Y)`: which labels count, an array of their shape; None, where all do, by default. L
      and its gradient are 0 at the others;
    - `decode(A)`: the prediction that `predict` returns; the output itself by default;
    - `classifies`: whether predictions are right or wrong; of a loss that reads "Z", by default;
    - `boundary`: of two classes, the output from which on the second is predicted; ½ by default;
    - `degree`: of values, d where L(σ a, σ y) = σ^d L(a, y), but for constants in units of y; 2 by
      default. `train.py` counts costs in the target's own units by it.

    The network, `run`, `fit`, `predict` and weights files then know the kind. So that
    `parity_tests.check` can bound its rounding, `forward` and `backward` use the operations for
    which parity_tests/error_model/error_array.py has rules. Its twin in torch is given to
    `torch_impl.register`.

    Raises:
        InputError: at the definition, for a kind that is taken, a method that is missing, or a
            `reads` or `output` that is missing or unknown.
    """

    kinds: ClassVar[dict[str, type[Loss]]] = {}
    kind: ClassVar[str]
    reads: ClassVar[str]
    output: ClassVar[type[Layer]] = Layer
    boundary: ClassVar[float] = 0.5
    degree: ClassVar[int] = 2
    at_positions: ClassVar[bool] = False
    whole_labels: ClassVar[bool] = False
    one_class: ClassVar[bool] = False
    of_scores: ClassVar[bool] = False
    counts_examples: ClassVar[bool] = True  # whether N is m
    built_in: ClassVar[bool]

    def __init_subclass__(cls, kind: str | None = None) -> None:
        cls.built_in = is_built_in(cls)
        cls.counts_examples = cls.counted is Loss.counted and not cls.at_positions
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
        which may be another function, would make dZ wrong, and so would a softmax over positions.
        """
        if self.reads == "Z" and not output.ends_networks:
            return False
        derived = self.reads == "A" and isinstance(output, self.output)
        return derived or output.kind == getattr(self.output, "kind", None)

    @property
    def classifies(self) -> bool:
        """Whether its predictions are right or wrong: not those of values."""
        return self.reads == "Z"

    def check_labels(self, Y: Array) -> None:
        """Check that the loss is defined at these labels.

        Args:
            Y: (n_y, m); whole numbers, (m,) or (m, T).

        Raises:
            InputError: it is not.
        """

    def counted(self, Y: Array) -> Array | None:
        """Return which labels count; None where all do.

        Args:
            Y: (n_y, m); whole numbers, (m,) or (m, T).
        """
        return None

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


class Counts(NamedTuple):
    """What sums over a batch are divided by, in J = Σ L / N + (λ/2m) Σ_l ‖W[l]‖².

    Of one of K parts of an update, by whose mean J and the gradients are, N is the K-th part of all
    labels that count in the update: J = ΣΣ L / ΣN, however many of them each part has.

    Attributes:
        N: the number of labels that count.
        m: the number of examples; those of the whole update.
    """

    N: float
    m: int


def count_labels(loss: Loss, Z: Array, Y: Array) -> Counts:
    """Return the number of labels that count, at least 1, and that of examples.

    Where none counts, Σ L is 0, and so is its mean. Of a loss that
    `counts_examples` both numbers are m.

    Args:
        loss: the loss.
        Z: the tensor that `loss.reads` names, or one of its shape.
        Y: the labels.
    """
    counted = loss.counted(Y)
    N = math.prod(Z.shape[1:]) if counted is None else int(np.count_nonzero(counted))
    return Counts(max(N, 1), Z.shape[1])


def labelled_examples(loss: Loss, Y: Array) -> int:
    """Return m, the number of examples that have these labels."""
    return Y.shape[0 if loss.whole_labels else 1]


def example_losses(loss: Loss, Z: Array, Y: Array) -> Array:
    """Return L(i) of each example, or of each label of each example.

    Args:
        loss: the loss.
        Z: the tensor that `loss.reads` names, Z[L] or A[L], (n_y, m, …).
        Y: the labels, (n_y, m), or whole numbers, (m, …).

    Returns:
        (1, m, …).

    Raises:
        InputError: a user-defined loss returns something else.
    """
    if loss.built_in:
        return loss.forward(Z, Y)
    L = loss.forward(read_only(Z), read_only(Y))
    method = f"{type(loss).__name__}.forward"
    return method_results.check_array(method, "an array", L, (1, *Z.shape[1:]), Z)


def loss_gradient(loss: Loss, A: Array, Y: Array) -> Array:
    """Return ∂L(i)/∂Z[L] or ∂L(i)/∂A[L], whichever `loss.reads` names.

    Args:
        loss: the loss.
        A: A[L], (n_y, m, …).
        Y: the labels, (n_y, m), or whole numbers, (m, …).

    Returns:
        (n_y, m, …).

    Raises:
        InputError: a user-defined loss returns something else.
    """
    if loss.built_in:
        return loss.backward(A, Y)
    dZ = loss.backward(read_only(A), read_only(Y))
    method = f"{type(loss).__name__}.backward"
    return method_results.check_array(method, "a gradient", dZ, A.shape, A)
