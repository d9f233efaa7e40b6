"""Results of an operation beside the bounds of the same mathematics: a report."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
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
from parity_tests.check_messages import input_error
from parity_tests.checking.comparison import Comparison, norm
from parity_tests.checking.findings import Finding
from parity_tests.checking.judged import Tensor
from parity_tests.checking.other_arithmetic import is_spread
from parity_tests.checking.report import Report, engine
from parity_tests.checking.trace_structure import sound
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import (
    EVERY_NAME,
    FALSE_POSITIVE_RATE,
    Precision,
    precision_named,
)
from parity_tests.kinds.equivalent_formulas import Formulas
from ref_numpy import Array

Precisions = str | Precision | Sequence[str | Precision] | None
USUAL = {"bfloat16": "bfloat16-once", "float16": "float16-once"}  # of a kernel: float32 inside


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
    results = raw(actual)
    given = arithmetics(precision, each_of(actual), device_of([*each_of(actual), *inputs]))
    reports = (report_in(p, results, operation, inputs, candidate) for p in given)
    first = next(reports)
    if first.passed:
        return first
    passed = next((r for r in reports if r.passed), None)
    return passed or with_other_arithmetic(first, given[0], results, operation, inputs)


def report_in(
    p: Precision,
    results: Mapping[str, Any],
    operation: Operation,
    inputs: Sequence[Any],
    candidate: str = "",
) -> Report:
    """Return the report on results of one arithmetic."""
    expected = expected_results(operation, inputs, p)
    shapes = {name: each[0].shape for name, each in expected.items()}
    own, findings = sound(results, shapes, {}, p)
    missing = [name for name in expected if name not in results]
    tensors: list[Tensor] = []
    for name in (n for n in expected if n in own):
        tensor, wrong = compared(name, own[name], expected[name], p)
        tensors.append(tensor)
        findings += wrong
    report = Report(
        candidate or name_of(operation), p.name, tuple(findings), tuple(tensors),
        not_checked=tuple(missing), evidence=tuple(expected), required=tuple(expected),
        engine=engine(),
    )  # fmt: skip
    blind = blind_spots(operation, inputs, expected, p) if report.passed else []
    if not blind:
        return report
    return replace(report, notes=(sentence("note.blind", answers=", ".join(blind)),))


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


def with_other_arithmetic(
    report: Report,
    p: Precision,
    results: Mapping[str, Any],
    operation: Operation,
    inputs: Sequence[Any],
) -> Report:
    """Return the report as "not judged" where another arithmetic than p has such errors."""
    wrong = [f.tensor for f in report.findings]
    if not wrong or any(f.kind != "value" or f.causes for f in report.findings):
        return report
    own = {name: as_numbers(results[name]) for name in wrong}
    for q in p.wider:
        other = report_in(q, results, operation, inputs, report.candidate)
        expected = expected_results(operation, inputs, q)
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


def raw(actual: Any) -> Mapping[str, Any]:
    """Return each result by its name, as it was given."""
    return dict(zip(named(actual), map(in_numpy, each_of(actual)), strict=True))


def in_numpy(x: Any) -> Any:
    """Return an array as it is; JAX's of bfloat16, which NumPy lacks, as float32."""
    is_of_jax = dtype_of(x) == "bfloat16" and not hasattr(x, "detach")
    return np.asarray(x).astype(np.float32) if is_of_jax else x


def each_of(actual: Any) -> list[Any]:
    """Return the results, one after the other."""
    if isinstance(actual, Mapping):
        return [*actual.values()]
    return [*actual] if isinstance(actual, tuple | list) else [actual]


def arithmetics(precision: Precisions, results: Sequence[Any], device: str) -> list[Precision]:
    """Return the arithmetics to try, as the device carries them out.

    Raises:
        InputError: none is given, and the results' type has none.
    """
    if precision is None:
        dtype = next((d for d in map(dtype_of, results) if d), "")
        precision = USUAL.get(dtype, dtype)
        if precision not in EVERY_NAME:
            raise input_error("bound.dtype", dtype=dtype, known=", ".join(EVERY_NAME))
    each = [precision] if isinstance(precision, str | Precision) else [*precision]
    return [precision_named(name).on(device) for name in each]


def dtype_of(x: Any) -> str:
    """Return the name of the type of an array's numbers; "" of what is no array."""
    return str(getattr(x, "dtype", "")).rpartition(".")[2]


def device_of(arrays: Sequence[Any]) -> str:
    """Return the kind of device that torch's tensors are on; of other arrays "cpu"."""
    kinds = (str(getattr(getattr(x, "device", None), "type", "")) for x in arrays)
    return next(filter(None, kinds), "cpu")
