"""A trace against the reference: structure, each layer alone, the chain, end to end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from parity_tests.check_messages import input_error
from parity_tests.checking.aliasing import Memory, is_overwritten
from parity_tests.checking.comparison import Comparison
from parity_tests.checking.end_to_end import compared, end_to_end
from parity_tests.checking.expected.layerwise import Expected, expectations
from parity_tests.checking.findings import Explain, Finding
from parity_tests.checking.joint_findings import joined
from parity_tests.checking.judged import Tensor
from parity_tests.checking.other_arithmetic import are_of_rounding, arithmetics_to_try
from parity_tests.checking.report import Report, engine
from parity_tests.checking.second_level import judge_sums
from parity_tests.checking.trace_structure import as_array, comparable, not_finite, sound
from parity_tests.error_model.precisions import Precision
from parity_tests.kinds.random_problem import mapped_inputs
from ref_numpy import Array, Context, NetworkSpec
from ref_numpy.loss import labelled_examples
from ref_numpy.propagation import Inputs

Arrays = dict[str, Array]


@dataclass(frozen=True)
class LayerComparison:
    """A trace compared layer by layer.

    Attributes:
        inputs: (spec, params, X, Y), float64.
        names: of all tensors that could be compared, in dataflow order.
        own: the candidate's tensors that can be computed with, float64.
        dtypes: of the candidate's tensors.
        tensors: the compared ones, in dataflow order.
        findings: of the structure, of values, and between steps.
        w: the weights of the examples, (1, m), float64; None where they have none.
        context: of the run; None is one that does not train.
        not_finite: which elements of the other tensors are infinite or NaN.
    """

    inputs: tuple[NetworkSpec, Arrays, Inputs, Array]
    names: list[str]
    own: Arrays
    dtypes: dict[str, str]
    tensors: dict[str, Tensor]
    findings: list[Finding]
    w: Array | None = None
    context: Context | None = None
    not_finite: Mapping[str, Array] = field(default_factory=dict)

    def report(self, name: str, p: Precision) -> Report:
        """Return the report on the comparison."""
        spec, _, _, Y = self.inputs
        shapes = spec.trace_shapes(labelled_examples(spec.loss, Y))
        every = (n for n in self.names if n in shapes or n in self.own)
        return Report(
            name,
            p.name,
            in_dataflow_order(self.findings, self.own, self.names),
            tuple(self.tensors.values()),
            not_checked=tuple(n for n in every if n not in self.tensors),
            evidence=gradients(spec),
            engine=engine(),
        )


@np.errstate(all="ignore")  # an overflow is a finding
def check_layers(
    spec: NetworkSpec,
    params: Arrays,
    X: Inputs,
    Y: Array,
    trace: Any,
    p: Precision,
    name: str,
    w: Array | None = None,
    context: Context | None = None,
) -> Report:
    """Compare each layer of a trace alone: nothing end to end, and no causes.

    Args:
        spec: the network.
        params: exactly the parameters of the run.
        X: exactly its inputs, (n_x, m), or each by name.
        Y: exactly its labels, (n_y, m).
        trace: the candidate's tensors by canonical name.
        p: the candidate's arithmetic.
        name: of the candidate.
        w: exactly the weights of its examples, (1, m), if they have any.
        context: of the run; None is one that does not train.

    Raises:
        InputError: the trace has no tensor of this network.
    """
    comparison = compare_layers(spec, params, X, Y, trace, p, name, w=w, context=context)
    return comparison.report(name, p)


@np.errstate(all="ignore")  # an overflow is a finding
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
    explain: Explain | None = None,
    w: Array | None = None,
    context: Context | None = None,
) -> Report:
    """Compare a trace layer by layer and end to end, and name the causes of its findings.

    Args:
        spec: the network.
        params: exactly the parameters of the run.
        X: exactly its inputs, (n_x, m), or each by name.
        Y: exactly its labels, (n_y, m).
        trace: the candidate's tensors by canonical name.
        p: the candidate's arithmetic.
        name: of the candidate.
        known: tensors of float64 that the candidate was given instead of computing them, such as a
            random dZ2; they are not compared, and then nothing is compared end to end.
        before: the trace of the call before this one.
        explain: names the causes.
        w: exactly the weights of its examples, (1, m), if they have any.
        context: of the run; None is one that does not train.

    Raises:
        InputError: the trace has no tensor of this network.
    """
    comparison = compare_layers(spec, params, X, Y, trace, p, name, known, w, context)
    if not known:
        comparison = with_end_to_end(comparison, p)
    findings = comparison.findings
    if explain is not None:
        odd = [f.tensor for f in findings if f.kind in ("shape", "not-finite")]
        shaped = {n: as_array(trace[n]).astype(np.float64) for n in odd}
        every = {**(known or {}), **shaped, **comparison.own}
        findings = joined(explain(findings, *comparison.inputs, every, p, before))
    memory = Memory(trace, spec)
    findings = [
        memory.explain(f) if not is_explained(f) or is_overwritten(f, trace) else f
        for f in findings
    ]
    given = {**(known or {}), **comparison.own}
    comparison = replace(comparison, findings=findings)
    wrong = tuple(dict.fromkeys(f.tensor for f in findings if f.kind == "value"))
    for q in arithmetics_to_try(p, wrong, spec) if wrong else ():
        wider = compare_layers(spec, params, X, Y, trace, q, name, known, w, context)
        expected = expectations(*comparison.inputs, given, q, w, comparison.not_finite, context)
        if explains(wider, comparison, expected):
            others = [f for f in findings if f.kind != "value"]
            wider = replace(with_end_to_end(wider, q), findings=others)
            return replace(wider.report(name, p), declare=q.name, undeclared=wrong)
    report = comparison.report(name, p)
    within = report.names_within_bounds
    return replace(report, sums=tuple(judge_sums(*comparison.inputs[:3], given, within, p)))


def compare_layers(
    spec: NetworkSpec,
    params: Arrays,
    X: Inputs,
    Y: Array,
    trace: Any,
    p: Precision,
    name: str,
    known: Mapping[str, Array] | None = None,
    w: Array | None = None,
    context: Context | None = None,
) -> LayerComparison:
    """Compare each layer of a trace alone, and each step's inputs with the trace's tensors."""
    if not isinstance(trace, Mapping):
        raise input_error("trace.type", name=name, type=type(trace).__name__)
    every = comparable(spec, labelled_examples(spec.loss, Y))
    trace = {n: x for n, x in trace.items() if n in every or n not in spec.inputs}
    own, findings = sound(trace, every, spec.parameter_shapes, p)
    if not own and all(finding.kind == "unknown-name" for finding in findings):
        shapes = spec.trace_shapes(labelled_examples(spec.loss, Y))
        raise input_error("trace.no-tensors", name=name, expected=" ".join(shapes))
    wide = {n: widened(a) for n, a in params.items()}
    inputs = (spec, wide, mapped_inputs(X, widened), widened(Y))
    dtypes = {n: str(as_array(trace[n]).dtype) for n in own}

    tensors: dict[str, Tensor] = {}
    lost = not_finite({n: x for n, x in trace.items() if n not in own}, every)
    for n, c in compared(own, expectations(*inputs, {**(known or {}), **own}, p, w, lost, context)):
        tensors[n] = c.tensor(n)
        findings += c.findings(n, dtypes[n], "value", "value")
    for n, c in chain(own, wide):
        base, _, step = n.partition("@")
        facts = {
            "base": base, "step": step, "is_backward": step in spec.gradients,
            "is_parameter": base in wide,
        }  # fmt: skip
        findings += c.findings(n, dtypes[n], "chain", "chain", **facts)
    return LayerComparison(inputs, list(every), own, dtypes, tensors, findings, w, context, lost)


def with_end_to_end(comparison: LayerComparison, p: Precision) -> LayerComparison:
    """Return the comparison with that from the inputs alone.

    A difference there is a finding where no layer has one.
    """
    layers_agree = not comparison.findings
    tensors, dtypes = dict(comparison.tensors), comparison.dtypes
    findings = list(comparison.findings)
    for n, agree, zero, c in end_to_end(
        comparison.own, *comparison.inputs, p, comparison.w, comparison.context, layers_agree
    ):
        ratio = c and c.ratio
        formulas = tensors[n].less_accurate or (c.less_accurate if c else "")
        tensors[n] = replace(
            tensors[n], digits=agree, ratio_end_to_end=ratio, zero=zero, less_accurate=formulas
        )
        if c and layers_agree:
            findings += c.findings(n, dtypes[n], "end-to-end", "end-to-end")
    return replace(comparison, tensors=tensors, findings=findings)


def explains(wider: LayerComparison, own: LayerComparison, expected: Iterable[Expected]) -> bool:
    """Return whether values that are wrong in one arithmetic are as another one's rounding."""
    wrong = [f for f in own.findings if f.kind == "value"]
    is_right = all(f.kind != "value" for f in wider.findings)
    return bool(wrong) and is_right and are_of_rounding(wrong, own.own, expected)


