"""The right lines of a tensor, each with the mistakes that people make in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from parity_tests.kinds import backward_lines as backward
from parity_tests.kinds import forward_lines as forward
from parity_tests.kinds.formula_text import ALL, NOT_M, Edit, FormulaText, mean_edits
from parity_tests.kinds.known_kinds import built_in_layer, kind_of
from parity_tests.kinds.loss_kind import LossKind
from ref_numpy import Dense, NetworkSpec, WholeNumbers
from ref_numpy.graphs.step import Step, next_name


def formulas_at(
    spec: NetworkSpec, kind: str, name: str, layer: Any, names: Mapping[str, Any]
) -> Iterator[FormulaText]:
    """Yield the right formulas of a tensor; none of a layer or loss that the catalogue lacks.

    A division by a size that is 1 is none: it is the missing 1/m. Of equal sizes one is enough.
    """
    by_size = {names.get(n, n): n for n in reversed(NOT_M)}
    divisors = [n for n in NOT_M if n in by_size.values() and names.get(n) != 1]
    L, lambd = spec.steps[-1].number, bool(spec.lambd)
    dense, here, loss = built_in_layer("dense"), kind_of(layer), kind_of(spec.loss)
    if kind == "Z" and dense.line:
        yield dense.line
    elif name == "A0":
        yield FormulaText("A0", "X")
    elif kind == "A" and here.line:
        yield here.line.with_term("", forward.TWICE)
    elif kind == "J" and loss.line:
        formula = loss.line
        if spec.loss.reads == "Z":
            numbers = [n for n in divisors if n not in ("n", "n_prev")]
            formula = formula.with_term("", *mean_edits(")", numbers, not lambd))
            formula = formula.with_term("", *forward.OF_THE_LOGITS)
        term, edits = forward.L2_OF_J
        yield formula.with_term(term, *edits) if lambd else formula
    elif name == f"dA{L}" and loss.gradient_line:
        yield loss.gradient_line
        yield backward.WEIGHTED_LAST._replace(left="dA")
    elif kind == "dZ" and here.derivative_line:
        if name == f"dZ{L}" and spec.loss.reads == "Z":
            yield of_logits(loss) or backward.DZ_LAST.with_term("", *here.last_mistakes)
            yield backward.WEIGHTED_LAST
            through = here.derivative_line
            edits = tuple(e for e in through.edits if e.code != backward.TWICE)
            yield through._replace(edits=edits)
        else:
            yield here.derivative_line
    elif kind in dense.parameter_lines:
        # n is n_y of the last layer, and n_prev is n_x of the first.
        same = {f"{kind}{L}": "n_y", f"{kind}1": "n_x"}
        numbers = [n for n in divisors if n not in same.values() or n != same.get(name)]
        before = ".T" if kind == "dW" else "keepdims=True)"
        formula = dense.parameter_lines[kind]
        whole = kind == "db" or not lambd
        formula = formula.with_term("", *mean_edits(before, numbers, whole))
        term, edits = backward.L2_OF_DW
        yield formula.with_term(term, *edits) if kind == "dW" and lambd else formula
    elif kind == "dA" and dense.derivative_line:
        yield dense.derivative_line


def of_logits(loss: LossKind) -> FormulaText | None:
    """Return the loss's own line of dZ[L], here of m J; None where it is A − Y."""
    line = loss.logits_line
    return line and line._replace(right=line.right.replace(" / N", " * m / N"))


