"""Which known mistakes give a candidate's tensor."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from functools import cache

from parity_tests.checking.causes import Cause
from parity_tests.checking.comparison import gives, p_value
from parity_tests.diagnosis.explanations import (
    Explanation,
    Peak,
    of_computed,
    peak_of,
    single_mistakes,
    two_mistakes,
)
from parity_tests.diagnosis.fitted_constants import fitted, multiple
from parity_tests.diagnosis.hypotheses import factors, float_value
from parity_tests.diagnosis.reduced_precision import reduced_precision_causes
from parity_tests.diagnosis.tensor_context import TensorContext
from parity_tests.error_model.precisions import Precision
from ref_numpy import Array

Place = tuple[Explanation, int]  # a mistake, and in which of the contexts


def known_causes(
    context: TensorContext, candidate: Array, p: Precision, only: Collection[str] | None = None
) -> list[Explanation]:
    """Return every mistake that gives the candidate's numbers.

    Two at once are tried only where no single one does, and where the numbers are not a multiple
    of the right ones; then lower precisions; then fitted constants; at last other random numbers:
    each where nothing before it does. Of a sum of shares each is tried in each share.

    Args:
        context: of the tensor.
        candidate: the candidate's tensor.
        p: its arithmetic.
        only: the codes of the mistakes to try, besides factors; None for all.
    """
    whole = multiple(context, candidate, p)
    # A multiple of one number or two explains nothing, nor does one that may be 1.
    multiples = [whole] if whole and candidate.size > 2 and whole.p_value < 1 / 2 else []
    search = Search(context, candidate, p, whole, only)
    computed = [(of_computed(one, p), 0) for one in context.computed]
    single = search.places(single_mistakes) + computed
    # Where one number was wrong, the factors are the formulas that may give it.
    of_lines = sum(at == 0 for _, at in single) - len(computed) if whole else 0
    n_hypotheses = len(single) - of_lines + (len([*factors(context)]) if whole else 0)
    if found := search.fitting(single, n_hypotheses):
        return found
    if not multiples and (only is None or any("+" in code for code in only)):
        pairs = search.places(two_mistakes)
        if found := search.fitting(pairs, n_hypotheses + len(pairs)):
            return found
    if candidate.shape != context.right[0].shape:
        return []
    lower, some = [], []
    if only is None or only:
        lower = [*search.lower_precisions()]
        constants = [] if lower else [*search.constants()]
        some = [c for c in (*lower, *constants) if only is None or c.code in only]
    causes = some if lower and some else [*multiples, *some]
    drawn = [(of_computed(one, p), 0) for one in context.drawn]
    last = [] if causes else search.fitting(drawn, n_hypotheses + len(drawn))
    return [Explanation(cause) for cause in causes] or last


class Search:
    """The search for the mistakes that give one tensor.

    Args:
        context: of the tensor.
        candidate: the candidate's tensor.
        p: its arithmetic.
        whole: the cause that all numbers are the right ones times c, if they are.
        only: the codes of the mistakes to try.

    Attributes:
        contexts: of the tensor and of its shares.
    """

    def __init__(
        self,
        context: TensorContext,
        candidate: Array,
        p: Precision,
        whole: Cause | None,
        only: Collection[str] | None,
    ) -> None:
        self.candidate, self.p, self.whole, self.only = candidate, p, whole, only
        self.contexts = (context, *context.shares)
        self.peak = cache(self.find_peak)

    def find_peak(self, at: int, text: str | None) -> Peak | None:
        """Return the place and value of the largest number of a formula in one of the contexts."""
        if text is None or self.contexts[at].others:
            return None
        return peak_of(float_value(self.contexts[at], text), self.candidate)

    def places(self, some: Callable[[TensorContext], Iterator[Explanation]]) -> list[Place]:
        """Return these mistakes in each context."""
        return [(one, at) for at, there in enumerate(self.contexts) for one in some(there)]

    def fitting(self, every: Sequence[Place], n_hypotheses: int) -> list[Explanation]:
        """Return those mistakes that give the candidate's numbers.

        Args:
            every: the mistakes.
            n_hypotheses: how many were tried so far, with these.
        """
        found: dict[tuple[object, ...], Explanation] = {}
        whole, only, right = self.whole, self.only, self.contexts[0].right
        for one, at in every:
            key, there = one.cause.key, self.contexts[at]
            is_left_out = only is not None and one.text is not None and one.cause.code not in only
            if key in found or is_left_out:
                continue
            if not one.is_near(there, self.candidate, self.peak(at, one.text)):
                continue
            fitting = (x for x in one.fitting_values(there) if gives(x, self.candidate, self.p))
            value = next(fitting, None)
            if value is not None and one.is_a_mistake(there, value):
                chance = whole.p_value if whole else p_value(value, self.candidate, right)
                scale = whole.scale if whole else None
                cause = replace(
                    one.cause, p_value=chance, n_hypotheses=n_hypotheses, scale=scale
                )  # fmt: skip
                found[key] = replace(one, cause=cause)
        return without_special_cases([*found.values()])

    def lower_precisions(self) -> Iterator[Cause]:
        """Yield the traces of a lower precision."""
        for there in self.contexts:
            yield from reduced_precision_causes(there, self.candidate, self.p)

    def constants(self) -> Iterator[Cause]:
        """Yield the mistakes with a fitted constant that are there without "perhaps"."""
        for there in self.contexts:
            for cause in fitted(there, self.candidate, self.p):
                cause = replace(cause, n_hypotheses=cause.n_hypotheses * len(self.contexts))
                if cause.is_certain:
                    yield cause


# Where no number is below 0, a leaky ReLU of any slope is ReLU, which is enough; so is an ELU, and
# the smooth ones are where each number is far from 0. The tensor of the layer before has a name of
# its own, and a mask of ones is none.
SPECIAL_CASES = (
    *(
        (f"{what}-{kind}", f"{what}-relu")
        for what in ("activation", "derivative")
        for kind in ("leaky_relu", "elu", "silu", "softplus", "gelu", "gelu_tanh")
    ),
    ("other-layer-Z", "mask-of-A_prev"),
    ("other-layer-Z", "missing-derivative"),
    ("other-layer-A-in-derivative", "A_prev-for-A-in-derivative"),
)


def without_special_cases(found: list[Explanation]) -> list[Explanation]:
    """Leave out the causes that are special cases of another one that fits as well."""
    codes = {one.cause.code.partition(".")[2] for one in found}
    special = {code for code, general in SPECIAL_CASES if general in codes}
    return [one for one in found if one.cause.code.partition(".")[2] not in special]
