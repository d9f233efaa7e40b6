"""A loss on random outputs and labels, and the ways in which programs take and scale it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

import ref_numpy
from parity_tests.adapters.interfaces.layout import TENSOR, Layout
from parity_tests.error_model.precisions import Precision
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import Array, Graph, Identity, Loss, NetworkSpec

# Powers of 2, by which a cost and its gradient can be multiplied without rounding.
SOME, ONE, M, OTHER_M = 4, 1, 8, 64
KINDS = (
    "cross_entropy", "binary_cross_entropy", "squared_error", "absolute_error", "huber", "hinge",
    "multiclass_hinge",
)  # fmt: skip

LOGITS, OUTPUT = "logits", "output"  # what a function takes beside the labels
CLASSES, ONE_HOT, VALUES = "classes", "one-hot", "values"  # labels

NOT_HALVED = "-not-halved"  # ends the code of a squared error without ½


def is_halved(code: str) -> bool:
    """Return whether a factor's code is that of a loss with its ½, if it has any."""
    return not code.endswith(NOT_HALVED)


@dataclass(frozen=True)
class LossReading:
    """How a function takes a loss's arguments.

    Attributes:
        kind: of the loss.
        n: the number of outputs.
        takes: LOGITS or OUTPUT.
        labels: CLASSES, numbers from 0 on; ONE_HOT columns or rows; or VALUES.
        rows: an example is a row.
        is_flat: the outputs and labels of the examples are (m,).
    """

    kind: str
    n: int
    takes: str
    labels: str
    rows: bool
    is_flat: bool = False

    def is_alike(self, other: LossReading) -> bool:
        """Return whether the two are of one loss, of the same argument."""
        return (self.kind, self.takes) == (other.kind, other.takes)

    @property
    def reads_logits(self) -> bool:
        """Whether the loss has an activation of its own: then it takes logits, or its output."""
        return Loss.kinds[self.kind].reads == "Z"


def in_words(readings: Sequence[LossReading]) -> list[str]:
    """Return what readings of one kind, all of which fit, say of a function's arguments."""
    parts: list[str] = []
    if len({r.rows for r in readings}) == 1 and not any(r.is_flat for r in readings):
        parts.append(Layout(rows=readings[0].rows).describe(True, False, False))
    parts += dict.fromkeys(LABELS[r.labels] for r in readings if r.labels != VALUES)
    taken = dict.fromkeys(TAKEN[r.takes] for r in readings if r.reads_logits)
    return [*parts, *([" or ".join(taken)] if taken else [])]


LABELS = {CLASSES: "labels are class numbers (m,)", ONE_HOT: "labels are one-hot"}
TAKEN = {LOGITS: "of the logits", OUTPUT: "of the probabilities"}


def readings_of_loss(kind: str) -> Iterator[LossReading]:
    """Yield the ways to take a loss's arguments, the common ones first."""
    reads_logits = Loss.kinds[kind].reads == "Z"
    takes = (OUTPUT, LOGITS) if reads_logits else (OUTPUT,)
    one_class = Loss.kinds[kind].one_class
    labels = (CLASSES, ONE_HOT) if one_class else (VALUES,)
    for n in (SOME,) if one_class else (SOME, ONE):
        for rows in (False, True):
            for form in labels:
                for what in takes:
                    yield LossReading(kind, n, what, form, rows)
    if not one_class:
        yield from (LossReading(kind, ONE, what, VALUES, False, is_flat=True) for what in takes)


