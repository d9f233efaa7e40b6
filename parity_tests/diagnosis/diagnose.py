"""Why a tensor is wrong: the known mistake that gives the candidate's numbers, every one of them.

A cause is a formula that is verified as the right one is, element by element within its own derived
bound; never a guess from a ratio. How probable it is that some formula would fit by chance is
computed as well: for one number of low precision it is not small, and then the cause is only
"perhaps" until the candidate was called again with other examples (`checking.reruns`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from parity_tests.checking.comparison import closest, gives
from parity_tests.checking.expected.layerwise import LayerwiseReference
from parity_tests.checking.findings import Finding, Remark, with_causes, without_cause
from parity_tests.checking.joint_findings import in_group, with_groups, with_transposed
from parity_tests.diagnosis.cause_wording import make_remark, shape_only, unknown
from parity_tests.diagnosis.fitted_constants import multiple
from parity_tests.diagnosis.graph_contexts import context_in_graph
from parity_tests.diagnosis.overflow import is_outside_of_log, overflow_causes
from parity_tests.diagnosis.repeated_mistakes import (
    FULL_OF_GRADIENTS,
    FULL_SEARCHES,
    Searches,
)
from parity_tests.diagnosis.separating_batch import OtherBatch, separating_batch
from parity_tests.diagnosis.tensor_context import TensorContext, context_of
from parity_tests.diagnosis.unexplained import patterns
from parity_tests.diagnosis.whole_networks.unseen_steps import UnseenSteps
from parity_tests.diagnosis.whole_networks.whole_forward import WholeForward
from parity_tests.diagnosis.whole_networks.whole_network import WholeNetwork, is_within
from parity_tests.error_model.precisions import Precision
from parity_tests.kinds.equivalent_formulas import labels_of
from ref_numpy import Array, Context, NetworkSpec
from ref_numpy.propagation import Inputs


def explain(
    findings: list[Finding],
    spec: NetworkSpec,
    params: Mapping[str, Array],
    X: Inputs,
    Y: Array,
    trace: Mapping[str, Array],
    p: Precision,
    before: Mapping[str, Array] | None = None,
    w: Array | None = None,
    context: Context | None = None,
) -> list[Finding]:
    """Return the findings, with the cause of each wrong value and, where one is known, wrong shape.

    A right sum whose additions all round to one side may be off by its worst case: what that
    explains has no cause.

    Args:
        findings: all of one trace.
        spec: the network.
        params: its parameters, float64.
        X: the inputs, (n_x, m), float64.
        Y: the labels, (n_y, m), float64.
        trace: the candidate's tensors, float64, of wrong shapes too.
        p: the candidate's arithmetic.
        before: the trace of the batch before this one.
        w: the weights of the examples, (1, m), if they have any.
        context: of the run; None is one that does not train.
    """
    every = {f.tensor: f.kind for f in findings if f.kind in ("value", "shape", "not-finite")}
    wrong = {n: kind for n, kind in every.items() if n in trace and "@" not in n}
    if not wrong:
        return findings
    sound = {n: a for n, a in trace.items() if every.get(n, "value") == "value"}
    reference = LayerwiseReference.from_trace(spec, params, X, sound, p, before, w, context=context)
    every_right = reference.every_tensor(X, Y)
    right = {n: formulas for n, formulas in every_right.items() if n in wrong}
    labels = labels_of(spec.loss, Y, reference.inside)
    worst = LayerwiseReference.from_trace(
        spec, params, X, sound, replace(p, to_nearest=False), before, w, context=context
    )
    possible = {
        n
        for n, formulas in worst.expected_tensors(X, Y)
        if wrong.get(n) == "value" and is_within(formulas, trace[n])
    }
    network = WholeNetwork(reference, every_right, X, Y, labels, sound, p)
    full = FULL_OF_GRADIENTS if network.is_seen else FULL_SEARCHES
    other, searches = OtherBatch(spec, labels), Searches(full)
    forward, unseen = WholeForward(network), UnseenSteps(network)
    of_all, of_J = [], False
    if (network.is_seen or network.is_one_without_bias) and not possible:
        of_all = forward.causes() if forward.is_seen else []
        of_J, of_all = bool(of_all), of_all or network.causes()
    result = []
    for finding in findings:
        n = finding.tensor
        is_of_all = of_all and (n in network.wrong or (of_J and n == "J"))
        if is_of_all and finding.kind == "value":
            finding = in_group(with_causes(finding, of_all, (reference.m,)), "network")
        elif n in possible and finding.kind == "value":
            finding = without_cause(finding, make_remark("unknown.worst-case"))
        elif n in right and finding.kind == wrong[n]:
            if spec.is_chain and not reference.is_of_graph_kind(n):
                there, batches = context_of(reference, n, right[n], labels), other
            else:
                there, batches = context_in_graph(reference, n, right[n], trace[n]), None
            finding = explain_tensor(finding, there, trace[n], reference.p, batches, searches)
            causes = [] if finding.causes else forward.causes_in_unseen_Z(n) or unseen.causes(n)
            if causes:
                finding = with_causes(finding, causes, (reference.m,))
        result.append(finding)
    return with_transposed(result if of_all or not network.is_seen else with_groups(result))


def explain_tensor(
    finding: Finding,
    context: TensorContext,
    candidate: Array,
    p: Precision,
    other: OtherBatch | None = None,
    searches: Searches | None = None,
) -> Finding:
    """Return the finding with its causes, or with a description of the error.

    Args:
        finding: of the tensor.
        context: of the tensor.
        candidate: the candidate's tensor.
        p: its arithmetic.
        other: examples of the network that may separate several causes.
        searches: those of the same trace so far.
    """
    if finding.kind == "not-finite":
        if is_outside_of_log(context):
            return replace(finding, remark=make_remark("outside-of-log", l=context.l))
        causes, finite = overflow_causes(context, candidate, p)
        return replace(finding, causes=tuple(causes), right_line=finite) if causes else finding
    finding = replace(finding, right_line=context.formulas[0].text)
    found, not_tried = (searches or Searches()).causes(context, candidate, p)
    if found:
        note = separating_batch(found, context, other) if other else None
        batches = (context.m,) if other or context.in_graph else ()
        finding = replace(finding, constant=multiple(context, candidate, p))
        return with_causes(finding, [one.cause for one in found], batches, note)
    if finding.kind == "shape":
        return replace(finding, remark=right_numbers(candidate, context, p))
    reference, _, bound, ratio = closest(candidate, context.right)
    seen = [*patterns(context, candidate - reference, bound, ratio > 1)]
    return without_cause(finding, unknown("unknown.no-known-mistake", [*seen, *not_tried]))


def right_numbers(candidate: Array, context: TensorContext, p: Precision) -> Remark | None:
    """Return the remark that only the shape is wrong; None where the numbers are as well."""
    shape = context.right[0].shape
    reshaped: dict[str, Array] = {}
    if candidate.size == math.prod(shape):
        reshaped["squeeze" if shape == () else "reshape"] = candidate.reshape(shape)
    column = candidate.ndim == 2 and shape == (len(candidate), 1)
    if column and (candidate == candidate[:, :1]).all():
        reshaped["equal-columns"] = candidate[:, :1]
    for code, numbers in reshaped.items():
        if any(gives(right, numbers, p) for right in context.right):
            return shape_only(code, shape)
    return None
