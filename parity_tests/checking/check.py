"""check(candidate, spec, params, X, Y): structure, then each layer alone, the chain, end to end."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

import ref_numpy
from parity_tests.check_messages import input_error
from parity_tests.checking.comparison import Comparison
from parity_tests.checking.findings import Finding
from parity_tests.checking.guarded_calls import Watched
from parity_tests.checking.layerwise import Expected, comparable, expectations
from parity_tests.checking.report import Report, Tensor
from parity_tests.checking.reruns import Trace, called_again, told_apart
from parity_tests.checking.trace_structure import as_array, sound, tensors_named
from parity_tests.diagnosis.diagnose import explained
from parity_tests.error_model.intervals import peak
from parity_tests.error_model.precisions import FLOAT64, Precision, precision_named
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import Array, NetworkSpec
from ref_numpy.activations import Identity
from ref_numpy.inputs import check_inputs, check_labels

Arrays = dict[str, Array]
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
) -> Report:
    """Compare every tensor of the candidate's run with what rounding allows it to be.

    candidate: a function run(spec, params, X, Y), or the trace that such a run gave: a mapping of
    canonical names to arrays.   precision: the arithmetic that it works in.   params, X, Y are
    rounded to numbers of that precision first, so that everybody starts from the same ones; a
    trace must come from such numbers.   require: names of tensors, such as dW1, or kinds, such as
    dW, which must all have been judged for a verdict of "passed"; at least one gradient of a
    parameter must in any case.   Raises InputError where these do not fit the description.

    A function is called again: with the same examples, unless it has an attribute `stateless` that
    is true; and with others, where it is wrong. Its attribute `condition`, if it has one,
    says under which condition it was judged, such as "in eval()".
    """
    p = precision_named(precision)
    if not isinstance(params, Mapping):
        raise input_error("params.type", type=type(params).__name__)
    params = {n: numbers(n, a, p) for n, a in params.items()}
    X, Y = numbers("X", X, p), numbers("Y", Y, p)
    check_inputs(spec, params, X)
    Y = check_labels(spec, Y, X)
    required = tensors_named(require, comparable(spec, X.shape[-1]))
    if not callable(candidate):
        report = judge(spec, params, X, Y, candidate, p, name or "trace")
        return replace(report, required=required)
    name = name or str(getattr(candidate, "__name__", type(candidate).__name__))

    def run(X: Array, Y: Array, before: Trace | None = None) -> tuple[Report, Trace]:
        given = {n: a.copy() for n, a in params.items()}, X.copy(), Y.copy()
        watched = Watched(dict(zip(("params", "X", "Y"), given, strict=True)))
        trace = candidate(spec, *given)
        report = judge(spec, params, X, Y, trace, p, name, before=before)
        return replace(report, findings=(*report.findings, *watched.findings())), kept(trace)

    def other(m: int, before: Trace | None = None) -> Report:
        _, X, other_Y = random_problem(spec, m, seed=m, labels=Y)
        return run(p.round(X), p.round(other_Y), before)[0]

    m = X.shape[-1]
    report, first = run(X, Y)
    if not getattr(candidate, "stateless", False):
        report = called_again(report, first, lambda: run(X, Y)[1], partial(other, m + 3))
    report = told_apart(report, other, m)
    return replace(report, required=required, condition=getattr(candidate, "condition", ""))


def kept(trace: Mapping[str, Any]) -> Trace:
    """As it is now, whatever a later call makes of it."""
    arrays = {n: as_array(x) for n, x in trace.items()}
    return {n: a.copy() for n, a in arrays.items() if a.dtype.kind in "fiub"}


def numbers(name: str, given: Any, p: Precision) -> Array:
    """Numbers of p.   Raises InputError."""
    try:
        return p.round(given)
    except (TypeError, ValueError):
        raise input_error("array.no-numbers", name=name, type=type(given).__name__) from None


@np.errstate(all="ignore")  # what overflows is a finding
def judge(
    spec: NetworkSpec,
    params: Arrays,
    X: Array,
    Y: Array,
    trace: Any,
    p: Precision,
    name: str,
    known: Mapping[str, Array] | None = None,
    before: Trace | None = None,
    layers_only: bool = False,
) -> Report:
    """The report on a trace whose inputs were exactly these.

    known: tensors of float64 that the candidate was given instead of computing them, such as a
    random dZ2; they are not compared, and nothing is, end to end.   before: the trace of the call
    before this one.   layers_only: each layer alone, nothing end to end, and no causes: less work.
    """
    if not isinstance(trace, Mapping):
        raise input_error("trace.type", name=name, type=type(trace).__name__)
    shapes = spec.trace_shapes(X.shape[-1])
    every = comparable(spec, X.shape[-1])
    own, findings = sound(trace, every, spec.parameter_shapes, p)
    if not own and all(finding.kind == "name" for finding in findings):
        raise input_error("trace.no-tensors", name=name, expected=" ".join(shapes))
    wide = {n: a.astype(np.float64, copy=False) for n, a in params.items()}
    given = (spec, wide, X.astype(np.float64, copy=False), Y.astype(np.float64, copy=False))
    dtypes = {n: str(as_array(trace[n]).dtype) for n in own}

    tensors: dict[str, Tensor] = {}
    for n, c in compared(own, expectations(*given, {**(known or {}), **own}, p)):
        tensors[n] = c.tensor(n)
        findings += c.findings(n, dtypes[n], "value", "is wrong")
    for n, c in chain(own, wide):
        base, _, by = n.partition("@")
        text = f"({base} as the step {'from' if by[0] == 'd' else 'to'} {by} took it) is another"
        findings += c.findings(n, dtypes[n], "chain", text)
    alone = not findings
    for n, agree, zero, c in () if known or layers_only else end_to_end(own, *given, p):
        used = c and c.used
        tensors[n] = replace(tensors[n], digits=agree, used_end_to_end=used, zero=zero)
        if c and alone:
            findings += c.findings(n, dtypes[n], "end to end", "is wrong end to end")

    if not layers_only:
        odd = [f.tensor for f in findings if f.kind in ("shape", "finite")]
        shaped = {n: as_array(trace[n]).astype(np.float64) for n in odd}
        findings = explained(findings, *given, {**(known or {}), **shaped, **own}, p, before)
        findings = [f if known_cause(f) else overwritten(f, trace, spec) for f in findings]
    return Report(
        name,
        p.name,
        in_dataflow_order(findings, own, list(every)),
        tuple(tensors.values()),
        not_checked=tuple(n for n in every if (n in shapes or n in own) and n not in tensors),
        evidence=gradients(spec),
        engine=engine(),
    )


def engine() -> str:
    """What computes here: the reference, and the candidate where it is torch's."""
    torch = sys.modules.get("torch")
    return f"NumPy {np.__version__}" + (f", torch {torch.__version__}" if torch else "")


