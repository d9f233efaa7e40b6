"""Mistakes planted in a copy of the reference, for the campaign.

Each stands in one tensor of a run at a precision, everything after it is computed from it, and the
run is checked as a candidate's, which can be called again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from typing import Any

import numpy as np

from parity_tests.campaigns.fault_injection import Change, faulty_run
from parity_tests.checking.causes import Cause
from parity_tests.checking.expected.layerwise import LayerwiseReference
from parity_tests.checking.report import Report
from parity_tests.diagnosis.explained_check import check
from parity_tests.diagnosis.fitted_constants import with_a_constant
from parity_tests.diagnosis.hypotheses import factors, float_value, mistakes, values, with_names
from parity_tests.diagnosis.reduced_precision import LOWER, operands
from parity_tests.diagnosis.tensor_context import TensorContext, context_of
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import Precision, precision_named
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import Array, Elu, Huber, NetworkSpec
from ref_numpy.trace import Trace

NETWORKS = {
    "softmax": NetworkSpec.dense([5, 7, 6, 3], ["relu", "tanh"], "softmax", lambd=0.3),
    "binary": NetworkSpec.dense([5, 7, 6, 2], ["sigmoid", "leaky_relu"], "sigmoid"),
    "squared": NetworkSpec.dense([5, 7, 6, 4], ["tanh", "relu"], "tanh", "squared_error", 0.3),
    "absolute": NetworkSpec.dense([5, 7, 4], "tanh", "sigmoid", "absolute_error"),
    "huber": NetworkSpec.dense([5, 7, 4], "tanh", "tanh", Huber(0.7), 0.3),
    "hinge": NetworkSpec.dense([12, 8, 4], "relu", "identity", "hinge"),
    "classes by margins": NetworkSpec.dense([12, 8, 4], "relu", "identity", "multiclass_hinge"),
    "one unit": NetworkSpec.dense([6, 4, 1], "sigmoid", "sigmoid"),
    "smooth": NetworkSpec.dense([5, 7, 6, 3], ["gelu", "softplus"], "softmax"),
    "exponential": NetworkSpec.dense([5, 7, 6, 8, 3], [Elu(0.7), "silu", "gelu_tanh"], "softmax"),
    "square": NetworkSpec.dense([5, 5, 5, 5], ["tanh", "relu"], "softmax"),
}
M = 11
C = 0.37  # a constant that has no name

# The numbers of a mistake in a context; None where they cannot be computed there.
Plant = Callable[[TensorContext], Any]
Key = tuple[Any, ...]  # the code of a mistake, and the facts of its sentence but for a constant
Problem = tuple[dict[str, Array], Array, Array]  # params, X, Y


@dataclass(frozen=True)
class Planted:
    """One mistake in one tensor, and the check's result.

    Attributes:
        where: the network, or the line of a program.
        tensor: the wrong one.
        mistake: its key.
        found: the first finding's tensor, None where there is none.
        causes: the keys of the causes that it gives.
        sure: whether they are given without "perhaps".
    """

    where: str
    tensor: str
    mistake: Key
    found: str | None
    causes: tuple[Key, ...] = ()
    sure: bool = True

    @classmethod
    def of(cls, where: str, tensor: str, mistake: Key, report: Report) -> Planted:
        """Return the result of a check."""
        first = report.findings[0] if report.findings else None
        if first is None:
            return cls(where, tensor, mistake, None)
        there = [f for f in report.findings if f.tensor == first.tensor]  # its dtype may be another
        causes = [cause for finding in there for cause in finding.causes]
        sure = all(cause.is_certain for cause in causes)
        return cls(where, tensor, mistake, first.tensor, tuple(map(key_of, causes)), sure)

    @property
    def verdict(self) -> str:
        """One of `VERDICTS`."""
        if self.found is None:
            return "small"  # less than rounding may do
        if self.found != self.tensor:
            return "elsewhere"
        if self.mistake in self.causes:
            if not self.sure:
                return "perhaps"
            return "named" if len(self.causes) == 1 else "several"
        return "wrong" if self.causes and self.sure else "unknown"


def key_of(cause: Cause) -> Key:
    """Return a cause's key without its constant, which is as good as the precision."""
    return make_key(cause.code, cause.facts)


def make_key(code: str, facts: Mapping[str, Any]) -> Key:
    """Return the key of a mistake, without a constant and the names of its place."""
    place = ("c", "size", "l", "p", "kind", "n", "n_prev", "n_y", "n_x")
    names = {n: x for n, x in facts.items() if n not in place}
    return code, *sorted(names.items())


VERDICTS = ("named", "several", "perhaps", "unknown", "wrong", "elsewhere", "small")


