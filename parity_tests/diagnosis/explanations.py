"""The mistakes that may give a tensor: formulas with a factor, alone and in pairs, and others."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from parity_tests.checking.causes import Cause
from parity_tests.diagnosis.cause_wording import both, in_share
from parity_tests.diagnosis.hypotheses import (
    Factor,
    Hypothesis,
    factors,
    float_value,
    mistakes,
    pairs,
    values,
)
from parity_tests.diagnosis.line_functions import Value
from parity_tests.diagnosis.tensor_context import Computed, TensorContext
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import FLOAT64, Precision
from parity_tests.kinds.equivalent_formulas import Formulas
from ref_numpy import Array

Peak = tuple[tuple[int, ...], float]  # the index of a tensor's largest number, and the number


@dataclass(frozen=True)
class Explanation:
    """A cause that can be computed in any context.

    It is a formula, or the right one, times a factor. Without either it is of these numbers alone.

    Attributes:
        cause: the mistake.
        text: the right-hand side of its formula; None for the right one.
        factor: the code of the factor.
        value: value ± error of a mistake that is no formula, which is known in one context.
    """

    cause: Cause
    text: str | None = None
    factor: str | None = None
    value: Value | None = None

    def values_at(self, context: TensorContext) -> Iterator[Value]:
        """Yield the value ± error by each way to compute the names of the formula."""
        if self.value is not None:
            return iter((self.value,))
        own = context.own or context.right
        results = iter(own) if self.text is None else values(context, self.text)
        if self.factor is None:
            return results if self.text else iter(())
        c = self.factor_at(context)
        return iter(()) if c is None else (c * x for x in results)

    def factor_at(self, context: TensorContext) -> float | None:
        """Return the factor of this context; None where it has none."""
        return next((f.c for f in factors(context) if f.code == self.factor), None)

    def assigned_values(self, context: TensorContext) -> Iterator[Value]:
        """Yield the same; a single number also as every element, as an assignment makes it."""
        zeros = ErrorArray(np.zeros(context.right[0].shape), p=context.right[0].p)
        for x in self.values_at(context):
            yield x
            if x.shape == () != zeros.shape:
                yield zeros + x

    def fitting_values(self, context: TensorContext) -> Iterator[Value]:
        """Yield the tensor with each of these; of a share with the other shares."""
        yield from map(context.whole, self.assigned_values(context))

    def is_a_mistake(self, context: TensorContext, value: Value) -> bool:
        """Return whether its numbers here are others than the right ones, on paper.

        A mean over all units is right where there is one unit.
        """
        if self.value is not None:
            return are_different(self.value, context.right[0])
        exact = with_exact_names(context)
        right = next(values(exact, context.formulas[0].right), None)
        if right is None or right.shape != value.shape or not np.isfinite(right.value).all():
            return True
        there = replace(exact, right=Formulas([right]), own=None)
        every = (x for x in self.assigned_values(there) if x.shape == right.shape)
        return any(are_different(x, right) for x in every)

    def is_near(self, context: TensorContext, candidate: Array, peak: Peak | None) -> bool:
        """Return whether it may give these numbers, judged by its largest number without error.

        Most formulas are far from the candidate's tensor, and need no error analysis.
        """
        part = nearness(context)
        if self.text is None:
            return True
        if context.others:
            return self.is_near_with_others(context, candidate, part)
        if peak is None or not candidate.size:
            return False
        c = self.factor_at(context)
        largest = peak[1] if c is None else c * peak[1]
        index = peak[0] or np.unravel_index(np.argmax(np.abs(candidate)), candidate.shape)
        return bool(abs(candidate[index] - largest) <= part * abs(largest))

    def is_near_with_others(self, context: TensorContext, candidate: Array, part: float) -> bool:
        """Return the same of a formula that gives a share: judged by the largest number of all."""
        c = self.factor_at(context)
        share = float_value(context, self.text or "")
        whole = None
        if share is not None:
            numbers = context.whole_numbers(share if c is None else c * share)
            whole = peak_of(numbers, candidate)
        return whole is not None and bool(
            abs(candidate[whole[0]] - whole[1]) <= part * abs(whole[1])
        )


def nearness(context: TensorContext) -> float:
    """Return how far from the candidate's number the largest one of a formula may be, relatively.

    In a graph, where more formulas are tried, it is 4√u, which is 1/4 of bfloat16: one that has
    lost more than half of its digits is not found.
    """
    p = context.right[0].p
    return min(1 / 4, 4 * math.sqrt(max(p.u, p.output_rounding))) if context.in_graph else 1 / 4


def with_exact_names(context: TensorContext) -> TensorContext:
    """Return the context with the same numbers, which formulas then take at float64."""

    def exact(x: object) -> object:
        if isinstance(x, list):
            return [exact(item) for item in x]
        return ErrorArray(x.value, p=FLOAT64) if isinstance(x, ErrorArray) else x

    first = {n: exact(x) for n, x in context.bindings[0].items()}
    return replace(context, bindings=(first,))


def peak_of(value: Array | None, candidate: Array) -> Peak | None:
    """Return the place and value of a tensor's largest number; no place for a single number.

    None where the tensor cannot be the candidate's.
    """
    if value is None or value.shape not in ((), candidate.shape) or not np.isfinite(value).all():
        return None
    index = np.unravel_index(np.argmax(np.abs(value)), value.shape)
    return tuple(map(int, index)), float(value[index])


def single_mistakes(context: TensorContext) -> Iterator[Explanation]:
    """Yield each edit of the formulas, and each factor of the right values."""
    for one in mistakes(context):
        yield of_hypothesis(one)
    formula = context.formulas[0]
    for factor in factors(context):
        wrong = f"{formula.left} = {factor.form.format(formula.right)}"
        code, sentence = f"{context.kind}.{factor.code}", factor.sentence
        if context.by:
            if factor.c in (0, 2):  # which is a share that is missing, or was added twice
                continue
            code, sentence = f"share.{factor.code}", in_share(sentence)
        cause = Cause(code, sentence, wrong, formula.text, context.facts_of(sentence))
        yield Explanation(cause, None, factor.code)


def two_mistakes(context: TensorContext) -> Iterator[Explanation]:
    """Yield each edit with each factor, and each pair of edits; not the same mistake twice."""
    for one in mistakes(context):
        for factor in factors(context):
            if factor.c and factor.sentence != one.sentence:
                yield with_factor(one, factor, context)
    yield from map(of_hypothesis, pairs(context))


def of_hypothesis(one: Hypothesis) -> Explanation:
    """Return the cause that a formula's mistake is."""
    cause = Cause(
        one.code, one.sentence, one.line, one.right.text, one.facts, is_choice=one.is_choice
    )  # fmt: skip
    return Explanation(cause, one.text)


def with_factor(one: Hypothesis, factor: Factor, context: TensorContext) -> Explanation:
    """Return the cause that a formula has a mistake and is multiplied by a factor."""
    wrong = f"{one.right.left} = {factor.form.format(one.text)}"
    code, sentence = f"{one.code}+{factor.code}", both(one.sentence, factor.sentence)
    facts = {**one.facts, **context.facts_of(factor.sentence)}
    cause = Cause(code, sentence, wrong, one.right.text, facts)
    return Explanation(cause, one.text, factor.code)


def of_computed(one: Computed, p: Precision) -> Explanation:
    """Return the cause that a mistake is which is no formula."""
    value = one.value if isinstance(one.value, ErrorArray) else ErrorArray(one.value, p=p)
    return Explanation(one.cause, value=value)


def are_different(x: Value | None, y: Value | None) -> bool:
    """Return whether somewhere no number is within the bounds of both."""
    if x is None or y is None:
        return False
    if x.shape != y.shape:
        return True
    return bool((np.abs(x.value - y.value) > x.error + y.error).any())
