"""Functions that a check knows by name: called with several sizes, judged, and reported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from parity_tests.adapters.call_wording import sentence
from parity_tests.adapters.fourth_course.layout_of_images import COURSE, CS231N
from parity_tests.adapters.fourth_course.named_calls import (
    NamedCaller,
    argument_names,
    has_mode,
    is_stated,
    order_of,
    report_of,
)
from parity_tests.adapters.fourth_course.named_layers import NamedCase, NamedPair, named_pairs
from parity_tests.adapters.fourth_course.named_notes import in_words, note_of, raised_note
from parity_tests.adapters.fourth_course.tied_windows import with_ties
from parity_tests.adapters.interfaces.layout import Layout
from parity_tests.adapters.layer_functions.function_pairs import FunctionPair
from parity_tests.adapters.layer_functions.layer_checks import (
    NO_READING,
    JudgedPair,
    without_forward,
)
from parity_tests.adapters.layer_functions.norm_states import with_state
from parity_tests.adapters.layer_functions.pair_calls import PairCaller, Reading
from parity_tests.adapters.layer_functions.pair_trials import Trial, has_parameters, trial
from parity_tests.adapters.layer_functions.stated_epsilon import with_stated_epsilon
from parity_tests.adapters.mistaken_calls import mistaken_call, sorted_out
from parity_tests.checking.findings import Finding, make_remark
from parity_tests.checking.later_findings import merged
from parity_tests.checking.other_problems import TILE
from parity_tests.checking.report import Report
from parity_tests.error_model.precisions import Precision
from ref_numpy import MaxPool

OTHER_M = 23  # examples of another call: loops over them take their time
WINDOW = "create_mask_from_window"  # of course 4, which asks for no care of ties


@dataclass(frozen=True)
class NamedChecks:
    """Functions that a check knows by name.

    Attributes:
        judged: the reports on them.
        functions: their names.
    """

    judged: tuple[JudgedPair, ...] = ()
    functions: tuple[str, ...] = ()


def check_named(caller: PairCaller, p: Precision, seed: int) -> NamedChecks:
    """Check the functions of course 4 and of cs231n, and others of their names.

    Args:
        caller: calls the candidate's functions.
        p: the candidate's arithmetic.
        seed: of the random numbers.
    """
    judged: list[JudgedPair] = []
    for pair in named_pairs(caller.functions):
        known = {one.pair.forward for one in judged}
        for one in judged_cases(caller, pair, p, seed):
            again = pair.forward in known
            judged.append(replace(one, report=without_forward(one)) if again else one)
    names = [n for one in judged for n in (one.pair.forward, one.pair.backward) if n]
    return NamedChecks(tuple(judged), tuple(dict.fromkeys(names)))


def judged_cases(
    caller: PairCaller, pair: NamedPair, p: Precision, seed: int
) -> Iterator[JudgedPair]:
    """Yield the report on each case of a name; nothing where its arguments are unknown."""
    function = caller.functions[pair.forward]
    with_mode = has_mode(function)
    found: list[tuple[Chosen, JudgedPair]] = []
    for case in pair.cases:
        case = case if with_mode else replace(case, mode="")
        own = NamedCaller(caller.program, caller.functions, case.mode)
        chosen = chosen_trials(own, pair, case, p, seed)
        if chosen is not None:
            found.append((chosen, judged_pair(own, pair, case, chosen, p, seed)))
    if not with_mode and len(found) > 1:  # it is one of them
        found = [min(found, key=lambda one: len(one[1].report.findings))]
    yield from (one for _, one in found)


@dataclass(frozen=True)
class Chosen:
    """The calls of a pair in the layout that its forward results show.

    Attributes:
        fitting: those without an exception, with the first sizes first.
        raised: the others.
        reading: of the first one.
        confirmed: its forward result is right.
    """

    fitting: tuple[Trial, ...]
    raised: tuple[Trial, ...]
    reading: Reading | None
    confirmed: bool = False


def chosen_trials(
    caller: NamedCaller, pair: NamedPair, case: NamedCase, p: Precision, seed: int
) -> Chosen | None:
    """Call the functions with each size; None where their arguments are unknown."""
    functions = FunctionPair(pair.forward, pair.backward, (case.steps[0].layer.kind,))
    layouts: Sequence[Layout] = case.layouts
    fitting: list[Trial] = []
    raised: list[Trial] = []
    is_known, is_mean, sure = False, None, None
    for step in case.steps:
        order = order_of(caller.functions[pair.forward], step.problem(2, seed, p))
        if order is None or not is_stated(order, step.layer):
            continue
        is_known = True
        every = [
            trial(
                caller, functions, Reading(step, order, layout), p, seed, Counter(),
                is_mean=is_mean,
            )
            for layout in layouts
        ]  # fmt: skip
        sure = layout_stated_by(caller.functions[pair.forward])
        best = min(every, key=lambda one: (rank(one, sure), one.n_findings))
        if rank(best, sure) == NO_RESULT or has_raised(best):
            raised.append(best)
        else:
            fitting.append(best)
        if rank(best, sure) != NO_RESULT:
            layouts = (best.reading.layout,)
            is_mean = (
                best.is_mean if best.n_findings == 0 and has_parameters(best.reading) else None
            )
    if not is_known:
        return None
    every = [*fitting, *(one for one in raised if rank(one, sure) != NO_RESULT)]
    reading = every[0].reading if every else None
    confirmed = bool(fitting) and fitting[0].n_findings == 0
    return Chosen(tuple(fitting), tuple(raised), reading, confirmed)


RIGHT_SHAPE, SURE_LAYOUT, NO_RESULT = range(3)


def rank(one: Trial, sure: Layout | None) -> int:
    """Return how well a layout fits: the forward result has its shape; the names state it."""
    output = one.problem.step.output
    given, expected = one.shapes.get(output, ((), (0,)))
    if given == expected:
        return RIGHT_SHAPE
    return SURE_LAYOUT if output in one.called.own and one.reading.layout == sure else NO_RESULT


def has_raised(one: Trial) -> bool:
    """Return whether a function raised an exception."""
    return any(f.code == "call.raised" for f in one.called.findings)


def layout_stated_by(function: Callable[..., Any]) -> Layout | None:
    """Return the layout of course 4, whose functions take `hparameters`, or that of cs231n."""
    names = argument_names(function)
    if "hparameters" in names:
        return COURSE
    return CS231N if {*names} & {"conv_param", "pool_param"} else None


def judged_pair(
    caller: NamedCaller, pair: NamedPair, case: NamedCase, chosen: Chosen, p: Precision, seed: int
) -> JudgedPair:
    """Return the report on a pair that was called."""
    functions = FunctionPair(pair.forward, pair.backward, (case.steps[0].layer.kind,))
    if chosen.reading is None:
        return not_called(functions, chosen, p)
    every = [one for one in (*chosen.fitting, *chosen.raised) if one.called.own]
    main = next((one for one in chosen.fitting if one.n_findings), every[0])
    report = report_of(main, caller, functions, p)
    notes = [note_of(functions, case, main)]
    if chosen.fitting:
        notes += [raised_note(one) for one in chosen.raised]
    if report.findings:
        notes += [sentence("note.sizes", constants=in_words(main.reading.step))]
        notes += [sentence("note.reference-layout")]
    else:
        report = with_other_calls(report, main, caller, functions, p, seed)
    report = with_stated_epsilon(report, caller, functions, main.reading, p, seed)
    report = with_state(report, caller, pair.forward, main.reading, main.problem, p)
    if isinstance(main.reading.step.layer, MaxPool) and not report.findings:
        report = with_ties(report, caller, functions, main, p, WINDOW in caller.functions)
    report = replace(
        report, notes=(*notes, *main.called.notes, *report.notes),
        required=(*report.required, *not_judged(case, chosen, pair.forward)),
    )  # fmt: skip
    is_known = has_parameters(main.reading) and pair.backward and not report.findings
    is_mean = main.is_mean if is_known else None
    return JudgedPair(functions, main.reading, chosen.confirmed, report, is_mean=is_mean)


def not_judged(case: NamedCase, chosen: Chosen, forward: str) -> tuple[str, ...]:
    """Return the sizes where a function raised with them, and asserted nothing about them.

    A forward function is for every size. Of a backward function only the first sizes count: no
    others have overlapping windows and a padding, without which nothing is "passed".
    """
    errors = [
        (f, one.reading.step)
        for one in chosen.raised
        for f in one.called.findings
        if f.code == "call.raised" and "raised AssertionError" not in f.message
    ]
    counted = [(f, of) for f, of in errors if f.tensor == forward or of == case.steps[0]]
    return tuple(f"{f.tensor} with {in_words(of)}" for f, of in counted[:1])


def with_other_calls(
    report: Report, main: Trial, caller: NamedCaller, pair: FunctionPair, p: Precision, seed: int
) -> Report:
    """Return the report with what is wrong with more examples alone."""
    other = trial(
        caller, pair, main.reading, p, seed + 1, Counter(), OTHER_M, main.is_mean
    )  # fmt: skip
    where = make_remark("later.size", m=OTHER_M, tile=TILE)
    later = report_of(other, caller, pair, p).findings
    return replace(report, findings=tuple(merged((f, where) for f in later)))


def not_called(pair: FunctionPair, chosen: Chosen, p: Precision) -> JudgedPair:
    """Return the report on functions whose forward result has no layout's shape, or raised."""
    findings = [f for one in chosen.raised for f in one.called.findings]
    first = chosen.raised[0]
    error = findings[0].message if findings else wrong_shape(first)
    facts = {"function": pair.forward, "error": error}
    found: Finding = mistaken_call("no-image-layout", facts)
    report = Report(pair.forward, p.name, tensors=(), **sorted_out([found]))
    return JudgedPair(pair, NO_READING, False, report)


def wrong_shape(one: Trial) -> str:
    """Return the shape of a forward result, and the expected one, in words."""
    given, expected = one.shapes.get(one.problem.step.output, ((), ()))
    return f"{given}, {expected}"
