"""Results of an operation beside the bounds of the same mathematics: a report."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from parity_tests.adapters.call_wording import sentence
from parity_tests.adapters.operations.blind_spots import blind_spots
from parity_tests.adapters.operations.operation_results import (
    Operation,
    as_numbers,
    expected_results,
    name_of,
    named,
)
from parity_tests.adapters.operations.result_causes import explained
from parity_tests.adapters.operations.result_precisions import (
    Precisions,
    arithmetic_of,
    arithmetics,
    device_of,
    dtype_of,
)
from parity_tests.checking.comparison import Comparison, norm
from parity_tests.checking.findings import Finding
from parity_tests.checking.judged import Tensor
from parity_tests.checking.other_arithmetic import is_spread
from parity_tests.checking.report import Report, engine
from parity_tests.checking.trace_structure import sound
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import FALSE_POSITIVE_RATE, Precision
from parity_tests.kinds.equivalent_formulas import Formulas
from ref_numpy import Array

Expected = Mapping[str, Sequence[ErrorArray]]


@dataclass(frozen=True)
class Computation:
    """Results, and what they should be results of.

    Attributes:
        results: each by its name, as it was given.
        operation: the mathematics.
        inputs: exactly what was computed with.
        device: see `device_of`.
        is_declared: the arithmetic is declared; else a result of another type has that of its own.
        name: in the report.
    """

    results: Mapping[str, Any]
    operation: Operation
    inputs: Sequence[Any]
    device: str | None
    is_declared: bool
    name: str

    def expected(self, p: Precision) -> tuple[Expected, dict[str, Precision]]:
        """Return value ± error of each result, and its arithmetic, of a computation in p."""
        of = {
            n: arithmetic_of(x, p, self.device, self.is_declared) for n, x in self.results.items()
        }
        by_name = {q.name: (q, expected_results(self.operation, self.inputs, q))
                   for q in (p, *of.values())}  # fmt: skip
        own = {n: of.get(n, p) for n in by_name[p.name][1]}
        return {n: by_name[q.name][1][n] for n, q in own.items()}, own


def judge_results(
    actual: Any,
    operation: Operation,
    inputs: Sequence[Any],
    precision: Precisions = None,
    candidate: str = "",
) -> Report:
    """Compare the results of a computation with an operation's, of the same inputs.

    Args:
        actual: an array, a tuple or a dictionary, as the operation returns it.
        operation: the mathematics, of NumPy's arrays.
        inputs: exactly what the computation took.
        precision: its arithmetic; of several, from the narrowest to the widest, one has to hold,
            and the report names it. None takes that of the type of the results; of halves,
            float32 inside, whose results are stored once.
        candidate: the name in the report; "" takes the operation's.

    Raises:
        InputError: the operation fails with these inputs, or has a function without a rule; or no
            precision is given, and the type of the results has none.
    """
    arrays = [*each_of(actual), *inputs]
    results = dict(zip(named(actual), each_of(actual), strict=True))
    given = arithmetics(precision, arrays, device_of(arrays))
    of = Computation(
        results, operation, inputs, device_of(arrays), precision is not None,
        candidate or name_of(operation),
    )  # fmt: skip
    reports = (report_in(p, of) for p in given)
    first = next(reports)
    if first.passed:
        return first
    passed = next((r for r in reports if r.passed), None)
    return passed or with_other_arithmetic(first, given[0], of)


@np.errstate(all="ignore")  # an overflow is a finding
def report_in(p: Precision, of: Computation) -> Report:
    """Return the report on results of one arithmetic."""
    expected, own = of.expected(p)
    findings: list[Finding] = []
    tensors: list[Tensor] = []
    for name in (n for n in expected if n in of.results):
        q = own[name]
        x, right = where_finite(of.results[name], expected[name], q)
        x = x if dtype_of(x) in q.dtypes or is_of_floats(x) else np.asarray(x, q.dtype)
        sound_ones, wrong = sound({name: x}, {name: right[0].shape}, {}, q)
        if name in sound_ones and np.size(x):
            tensor, of_value = compared(name, sound_ones[name], right, q)
            tensors.append(tensor)
            wrong += of_value
        findings += wrong
    findings += [unexpected(n, tuple(expected)) for n in of.results if n not in expected]
    report = Report(
        of.name, p.name, tuple(findings), tuple(tensors),
        not_checked=tuple(n for n in expected if n not in of.results),
        evidence=tuple(expected), required=tuple(expected), engine=engine(),
    )  # fmt: skip
    blind = blind_spots(of.operation, of.inputs, expected, p) if report.passed else []
    if not blind:
        return report
    return replace(report, notes=(sentence("note.blind", answers=", ".join(blind)),))


def where_finite(
    x: Any, expected: Sequence[ErrorArray], p: Precision
) -> tuple[Any, list[ErrorArray]]:
    """Return a result and its bounds, with 0 where both are infinite or no number alike.

    What is larger than the largest number of p may be infinite.
    """
    numbers, reference = as_numbers(x), expected[0]
    if not isinstance(numbers, np.ndarray) or numbers.shape != reference.shape:
        return x, [*expected]
    value = reference.value
    with np.errstate(all="ignore"):
        overflows = np.isinf(numbers) & (np.abs(value) + reference.error > p.largest)
        same = (numbers == value) | (overflows & (np.sign(numbers) == np.sign(value)))
    same = ~np.isfinite(numbers) & (same | ((numbers != numbers) & (value != value)))
    if not same.any():
        return x, [*expected]
    dtype = numbers.dtype if numbers.dtype.kind != "f" else p.dtype
    zeroed = [ErrorArray(np.where(same, 0, e.value), np.where(same, 0, e.error), e.p)
              for e in expected]  # fmt: skip
    return np.where(same, 0, numbers).astype(dtype), zeroed


def is_of_floats(x: Any) -> bool:
    """Return whether it is an array of floats, whose type is judged, too."""
    numbers = as_numbers(x)
    return not isinstance(numbers, np.ndarray) or numbers.dtype.kind == "f"


def unexpected(name: str, expected: tuple[str, ...]) -> Finding:
    """Return the finding that the operation has no such result."""
    text = sentence("result.unexpected", name=name, expected=", ".join(expected))
    return Finding(name, "result", text, code="result.unexpected")


def compared(
    name: str, own: Array, expected: Sequence[ErrorArray], p: Precision
) -> tuple[Tensor, list[Finding]]:
    """Return the tensor as a report lists it, and the finding where it is wrong."""
    c = Comparison.of(own, expected)
    is_zero = all(x.exact and not x.value.any() for x in expected)
    findings = c.findings(name, p.format, "value", "value")
    each = (explained(finding, own, Formulas(expected), p) for finding in findings)
    tensor = replace(c.tensor(name), zero=is_zero)
    return tensor, [replace(f, layer=None, code="result.value") for f in each]


@np.errstate(all="ignore")
def with_other_arithmetic(report: Report, p: Precision, of: Computation) -> Report:
    """Return the report as "not judged" where another arithmetic than p has such errors."""
    wrong = [f.tensor for f in report.findings]
    if not wrong or any(f.kind != "value" or f.causes for f in report.findings):
        return report
    own = {name: as_numbers(of.results[name]) for name in wrong}
    for q in p.wider:
        other = report_in(q, of)
        expected, _ = of.expected(q)
        if not other.findings and all(may_be_of(x, expected[n]) for n, x in own.items()):
            return replace(
                report, findings=(), tensors=other.tensors, declare=q.name,
                undeclared=tuple(wrong), required=(),
            )  # fmt: skip
    return report


def may_be_of(own: Array, expected: Sequence[ErrorArray]) -> bool:
    """Return whether errors are as those of rounding are: everywhere, and smaller than the values.

    Rounding that leaves no more than an array of zeros has in common with the result is of no
    arithmetic that anybody means.

    Args:
        own: the result.
        expected: value ± error in an arithmetic that has such errors.
    """
    reference = expected[0].value
    if norm(own - reference) >= norm(reference) or not is_spread(own, Formulas(expected)):
        return False
    *_, bound, z = Comparison.of(own, expected).elements()
    return are_everywhere(z[(bound > 0) & np.isfinite(bound)])


def are_everywhere(z: Array) -> bool:
    """Return whether half of the errors are not far smaller than the largest one.

    If z, error ÷ bound, are n normal numbers of one variance, the largest is at most λσ, as in
    `is_spread`. That half of them are below t σ has then a probability of at most
    2ⁿ erf(t/√2)^(n/2), which must not be less than FALSE_POSITIVE_RATE. An error that one tile has,
    and the others have not, is so no rounding.
    """
    n = z.size
    if not n or not z.max():
        return True
    lam = math.sqrt(2 * math.log(2 * n / FALSE_POSITIVE_RATE))
    t = float(np.median(z) / z.max()) * lam
    chance = n * math.log(2) + n / 2 * math.log(max(math.erf(t / math.sqrt(2)), TINY))
    return chance >= math.log(FALSE_POSITIVE_RATE)


TINY = float(np.finfo(np.float64).tiny)


def each_of(actual: Any) -> list[Any]:
    """Return the results, one after the other."""
    if isinstance(actual, Mapping):
        return [*actual.values()]
    return [*actual] if isinstance(actual, tuple | list) else [actual]
