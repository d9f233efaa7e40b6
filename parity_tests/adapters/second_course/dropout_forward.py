"""Forward propagation with dropout: the candidate draws its masks, which are read off its cache.

Every other number is judged by those masks. The masks themselves are judged by how many units stay,
by Hoeffding's inequality.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

import ref_numpy
from parity_tests.adapters.course.function_results import as_tuple, kept, words
from parity_tests.adapters.course.functions import Course, result_finding
from parity_tests.adapters.course.unit_findings import in_unit_check
from parity_tests.adapters.mistaken_calls import sorted_out
from parity_tests.adapters.second_course.cache_arrays import read_cache
from parity_tests.adapters.second_course.made_findings import Mistake, made_finding
from parity_tests.adapters.second_course.mask_lines import mask_findings_of
from parity_tests.adapters.second_course.pass_checks import (
    KEEP,
    NAMES_WITH_MASKS,
    WITH_DROPOUT,
    L,
    dropout_context,
    dropout_network,
    network_problem,
)
from parity_tests.checking.findings import Finding, with_facts
from parity_tests.checking.report import Report
from parity_tests.checking.trace_structure import as_array
from parity_tests.diagnosis.explained_check import check_trace
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import FALSE_POSITIVE_RATE, Precision
from ref_numpy import Array

NAME = "forward_propagation_with_dropout"
MANY = 1031  # examples, enough to distinguish 0.625 from the 0.734 of normal numbers
CHAIN_NAMES = {"D1": "A1", "D2": "A2"}  # the course's of the results of the dropouts


def check_dropout_forward(course: Course, p: Precision, seed: int) -> Iterator[Report]:
    """Check `forward_propagation_with_dropout`, if the candidate has it."""
    if NAME not in course.functions:
        return
    problem = network_problem(np.random.default_rng(seed), p, MANY)
    _, params, X, Y = problem
    findings: list[Finding] = []
    given = {"X": X.copy(), "parameters": {n: a.copy() for n, a in params.items()}}
    result = course.attempt(
        NAME, {**given, "keep_prob": KEEP}, as_tuple("A3, cache"), findings, NAME
    )
    if result is None:
        yield Report(NAME, p.name, tensors=(), **sorted_out(findings))
        return
    A3, cache = result
    near = ref_numpy.forward(*problem[:3])[0]
    masks = {n: np.ones_like(near[f"A{n[1:]}"]) for n in NAMES_WITH_MASKS if n[0] == "D"}
    near = {n: near[n] for n in NAMES_WITH_MASKS if n in near} | masks
    own, _ = read_cache(
        course, NAME, cache, NAMES_WITH_MASKS, {"X": X, **params}, near, findings
    )  # fmt: skip
    own[f"A{L}"] = kept(A3)
    masks = {n: as_array(own[n]) for n in masks if n in own}
    wrong = [f for n, D in masks.items() for f in mask_findings(n, D, near[n].shape)]
    findings += wrong
    if not wrong and len(masks) < L - 1 and not findings:
        facts = {"function": NAME, "given": words(cache)}
        facts["expected"] = f"({', '.join(NAMES_WITH_MASKS)})"
        findings.append(result_finding("result.cache", NAME, facts))
    if findings:
        yield Report(NAME, p.name, tensors=(), **sorted_out(findings))
        return
    spec = dropout_network()
    trace = {WITH_DROPOUT.get(n, n): x for n, x in own.items() if n[0] in "ZA"}
    context = dropout_context(spec, masks, X.shape[1])
    report = check_trace(spec, params, X, Y, trace, p, NAME, context=context)
    # The trace's own numbers show whether a unit stays, and here its mask says so.
    others = [f for f in report.findings if f.kind != "end-to-end" and f.tensor not in masks]
    report = in_own_names(replace(report, findings=tuple(others)))
    for l in range(1, L):
        A = ErrorArray(np.maximum(as_array(own[f"Z{l}"]).astype(np.float64), 0), p=p)
        D, name = masks[f"D{l}"], f"A{l}"
        findings += mask_findings_of(NAME, name, own[name], A, D, KEEP, p)
    findings += too_often(masks)
    yield replace(report, **sorted_out([*findings, *report.findings]))


def in_own_names(report: Report) -> Report:
    """Rename the tensors of the network to the function's own: A1 is after the mask."""

    def rename(f: Finding) -> Finding:
        n = CHAIN_NAMES.get(f.tensor, f.tensor)
        message = with_facts(f, tensor=n).message if "tensor" in f.facts else f.message
        return in_unit_check(replace(f, layer=None, before=()), NAME, n, message)

    tensors = (t.of_function(NAME, CHAIN_NAMES.get(t.name, t.name)) for t in report.tensors)
    return replace(
        report, findings=tuple(map(rename, report.findings)), tensors=tuple(tensors), evidence=()
    )


def mask_findings(name: str, D: Array, shape: tuple[int, ...]) -> Iterator[Finding]:
    """Yield the finding that an array is no mask."""
    facts: dict[str, Any] = {"name": name, "shape": D.shape, "expected": shape}
    if D.shape != shape:
        yield made_finding(NAME, name, "dropout.mask-shape", facts)
    elif D.dtype.kind not in "biuf" or not np.isin(D, (0, 1)).all():
        yield made_finding(NAME, name, "dropout.no-mask", facts)


def too_often(masks: dict[str, Array]) -> Iterator[Finding]:
    """Yield the findings that too many or too few units stay.

    By Hoeffding's inequality the share of N independent draws is further than t from its
    probability with a probability of at most 2 e^(−2 N t²).
    """
    for name, D in masks.items():
        if finding := share_finding(name, D.astype(float)):
            yield finding


def share_finding(name: str, D: Array) -> Finding | None:
    """Return the finding that too many or too few units stay in a mask."""
    share = float(D.mean())
    t = math.sqrt(math.log(2 / FALSE_POSITIVE_RATE) / (2 * D.size))
    if abs(share - KEEP) <= t:
        return None
    facts = {"kept": int(D.sum()), "size": D.size, "keep_prob": KEEP}
    mistakes = [
        Mistake(code, wrong, RIGHT)
        for code, wrong, q in (
            ("dropout.inverted", RIGHT.replace("<", ">"), 1 - KEEP),
            ("dropout.normal", RIGHT.replace("rand(", "randn("), NORMAL),
            ("dropout.all-stay", "D1 = np.ones(A1.shape)", 1.0),
        )
        if abs(share - q) <= t
    ]
    return made_finding(NAME, name, "dropout.share", facts, mistakes, RIGHT)


RIGHT = "D1 = np.random.rand(*A1.shape) < keep_prob"
NORMAL = (1 + math.erf(KEEP / math.sqrt(2))) / 2  # P(z < keep_prob) of a normal number
