"""The functions of single layers in a file: each pair is recognised, judged, and reported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from parity_tests.adapters.call_wording import sentence
from parity_tests.adapters.course.functions import WEEKS
from parity_tests.adapters.interfaces.layout import BIAS, TENSOR, WEIGHTS, Layout
from parity_tests.adapters.layer_functions.function_pairs import FunctionPair, pairs_in
from parity_tests.adapters.layer_functions.one_step import (
    OneStepProblem,
    own_constants,
    roles_of,
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
    OTHER_M,
    M,
    Readings,
    Stated,
    judged,
    readings_of,
)
from parity_tests.adapters.mistaken_calls import mistaken_call, sorted_out
from parity_tests.checking.findings import make_remark
from parity_tests.checking.later_findings import merged
from parity_tests.checking.other_problems import TILE
from parity_tests.checking.report import Report
from parity_tests.checking.trace_structure import as_array
from parity_tests.error_model.precisions import Precision
from ref_numpy import Layer


@dataclass(frozen=True)
class JudgedPair:
    """A pair that was recognised, and the report on it.

    Attributes:
        pair: the functions.
        reading: what they are.
        confirmed: the numbers of the forward function agree with the reading.
        report: on the pair, in the functions' own names.
        shows_layout: its numbers tell the layout, as those of ReLU do not.
    """

    pair: FunctionPair
    reading: Reading
    confirmed: bool
    report: Report
    shows_layout: bool = False


@dataclass(frozen=True)
class LayerChecks:
    """The pairs of a file.

    Attributes:
        judged: those that were recognised.
        unknown: those that no kind of layer matches.
    """

    judged: tuple[JudgedPair, ...] = ()
    unknown: tuple[FunctionPair, ...] = ()

    @property
    def functions(self) -> list[str]:
        """The names of the functions that were judged."""
        names = [n for one in self.judged for n in (one.pair.forward, one.pair.backward)]
        return [n for n in names if n is not None]


def check_pairs(
    caller: PairCaller, p: Precision, seed: int, stated: Stated = None,
    only: Iterable[str] | None = None,
) -> LayerChecks:  # fmt: skip
    """Check every pair of functions of one layer.

    Args:
        caller: calls the candidate's functions.
        p: the candidate's arithmetic.
        seed: of the random numbers.
        stated: attributes of the layout that are stated; the others are inferred.
        only: the functions to look at; None looks at all.
    """
    names = [*caller.functions] if only is None else [*only]
    pairs = pairs_in({n: caller.functions[n] for n in names}, Layer.kinds)
    every = [(pair, usual(pair, readings_of(caller, pair, p, seed, stated))) for pair in pairs]
    common = common_layout(every)
    means = Counter[bool]()
    done: list[JudgedPair] = []
    # The pairs with parameters first: they show the layout, and whether gradients are means.
    for pair, found in sorted(every, key=lambda one: -n_parameters(one[1])):
        one = check_pair(caller, pair, found, p, seed, common, bool(stated), means)
        if one is not None:
            done.append(one)
    place = {pair: i for i, pair in enumerate(pairs)}
    done.sort(key=lambda one: place[one.pair])
    known = {one.pair for one in done}
    return LayerChecks(tuple(done), tuple(pair for pair in pairs if pair not in known))


def usual(pair: FunctionPair, found: Readings) -> Readings:
    """Return the readings of a function with a name of the course: in columns, the course's layout.

    There Wᵀ A is a mistake, and no layout.
    """
    if pair.forward not in WEEKS:
        return found
    right = [r for r in found.agreeing if r.layout.rows or r.layout == Layout()]
    others = [r for r in found.others if r.layout.rows or r.layout == Layout()]
    return replace(found, agreeing=right, others=others)


MOST = 8  # readings by which a wrong function is called


def n_parameters(found: Readings) -> int:
    """Return how many parameters the layer has that a function was read as."""
    every = found.agreeing or found.others
    return len(every[0].step.layer.parameter_shapes()) if every else -1


def common_layout(every: Iterable[tuple[FunctionPair, Readings]]) -> Layout | None:
    """Return the layout that most pairs show; None where none shows any."""
    shown = Counter[Layout]()
    for _, found in every:
        if len({*(r.layout for r in found.agreeing)}) == 1:
            shown[found.agreeing[0].layout] += 1 + n_parameters(found)
    return shown.most_common(1)[0][0] if shown else None


def check_pair(
    caller: PairCaller, pair: FunctionPair, found: Readings, p: Precision, seed: int,
    common: Layout | None, is_stated: bool, means: Counter[bool],
) -> JudgedPair | None:  # fmt: skip
    """Check a pair by its likeliest reading; None where it has none.

    Args:
        caller: calls the candidate's functions.
        pair: the functions.
        found: their readings.
        p: the candidate's arithmetic.
        seed: of the random numbers.
        common: the layout of the file's other pairs.
        is_stated: the layout is stated.
        means: whether gradients of parameters were means, counted over the pairs so far.
    """
    each = [trial(caller, pair, r, p, seed, means) for r in found.agreeing]
    if pair.kinds and all(one.n_findings for one in each):  # a right forward result may be chance
        each += [trial(caller, pair, r, p, seed, means) for r in found.others[:MOST]]
    if not each:
        return not_callable(pair, found, p, is_stated) if pair.kinds and found.errors else None
    fewest = min(one.n_findings for one in each)
    fitting = [one for one in each if one.n_findings == fewest]
    rows = common is not None and common.rows
    agreeing = [one for one in fitting if one.reading in found.agreeing]
    fitting = agreeing or fitting
    best = next((one for one in fitting if one.reading.layout.rows == rows), fitting[0])
    report = best.report(pair, p)
    if not report.findings:
        other = trial(caller, pair, best.reading, p, seed + 1, means, OTHER_M, best.is_mean)
        where = make_remark("later.size", m=OTHER_M, tile=TILE)
        later = other.report(pair, p).findings
        report = replace(report, findings=tuple(merged((f, where) for f in later)))
    if has_parameters(best.reading) and pair.backward and not report.findings:
        means[best.is_mean] += 1
    text = note_of(pair, [one.reading for one in fitting], best)
    notes = (text, *best.called.notes)
    if report.findings and best.reading.layout != Layout():
        notes = (*notes, sentence("note.reference-layout"))
    report = replace(report, notes=notes)
    shows = len({one.reading.layout for one in fitting}) == 1
    confirmed = best.reading in found.agreeing
    return JudgedPair(pair, best.reading, confirmed, report, shows)


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
        return replace(report, **findings, not_checked=())


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


def note_of(pair: FunctionPair, fitting: list[Reading], best: Trial) -> str:
    """Return the note on what the functions are: "affine_forward, affine_backward: dense; …"."""
    kinds = " or ".join(dict.fromkeys(r.step.layer.kind for r in fitting))
    parts = layout_in_words([r.layout for r in fitting], best.problem)
    constants = own_constants(best.reading.step.layer).items()
    parts += [sentence("convention.constant", name=n, value=x) for n, x in constants]
    if pair.backward and has_parameters(best.reading):
        parts.append(sentence("convention.means" if best.is_mean else "convention.sums"))
    names = ", ".join(n for n in (pair.forward, pair.backward) if n)
    convention = "".join(f"; {part}" for part in parts)
    return sentence("note.layer", functions=names, kind=kinds, convention=convention)


def layout_in_words(fitting: list[Layout], problem: OneStepProblem) -> list[str]:
    """Return what the numbers say of the layout; nothing where each fits, as of ReLU."""
    shown: dict[str, Any] = roles_of(problem)
    if len({layout.rows for layout in fitting}) > 1 and not (shown["weights"] or shown["biases"]):
        return []
    slots = problem.slots
    names = [n for n, (role, _) in slots.items() if role == BIAS]
    shown["matrix"] = next((n for n, (role, _) in slots.items() if role == WEIGHTS), "W")
    shown["vectors"] = " and ".join(names)
    return [" or ".join(dict.fromkeys(layout.describe(**shown) for layout in fitting))]


def not_callable(
    pair: FunctionPair, found: Readings, p: Precision, is_stated: bool
) -> JudgedPair | None:
    """Return the report on a function that raised an exception in each layout.

    With a stated layout that is a finding; else perhaps none of the layouts is the function's.
    """
    error = found.errors[0]
    if not is_stated:
        facts = {"function": pair.forward, "error": error.message}
        error = mistaken_call("no-layout", facts)
    report = Report(pair.forward, p.name, tensors=(), **sorted_out([error]))
    return JudgedPair(pair, NO_READING, False, report)


NO_READING: Any = None


def has_parameters(reading: Reading) -> bool:
    """Return whether the layer has parameters, whose gradients are sums or means."""
    return bool(reading.step.layer.parameter_shapes())