def lines_of(step: Step, name: str, training: bool) -> Iterator[tuple[str, FormulaText]]:
    """Yield (own, line) of each line of the step's kind that computes a tensor, or its share in it.

    Args:
        step: of a graph.
        name: of the tensor.
        training: whether the network trains.

    Yields:
        The layer's own name of the parameter whose gradient it is, empty of another tensor.
    """
    kind = kind_of(step.layer).lines_and_formulas(training)
    for result, line in zip(step.outputs, kind.lines_of_results, strict=False):
        if result == name and line:
            yield "", line
    for own, line in kind.state_lines.items():
        if name == next_name(step.state[own]):
            yield "", line
    floats = [
        given
        for given, shape in zip(step.inputs, step.input_shapes, strict=True)
        if not isinstance(shape, WholeNumbers)
    ]
    of_input: dict[str, str] = dict(zip(kind.inputs, floats, strict=False))
    for line in filter(None, (kind.derivative_line, *kind.further_lines)):
        letter = line.left.removeprefix("d")
        given = of_input.get(letter, floats[0] if letter == "Z" and floats else None)
        if given is not None and f"d{given}" == name:
            yield "", line
    for left, line in kind.parameter_lines.items():
        own = left.removeprefix("d")
        full = step.parameters.get(own)
        if full is not None and f"d{full}" == name:
            yield own, line


def lines_in_step(
    spec: NetworkSpec, step: Step, name: str, training: bool, is_whole: bool = True
) -> Iterator[FormulaText]:
    """Yield the same lines by each way to write them: one of a kind is right.

    Gradients of J need no 1/m, and weights have an L2 term.

    Args:
        spec: the network.
        step: of it.
        name: of the tensor.
        training: whether the network trains.
        is_whole: whether the step gives the whole tensor; L2 is a share of its own.
    """
    for own, listed in lines_of(step, name, training):
        every = [listed, listed._replace(right=listed.right.replace(" / m", ""))]
        if not spec.per_example:
            every.reverse()
        if spec.lambd and is_whole and own in step.layer.weights:
            term, edits = renamed_L2(own)
            every = [line.with_term(term, *edits) for line in every]
        if takes_columns(step):
            every = [line._replace(edits=without_examples(line.edits)) for line in every]
        yield from every


def takes_columns(step: Step) -> bool:
    """Return whether the step's lines take the positions of its tensors as columns: a Dense's."""
    return isinstance(step.layer, Dense) and len(step.input_shapes[0]) > 1


def without_examples(edits: tuple[Edit, ...]) -> tuple[Edit, ...]:
    """Return the edits but for those of single examples, whose columns would be positions."""
    return tuple(one for one in edits if "example" not in one.code)


def renamed_L2(own: str) -> tuple[str, tuple[Edit, ...]]:
    """Return the L2 term of the gradient of a weight that has this name, and its mistakes."""

    def renamed(text: str) -> str:
        return re.sub(r"\bW\b", own, text)

    term, edits = backward.L2_OF_DW
    return renamed(term), tuple(with_texts(one, renamed) for one in edits)


def with_texts(one: Edit, change: Callable[[str], str]) -> Edit:
    """Return the edit with each old and new text changed."""
    pairs = tuple((change(old), change(new)) for old, new in one.replacements)
    return one._replace(replacements=pairs)


def first_gradient_lines(spec: NetworkSpec, name: str) -> Iterator[FormulaText]:
    """Yield the lines of the gradient of what the loss reads, or of the output, by each 1/m.

    Args:
        spec: the network.
        name: of the gradient.
    """
    loss, last = kind_of(spec.loss), kind_of(spec.layers[-1])
    lines = [loss.gradient_line, backward.WEIGHTED_LAST._replace(left="dA")]
    if spec.loss.reads == "Z" and name == f"d{spec.loss_reads}":
        own = [loss.logits_line, of_logits(loss)]
        other = backward.DZ_LAST.with_term("", *last.last_mistakes)
        lines = [*(own if loss.logits_line else [other]), backward.WEIGHTED_LAST]
    for line in filter(None, lines):
        yield from (line, mean_of(line)) if spec.per_example else (mean_of(line), line)


def mean_of(line: FormulaText) -> FormulaText:
    """Return the line divided by m, with the mistakes in that."""
    edits = tuple(
        one._replace(replacements=tuple(
            (old, f"({new}) / m" if old == ALL else new) for old, new in one.replacements
        ))
        for one in line.edits
    )  # fmt: skip
    mean = FormulaText(line.left, f"({line.right}) / m", edits)
    return mean.with_term("", *mean_edits(")", (), whole=True))
