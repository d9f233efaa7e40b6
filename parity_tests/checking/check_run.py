"""check(candidate, spec, params, X, Y): call a candidate, check its trace, call it again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from parity_tests.check_messages import input_error
from parity_tests.checking.check_trace import Arrays, Explain, check_trace
from parity_tests.checking.guarded_calls import MutationGuard
from parity_tests.checking.layerwise import comparable
from parity_tests.checking.report import Report
from parity_tests.checking.reruns import Trace, disambiguate, with_later_calls
from parity_tests.checking.trace_structure import as_array, tensors_named
from parity_tests.error_model.precisions import Precision, precision_named
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import Array, NetworkSpec
from ref_numpy.inputs import check_inputs, check_labels

Run = Callable[[NetworkSpec, Arrays, Array, Array], Mapping[str, Array]]


def check(
    candidate: Run | Mapping[str, Array],
    spec: NetworkSpec,
    params: Mapping[str, Array],
    X: Array,
    Y: Array,
    precision: str | Precision = "float64",
    name: str | None = None,
    require: Iterable[str] = (),
    explain: Explain | None = None,
) -> Report:
    """Compare every tensor of the candidate's run with value ± derived bound.

    params, X and Y are rounded to numbers of the precision first, so that everybody starts from the
    same ones; a trace must come from such numbers.

    A function is called again: with the same examples, unless it has an attribute `stateless` that
    is true; and with others, where it is wrong. Its attribute `condition`, if it has one, names the
    condition under which it was judged, such as "in eval()"; its attribute `device` names torch's
    type of the device that computes, "cpu" or "cuda", where that is known.

    Args:
        candidate: a function run(spec, params, X, Y) that returns its trace, or such a trace: a
            mapping of canonical names to arrays.
        spec: the network.
        params: its parameters by canonical name.
        X: the inputs, (n_x, m).
        Y: the labels, (n_y, m).
        precision: the arithmetic that the candidate works in.
        name: of the candidate, for the report.
        require: names of tensors, such as dW1, or kinds, such as dW, which must all have been
            judged for a verdict of "passed"; at least one gradient of a parameter must in any case.
        explain: names the causes of findings; `parity_tests.check` is this function with that of
            `diagnosis`.

    Returns:
        The report: a verdict, findings, and each tensor's error and bound.

    Raises:
        InputError: params, X, Y or the trace do not fit the network.
    """
    p = precision_named(precision).on(getattr(candidate, "device", None))
    if not isinstance(params, Mapping):
        raise input_error("params.type", type=type(params).__name__)
    params = {n: numbers(n, a, p) for n, a in params.items()}
    X, Y = numbers("X", X, p), numbers("Y", Y, p)
    check_inputs(spec, params, X)
    Y = check_labels(spec, Y, X)
    required = tensors_named(require, comparable(spec, X.shape[-1]))
    if not callable(candidate):
        report = check_trace(spec, params, X, Y, candidate, p, name or "trace", explain=explain)
        return replace(report, required=required)
    name = name or str(getattr(candidate, "__name__", type(candidate).__name__))

    def run(X: Array, Y: Array, before: Trace | None = None) -> tuple[Report, Trace]:
        given = {n: a.copy() for n, a in params.items()}, X.copy(), Y.copy()
        guard = MutationGuard(dict(zip(("params", "X", "Y"), given, strict=True)))
        trace = candidate(spec, *given)
        report = check_trace(
            spec, params, X, Y, trace, p, name, before=before, explain=explain
        )  # fmt: skip
        return replace(report, findings=(*report.findings, *guard.findings())), copied(trace)

    def with_others(m: int, before: Trace | None = None) -> Report:
        _, X, other_Y = random_problem(spec, m, seed=m, labels=Y)
        return run(p.round(X), p.round(other_Y), before)[0]

    m = X.shape[-1]
    report, first = run(X, Y)
    if not getattr(candidate, "stateless", False):
        report = with_later_calls(report, first, lambda: run(X, Y)[1], partial(with_others, m + 3))
    report = disambiguate(report, with_others, m)
    return replace(report, required=required, condition=getattr(candidate, "condition", ""))


def copied(trace: Mapping[str, Any]) -> Trace:
    """Return the trace's numbers as they are now, which a later call cannot change."""
    arrays = {n: as_array(x) for n, x in trace.items()}
    return {n: a.copy() for n, a in arrays.items() if a.dtype.kind in "fiub"}


def numbers(name: str, given: Any, p: Precision) -> Array:
    """Return an array of numbers of p.

    Raises:
        InputError: it holds no numbers.
    """
    try:
        return p.round(given)
    except (TypeError, ValueError):
        raise input_error("array.no-numbers", name=name, type=type(given).__name__) from None
