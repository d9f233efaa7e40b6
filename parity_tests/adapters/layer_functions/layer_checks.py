"""The functions of single layers in a file: each pair is recognised, judged, and reported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from parity_tests.adapters.call_wording import sentence
from parity_tests.adapters.course.functions import WEEKS
from parity_tests.adapters.interfaces.layout import BIAS, WEIGHTS, Layout
from parity_tests.adapters.layer_functions.dropout_evaluation import with_dropout_evaluation
from parity_tests.adapters.layer_functions.function_pairs import FunctionPair, pairs_in
from parity_tests.adapters.layer_functions.norm_states import with_state
from parity_tests.adapters.layer_functions.one_step import OneStepProblem, roles_of
from parity_tests.adapters.layer_functions.pair_calls import (
    PairCaller,
    Reading,
)
from parity_tests.adapters.layer_functions.pair_readings import (
    OTHER_M,
    Readings,
    Stated,
    readings_of,
)
from parity_tests.adapters.layer_functions.pair_trials import Trial, has_parameters, trial
from parity_tests.adapters.layer_functions.stated_epsilon import with_stated_epsilon
from parity_tests.adapters.layer_functions.step_samples import own_constants
from parity_tests.adapters.mistaken_calls import mistaken_call, sorted_out
from parity_tests.adapters.required_results import function_of
from parity_tests.checking.findings import make_remark
from parity_tests.checking.later_findings import merged
from parity_tests.checking.other_problems import TILE
from parity_tests.checking.report import Report
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
        is_mean: gradients of parameters are means over the examples; None where there are none, or
            they are wrong.
        shows_layout: its numbers tell the layout, as those of ReLU do not.
    """

    pair: FunctionPair
    reading: Reading
    confirmed: bool
    report: Report
    shows_layout: bool = False
    is_mean: bool | None = None


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
    seen = set[str]()
    for k, one in enumerate(done):
        if one.pair.forward in seen:  # with another backward function
            done[k] = replace(one, report=without_forward(one))
        seen.add(one.pair.forward)
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


def without_forward(one: JudgedPair) -> Report:
    """Return the report on a pair without the forward function, which another report is on."""
    name, report = one.pair.forward, one.report
    return replace(
        report,
        findings=tuple(f for f in report.findings if function_of(f.tensor) != name),
        tensors=tuple(t for t in report.tensors if function_of(t.name) != name),
    )  # fmt: skip


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
    report = with_stated_epsilon(report, caller, pair, best.reading, p, seed)
    report = with_state(report, caller, pair.forward, best.reading, best.problem, p)
    report = with_dropout_evaluation(report, caller, pair, best.reading, best.problem, p)
    if has_parameters(best.reading) and pair.backward and not report.findings:
        means[best.is_mean] += 1
    text = note_of(pair, [one.reading for one in fitting], best)
    notes = (text, *best.called.notes)
    if report.findings and best.reading.layout != Layout():
        notes = (*notes, sentence("note.reference-layout"))
    report = replace(report, notes=(*notes, *report.notes))
    shows = len({one.reading.layout for one in fitting}) == 1
    confirmed = best.reading in found.agreeing
    is_known = has_parameters(best.reading) and pair.backward and not report.findings
    is_mean = best.is_mean if is_known else None
    return JudgedPair(pair, best.reading, confirmed, report, shows, is_mean)


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
