"""check(candidate, spec, params, X, Y): call a candidate, check its trace, call it again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from parity_tests.check_messages import input_error
from parity_tests.checking.check_trace import Arrays, check_layers, check_trace
from parity_tests.checking.findings import Explain
from parity_tests.checking.guarded_calls import MutationGuard
from parity_tests.checking.later_calls import with_later_calls
from parity_tests.checking.other_problems import other_problems, with_other_examples
from parity_tests.checking.outcome import FirstCall, Outcome, Problem, Trace, copied
from parity_tests.checking.report import Report
from parity_tests.checking.reruns import disambiguate, explain_only
from parity_tests.checking.run_context import RunContext, bound
from parity_tests.checking.trace_structure import comparable, tensors_named
from parity_tests.error_model.precisions import Precision, precision_named
from parity_tests.kinds.random_problem import mapped_inputs
from ref_numpy import Array, Context, NetworkSpec, WholeNumbers
from ref_numpy.inputs import check_inputs, check_labels
from ref_numpy.loss import labelled_examples
from ref_numpy.propagation import Inputs

Run = Callable[[NetworkSpec, Arrays, Any, Array], Mapping[str, Array]]


def check(
    candidate: Run | Mapping[str, Array],
    spec: NetworkSpec,
    params: Mapping[str, Array],
    X: Inputs,
    Y: Array,
    precision: str | Precision = "float64",
    name: str | None = None,
    require: Iterable[str] = (),
    calls: int = 2,
    explain: Explain | None = None,
    strict: bool = False,
    context: Context | None = None,
    own_draws: bool | None = None,
) -> Report:
    """Compare every tensor of the candidate's run with value ± derived bound.

    params, X and Y are rounded to numbers of the precision first, so that everybody starts from the
    same ones; a trace must come from such numbers.

    A function is called again: with the same numbers, with other parameters, X and Y, and with
    other numbers of examples (`later_calls`). Its attribute `condition`, if it has one, names the
    condition under which it was judged, such as "in eval()"; its attribute `device` names torch's
    type of the device that computes, "cpu" or "cuda", where that is known.

    Args:
        candidate: a function run(spec, params, X, Y) that returns its trace, or such a trace: a
            mapping of canonical names to arrays.
        spec: the network.
        params: its parameters by canonical name.
        X: the inputs, (n_x, m), or each by name where the network takes several.
        Y: the labels, (n_y, m), or whole numbers, (m, …), where the loss takes such.
        precision: the arithmetic that the candidate works in.
        name: of the candidate, for the report.
        require: names of tensors, such as dW1, or kinds, such as dW, which must all have been
            judged for a verdict of "passed"; at least one gradient of a parameter must in any case.
        calls: how often a function is called with the same numbers; with 1 it is called once, and
            what it keeps between calls is not judged.
        explain: names the causes of findings; `parity_tests.check` is this function with that of
            `diagnosis`.
        strict: a suspicion of the second level is a finding.
        context: of the run; None is one that does not train. A function that takes an argument
            `context` is given it, and that of later calls: random layers then draw the numbers of
            its seed, update and examples. Its `scale` is always the network's own.
        own_draws: whether the candidate draws random numbers of its own, which are then read off
            its results; None: a function that takes no context does.

    Returns:
        The report: a verdict, findings, and each tensor's error and bound.

    Raises:
        InputError: params, X, Y, the trace or the context do not fit the network; or random
            numbers of its own cannot be read off the candidate's results.
    """
    p = precision_named(precision).on(getattr(candidate, "device", None))
    if not isinstance(params, Mapping):
        raise input_error("params.type", type=type(params).__name__)
    problem, m = problem_in(spec, params, X, Y, p)
    params, X, Y = problem
    required = tensors_named(require, comparable(spec, m))
    run = RunContext.of(spec, context, m, candidate, own_draws)
    first_X = X
    if not callable(candidate):
        its = run.of_trace(X, candidate, run.given)
        report = check_trace(
            spec, params, X, Y, candidate, p, name or "trace",
            explain=bound(explain, its), context=its,
        )  # fmt: skip
        report = replace(report, required=required, condition=run.condition)
        return report.strict() if strict else report
    name = name or str(getattr(candidate, "__name__", type(candidate).__name__))

    def call(problem: Problem, explain: Explain | None = explain) -> Outcome:
        params, X, Y = problem
        given = {n: a.copy() for n, a in params.items()}, mapped_inputs(X, np.copy), Y.copy()
        guard = MutationGuard(dict(zip(("params", "X", "Y"), given, strict=True)))
        own = run.of_call(labelled_examples(spec.loss, Y), is_first=problem[1] is first_X)
        trace = candidate(spec, *given, **run.argument(own))
        its = run.of_trace(X, trace, own)

        def compare(params: Arrays) -> Report:
            return check_layers(spec, params, X, Y, trace, p, name, context=its)

        def explained(before: Trace) -> Report:
            return check_trace(
                spec, *problem, trace, p, name,
                before=before, explain=bound(explain, its), context=its,
            )  # fmt: skip

        return Outcome(copied(trace), tuple(guard.findings()), compare, explained)

    def reported(outcome: Outcome) -> Report:
        report = outcome.explain({})
        return replace(report, findings=(*report.findings, *outcome.of_call))

    def again(m: int, tensors: Collection[str]) -> Report:
        # Whether a wider arithmetic explains the errors depends on all causes.
        some = explain if explain is None or p.wider else explain_only(tensors, explain)
        return reported(call(with_other_examples(spec, problem, m, p), some))

    first = FirstCall(call, problem, call(problem))
    others = other_problems(spec, problem, p)
    report = with_later_calls(reported(first.outcome), first, others, calls, m)
    report = disambiguate(report, again, m)
    own = str(getattr(candidate, "condition", ""))
    condition = " and ".join(filter(None, (own, run.condition)))
    report = replace(report, required=required, condition=condition)
    return report.strict() if strict else report


def problem_in(
    spec: NetworkSpec, params: Mapping[str, Array], X: Inputs, Y: Array, p: Precision
) -> tuple[Problem, int]:
    """Return the problem in numbers of p, and m, the number of examples.

    Raises:
        InputError: params, X or Y do not fit the network.
    """
    rounded = {n: numbers(n, a, p) for n, a in params.items()}
    X = (
        {n: numbers_of(spec, n, x, p) for n, x in X.items()}
        if isinstance(X, Mapping)
        else (numbers_of(spec, spec.input, X, p))
    )
    Y = Y if spec.loss.whole_labels else numbers("Y", Y, p)
    dtype, m = check_inputs(spec, rounded, X)
    return (rounded, X, check_labels(spec, Y, dtype, m)), m


def numbers_of(spec: NetworkSpec, name: str, given: Any, p: Precision) -> Any:
    """Return an input in numbers of p; whole numbers, such as tokens, as they are."""
    if isinstance(spec.inputs.get(name), WholeNumbers):
        return given
    return numbers("X", given, p)


def numbers(name: str, given: Any, p: Precision) -> Array:
    """Return an array of numbers of p.

    Raises:
        InputError: it holds no numbers, or complex ones.
    """
    try:
        dtype = np.asarray(given).dtype
        if dtype.kind not in "cmM":  # NumPy would leave out i, and take dates for numbers
            return p.round(given)
    except (TypeError, ValueError):
        raise input_error("array.no-numbers", name=name, type=type(given).__name__) from None
    raise input_error("array.not-real", name=name, dtype=dtype)
