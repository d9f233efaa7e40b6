"""The rows of a report's tables: the run's tensors, and the functions that were called alone."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from parity_tests.checking.judged import Tensor
from parity_tests.checking.report import Report

INHERITED = "inherited"
FEW_DIGITS = 1  # fewer: the tensor has nothing in common with the reference's


@dataclass(frozen=True)
class Row:
    """A row of a table; a text is empty where there is no number, or where it is not shown.

    Attributes:
        name: of the tensor, or of the function.
        shape: of the tensor.
        gives: the results of the function.
        apart: the largest difference from the reference.
        ratio: the largest error ÷ bound; None where it is not shown.
        digits: those that agree end to end.
        wrong: whether it has a finding, or is outside of its bound.
        judged: whether its bound means something.
    """

    name: str
    shape: str = ""
    gives: str = ""
    apart: str = ""
    ratio: float | None = None
    digits: str = ""
    wrong: bool = False
    judged: bool = True

    @property
    def ratio_text(self) -> str:
        """The error ratio as it is printed."""
        return "" if self.ratio is None else f"{self.ratio:.1e}"


def tensor_rows(report: Report) -> Iterator[Row]:
    """Yield the run's tensors, in dataflow order; then those of wrong structure."""
    wrong = {finding.tensor for finding in report.findings}
    for t in report.tensors:
        if not t.function:
            digits = digits_of(t, t.name in wrong, bool(wrong))
            apart = "" if math.isnan(t.apart) else f"{t.apart:.1e}"
            ratio, is_wrong = shown_ratio([t]), t.name in wrong
            yield Row(
                t.name, str(t.shape), apart=apart, ratio=ratio, digits=digits, wrong=is_wrong,
                judged=t.judged,
            )  # fmt: skip
    for f in report.findings:
        if f.tensor in report.not_checked:
            shape = "" if report.hints == "where" else str(f.shape)
            yield Row(f.tensor, shape, wrong=True)


def function_rows(report: Report) -> Iterator[Row]:
    """Yield the functions that were called alone, with their results."""
    wrong = [finding.tensor for finding in report.findings]
    for function in dict.fromkeys(t.function for t in report.tensors if t.function):
        tensors = [t for t in report.tensors if t.function == function]
        gives = " ".join(t.name.rpartition(".")[2] for t in tensors)
        found = any(name.partition(".")[0] == function for name in wrong)
        found = found or any(tensor.ratio > 1 for tensor in tensors)
        judged = any(tensor.judged for tensor in tensors)
        yield Row(function, gives=gives, ratio=shown_ratio(tensors), wrong=found, judged=judged)


def shown_ratio(tensors: list[Tensor]) -> float | None:
    """Return the largest error ratio; None where the report does not reveal it."""
    if any(math.isnan(t.apart) for t in tensors):
        return None
    return max(t.ratio for t in tensors)


def digits_of(tensor: Tensor, is_wrong: bool, any_wrong: bool) -> str:
    """Return the digits that agree end to end; "inherited" where an earlier tensor is to blame.

    A right step carries on the error of a wrong one, and its digits say nothing about it.
    """
    if tensor.digits is None:
        return ""
    end_to_end = tensor.ratio_end_to_end
    differs = tensor.digits < FEW_DIGITS if end_to_end is None else end_to_end > 1
    if any_wrong and not is_wrong and differs:
        return INHERITED
    return "equal" if tensor.digits == math.inf else f"{max(tensor.digits, 0.0):.1f}"