def plants(context: TensorContext, p: Precision) -> Iterator[tuple[Key, Plant]]:
    """Yield each mistake that there is at a tensor, and the function that gives its numbers."""
    kind = context.kind
    for one in mistakes(context):
        yield make_key(one.code, one.facts), partial(float_value, text=one.text)
    for factor in factors(context):
        key = make_key(f"{kind}.{factor.code}", {})
        yield key, lambda x, code=factor.code: factor_of(x, code) * x.right[0].value
    if context.right[0].value.size >= 3:  # one fixes the constant, and two verify it
        yield make_key(f"{kind}.times-c", {}), lambda x: C * x.right[0].value
        for one in with_a_constant(context):
            key = make_key(one.code, one.facts)
            yield key, lambda x, text=one.text: float_value(with_names(x, c=C), text)
    for q in LOWER:
        if q.u > p.u:
            key = make_key(f"{kind}.stored-in-{q.name}", {"q": q.name})
            yield key, lambda x, q=q: q.round(x.right[0].value).astype(np.float64)
            for n in operands(context):
                operand = context.bindings[0][n].value
                if np.array_equal(q.round(operand), operand):
                    continue  # as one-hot labels are in every precision
                facts = {"operands": n, "q": q.name}
                key = make_key(f"{kind}.rounded-operand-{q.name}", facts)
                yield key, partial(with_rounded, n=n, q=q)


def factor_of(context: TensorContext, code: str) -> float:
    """Return the factor with this code: another batch has another m."""
    return next(factor.c for factor in factors(context) if factor.code == code)


def with_rounded(context: TensorContext, n: str, q: Precision) -> Array:
    """Return the right formula's value with one operand rounded to q."""
    names = context.bindings[0]
    low = ErrorArray(q.round(names[n].value), p=names[n].p)
    other = replace(context, bindings=({**names, n: low},))
    return next(values(other, context.formulas[0].right)).value


class Copy:
    """The reference at a precision, with a mistake in the tensor `name`: a candidate."""

    def __init__(self, p: Precision, name: str = "", plant: Plant | None = None) -> None:
        self.p, self.name, self.plant = p, name, plant
        self.__name__ = f"{name} planted"

    def rounded(self, x: Array) -> Array:
        """Round to numbers of the precision."""
        return self.p.round(x).astype(np.float64)

    def context(
        self, spec: NetworkSpec, trace: Trace, params: Any, X: Array, Y: Array
    ) -> TensorContext:
        """Return the context of the wrong tensor in a run."""
        reference = LayerwiseReference.from_trace(spec, params, X, trace, self.p)
        right = dict(reference.expected_tensors(X, Y))
        return context_of(reference, self.name, right[self.name], ErrorArray(Y, p=reference.inside))

    def __call__(self, spec: NetworkSpec, params: Mapping[str, Array], X: Array, Y: Array) -> Any:
        """Run the reference with the mistake."""
        wide = widened(params, X, Y)
        every: dict[str, Change] = dict.fromkeys(spec.trace_shapes(X.shape[1]), self.rounded)
        trace = faulty_run(spec, *wide, every)
        if self.plant is not None:
            wrong = self.rounded(self.plant(self.context(spec, trace, *wide)))
            trace = faulty_run(spec, *wide, {**every, self.name: lambda x: wrong})
        return {n: a.astype(self.p.dtype) for n, a in trace.items()}


def widened(params: Mapping[str, Array], X: Array, Y: Array) -> Problem:
    """The same numbers at float64."""
    wide = {n: a.astype(np.float64) for n, a in params.items()}
    return wide, X.astype(np.float64), Y.astype(np.float64)


def planted(network: str, precision: str, seed: int = 0, step: int = 1) -> Iterator[Planted]:
    """Every mistake that changes a number, at every tensor; or one out of `step`."""
    numbers = count()
    spec, p = NETWORKS[network], precision_named(precision)
    params, X, Y = random_problem(spec, M, seed)
    problem = {n: p.round(a) for n, a in params.items()}, p.round(X), p.round(Y)
    wide = widened(*problem)
    right = Copy(p)(spec, *problem)
    check(right, spec, *problem, p).raise_findings()
    trace = Trace({n: a.astype(np.float64) for n, a in right.items()})
    for name in list(trace)[1:]:  # A0 is given
        copy = Copy(p, name)
        context = copy.context(spec, trace, *wide)
        for key, plant in plants(context, p):
            wrong = plant(context)
            if wrong is None or not np.isfinite(wrong).all():
                continue
            if np.array_equal(copy.rounded(wrong), trace[name]):
                continue
            if not context.averaged and wrong.shape != trace[name].shape:
                continue  # which nothing after it could take
            if next(numbers) % step:
                continue
            report = check(Copy(p, name, plant), spec, *problem, p, calls=1)
            yield Planted.of(network, name, key, report)
