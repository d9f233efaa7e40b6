"""A whole network of another interface as a candidate."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from parity_tests.adapters.candidate import (
    Candidate,
    notes_of,
    precision_granted_by,
    without_device,
)
from parity_tests.adapters.candidate_process.description import Description
from parity_tests.adapters.candidate_process.program import Program
from parity_tests.adapters.interfaces.assembled.alike_functions import with_alike
from parity_tests.adapters.interfaces.assembled.engine_checks import with_operators
from parity_tests.adapters.interfaces.gradient_places import RETURNED_UPDATED, UPDATED
from parity_tests.adapters.interfaces.network_program import find_network_program
from parity_tests.adapters.interfaces.network_run import NetworkProgram
from parity_tests.adapters.interfaces.penalty_checks import with_penalties
from parity_tests.adapters.interfaces.scales import NEGATIVE, option_of
from parity_tests.adapters.mistaken_calls import mistaken_call
from parity_tests.adapters.request import Request
from parity_tests.checking.findings import Finding
from parity_tests.checking.report import Report
from parity_tests.error_model.precisions import precision_named
from parity_tests.kinds.random_problem import with_kink
from ref_numpy import Array, Context


def network_program(
    request: Request, program: Program, description: Description
) -> Candidate | None:
    """Load a program of another interface; None where the file holds none."""
    run = find_network_program(request, program)
    if run is None:
        return None
    without_device(request)
    p = precision_named(request.precision or "float64")
    name = request.candidate

    def trace(
        params: dict[str, Array], X: Array, Y: Array, context: Context | None = None
    ) -> Mapping[str, Any]:
        return run(run.spec, params, X, Y)

    def checked(
        params: Mapping[str, Array], X: Array, Y: Array, context: Context | None = None
    ) -> Report:
        params, X = with_kink(run.spec, params, X)
        report = run.checked((params, X, Y), p, name, request.calls)
        why = doubt(request, run, report)
        if run.facts["clips"] and why in ("", "unknown-network"):
            is_cut_off = why or may_be_cut_off(report, trace(dict(params), X, Y))
            why = "clips" if is_cut_off else why
        if why:
            facts = {
                "function": name, "network": run.spec.summary,
                "arguments": ", ".join(map(str, run.facts["made_up"])),
            }  # fmt: skip
            if why == "other-scale":
                scales = {"cost": run.conventions.cost, "gradients": run.conventions.gradients}
                facts |= scales | {"option": option_of(run.conventions.gradients)}
            known = mistaken_call(why, facts)
            report = replace(report, findings=(), mistaken=(known,), tensors=())
        report = with_penalties(report, run, (dict(params), X, Y), p, name)
        report = with_operators(report, run, p)
        others = list[str]()
        if not report.mistaken:
            report, others = with_alike(report, request, run, (params, X, Y), p)
        # What was not seen may be wrong: a gradient of another shape, or another pass.
        required = tuple(f"d{name}" for name in run.spec.parameter_shapes)
        is_seen = not without(run.unchecked_passes, others) and not run.facts["one_layer"]
        evidence = report.evidence if is_seen else ()
        required += report.required
        report = replace(report, required=required, evidence=evidence)
        left_out = description.left_out
        return replace(
            report,
            not_seen=(*report.not_seen, *without(run.not_seen, others), *left_out),
            unchecked_passes=without(run.unchecked_passes, others),
        )

    return Candidate(
        name, run.spec, p, trace, checked,
        notes=run.notes if run.facts["loop"] else (*run.notes, *notes_of(description)),
        granted_by=precision_granted_by(request, None),
    )  # fmt: skip


def doubt(request: Request, run: NetworkProgram, report: Report) -> str:
    """Return why a program may be another than it was read as, and right: "" where it is none.

    A wrong number is the program's own mistake where its cause is named; or where all forward
    results agree and the loss is known, by J or by the first gradient. Otherwise an activation,
    loss or optimiser of another kind may be behind it, unless the user has said which there are.
    """
    c = run.conventions
    is_update = run.facts["gradients"] in (UPDATED, RETURNED_UPDATED)
    if c.gradients in NEGATIVE and not is_update and request.gradients is None:
        return "negative-gradients"
    is_other = c.cost is not None and c.gradients != c.cost
    if run.facts["loop"] and is_other and request.gradients is None and not report.findings:
        return "other-scale"
    is_stated = request.cost or request.gradients or None not in (
        request.hidden, request.output, request.loss
    )  # fmt: skip
    unknown = [f for f in report.findings if not is_known_mistake(f)]
    unknown = [f for f in unknown if f.kind == "value" or (is_update and f.kind == "later")]
    if report.findings and run.unchecked_passes and not is_stated:
        return "other-passes"  # one of which may belong to the same program
    if unknown and run.facts["made_up"]:
        return "made-up-arguments"
    right, last = report.names_within_bounds, f"dW{len(run.spec.weights)}"
    knows_cost = last in right or ("J" in right and not is_update)
    is_known = knows_cost and all(f.tensor[0] == "d" for f in report.findings)
    is_known &= not all(may_be_penalty(f) for f in unknown)
    return "unknown-network" if unknown and not (is_known or is_stated) else ""


def without(functions: tuple[str, ...], names: list[str]) -> tuple[str, ...]:
    """Return the descriptions of functions, "loss(W, X)", without those of these names."""
    return tuple(text for text in functions if text.partition("(")[0] not in names)


def may_be_cut_off(report: Report, tensors: Mapping[str, Any]) -> bool:
    """Return whether wrong gradients without a known cause may be cut off at a limit.

    Several are equal to the largest then; or only those of another call, of other numbers, are.
    """
    unknown = [f for f in report.findings if not is_known_mistake(f)]
    if not unknown or len(unknown) < len(report.findings):
        return False
    sizes = [np.abs(x).ravel() for n, x in tensors.items() if n[:2] in ("dW", "db")]
    every = np.concatenate(sizes or [np.zeros(1)])
    n = int((every == every.max()).sum())
    return all(f.kind == "later" for f in unknown) or FEW < n < every.size


FEW = 2  # gradients that may be equal, as those of two outputs of a softmax are


def may_be_penalty(finding: Finding) -> bool:
    """Return whether c · W was added to a gradient, which J may leave out on purpose."""
    codes = [cause.code for cause in finding.causes if cause.is_certain]
    return any(code.endswith("plus-c-times-W") for code in codes)


def is_known_mistake(finding: Finding) -> bool:
    """Return whether a mistake is named.

    c · W may be a penalty that J leaves out on purpose, and another activation the program's own.
    """
    codes = [cause.code for cause in finding.causes if cause.is_certain]
    return any(
        not code.endswith("plus-c-times-W")
        and not (finding.tensor[:1] == "A" and re.search(r"\.(activation|leaky)-", code))
        for code in codes
    )
