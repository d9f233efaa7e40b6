"""Which known mistakes give a candidate's tensor."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from parity_tests.checking.causes import Cause
from parity_tests.checking.comparison import gives, p_value
from parity_tests.diagnosis.cause_wording import both
from parity_tests.diagnosis.fitted_constants import fitted, multiple
from parity_tests.diagnosis.hypotheses import (
    Factor,
    Hypothesis,
    factors,
    float_value,
    mistakes,
    pairs,
    values,
)
from parity_tests.diagnosis.reduced_precision import reduced_precision_causes
from parity_tests.diagnosis.tensor_context import TensorContext, Value
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
    """

    cause: Cause
    text: str | None = None
    factor: str | None = None

    def values_at(self, context: TensorContext) -> Iterator[Value]:
        """Yield the value ± error by each way to compute the names of the formula."""
        results = iter(context.right) if self.text is None else values(context, self.text)
        if self.factor is None:
            return results if self.text else iter(())
        c = self.factor_at(context)
        return iter(()) if c is None else (c * x for x in results)

    def factor_at(self, context: TensorContext) -> float | None:
        """Return the factor of this context; None where it has none."""
        return next((f.c for f in factors(context) if f.code == self.factor), None)

    def fitting_values(self, context: TensorContext) -> Iterator[Value]:
        """Yield the same; a single number also as every element, as an assignment makes it."""
        zeros = ErrorArray(np.zeros(context.right[0].shape), p=context.right[0].p)
        for x in self.values_at(context):
            yield x
            if x.shape == () != zeros.shape:
                yield zeros + x

    def is_a_mistake(self, context: TensorContext, value: Value) -> bool:
        """Return whether its numbers here are others than the right ones, on paper.

        A mean over all units is right where there is one unit.
        """
        exact = with_exact_names(context)
        right = next(values(exact, context.formulas[0].right), None)
        if right is None or right.shape != value.shape or not np.isfinite(right.value).all():
            return True
        there = replace(exact, right=Formulas([right]))
        every = (x for x in self.fitting_values(there) if x.shape == right.shape)
        return any(are_different(x, right) for x in every)

    def is_near(self, context: TensorContext, candidate: Array, peak: Peak | None) -> bool:
        """Return whether it may give these numbers, judged by its largest number without error.

        Most formulas are far from the candidate's tensor, and need no error analysis.
        """
        if self.text is None or peak is None or not candidate.size:
            return self.text is None
        c = self.factor_at(context)
        largest = peak[1] if c is None else c * peak[1]
        index = peak[0] or np.unravel_index(np.argmax(np.abs(candidate)), candidate.shape)
        return bool(abs(candidate[index] - largest) <= abs(largest) / 4)


def with_exact_names(context: TensorContext) -> TensorContext:
    """Return the context with the same numbers, which formulas then take at float64."""

    def exact(x: object) -> object:
        if isinstance(x, list):
            return [exact(item) for item in x]
        return ErrorArray(x.value, p=FLOAT64) if isinstance(x, ErrorArray) else x

    first = {n: exact(x) for n, x in context.bindings[0].items()}
    return replace(context, bindings=(first,))


def known_causes(
    context: TensorContext, candidate: Array, p: Precision, only: Collection[str] | None = None
) -> list[Explanation]:
    """Return every mistake that gives the candidate's numbers.

    Two at once are tried only where no single one does, and where the numbers are not a multiple
    of the right ones; then lower precisions; then fitted constants: each where nothing before it
    does.

    Args:
        context: of the tensor.
        candidate: the candidate's tensor.
        p: its arithmetic.
        only: the codes of the mistakes to try, besides factors; None for all.
    """

    @cache
    def peak(text: str | None) -> Peak | None:
        return None if text is None else peak_of(float_value(context, text), candidate)

    whole = multiple(context, candidate, p)
    # A multiple of one number or two explains nothing, nor does one that may be 1.
    multiples = [whole] if whole and candidate.size > 2 and whole.p_value < 1 / 2 else []
    n_hypotheses = 0
    two = not multiples and (only is None or any("+" in code for code in only))
    for some in (single_mistakes, two_mistakes) if two else (single_mistakes,):
        every = list(some(context))
        # Where one number was wrong, the factors are the formulas that may give it.
        single = whole and some is single_mistakes
        n_hypotheses += len(list(factors(context))) if single else len(every)
        found: dict[tuple[object, ...], Explanation] = {}
        for one in every:
            key = one.cause.key
            is_left_out = only is not None and one.text is not None and one.cause.code not in only
            if key in found or is_left_out:
                continue
            if not one.is_near(context, candidate, peak(one.text)):
                continue
            fitting = (x for x in one.fitting_values(context) if gives(x, candidate, p))
            value = next(fitting, None)
            if value is not None and one.is_a_mistake(context, value):
                chance = whole.p_value if whole else p_value(value, candidate, context.right)
                scale = whole.scale if whole else None
                cause = replace(
                    one.cause, p_value=chance, n_hypotheses=n_hypotheses, scale=scale
                )  # fmt: skip
                found[key] = replace(one, cause=cause)
        if found:
            return without_special_cases([*found.values()])
    if candidate.shape != context.right[0].shape:
        return []
    if only is not None and not only:
        return [Explanation(cause) for cause in multiples]
    lower = list(reduced_precision_causes(context, candidate, p))
    constants = [] if lower else [c for c in fitted(context, candidate, p) if c.is_certain]
    some = [c for c in (*lower, *constants) if only is None or c.code in only]
    return [Explanation(cause) for cause in (some if lower and some else [*multiples, *some])]


# Where no number is below 0, a leaky ReLU of any slope is ReLU, which is enough; so is an ELU, and
# the smooth ones are where each number is far from 0.
SPECIAL_CASES = tuple(
    (f"{what}-{kind}", f"{what}-relu")
    for what in ("activation", "derivative")
    for kind in ("leaky_relu", "elu", "silu", "softplus", "gelu", "gelu_tanh")
)


def without_special_cases(found: list[Explanation]) -> list[Explanation]:
    """Leave out the causes that are special cases of another one that fits as well."""
    codes = {one.cause.code.partition(".")[2] for one in found}
    special = {code for code, general in SPECIAL_CASES if general in codes}
    return [one for one in found if one.cause.code.partition(".")[2] not in special]


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
        facts = context.facts_of(factor.sentence)
        code = f"{context.kind}.{factor.code}"
        cause = Cause(code, factor.sentence, wrong, formula.text, facts)
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


def are_different(x: Value | None, y: Value | None) -> bool:
    """Return whether somewhere no number is within the bounds of both."""
    if x is None or y is None:
        return False
    if x.shape != y.shape:
        return True
    return bool((np.abs(x.value - y.value) > x.error + y.error).any())
