"""A pair of functions that is called by one reading, and how many of its results are wrong."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np

from parity_tests.adapters.interfaces.layout import TENSOR
from parity_tests.adapters.layer_functions.function_pairs import FunctionPair
from parity_tests.adapters.layer_functions.one_step import (
    OneStepProblem,
)
from parity_tests.adapters.layer_functions.own_names import in_own_names
from parity_tests.adapters.layer_functions.pair_calls import (
    Called,
    PairCaller,
    Reading,
    exchanged,
    is_derivative,
)
from parity_tests.adapters.layer_functions.pair_readings import (
    M,
    judged,
)
from parity_tests.adapters.mistaken_calls import sorted_out
from parity_tests.checking.report import Report
from parity_tests.checking.trace_structure import as_array
from parity_tests.error_model.precisions import Precision


@dataclass(frozen=True)
class Trial:
    """A pair that was called by one reading.

    Attributes:
        reading: what the functions are.
        problem: their arguments.
        called: their results.
        is_mean: gradients of parameters are means over the examples; else sums.
        n_findings: how many tensors and calls are wrong.
    """

    reading: Reading
    problem: OneStepProblem
    called: Called
    is_mean: bool
    n_findings: int

    @property
    def shapes(self) -> dict[str, tuple[tuple[int, ...], tuple[int, ...]]]:
        """The shape of each result and the expected one, as the functions lay them out."""
        problem, layout = self.problem, self.reading.layout
        every = {problem.step.output: (TENSOR, problem.d), **problem.gradients}
        return {
            problem.canonical(n): (as_array(x).shape, layout.shape(role, expected.shape))
            for n, x in self.called.own.items()
            for role, expected in [every[n]]
        }

    def report(self, pair: FunctionPair, p: Precision) -> Report:
        """Return the report on the results, with causes, in the functions' own names."""
        called, problem = self.called, self.problem
        if not called.own:
            return Report(pair.forward, p.name, tensors=(), **sorted_out(called.findings))
        report = judged(called, problem, self.reading.layout, self.is_mean, p)
        own = {problem.canonical(n): (called.function[n], n) for n in called.own}
        report = in_own_names(report, own, self.shapes)
        findings = sorted_out([*report.findings, *called.findings])
        return replace(report, **findings, not_checked=(), required=tuple(called.unclear))


def trial(
    caller: PairCaller, pair: FunctionPair, reading: Reading, p: Precision, seed: int,
    means: Counter[bool], m: int = M, is_mean: bool | None = None,
) -> Trial:  # fmt: skip
    """Call both functions, and read their results so that fewest are wrong.

    Args:
        caller: calls the candidate's functions.
        pair: the functions.
        reading: what they are.
        p: the candidate's arithmetic.
        seed: of the random numbers.
        means: whether gradients of parameters were means, counted over the pairs so far.
        m: the number of examples.
        is_mean: whether they are here, where that is known.
    """
    problem = reading.step.problem(m, seed, p)
    each: list[Called] = []
    if pair.backward and is_derivative(caller.functions[pair.backward]):
        problem = replace(problem, d=np.ones_like(problem.d))
        each.append(caller.both(pair, reading, problem, of_result=True))
    each.insert(0, called := caller.both(pair, reading, problem))
    each += exchanged(called, problem, reading.layout)
    likely = means[True] > means[False] if means else not reading.layout.rows
    scales = [likely, not likely] if is_mean is None else [is_mean]
    every: list[Trial] = []
    for one in each:
        for scale in scales if has_parameters(reading) else scales[:1]:
            wrong = {f.tensor for f in one.findings}
            if one.own:
                report = judged(one, problem, reading.layout, scale, p, explain=False)
                wrong |= {f.tensor for f in report.findings}
            every.append(Trial(reading, problem, one, scale, len(wrong)))
    return min(every, key=lambda one: one.n_findings)


def has_parameters(reading: Reading) -> bool:
    """Return whether the layer has parameters, whose gradients are sums or means."""
    return bool(reading.step.layer.parameter_shapes())
