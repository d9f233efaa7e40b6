"""The mistakes that a tensor may have: formulas of the catalogue, edited and executed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain, combinations, product
from typing import Any, NamedTuple

import numpy as np

from parity_tests.diagnosis.cause_wording import CAUSES, both, in_share
from parity_tests.diagnosis.formula_eval import Converted, evaluate, without_error
from parity_tests.diagnosis.line_functions import Value
from parity_tests.diagnosis.other_layers import general, other_layers
from parity_tests.diagnosis.tensor_context import TensorContext
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.kinds.formula_text import ALL, Edit, FormulaText, apply_edits
from parity_tests.kinds.known_kinds import built_in_layers, kind_of
from parity_tests.kinds.layer_kind import constants_of


@dataclass(frozen=True)
class Hypothesis:
    """A formula with a mistake.

    Attributes:
        code: of the mistake, such as "dW.missing-1/m"; of two "dW.A-for-A_prev+missing-1/m".
        sentence: the mistake in words, with `facts` in braces.
        facts: those of the sentence that are known before a constant is fitted.
        text: the right-hand side of the wrong formula.
        right: the right formula.
        is_choice: people make it on purpose.
    """

    code: str
    sentence: str
    text: str
    right: FormulaText
    facts: Mapping[str, Any] = field(default_factory=dict)
    is_choice: bool = False

    @property
    def line(self) -> str:
        """The wrong formula."""
        return f"{self.right.left} = {self.text}"

    @property
    def key(self) -> tuple[Any, ...]:
        """The mistake, as `Cause.key`."""
        return self.code, *sorted(self.facts.items())


def from_edits(
    context: TensorContext, formula: FormulaText, one: Edit, other: Edit | None = None
) -> Hypothesis | None:
    """Return the formula with one mistake or two; None where the edits do not fit."""
    edits = (one,) if other is None else (one, other)
    text = apply_edits(formula, *edits)
    if text is None:
        return None
    sentence = one.sentence if other is None else both(one.sentence, other.sentence)
    sentence = in_share(sentence) if context.by else sentence
    facts = context.facts_of(sentence) | {n: x for each in edits for n, x in each.facts}
    code = f"{context.kind}.{'+'.join(each.code for each in edits)}"
    return Hypothesis(code, sentence, text, formula, facts, other is None and one.is_choice)


def mistakes(c: TensorContext) -> Iterator[Hypothesis]:
    """Yield the formulas with one mistake."""
    for formula in c.formulas:
        own = (one for one in formula.edits if makes_sense(one, c))
        edits = (*own, *other_layers(c), *other_activations(c), *of_any(c, formula))
        yield from filter(None, (from_edits(c, formula, each) for each in edits))


def makes_sense(one: Edit, c: TensorContext) -> bool:
    """Return whether a mistake may be meant: nobody sums over the units of a single one."""
    return c.bindings[0].get("n") != 1 or "over-units" not in one.code


def pairs(c: TensorContext) -> Iterator[Hypothesis]:
    """Yield the formulas with two mistakes, without those of ε: for its values one is enough.

    Another activation's derivative is tried with another layer's gradient: a line that was copied.
    """
    gradients = [each for each in other_layers(c) if each.code == "other-layer-dA"]
    for formula in c.formulas:
        own = (one for one in formula.edits if makes_sense(one, c))
        edits = [*own, *other_layers(c)]
        edits = [each for each in edits if "epsilon" not in dict(each.facts)]
        copied = product(other_activations(c), gradients)
        every = (from_edits(c, formula, *two) for two in chain(combinations(edits, 2), copied))
        yield from filter(None, every)


def of_any(c: TensorContext, formula: FormulaText) -> Iterator[Edit]:
    """Yield the mistakes that any tensor may have; a share that is cut off would be missing."""
    if not c.by:
        yield general("truncated", ALL, f"np.trunc({formula.right})")
    factor, times, rest = formula.right.partition(" * ")
    if c.kind == "dZ" and factor == "dA" and times:
        yield general("matrix-product", ALL, f"dA @ ({rest})")
        yield general("matrix-product-of-transposed", ALL, f"dA.T @ ({rest})")
    if c.kind not in ("J", "dW"):  # of dW it is in the catalogue
        yield general("transposed", ALL, f"({formula.right}).T")


def other_activations(c: TensorContext) -> Iterator[Edit]:
    """Yield the mistakes that another activation, or its derivative, is used."""
    if c.kind not in ("A", "dZ"):
        return
    for g in chain.from_iterable(of.samples for of in built_in_layers().values()):
        of = kind_of(g)
        is_own = g.kind == getattr(c.layer, "kind", "")
        in_catalogue = (c.kind == "dZ" or is_own) and g.kind in kind_of(c.layer).includes
        line = of.line if c.kind == "A" else of.derivative_line
        if g == c.layer or in_catalogue or line is None:
            continue
        facts = {name: str(x) for name, x in constants_of(g).items()}
        text = line.right
        for name, x in facts.items():
            text = text.replace(name, x)
        if c.kind == "A":
            yield general(f"activation-{g.kind}", ALL, text, **facts)
        elif of.has_derivative:  # without one it is the missing derivative
            yield general(f"derivative-{g.kind}", ALL, text, **facts)
            if of.derivative_at_Z:
                yield general(f"derivative-{g.kind}-at-Z", ALL, of.derivative_at_Z)


class Factor(NamedTuple):
    """A constant by which people multiply the right values.

    Attributes:
        c: its value.
        form: how it is written around a formula.
        code: of the mistake.
    """

    c: float
    form: str
    code: str

    @property
    def sentence(self) -> str:
        """The mistake in words."""
        return CAUSES[self.code]


def factors(c: TensorContext) -> Iterator[Factor]:
    """Yield the constants by which people multiply the right values of this tensor."""
    names, mean = c.bindings[0], c.averaged
    m, n, n_y = c.m, names["n"], names["n_y"]
    divided = "by-m" if c.in_graph else "divided-by-m"
    J = c.loss_kind.line if c.kind == "J" else None
    halved = bool(J and J.right.endswith("(2 * m)") and c.formulas[0].right.startswith(J.right))
    yield Factor(-1, "-({})", "sign-flipped")
    yield Factor(2, "2 * ({})", "missing-half" if halved else "twice")
    yield Factor(1 / 2, "({}) / 2", "half")
    yield Factor(0, "0 * ({})", "zero-1//m" if mean and m > 1 else "zero")
    if m > 1:
        yield Factor(m, "m * ({})", "missing-1/m" if mean else "times-m")
        yield Factor(1 / m, "({}) / m", "divided-by-m-twice" if mean else divided)
        yield Factor(-m, "-m * ({})", "sign-flipped-times-m")
        yield Factor(-1 / m, "-({}) / m", "sign-flipped-divided-by-m")
        yield Factor(2 / m, "2 / m * ({})", "times-2/m")
    # J and the gradient of the outputs are of a sum over outputs.
    is_gradient = c.in_graph or c.kind in ("dA", "dZ")
    is_of_outputs = c.kind == "J" or (c.is_last and is_gradient)
    if n_y > 1 and is_of_outputs:
        yield Factor(1 / n_y, "({}) / n_y", "mean-over-outputs")
    if c.kind != "J" and n is not None and n > 1:
        if mean:
            yield Factor(m / n, "m * ({}) / n", "divided-by-n")
        if not c.is_last:  # where n is n_y
            yield Factor(1 / n, "({}) / n", "also-divided-by-n")


def values(c: TensorContext, text: str) -> Iterator[Value]:
    """Yield a formula's value ± error here, by each way to compute its names.

    Nothing where it does not fit: a name has no value here, or shapes do not match.
    """
    for names in c.bindings:
        value = evaluate(text, names)
        if isinstance(value, ErrorArray):
            yield c.at_positions(value)


def tensors(c: TensorContext, text: str) -> Iterator[Value]:
    """Yield the same; of a formula that gives a share the tensor with its other shares."""
    yield from map(c.whole, values(c, text))


def with_names(c: TensorContext, /, **names: Value) -> TensorContext:
    """Return the context with more names that a formula may use."""
    return replace(c, bindings=tuple({**binding, **names} for binding in c.bindings))


def float_value(c: TensorContext, text: str) -> Any:
    """Return a formula's value without its error; None where it does not fit."""
    value = without_error(evaluate(text, Converted(c.bindings[0], without_error)))
    return None if value is None else c.at_positions(np.asarray(value, float))


def float_tensor(c: TensorContext, text: str) -> Any:
    """Return the same of the tensor whose share the formula gives."""
    value = float_value(c, text)
    return None if value is None else c.whole_numbers(value)
