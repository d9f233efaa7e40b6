"""Findings of course 2's functions that are of a property of a result, and not of its value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from parity_tests.adapters.call_wording import sentence
from parity_tests.adapters.mistaken_calls import sorted_out
from parity_tests.checking.causes import Cause
from parity_tests.checking.findings import Finding
from parity_tests.checking.judged import Tensor
from parity_tests.checking.report import Report
from parity_tests.error_model.precisions import Precision
from ref_numpy import Array


class Mistake(NamedTuple):
    """A mistake that gives such a property: its code, the wrong line, the right one."""

    code: str
    wrong: str
    right: str


def made_finding(
    function: str, name: str, code: str, facts: Mapping[str, Any], mistakes: Sequence[Mistake] = (),
    right: str = "",
) -> Finding:  # fmt: skip
    """Return the finding that a result has not the properties that it should.

    Args:
        function: the candidate's function.
        name: of the result, as the function calls it.
        code: of the sentence.
        facts: of the sentence.
        mistakes: those that give what the result has.
        right: the right line, where no mistake is known.
    """
    facts = {"function": function, "name": name, **facts}
    finding = Finding(
        f"{function}.{name}", "result", sentence(code, **facts), code=code, facts=facts,
        right_line=right or None,
    )  # fmt: skip
    if not mistakes:
        return finding
    causes = tuple(Cause(x.code, CAUSES[x.code], x.wrong, x.right) for x in mistakes)
    return replace(finding, causes=causes, right_line=mistakes[0].right)


def row_of_property(function: str, name: str, x: Array, ratio: float = 0.0) -> Tensor:
    """Return a result as a report lists it: how far its property is from what it should be.

    Args:
        function: the candidate's function.
        name: of the result.
        x: its numbers.
        ratio: |property − expected| ÷ what chance allows; 0 of one that is exact.
    """
    row = Tensor(name, np.shape(x), 0.0, ratio, bound=0.0, expected=1.0)
    return row.of_function(function, name)


def report_of(
    function: str, p: Precision, findings: Sequence[Finding], tensors: Sequence[Tensor]
) -> Report:
    """Return the report on a function."""
    wrong = {f.tensor for f in findings}
    right = [t if t.name not in wrong else replace(t, ratio=np.inf) for t in tensors]
    return Report(function, p.name, tensors=tuple(right), **sorted_out(findings))


CAUSES: dict[str, str] = {
    "dropout.inverted": "what should stay is set to 0: > is used instead of <",
    "dropout.all-stay": "nothing is set to 0",
    "dropout.normal": "the random numbers are normal, np.random.randn; expected np.random.rand",
    "initial.scale": "the weights have another factor",
    "initial.uniform": "the random numbers are of [0, 1), np.random.rand; expected np.random.randn",
    "initial.equal": "every weight of the layer is the same: its units stay equal for ever",
    "batches.missing-tail": "the last mini-batch, which is smaller, is left out",
    "batches.empty-tail": (
        "a mini-batch without examples is added where the batches divide m evenly"
    ),
    "batches.not-shuffled": "the examples are in their old order: they are not shuffled",
    "batches.X-not-shuffled": "X is not shuffled, and Y is",
    "batches.Y-not-shuffled": "Y is not shuffled, and X is",
    "batches.two-orders": "X and Y are shuffled in two orders: each draws its own",
    "batches.seed-unused": "the seed is not used: two calls with one seed give two orders",
    "batches.one-order": "the seed is not used: two seeds give one order",
}