def gradients(spec: NetworkSpec) -> tuple[str, ...]:
    """Return the names of the parameters' gradients: dW1, db1 and so on."""
    return tuple(f"d{name}" for name in spec.parameter_shapes)


def chain(own: Arrays, params: Arrays) -> Iterator[tuple[str, Comparison]]:
    """Compare each tensor that a step received with the trace's own: nothing may differ."""
    given = params | own
    received = {n: n.partition("@")[0] for n in own if "@" in n}
    return ((n, Comparison.equal(own[n], given[b])) for n, b in received.items() if b in given)


def widened(x: Array) -> Array:
    """Return an array of floats at float64; one of whole numbers as it is."""
    return x if x.dtype.kind in "iu" else x.astype(np.float64, copy=False)


def is_explained(finding: Finding) -> bool:
    """Return whether a finding has a cause, or needs none."""
    return finding.kind != "value" or bool(finding.causes)


def in_dataflow_order(
    findings: list[Finding], own: Arrays, names: list[str]
) -> tuple[Finding, ...]:
    """Return the first finding first, with the tensors before it that agree."""
    place = {n: i for i, n in enumerate(names)}
    ordered = sorted(findings, key=lambda f: place.get(f.tensor.rpartition("@")[-1], len(place)))
    if ordered:
        end = place.get(ordered[0].tensor.rpartition("@")[-1], 0)
        before = tuple(n for n in names[:end] if n in own)
        ordered[0] = replace(ordered[0], before=before)
    return tuple(ordered)
