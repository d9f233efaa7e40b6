"""A max pooling where several numbers of a window are equal to the maximum.

The gradient goes to one of them, or is shared among them: each is a subgradient. All of it to each
of them is none, and so is nothing at all.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from parity_tests.adapters.call_wording import sentence
from parity_tests.adapters.fourth_course.named_calls import NamedCaller, report_of
from parity_tests.adapters.layer_functions.function_pairs import FunctionPair
from parity_tests.adapters.layer_functions.pair_trials import Trial
from parity_tests.checking.findings import Finding
from parity_tests.checking.report import Report
from parity_tests.error_model.precisions import Precision

SUBGRADIENTS = {"dA_prev.last-tie", "dA_prev.shared-among-ties"}
TO_EACH = "dA_prev.every-tie"


def with_ties(
    report: Report, caller: NamedCaller, pair: FunctionPair, main: Trial, p: Precision,
    ties_are_left_open: bool,
) -> Report:  # fmt: skip
    """Return the report with the gradient where numbers are equal.

    Args:
        report: on the functions, without findings.
        caller: calls them.
        pair: the functions.
        main: their call with numbers that all differ.
        p: the candidate's arithmetic.
        ties_are_left_open: the assignment asks for no care of them, as course 4's does.
    """
    if pair.backward is None:
        return report
    own = {n: p.round(np.round(x)) for n, x in main.problem.inputs.items()}  # … −1, 0, 1 …
    problem = replace(main.problem, inputs=own)
    called = caller.both(pair, main.reading, problem)
    tied = report_of(replace(main, problem=problem, called=called), caller, pair, p)
    findings: list[Finding] = []
    notes: list[str] = []
    for finding in tied.findings:
        codes = {cause.code for cause in finding.causes}
        if codes & SUBGRADIENTS or (ties_are_left_open and TO_EACH in codes):
            notes.append(
                sentence("note.ties", function=pair.backward, cause=finding.causes[0].message)
            )
        else:
            findings.append(finding)
    return replace(report, findings=tuple(findings), notes=(*report.notes, *notes))
