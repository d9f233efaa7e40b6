"""What the softmax brings to the proof: of features, and of each axis of positions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, partial
from typing import Any

import numpy as np

from parity_tests.kinds.backward_lines import missing
from parity_tests.kinds.equivalent_formulas import logsumexp
from parity_tests.kinds.formula_text import ALL, Edit, FormulaText, edit
from parity_tests.kinds.grown_steps import Grown, of_features
from parity_tests.kinds.layer_kind import LayerKind, OverflowingFormula
from parity_tests.kinds.softmax_bounds import bound_softmax
from ref_numpy import Flatten, Graph, Softmax
from ref_numpy.arrays.axes import Shape

FEATURES, EXAMPLES = 0, 1  # axes
POSITIONS = range(2, 6)  # those that may be taken for each other


def graph() -> Graph:
    """Return a graph with a softmax over positions; the chains have those over features."""
    graph = Graph({"x": (3, 5, 2)})
    graph.add("z", Softmax(axis=2), "x")
    graph.add("flat", Flatten(), "z")
    return graph


def names(layer: Softmax, Z: Any) -> Mapping[str, Any]:
    """Return t = e^(Z − max Z)."""
    return {"t": np.exp(Z - Z.max(axis=layer.axis, keepdims=True))}


def other_axes(axis: int) -> Iterator[tuple[int, str, str]]:
    """Yield the axes that may be taken for another: number, in a code, and in words.

    A tensor need not have all of them: a line with one that it lacks has no value.
    """
    if axis != FEATURES:
        yield FEATURES, "features", "the features"
    yield EXAMPLES, "examples", "the examples"
    for other in POSITIONS if axis != FEATURES else ():
        if other != axis:
            yield other, f"axis-{other}", "other positions"


def over_other_axes(axis: int) -> Iterator[Edit]:
    """Yield the mistakes that the whole softmax is taken over another axis."""
    for other, code, words in other_axes(axis):
        yield edit(
            f"over-{code}", f"the softmax is taken over {words}, axis {other}",
            ALL, f"np.exp(Z) / np.exp(Z).sum(axis={other}, keepdims=True)",
        )  # fmt: skip


def sum_over_other_axes(axis: int) -> Iterator[Edit]:
    """Yield the mistakes that the sum is taken over another axis."""
    for other, code, words in other_axes(axis):
        sentence = f"the sum runs over {words}, axis {other}"
        yield edit(f"sum-over-{code}", sentence, f"axis={axis}", f"axis={other}")


def over_positions(rng: np.random.Generator, layer: Softmax, shape: Shape) -> Softmax:
    """Return half of those that have positions with the first axis of these."""
    return Softmax(axis=2) if len(shape) > 1 and rng.random() < 0.5 else layer


@cache
def over(axis: int) -> LayerKind:
    """Return what the softmax over this axis brings."""
    along = f"axis={axis}, keepdims=True"
    column = "in each column" if axis == FEATURES else "along axis {axis}, of positions,"
    return LayerKind(
        place=6,
        meaning=f"{{Z}} as probabilities: {column} they add up to 1",
        line=FormulaText("A", f"t / t.sum({along})", (
            *over_other_axes(axis),
            *sum_over_other_axes(axis),
            edit("over-everything", "the softmax is taken over all numbers",
                 ALL, "np.exp(Z) / np.exp(Z).sum()"),
            edit("sum-of-everything", "the sum runs over all numbers: the axis is missing",
                 f"t.sum({along})", "t.sum()"),
            edit("exp-without-sum", "e^z is not divided by its sum", ALL, "np.exp(Z)"),
            edit("shifted-exp-without-sum", "e^(z − max z) is not divided by its sum",
                 f" / t.sum({along})", ""),
            edit("missing-exp", "the numbers themselves are divided by their sum, without e^z",
                 ALL, f"Z / Z.sum({along})"),
        )),
        names=names,
        derivative_line=FormulaText("dZ", f"A * (dA - (dA * A).sum({along}))", (
            missing(ALL),
            edit("elementwise-derivative",
                 "the softmax's derivative is taken elementwise",
                 ALL, "dA * A * (1 - A)"),
            edit("missing-sum", "Σ_k dA_k A_k is missing", f" - (dA * A).sum({along})", ""),
            *sum_over_other_axes(axis),
            edit("sum-of-A", "dA ∗ A was expected in the sum, A is used", "dA * A)", "A)"),
        )),
        includes=("sigmoid",),
        last_mistakes=(
            edit("derivative-once-more", "the softmax's derivative was applied once more",
                 ALL, f"A * ((A - Y) - ((A - Y) * A).sum({along}))"),
            edit("times-sigmoid-derivative",
                 "A (1 − A), the sigmoid's derivative, was multiplied in",
                 ALL, "(A - Y) * A * (1 - A)"),
        ),
        formulas=(
            lambda Z: np.exp(Z) / np.exp(Z).sum(axis=axis, keepdims=True),
            lambda Z: np.exp(Z - logsumexp(Z, axis)),
        ),
        bound=partial(bound_softmax, axis=axis),
        overflows=(
            OverflowingFormula(f"np.exp(Z) / np.exp(Z).sum({along})",
                               "softmax-exp-overflows",
                               "e^z overflows: subtract the largest z of each example first"),
        ),
        graph=graph,
        grown=Grown(of_features(lambda g, n: Softmax()), place=2),
        redrawn=over_positions,
        for_layer=lambda layer: over(layer.axis),
    )  # fmt: skip


KIND = over(FEATURES)
