"""Mistakes planted in a copy of the reference, for the campaign.

Each stands in one tensor of a run at a precision, everything after it is computed from it, and the
run is checked as a candidate's, which can be asked again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from typing import Any

import numpy as np

from parity_tests.campaigns.fault_injection import Change, faulty_run
from parity_tests.checking.check import check
from parity_tests.checking.findings import CHANCE
from parity_tests.checking.layerwise import Walk
from parity_tests.checking.report import Report
from parity_tests.diagnosis.fitted_constants import with_a_constant
from parity_tests.diagnosis.hypotheses import factors, mistakes, plainly, values, with_names
from parity_tests.diagnosis.reduced_precision import LOWER, operands
from parity_tests.diagnosis.tensor_context import Site, site_of
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import Precision, precision_named
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import Array, NetworkSpec
from ref_numpy.trace import Trace

NETWORKS = {
    "softmax": NetworkSpec.dense([5, 7, 6, 3], ["relu", "tanh"], "softmax", lambd=0.3),
    "binary": NetworkSpec.dense([5, 7, 6, 2], ["sigmoid", "leaky_relu"], "sigmoid"),
    "squared": NetworkSpec.dense([5, 7, 6, 4], ["tanh", "relu"], "tanh", "squared_error", 0.3),
    "one unit": NetworkSpec.dense([6, 4, 1], "sigmoid", "sigmoid"),
    "square": NetworkSpec.dense([5, 5, 5, 5], ["tanh", "relu"], "softmax"),
}
M = 11
C = 0.37  # a constant that has no name

Plant = Callable[[Site], Any]  # the numbers; None where they cannot be computed there
Problem = tuple[dict[str, Array], Array, Array]  # params, X, Y


@dataclass(frozen=True)
class Planted:
    """One mistake in one tensor, and what the check made of it.

    found: the first finding's tensor, None where there is none.   said: the causes that it gives;
    sure: without "perhaps".
    """

    where: str
    tensor: str
    mistake: str
    found: str | None
    said: tuple[str, ...] = ()
    sure: bool = True

    @classmethod
    def of(cls, where: str, tensor: str, mistake: str, report: Report) -> Planted:
        first = report.findings[0] if report.findings else None
        if first is None:
            return cls(where, tensor, mistake, None)
        there = [f for f in report.findings if f.tensor == first.tensor]  # its dtype may be another
        causes = [cause for finding in there for cause in finding.causes]
        sure = max((cause.chance for cause in causes), default=0) <= CHANCE
        return cls(where, tensor, mistake, first.tensor, tuple(c.said for c in causes), sure)

    @property
    def verdict(self) -> str:
        if self.found is None:
            return "small"  # less than rounding may do
        if self.found != self.tensor:
            return "elsewhere"
        # The constant that is said is as good as the precision that it was fitted at.
        text = re.escape(self.mistake).replace(re.escape("{c}"), ".+")
        if any(re.fullmatch(text, said) for said in self.said):
            if not self.sure:
                return "perhaps"
            return "named" if len(self.said) == 1 else "several"
        return "wrong" if self.said and self.sure else "unknown"


VERDICTS = ("named", "several", "perhaps", "unknown", "wrong", "elsewhere", "small")


def plants(site: Site, p: Precision) -> Iterator[tuple[str, Plant]]:
    """What is said of each mistake that there is at a place, and what gives its numbers."""
    for one in mistakes(site):
        yield one.said, partial(plainly, text=one.text)
    for c, _, said in factors(site):
        yield said, lambda s, c=c, said=said: factor_of(s, said) * s.right[0].value
    if site.right[0].value.size >= 3:  # what fixes the constant, and two that verify it
        yield "it is {c} times what it should be", lambda s: C * s.right[0].value
        for one in with_a_constant(site):
            yield one.said, lambda s, text=one.text: plainly(with_names(s, c=C), text)
    for q in LOWER:
        if q.u > p.u:
            said = f"it was computed, or stored, in {q.name}: its numbers are those of {q.name}"
            yield said, lambda s, q=q: q.round(s.right[0].value).astype(np.float64)
            for n in operands(site):
                yield f"{n} was rounded to {q.name}", partial(with_rounded, n=n, q=q)


def factor_of(site: Site, said: str) -> float:
    """Another batch has another m."""
    return next(c for c, _, text in factors(site) if text == said)


def with_rounded(site: Site, n: str, q: Precision) -> Array:
    way = site.ways[0]
    low = ErrorArray(q.round(way[n].value), p=way[n].p)
    return next(values(replace(site, ways=({**way, n: low},)), site.lines[0].right)).value


class Copy:
    """The reference at a precision, with a mistake in the tensor `name`: a candidate."""

    def __init__(self, p: Precision, name: str = "", plant: Plant | None = None) -> None:
        self.p, self.name, self.plant, self.stateless = p, name, plant, True
        self.__name__ = f"{name} planted"

    def rounded(self, x: Array) -> Array:
        return self.p.round(x).astype(np.float64)

    def site(self, spec: NetworkSpec, trace: Trace, params: Any, X: Array, Y: Array) -> Site:
        walk = Walk.of(spec, params, X, trace, self.p)
        right = dict(walk.all(X, Y))
        return site_of(walk, self.name, right[self.name], ErrorArray(Y, p=walk.p))

    def __call__(self, spec: NetworkSpec, params: Mapping[str, Array], X: Array, Y: Array) -> Any:
        wide = widened(params, X, Y)
        every: dict[str, Change] = dict.fromkeys(spec.trace_shapes(X.shape[1]), self.rounded)
        trace = faulty_run(spec, *wide, every)
        if self.plant is not None:
            wrong = self.rounded(self.plant(self.site(spec, trace, *wide)))
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
        site = copy.site(spec, trace, *wide)
        for said, plant in plants(site, p):
            wrong = plant(site)
            if wrong is None or not np.isfinite(wrong).all():
                continue
            if np.array_equal(copy.rounded(wrong), trace[name]):
                continue
            if not site.averaged and wrong.shape != trace[name].shape:
                continue  # which nothing after it could take
            if next(numbers) % step:
                continue
            report = check(Copy(p, name, plant), spec, *problem, p)
            yield Planted.of(network, name, said, report)
