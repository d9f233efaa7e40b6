"""Functions of a loss: of the cost, of its gradient, or of both."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from parity_tests.adapters.call_wording import sentence
from parity_tests.adapters.layer_functions.function_pairs import (
    FunctionPair,
    required_names,
)
from parity_tests.adapters.layer_functions.loss_problems import (
    KINDS,
    LOGITS,
    OTHER_M,
    LossProblem,
    LossReading,
    M,
    in_words,
    readings_of_loss,
)
from parity_tests.adapters.layer_functions.own_names import in_own_names
from parity_tests.adapters.layer_functions.pair_calls import Called, PairCaller
from parity_tests.adapters.mistaken_calls import sorted_out
from parity_tests.checking.check_trace import check_trace as check_without_causes
from parity_tests.checking.report import Report
from parity_tests.checking.trace_structure import as_array
from parity_tests.diagnosis.explained_check import check_trace
from parity_tests.error_model.precisions import Precision

TRUE = re.compile(r"y|y_?(true|actual|real|batch)|t|targets?|labels?|truth|actual|expected|d",
                  re.IGNORECASE)  # fmt: skip
PREDICTED = re.compile(r"y_?(hat|pred\w*|out|p)|pred\w*|out(put)?s?|a\w*|p|probs?|logits|scores|x|z"
                       r"|h|yh", re.IGNORECASE)  # fmt: skip


@dataclass(frozen=True)
class JudgedLoss:
    """A function of a loss, and the report on it, in the function's own names.

    Attributes:
        pair: the functions.
        report: on them.
        scales: of J and of its gradient, by name, where both are right.
    """

    pair: FunctionPair
    report: Report
    scales: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class LossTrial:
    """A function that was called by one reading.

    Attributes:
        problem: its arguments.
        called: its results: J, and dZ or dA.
        scales: by which factor each is larger than the reference's, by its code.
        n_findings: how many tensors and calls are wrong.
    """

    problem: LossProblem
    called: Called
    scales: dict[str, str]
    n_findings: int


def check_loss(
    caller: PairCaller, pair: FunctionPair, p: Precision, seed: int,
    readings: Iterable[LossReading] | None = None, stated: Mapping[str, Any] | None = None,
) -> JudgedLoss | None:  # fmt: skip
    """Check the functions of one loss by the likeliest reading; None where none is likely.

    One whose name may mean any loss is judged where a loss has its numbers.

    Args:
        caller: calls the candidate's functions.
        pair: the functions.
        p: the candidate's arithmetic.
        seed: of the random numbers.
        readings: those to try; None takes those of the pair's kinds.
        stated: attributes of the layout that are stated.
    """
    if len(required_names(caller.functions[pair.forward]) or ()) != 2:
        return None
    each = [r for kind in pair.kinds for r in readings_of_loss(kind)]
    trials: list[LossTrial] = []
    right: list[LossTrial] = []
    for r in sorted(each if readings is None else readings, key=is_unlikely(caller, pair)):
        if right and not right[0].problem.reading.is_alike(r):
            continue
        if not r.is_flat and r.rows != (stated or {}).get("rows", r.rows):
            continue
        one = loss_trial(caller, pair, r, p, seed)
        trials += [one] if one else []
        right += [one] if one and is_right(one, "J", p) else []
    if not trials or (is_of_any_loss(pair) and not right):
        return None
    fewest = min(t.n_findings for t in right or trials)
    fitting = [t for t in right or trials if t.n_findings == fewest]
    # Of 8 examples and 4 outputs 2 n is m, so that one of them may be right by chance.
    each_report = (report_of_both(caller, pair, one, p, seed) for one in fitting)
    reports = [*up_to_right(each_report)]
    k = 0 if reports[-1].findings else len(reports) - 1
    report = replace(reports[k], notes=(loss_note(pair, fitting[k:]),))
    return JudgedLoss(pair, report, {} if report.findings else fitting[k].scales)


def report_of_both(
    caller: PairCaller, pair: FunctionPair, one: LossTrial, p: Precision, seed: int
) -> Report:
    """Return the report on a trial, and on another number of examples where it is right."""
    report = loss_report(one, p)
    if not report.findings:
        other = loss_trial(caller, pair, one.problem.reading, p, seed + 1, OTHER_M, one.scales)
        report = replace(report, findings=loss_report(other, p).findings) if other else report
    return report


def up_to_right(reports: Iterable[Report]) -> Iterator[Report]:
    """Yield reports, the first one without findings as the last."""
    for report in reports:
        yield report
        if not report.findings:
            return


def is_unlikely(caller: PairCaller, pair: FunctionPair) -> Callable[[LossReading], bool]:
    """Return whether a reading is unlikely: that of logits of an argument with another name."""
    first = (required_names(caller.functions[pair.forward]) or [""])[0]
    of_logits = re.fullmatch(r"x|z\d?|s|scores?|logits?|inputs?", first, re.IGNORECASE) is not None
    return lambda r: r.reads_logits and (r.takes == LOGITS) is not of_logits


def loss_trial(
    caller: PairCaller, pair: FunctionPair, reading: LossReading, p: Precision, seed: int,
    m: int = M, scales: Mapping[str, str] | None = None,
) -> LossTrial | None:  # fmt: skip
    """Call the functions of a loss, and read their results so that fewest are wrong.

    Returns:
        None where a call fails, or returns no cost.
    """
    problem = LossProblem.of(reading, m, seed, p)
    if scales is None and is_of_any_loss(pair) and not has_cost(caller, pair, problem, p):
        return None
    each = [
        read_scales(problem, called, p, scales)
        for gradient in problem.gradients
        if not scales or {*scales} <= {"J", gradient}
        for called in [call_loss(caller, pair, problem, gradient)]
        if called is not None
    ]
    return min(each, key=lambda one: one.n_findings, default=None)


def is_of_any_loss(pair: FunctionPair) -> bool:
    """Return whether a function's name may mean any loss, so that numbers alone say which."""
    return len(pair.kinds) == len(KINDS)


