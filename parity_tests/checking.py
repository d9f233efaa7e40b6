"""check(candidate, spec, params, X, Y): structure, then each layer alone, the chain, end to end."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

import ref_numpy
from parity_tests.comparison import Comparison
from parity_tests.isolation import expectations
from parity_tests.precision import FLOAT64, Precision, precision_named
from parity_tests.report import Finding, Report, Tensor
from parity_tests.structure import sound
from ref_numpy import Array, InputError, NetworkSpec
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
) -> Report:
    """Compare every tensor of the candidate's run with what rounding allows it to be.

    candidate: a function run(spec, params, X, Y), or the trace that such a run gave: a mapping of
    canonical names to arrays.   precision: the arithmetic that it works in.   params, X, Y are
    rounded to numbers of that precision first, so that everybody starts from the same ones; a
    trace must come from such numbers.   Raises InputError where these do not fit the description.
    """
    p = precision_named(precision)
    params = {n: p.round(a) for n, a in params.items()}
    X, Y = p.round(X), p.round(Y)
    check_inputs(spec, params, X)
    Y = check_labels(spec, Y, X)
    trace: Any = candidate
    if callable(candidate):
        trace = candidate(spec, {n: a.copy() for n, a in params.items()}, X.copy(), Y.copy())
        name = name or getattr(candidate, "__name__", type(candidate).__name__)
    return judge(spec, params, X, Y, trace, p, name or "trace")


def judge(
    spec: NetworkSpec, params: Arrays, X: Array, Y: Array, trace: Any, p: Precision, name: str
) -> Report:
    """The report on a trace whose inputs were exactly these."""
    if not isinstance(trace, Mapping):
        raise InputError(
            f"{name} gave a {type(trace).__name__}; expected a mapping of canonical names to "
            f"arrays, such as {{'Z1': …, 'A1': …, 'dW1': …}}."
        )
    shapes = spec.trace_shapes(X.shape[-1])
    own, findings = sound(trace, shapes, spec.parameter_shapes, p)
    if not own:
        raise InputError(
            f"{name} gave none of this network's tensors; expected some of {' '.join(shapes)}."
        )
    wide = {n: a.astype(np.float64) for n, a in params.items()}
    given = (spec, wide, X.astype(np.float64), Y.astype(np.float64))

    alone = compared(own, expectations(*given, own, p))
    findings += wrong(alone, trace, "value", "is wrong")
    findings += wrong(chain(own, wide), trace, "chain", "is not what the trace says")
    reference = ref_numpy.run(*given)
    whole = compared(own, expectations(*given, {}, p)) if p is FLOAT64 else {}
    if not findings:
        findings += wrong(whole, trace, "end to end", "is wrong end to end")

    return Report(
        name,
        p.name,
        in_dataflow_order(findings, own, list(shapes)),
        tuple(
            Tensor(
                n,
                shapes[n],
                apart=c.largest_apart,
                used=c.largest_used,
                digits=digits(own[n], reference[n]),
                used_end_to_end=whole[n].largest_used if n in whole else None,
            )
            for n, c in alone.items()
        ),
        not_checked=tuple(n for n in shapes if n not in own),
        unbounded={n: c.unbounded for n, c in alone.items() if c.unbounded},
    )


def compared(own: Arrays, expected: Any) -> dict[str, Comparison]:
    return {n: Comparison.of(own[n], formulas) for n, formulas in expected if n in own}


def chain(own: Arrays, params: Arrays) -> dict[str, Comparison]:
    """What a step took, beside what the step before it gave: nothing may differ."""
    given = params | own
    taken = {n: n.partition("@")[0] for n in own if "@" in n}
    return {n: Comparison.equal(own[n], given[base]) for n, base in taken.items() if base in given}


def wrong(
    comparisons: Mapping[str, Comparison], trace: Mapping[str, Any], kind: str, text: str
) -> list[Finding]:
    return [
        c.finding(n, str(np.asarray(trace[n]).dtype), kind, f"{n} {text}")
        for n, c in comparisons.items()
        if c.largest_used > 1
    ]


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


def digits(candidate: Array, reference: Array) -> float | None:
    """−log₁₀(max |candidate − reference| / max |reference|); None where they are equal."""
    apart, largest = np.abs(candidate - reference).max(), np.abs(reference).max()
    if apart == 0:
        return None
    return -math.log10(apart / largest) if largest else -math.inf
