"""Why a tensor of a graph is wrong: a mistake in the line of one step, or in the sum of its shares.

Each mistake is a formula that is executed on value ± error and compared with every element of the
candidate's tensor, as in a chain of layers. Tried are the mistakes in the line of the step that
computes the tensor, by the step's own names (A_prev, dZ, gamma); of a gradient with several shares
also that one of them is missing, or is there twice; and the factors that any tensor may have. Two
mistakes at once, fitted constants and lower precisions are not looked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from parity_tests.checking.causes import Cause
from parity_tests.checking.comparison import gives, p_value
from parity_tests.checking.expected.layerwise import LayerwiseReference
from parity_tests.checking.expected.shares import L2_TERM, total
from parity_tests.checking.expected.stored_results import stored
from parity_tests.diagnosis.cause_wording import CAUSES
from parity_tests.diagnosis.formula_eval import evaluate
from parity_tests.diagnosis.other_draws import Drawn, by_other_contexts, by_own_draws
from parity_tests.diagnosis.tensor_context import FUNCTIONS, FUNCTIONS_OF_LINES, is_right
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import Precision
from parity_tests.kinds.equivalent_formulas import Formulas
from parity_tests.kinds.formula_text import FormulaText, apply_edits
from parity_tests.kinds.forward_lines import L2_OF_J
from parity_tests.kinds.known_kinds import kind_of
from parity_tests.kinds.layer_kind import constants_of
from parity_tests.kinds.line_names import INPUTS, in_columns, names_of
from ref_numpy import Array, WholeNumbers
from ref_numpy.graphs.step import Step, next_name

Names = Mapping[str, Any]


@dataclass(frozen=True)
class Mistake:
    """A wrong formula of a tensor, with its value.

    Attributes:
        cause: the mistake in words.
        value: value ± error that it gives.
    """

    cause: Cause
    value: Any


def causes_in_graph(
    reference: LayerwiseReference, name: str, right: Formulas, candidate: Array, p: Precision
) -> list[Cause]:
    """Return the mistakes that give the candidate's tensor, element by element.

    Args:
        reference: of the run, with every tensor fixed.
        name: of the tensor.
        right: its value ± error by each formula.
        candidate: the candidate's tensor.
        p: its arithmetic.
    """
    every = [*mistakes_at(reference, name, right)]
    found = fitting(every, right, candidate, p)
    return found or fitting([*by_own_draws(reference, name, candidate)], right, candidate, p)


def fitting(
    every: Sequence[Mistake | Drawn], right: Formulas, candidate: Array, p: Precision
) -> list[Cause]:
    """Return those of the mistakes that give the candidate's tensor."""
    found: dict[tuple[Any, ...], Cause] = {}
    for one in every:
        value = one.value if isinstance(one.value, ErrorArray) else ErrorArray(one.value, p=p)
        if one.cause.key not in found and gives(value, candidate, p):
            chance = p_value(value, candidate, right)
            found[one.cause.key] = replace(one.cause, p_value=chance, n_hypotheses=len(every))
    return [*found.values()]


def mistakes_at(
    reference: LayerwiseReference, name: str, right: Formulas
) -> Iterator[Mistake | Drawn]:
    """Yield the mistakes that the tensor may have."""
    base, is_gradient = name.removeprefix("d"), name in reference.spec.gradients
    yield from in_loss(reference, name, right)
    for step in reference.spec.steps:
        if name in step.outputs or name in map(next_name, step.state.values()):
            yield from in_lines(reference, step, name, right, ())
    met = reference.shares.met.get(base, {}) if is_gradient else {}
    for step in reference.spec.backward_steps if is_gradient else ():
        if step.output in met:
            others = [of[0] for by, of in met.items() if by != step.output]
            yield from in_lines(reference, step, name, met[step.output], others)
        elif not met and base in (*step.inputs, *step.parameters.values()):
            yield from in_lines(reference, step, name, right, ())
    if len(met) > 1:
        yield from of_shares(name, {by: of[0] for by, of in met.items()})
    elif is_gradient and base in reference.spec.weights and reference.spec.lambd:
        L2 = stored(reference.spec.lambd / reference.m * reference.params[base])
        yield from of_shares(name, {"its step": right[0] - L2, L2_TERM: L2})
    yield from by_other_contexts(reference, name)
    yield from of_any(name, right[0], reference.m)


def in_lines(
    reference: LayerwiseReference, step: Step, name: str, right: Formulas, others: list | tuple
) -> Iterator[Mistake]:
    """Yield the mistakes in a step's line, to whose share the other shares are added."""
    names = names_in_step(reference, step, name)
    for listed in lines_of(step, name, reference.context.training):
        line = next((x for x in variants(listed) if is_right(x, [names], right)), None)
        if line is None:
            continue
        for cause, value in executed_edits(line, names, facts_of(step, names)):
            if not others:
                yield Mistake(cause, value)
            elif value.shape == others[0].shape:
                yield Mistake(cause, total([stored(value), *others]))


def executed_edits(
    line: FormulaText, names: Mapping[str, Any], facts: Mapping[str, Any]
) -> Iterator[tuple[Cause, ErrorArray]]:
    """Yield each mistake in a line with the value that the edited line has.

    Args:
        line: that is right.
        names: that it may use.
        facts: of its place, for the sentence.
    """
    for edit in line.edits:
        text = apply_edits(line, edit)
        value = None if text is None else evaluate(text, names)
        if isinstance(value, ErrorArray):
            cause = Cause(
                f"{line.left}.{edit.code}", edit.sentence, f"{line.left} = {text}", line.text,
                {**facts, **dict(edit.facts)}, is_choice=edit.is_choice,
            )  # fmt: skip
            yield cause, value


