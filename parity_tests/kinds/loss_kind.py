"""What a kind of loss brings to the proof."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from parity_tests.kinds.formula_text import FormulaText
from ref_numpy import Graph, Loss

# Each is a function of (loss, Z, A, Y): the logits, the output, the labels.
Formula = Callable[[Any, Any, Any, Any], Any]

# The lines of a cross-entropy from its logits, where its logarithms and quotients are not finite.
FROM_LOGITS = {"J": "J = np.sum(loss(Z, Y)) / m", "dA": "dZ = A - Y", "dZ": "dZ = A - Y"}


@dataclass(frozen=True)
class LossKind:
    """What a kind of loss brings to the proof. Every part may be missing.

    Attributes:
        place: among the kinds, where they are listed or tried one after the other.
        answer: what A[L] is, for the page, by n_y.
        outputs: the last layers of the suite's networks: the activation and n_y.
        ends_with_any: whether there are networks that end with each hidden activation besides: of
            one loss of A[L], since nothing after dA[L] depends on the loss.
        sample: the loss with the constants that the suite has; None takes their defaults.
        labels: random labels (n_y, m), by (rng, n_y, m); where labels are whole numbers, (m, …), by
            (rng, n_y, (m, …), loss).
        line: of J, with the mistakes that people make in it.
        gradient_line: the same of dA[L].
        logits_line: the same of dZ[L], where it is not A − Y.
        names: of `line` and `logits_line`, besides those of `formula_text`, by (loss, Z, A, Y).
        gradient_equation: dA[L] for the page, where the loss is computed from Z[L].
        formulas: of L(i), equal on paper to the loss's own.
        gradients: the same of the first gradient: dZ[L] where the loss is computed from Z[L], else
            dA[L].
        weighted_gradients: the same of examples with weights, as functions of (loss, Z, A, Y, w),
            besides w times each of `gradients`.
        output_gradients: all formulas of dA[L], where the loss is computed from Z[L] and a program
            goes through dA[L] all the same.
        stores_each: whether the loss of each example is stored before the m of them are added.
        logarithms: log A and log(1 − A) by the logits, as a function of (Z, A).
        finite: by kind of tensor, the line that is finite where those of this loss have a logarithm
            or a quotient that is not.
        squares: the part of the line that is squared, and may overflow.
        graph: a small graph, for a loss without `outputs`; with positions, where it takes such.
    """

    place: float = math.inf
    answer: Callable[[int], str] | None = None
    outputs: tuple[tuple[str, int], ...] = ()
    ends_with_any: bool = False
    sample: Loss | None = None
    labels: Callable[..., Any] | None = None
    line: FormulaText | None = None
    gradient_line: FormulaText | None = None
    logits_line: FormulaText | None = None
    names: Callable[[Any, Any, Any, Any], dict[str, Any]] | None = None
    gradient_equation: str = ""
    formulas: tuple[Formula, ...] = ()
    gradients: tuple[Formula, ...] = ()
    weighted_gradients: tuple[Callable[[Any, Any, Any, Any, Any], Any], ...] = ()
    output_gradients: tuple[Formula, ...] = ()
    stores_each: bool = False
    logarithms: Callable[[Any, Any], tuple[Any, Any]] | None = None
    finite: Mapping[str, str] = field(default_factory=dict)
    squares: str = ""
    graph: Callable[[], Graph] | None = None