@dataclass(frozen=True)
class LossProblem:
    """Random arguments of a loss.

    Attributes:
        reading: how a function takes them.
        spec: the network: logits Z, the output A, the loss.
        Z: (n, m).
        A: (n, m), of p.
        Y: (n, m).
        known: the tensors that the function is given.
    """

    reading: LossReading
    spec: NetworkSpec
    Z: Array
    A: Array
    Y: Array
    known: Mapping[str, Array] = field(default_factory=dict)

    @classmethod
    def of(cls, reading: LossReading, m: int, seed: int, p: Precision) -> LossProblem:
        """Return random numbers of p."""
        loss = Loss.kinds[reading.kind]()
        output = loss.output() if reading.reads_logits else Identity()
        graph = Graph({"Z": (reading.n,)})
        graph.add("A", output, "Z")
        spec = NetworkSpec.from_graph(graph, loss)
        _, Z, Y = random_problem(spec, m, seed)
        Z, Y = p.round(2 * Z), p.round(Y)
        A = p.round(ref_numpy.forward(spec, {}, Z)[0]["A"])
        known = {"A": A.astype(np.float64)} if reading.takes == OUTPUT else {}
        return cls(reading, spec, Z, A, Y, known)

    @property
    def m(self) -> int:
        """The number of examples."""
        return self.Z.shape[1]

    @property
    def gradients(self) -> tuple[str, ...]:
        """The names that the gradient may have: of a function of probabilities dA, or dZ."""
        if self.reading.takes == LOGITS:
            return ("dZ",)
        return ("dA", "dZ") if self.reading.reads_logits else ("dA",)

    def arguments(self) -> tuple[Any, Any]:
        """Return the outputs or logits, and the labels, as the function takes them."""
        x = self.Z if self.reading.takes == LOGITS else self.A
        labels = self.Y.argmax(axis=0) if self.reading.labels == CLASSES else self.given(self.Y)
        return self.given(x), labels

    def given(self, x: Array) -> Array:
        """Return an array (n, m) in the function's layout."""
        return x.reshape(-1).copy() if self.reading.is_flat else self.layout.given(TENSOR, x)

    def read(self, x: Array) -> Array:
        """Return an array of the function's layout as (n, m)."""
        if self.reading.is_flat:
            return x.reshape(1, -1) if x.shape == (self.m,) else x
        return self.layout.read(TENSOR, x)

    @property
    def layout(self) -> Layout:
        """Where the examples are."""
        return Layout(rows=self.reading.rows)

    def factors(self) -> dict[str, float]:
        """Return the factors by which a cost may be larger than J, by their codes.

        J is the mean over the examples of the loss of each, in which the squared error is halved.
        """
        m, n = float(self.m), float(self.reading.n)
        factors = {"mean": 1.0, "sum": m}
        if self.reading.n > 1:
            factors["mean-of-all"] = 1 / n
        if self.reading.kind == "squared_error":
            twice = {f"{code}{NOT_HALVED}": 2 * x for code, x in factors.items()}
            factors = {**factors, **twice}
        return factors

    def nearest_factor(self, name: str, x: Array, cost: str | None = None) -> str:
        """Return the code of the factor by which a result is nearest to the reference's.

        Args:
            name: J, dZ or dA.
            x: the result, in the reference's shape.
            cost: of a gradient, the code of its J, which has the ½ where the gradient has it. The
                1/m may be in the gradient, or in what is computed from it.
        """
        expected = norm(self.expected[name])
        sizes = {code: abs(norm(x) - factor * expected) / factor
                 for code, factor in self.factors().items()
                 if cost is None or is_halved(code) == is_halved(cost)}  # fmt: skip
        return min(sizes, key=lambda code: sizes[code])

    @cached_property
    def expected(self) -> dict[str, Array]:
        """The reference's J and gradients, of what the function takes."""
        if self.reading.takes == LOGITS:
            return dict(ref_numpy.run(self.spec, {}, self.Z, self.Y))
        loss, A, Y, m = self.spec.loss, self.A, self.Y, self.m
        if not self.reading.reads_logits:
            return {"J": loss.forward(A, Y).sum() / m, "dA": loss.backward(A, Y) / m}
        if self.reading.kind == "cross_entropy":
            L, dA = -Y * np.log(A), -Y / A
        else:
            L, dA = -Y * np.log(A) - (1 - Y) * np.log(1 - A), (1 - Y) / (1 - A) - Y / A
        return {"J": L.sum() / m, "dA": dA / m, "dZ": (A - Y) / m}


def norm(x: Any) -> float:
    """Return √Σ x²."""
    return float(np.sqrt(np.sum(np.square(np.asarray(x, np.float64)))))
