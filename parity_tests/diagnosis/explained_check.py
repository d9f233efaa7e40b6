"""The check with causes: `check_run.check` and `check_trace` of `checking`, the explainer bound."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from parity_tests.checking.check_run import Run
from parity_tests.checking.check_run import check as check_without_causes
from parity_tests.checking.check_trace import Arrays
from parity_tests.checking.check_trace import check_trace as check_trace_without_causes
from parity_tests.checking.report import Report
from parity_tests.diagnosis.diagnose import explain
from parity_tests.error_model.precisions import Precision
from ref_numpy import Array, Context, NetworkSpec
from ref_numpy.propagation import Inputs


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
    strict: bool = False,
    context: Context | None = None,
    own_draws: bool | None = None,
) -> Report:
    """Compare every tensor of the candidate's run with value ± derived bound, and name the causes.

    Args:
        candidate: a function run(spec, params, X, Y) that returns its trace, or such a trace: a
            mapping of canonical names to arrays.
        spec: the network.
        params: its parameters by canonical name.
        X: the inputs, (n_x, m), or each by name where the network takes several.
        Y: the labels, (n_y, m).
        precision: the arithmetic that the candidate works in; params, X and Y are rounded to its
            numbers first, and a trace must come from such numbers.
        name: of the candidate, for the report.
        require: names of tensors, such as dW1, or kinds, such as dW, which must all have been
            judged for a verdict of "passed"; at least one gradient of a parameter must in any case.
        calls: how often a function is called with the same numbers; with 1 it is called once, and
            what it keeps between calls is not judged.
        strict: a tensor whose error is larger than that of every common order of summation is a
            finding, too.
        context: of the run; None is one that does not train. A function that takes an argument
            `context` is given it, and that of later calls: random layers then draw the numbers of
            its seed, update and examples. Its `scale` is always the network's own.
        own_draws: whether the candidate draws random numbers of its own, which are then read off
            its results; None: a function that takes no context does.

    Returns:
        The report: a verdict, findings with their causes, and each tensor's error and bound.

    Raises:
        InputError: params, X, Y, the trace or the context do not fit the network; or random
            numbers of its own cannot be read off the candidate's results.
    """
    return check_without_causes(
        candidate, spec, params, X, Y, precision, name, require, calls, explain, strict, context,
        own_draws,
    )  # fmt: skip


def check_trace(
    spec: NetworkSpec,
    params: Arrays,
    X: Inputs,
    Y: Array,
    trace: Any,
    p: Precision,
    name: str,
    known: Mapping[str, Array] | None = None,
    before: Mapping[str, Array] | None = None,
    w: Array | None = None,
    context: Context | None = None,
) -> Report:
    """Compare a trace layer by layer and end to end, and name the causes of its findings.

    Args:
        spec: the network.
        params: exactly the parameters of the run.
        X: exactly its inputs, (n_x, m).
        Y: exactly its labels, (n_y, m).
        trace: the candidate's tensors by canonical name.
        p: the candidate's arithmetic.
        name: of the candidate.
        known: tensors of float64 that the candidate was given instead of computing them.
        before: the trace of the call before this one.
        w: exactly the weights of its examples, (1, m), if they have any.
        context: of the run; None is one that does not train.

    Raises:
        InputError: the trace has no tensor of this network.
    """
    return check_trace_without_causes(
        spec,
        params,
        X,
        Y,
        trace,
        p,
        name,
        known,
        before,
        partial(explain, w=w, context=context),
        w,
        context,
    )