def in_loss(reference: LayerwiseReference, name: str, right: Formulas) -> Iterator[Mistake]:
    """Yield the mistakes in the lines of the loss: of J, and of the gradient of the logits."""
    spec = reference.spec
    of = kind_of(spec.loss)
    if of.names is None or name not in ("J", f"d{spec.loss_reads}"):
        return
    _, Z, A, Y = reference.of_loss(reference.labels)
    weights = [reference.params[W] for W in spec.weights]
    biases = [b for n, b in reference.params.items() if n not in spec.weights]
    names: dict[str, Any] = FUNCTIONS_OF_LINES | constants_of(spec.loss) | {
        "np": np, "Z": Z, "A": A, "Y": Y, "m": reference.m, "n": Z.shape[0],
        "lambd": spec.lambd, "weights": weights, "biases": biases,
    }  # fmt: skip
    names |= of.names(spec.loss, Z, A, Y)
    line = of.line if name == "J" else of.logits_line
    if line is None:
        return
    if name == "J" and spec.lambd:
        term, edits = L2_OF_J
        line = line.with_term(term, *edits)
    if is_right(line, [names], right):
        yield from (Mistake(*one) for one in executed_edits(line, names, {}))


def lines_of(step: Step, name: str, training: bool) -> Iterator[FormulaText]:
    """Yield the lines of the step's kind that compute a tensor, or its share in it."""
    kind = kind_of(step.layer).lines_and_formulas(training)
    if name in step.outputs and kind.line:
        yield kind.line
    yield from (
        line for own, line in kind.state_lines.items() if name == next_name(step.state[own])
    )
    floats = [
        given
        for given, shape in zip(step.inputs, step.input_shapes, strict=True)
        if not isinstance(shape, WholeNumbers)
    ]
    of_input: dict[str, str] = dict(zip(INPUTS, floats, strict=False))
    for line in filter(None, (kind.derivative_line, *kind.further_lines)):
        letter = line.left.removeprefix("d")
        given = of_input.get(letter, floats[0] if letter == "Z" and floats else None)
        if given is not None and f"d{given}" == name:
            yield line
    for own, line in kind.parameter_lines.items():
        full = step.parameters.get(own.removeprefix("d"))
        if full is not None and f"d{full}" == name:
            yield line


def variants(line: FormulaText) -> tuple[FormulaText, ...]:
    """Return the line, and that of a graph, whose gradients are of J and need no 1/m."""
    return line, line._replace(right=line.right.replace(" / m", ""))


def names_in_step(reference: LayerwiseReference, step: Step, name: str) -> dict[str, Any]:
    """Return the names of the step's lines: of its inputs, results, parameters and gradients."""
    is_state = name in map(next_name, step.state.values())
    forward = name in step.outputs or is_state
    by = step.output if forward else f"d{step.output}"
    cache = reference.cache(step, by)
    known = [reference.known.get(f"d{result}") for result in step.outputs]
    d = () if forward or any(x is None for x in known) else known
    names = names_of(step.layer, reference.parameters(step, by), cache, *d)
    names = in_columns(names) if is_state else names
    return FUNCTIONS_OF_LINES | names | {"np": FUNCTIONS}


def facts_of(step: Step, names: Names) -> dict[str, Any]:
    """Return what a sentence about a step may name; its own tensors have no number in a graph."""
    sizes = {size: names.get(size) for size in ("n", "n_prev", "n_y", "n_x")}
    return {"l": "", "p": "_prev", "kind": step.layer.kind, **sizes}


def of_shares(name: str, shares: Mapping[str, Any]) -> Iterator[Mistake]:
    """Yield that a share is missing, is the only one, or was added twice."""
    right = " + ".join(f"share of {by}" for by in shares)
    for by, share in shares.items():
        others = [x for other, x in shares.items() if other != by]
        given = {
            "share-missing": others,
            "share-twice": [share, share, *others],
            "share-alone": [share] if len(others) > 1 else [],
        }
        for code, some in given.items():
            if some:
                facts = {"by": by, "n": len(shares) - (L2_TERM in shares)}
                text = f"{name} = {WRONG_SUMS[code].format(by=by)}"
                sentence = CAUSES[
                    "L2-missing" if (code, by) == ("share-missing", L2_TERM) else code
                ]
                cause = Cause(f"share.{code}", sentence, text, f"{name} = {right}", facts)
                yield Mistake(cause, total(some))


WRONG_SUMS = {
    "share-missing": "all shares but that of {by}",
    "share-twice": "all shares, that of {by} twice",
    "share-alone": "share of {by}",
}

# Factors by which people multiply the right values, by the code of the sentence.
FACTORS = {
    "sign-flipped": -1.0, "twice": 2.0, "half": 0.5, "zero": 0.0, "times-m": "m",
    "by-m": "1/m",
}  # fmt: skip


def of_any(name: str, right: Any, m: int) -> Iterator[Mistake]:
    """Yield the factors that any tensor may have, and that it is transposed."""
    for code, factor in FACTORS.items():
        c = {"m": float(m), "1/m": 1 / m}.get(factor, factor)
        if c != 1:
            line = f"{name} = {factor} * right"
            yield Mistake(Cause(f"any.{code}", CAUSES[code], line), c * right)
    if len(right.shape) == 2:
        yield Mistake(Cause("any.transposed", CAUSES["transposed"], f"{name} = right.T"), right.T)
