"""The formulas of a step of a graph: its equations, their letters, operands, source lines."""

from __future__ import annotations

import re
from dataclasses import dataclass

from parity_tests.page import source_excerpts
from parity_tests.page.graph.gradient_shares import Share
from parity_tests.page.graph.graph_equations import (
    equations_of,
    letter_of,
    letters_of,
    product,
    tensors_in,
)
from parity_tests.page.graph.legends import first_gradient
from parity_tests.page.graph.read_patterns import read_patterns
from parity_tests.page.source_excerpts import Source
from parity_tests.page.step import LABELS_OF_GRAPH, Shapes
from ref_numpy import Elementwise, NetworkSpec, propagation
from ref_numpy.graphs.step import Step


@dataclass(frozen=True)
class StepFormulas:
    """What a result, or a share of a gradient, is computed by.

    Attributes:
        texts: the equations of the docstrings.
        letters: the tensors in them by letter.
        reads: the tensors from which it is computed, see `PageStep.reads`.
        lines: of the reference.
    """

    texts: list[str]
    letters: dict[str, str]
    reads: dict[str, str]
    lines: tuple[Source, ...]


def of_result(
    spec: NetworkSpec, step: Step, name: str, shapes: Shapes, training: bool = False
) -> StepFormulas:
    """Return the formulas of a result of a step, which reads its state if it does not train."""
    kind, known = type(step.layer), letters_of(step, training)
    of = equations_of(kind, len(step.inputs), training)
    # Without a parameter that is optional: Z = W A_prev + b of a layer without b.
    texts = [
        re.sub(r" \+ (\w)$", lambda last: last[0] if last[1] in known else "", text)
        for text in of.forward.values()
    ]
    letters = tensors_in(step, texts, training)
    given = step.parameters if training else step.given
    reads = read_patterns(
        texts, letters, dict.fromkeys((*given.values(), *step.inputs)), name, shapes,
        spec.parameter_shapes | spec.state_shapes, isinstance(step.layer, Elementwise),
    )  # fmt: skip
    if isinstance(step.layer, Elementwise):
        line = source_excerpts.body(type(step.layer).g)
    elif texts and product(texts[0])[0]:
        line = source_excerpts.computation(kind.forward, of.result())
    else:
        line = source_excerpts.body(kind.forward)
    return StepFormulas(texts, letters, reads, (line,))


def of_share(
    spec: NetworkSpec, share: Share, of: str, shapes: Shapes, training: bool = False
) -> StepFormulas:
    """Return the formulas of a share in the gradient of `of`."""
    step = share.step
    if step is None:
        return of_loss(spec)
    kind = type(step.layer)
    equations = equations_of(kind, len(step.inputs), training)
    if share.input is None:
        letter = letter_of(share.own)
        texts = equations.of_parameter(share.own) or [f"d{letter} = ∂J/∂{letter}"]
        lines = (source_excerpts.computation(kind.backward, f"d{share.own}"),)
    else:
        letter = equations.inputs[share.input]
        texts = equations.of_input(share.input) or [f"d{letter} = ∂J/∂{letter}"]
        left = texts[0].partition(" = ")[0]
        whole = source_excerpts.body(kind.backward)
        if isinstance(step.layer, Elementwise):
            slope = source_excerpts.body(type(step.layer).g_prime)
            lines = (source_excerpts.computation(kind.backward, left), slope)
        else:
            is_line = bool(product(texts[0])[0])
            lines = (source_excerpts.computation(kind.backward, left) if is_line else whole,)
    letters = tensors_in(step, texts, training)
    given = [f"d{name}" for name in step.outputs]
    made = {f"d{name}" for name in (*step.inputs, *step.parameters.values())}
    names = [name for name in letters.values() if name not in made]
    if not {*given} & {*names}:  # a layer whose docstrings have no equation of it
        names = [*given, *step.inputs, *step.parameters.values()]
    names = [name for name in names if name in shapes]
    reads = read_patterns(
        texts, letters, dict.fromkeys(names), f"d{of}", shapes,
        spec.parameter_shapes | spec.state_shapes, isinstance(step.layer, Elementwise),
    )  # fmt: skip
    return StepFormulas(texts, letters, reads, lines)


def of_loss(spec: NetworkSpec) -> StepFormulas:
    """Return the formulas of the gradient of what the loss takes."""
    letters = {f"d{spec.loss.reads}": f"d{spec.loss_reads}", "A": spec.output}
    lines = (
        source_excerpts.return_statement(type(spec.loss).backward),
        source_excerpts.return_statement(propagation.first_gradient),
    )
    reads = {spec.output: "ij", LABELS_OF_GRAPH: "ij"}
    return StepFormulas(first_gradient(spec), letters, reads, lines)