def has_cost(caller: PairCaller, pair: FunctionPair, problem: LossProblem, p: Precision) -> bool:
    """Return whether a function returns the cost of a loss."""
    called = call_loss(caller, replace(pair, backward=None), problem, problem.gradients[0])
    if called is None:
        return False
    cost = Called({"J": called.own["J"]}, called.function)
    return is_right(read_scales(problem, cost, p, None), "J", p)


def read_scales(
    problem: LossProblem, called: Called, p: Precision, scales: Mapping[str, str] | None
) -> LossTrial:
    """Return the results with the factors by which they are nearest to the reference's."""
    best: dict[str, str] = dict(scales or {})
    for name, x in called.own.items():
        array = as_array(x)
        is_number = array.dtype.kind in "fiub"
        if name not in best:
            read = problem.read(array) if name != "J" else array
            best[name] = problem.nearest_factor(name, read, best.get("J")) if is_number else "mean"
    n = sum(bool(loss_findings(problem, called, {name: best[name]}, p)) for name in called.own)
    return LossTrial(problem, called, best, n + len(called.findings))


def call_loss(
    caller: PairCaller, pair: FunctionPair, problem: LossProblem, name: str
) -> Called | None:
    """Return J, and the gradient of this name, if the functions return one."""
    called = Called()
    arguments = in_order(caller, pair.forward, problem)
    result = caller.call(pair.forward, arguments, called)
    J, rest = (result[0], result[1:]) if isinstance(result, tuple | list) else (result, ())
    if J is None or as_array(J).shape not in ((), (1,), (1, 1)):
        return None
    called.own["J"], called.function["J"] = J, pair.forward
    x = next(iter(problem.arguments()))
    gradient = next((g for g in rest if as_array(g).shape == x.shape), None)
    if pair.backward is not None:
        names = required_names(caller.functions[pair.backward]) or []
        given = in_order(caller, pair.backward, problem)
        if len(names) < 2:  # of what the function of the cost kept
            given = dict.fromkeys(names, rest[0] if rest else x)
        gradient = caller.call(pair.backward, given, called)
        gradient = gradient[0] if isinstance(gradient, tuple) and gradient else gradient
    if gradient is not None:
        called.own[name] = gradient
        called.function[name] = pair.backward or pair.forward
    return called


def in_order(caller: PairCaller, name: str, problem: LossProblem) -> dict[str, Any]:
    """Return a function's arguments: the labels come second, unless their names say otherwise."""
    names = required_names(caller.functions[name]) or ["x", "y"]
    x, labels = problem.arguments()
    first, second = names[:2]
    is_reversed = TRUE.fullmatch(first) and PREDICTED.fullmatch(second)
    values = (labels, x) if is_reversed and not TRUE.fullmatch(second) else (x, labels)
    return dict(zip(names, values, strict=False))


def traced(problem: LossProblem, called: Called, scales: Mapping[str, str]) -> dict[str, Any]:
    """Return results by canonical name, divided by the factor that is a power of 2."""
    factors = problem.factors()
    trace: dict[str, Any] = {}
    for name, code in scales.items():
        x = called.own[name]
        array = as_array(x)
        if array.dtype.kind not in "fiub":
            trace[name] = x
            continue
        array = array / array.dtype.type(factors[code]) if array.dtype.kind == "f" else array
        if name == "J":
            trace[name] = float(array) if isinstance(x, float | int) else array
        else:
            trace[name] = problem.read(array)
    return trace


def loss_findings(
    problem: LossProblem, called: Called, scales: Mapping[str, str], p: Precision
) -> list[Any]:
    """Return the findings of a loss's results, without causes."""
    trace = traced(problem, called, scales)
    report = check_without_causes(
        problem.spec, {}, problem.Z, problem.Y, trace, p, "", problem.known
    )  # fmt: skip
    return [*report.findings]


def is_right(one: LossTrial, name: str, p: Precision) -> bool:
    """Return whether a result agrees with the reference."""
    if name not in one.called.own:
        return False
    return not loss_findings(one.problem, one.called, {name: one.scales[name]}, p)


def loss_report(one: LossTrial, p: Precision) -> Report:
    """Return the report on a loss's results, with causes, in the functions' own names."""
    problem, called = one.problem, one.called
    trace = traced(problem, called, one.scales)
    report = check_trace(problem.spec, {}, problem.Z, problem.Y, trace, p, "", problem.known)
    own = {n: (function, "cost" if n == "J" else n) for n, function in called.function.items()}
    report = in_own_names(report, own)
    return replace(
        report, **sorted_out([*report.findings, *called.findings]), not_checked=()
    )  # fmt: skip


def loss_note(pair: FunctionPair, fitting: list[LossTrial]) -> str:
    """Return the note on what the functions are: "compute_cost: cross_entropy; …"."""
    first = fitting[0]
    readings = [t.problem.reading for t in fitting]
    kinds = " or ".join(dict.fromkeys(r.kind for r in readings))
    words = in_words([r for r in readings if r.kind == readings[0].kind])
    words += [
        sentence(f"convention.cost.{code}" if name == "J" else f"convention.gradient.{code}")
        for name, code in first.scales.items()
    ]
    names = ", ".join(n for n in (pair.forward, pair.backward) if n)
    convention = "".join(f"; {part}" for part in words)
    return sentence("note.layer", functions=names, kind=kinds, convention=convention)