def gradients(spec: NetworkSpec) -> tuple[str, ...]:
    """The gradients of the parameters: dW1 db1 …"""
    return tuple(f"d{name}" for name in spec.parameter_shapes)


def compared(own: Arrays, expected: Iterable[Expected]) -> Iterator[tuple[str, Comparison]]:
    return ((n, Comparison.of(own[n], formulas)) for n, formulas in expected if n in own)


def end_to_end(
    own: Arrays, spec: NetworkSpec, params: Arrays, X: Array, Y: Array, p: Precision
) -> Iterator[tuple[str, float, bool, Comparison | None]]:
    """From the inputs alone: digits, whether the tensor is zero, and at float64 what rounding may
    do to the whole; elsewhere that would soon be everything."""
    if p is FLOAT64:
        for n, c in compared(own, expectations(spec, params, X, Y, {}, p)):
            yield n, digits(c.apart, c.expected[0].peak), not c.norm_reference, c
    else:
        reference = ref_numpy.run(spec, params, X, Y)
        for n, ours in own.items():
            if n in reference:
                largest = peak(reference[n])
                yield n, digits(peak(ours - reference[n]), largest), not largest, None


def chain(own: Arrays, params: Arrays) -> Iterator[tuple[str, Comparison]]:
    """What a step took, beside what the step before it gave: nothing may differ."""
    given = params | own
    taken = {n: n.partition("@")[0] for n in own if "@" in n}
    return ((n, Comparison.equal(own[n], given[b])) for n, b in taken.items() if b in given)


def known_cause(finding: Finding) -> bool:
    return finding.kind != "value" or bool(finding.causes)


def overwritten(finding: Finding, trace: Mapping[str, Any], spec: NetworkSpec) -> Finding:
    """With the cause that it shares its memory with another tensor, which then overwrote it."""
    wrong = trace[finding.tensor]
    if any(s.number == finding.layer and isinstance(s.layer, Identity) for s in spec.steps):
        return finding  # where Z and A are one, as they should be
    for n, other in trace.items():
        both = isinstance(other, np.ndarray) and isinstance(wrong, np.ndarray)
        if not both or n == finding.tensor or not other.size == wrong.size > 1:
            continue
        if np.may_share_memory(other, wrong):
            text = f"{finding.tensor} and {n} are one array in memory: writing one changed both"
            return replace(finding, cause=text)
    return finding


def in_dataflow_order(
    findings: list[Finding], own: Arrays, names: list[str]
) -> tuple[Finding, ...]:
    """The first finding first, with the tensors before it that agree."""
    place = {n: i for i, n in enumerate(names)}
    ordered = sorted(findings, key=lambda f: place.get(f.tensor.rpartition("@")[-1], len(place)))
    if ordered:
        end = place.get(ordered[0].tensor.rpartition("@")[-1], 0)
        before = tuple(n for n in names[:end] if n in own)
        ordered[0] = replace(ordered[0], before=before)
    return tuple(ordered)


def digits(apart: float, largest: float) -> float:
    """−log₁₀(max |candidate − reference| / max |reference|); infinite where they are equal."""
    if apart == 0:
        return math.inf
    return math.log10(largest) - math.log10(apart) if largest else -math.inf
