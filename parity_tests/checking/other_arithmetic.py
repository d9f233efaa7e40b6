"""Errors that are no mistake, but another arithmetic inside than the declared one.

A program of bfloat16 may keep its sums in bfloat16, or its kernels may be fused; one that declares
to store the results of its steps once may store each operation's. Its errors are then larger than
the declared arithmetic allows; that is not judged, and the report names the arithmetic to declare.
A known mistake is a finding all the same, and so is an error of few elements that the others do
not have. What is decided here is between "failed" and "not judged" alone.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import replace

import numpy as np

from parity_tests.checking.causes import Cause
from parity_tests.checking.comparison import Comparison
from parity_tests.checking.expected.layerwise import Expected
from parity_tests.checking.findings import Finding
from parity_tests.error_model.precisions import FALSE_POSITIVE_RATE, Precision
from parity_tests.kinds.equivalent_formulas import Formulas
from ref_numpy import Array, NetworkSpec


def arithmetics_to_try(
    p: Precision, wrong: Collection[str], spec: NetworkSpec
) -> tuple[Precision, ...]:
    """Return the arithmetics that may have errors that p has not, in the order to try them.

    Fused steps show in activations. Where only gradients of parameters are wrong, which are sums
    over the examples, it is tried first whether sums alone are kept in the format: torch adds so
    the γ and β of a LayerNorm, and the vectors of an Embedding.

    Args:
        p: the declared arithmetic.
        wrong: the tensors that are wrong in it.
        spec: the network.
    """
    gradients = {f"d{name}" for name in spec.parameter_shapes}
    sums = [q for q in p.wider if q.accumulate == q.u] if gradients.issuperset(wrong) else []
    return (*(replace(q, fused=p.fused) for q in sums), *p.wider)


def are_of_rounding(
    findings: Iterable[Finding], own: dict[str, Array], expected: Iterable[Expected]
) -> bool:
    """Return whether wrong values may all be of rounding: no known mistake, no single elements.

    Args:
        findings: of values, with their causes.
        own: the candidate's tensors.
        expected: value ± error of each tensor, in an arithmetic that has such errors.
    """
    wrong = {finding.tensor: finding for finding in findings}
    if any(is_mistake(cause) for finding in wrong.values() for cause in finding.causes):
        return False
    return all(is_spread(own[n], formulas) for n, formulas in expected if n in wrong)


def is_mistake(cause: Cause) -> bool:
    """Return whether a cause is one listed mistake, and neither a precision nor fitted numbers."""
    return cause.is_certain and "+" not in cause.code and not {"q", "c"} & set(cause.facts)


def is_spread(candidate: Array, formulas: Formulas) -> bool:
    """Return whether errors are everywhere, as those of rounding are: max |z| ≤ λ (the next |z|).

    z is error ÷ bound, of n elements. If they are normal numbers of one variance σ², the largest is
    beyond λσ, λ = √(2 log(2n/ε)), with probability ε at most, FALSE_POSITIVE_RATE; and fewer than
    two are beyond σ with probability p^n + n (1 − p) p^(n−1), p = erf(1/√2). Of so few elements
    that this is more than ε nothing can be told: their errors may be of rounding. Where variances
    differ, the largest two are of the elements with the largest.
    """
    *_, bound, z = Comparison.of(candidate, formulas).elements()
    z = z[(bound > 0) & np.isfinite(bound)]
    n, p = z.size, math.erf(math.sqrt(1 / 2))
    if p**n + n * (1 - p) * p ** (n - 1) > FALSE_POSITIVE_RATE:
        return True
    second, largest = np.partition(z, -2)[-2:]
    return bool(largest <= math.sqrt(2 * math.log(2 * n / FALSE_POSITIVE_RATE)) * second)
