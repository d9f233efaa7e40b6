"""Several tensors with one mistake are one finding, where the mistake is one."""

from __future__ import annotations

import numpy as np
import pytest

import ref_numpy
from parity_tests import check
from parity_tests.checking.findings import Finding
from parity_tests.kinds.random_problem import random_problem
from parity_tests.tests.support.named_causes import codes
from ref_numpy import NetworkSpec

M = 11
SPEC = NetworkSpec.dense([5, 7, 6, 3], "relu", "softmax")
SINGLE = NetworkSpec.dense([5, 4, 1], "tanh", "sigmoid")


def transposed(kinds: str, spec: NetworkSpec = SPEC) -> tuple[Finding, ...]:
    """The findings on a run whose tensors of these kinds are transposed."""
    problem = random_problem(spec, M, 3)
    trace = ref_numpy.run(spec, *problem)
    turned = {n: x.T if n.rstrip("0123456789") in kinds.split() else x for n, x in trace.items()}
    return check(turned, spec, *problem).findings


@pytest.mark.parametrize(
    "spec", [SPEC, NetworkSpec.dense([5, 4, 4, 3], "relu", "softmax")], ids=["all-differ", "square"]
)
def test_examples_in_rows_are_one_finding(spec: NetworkSpec) -> None:
    """A square matrix is right in its shape and wrong in its numbers: the same finding."""
    (finding,) = transposed("A Z dZ dW db dA", spec)
    assert (finding.tensor, finding.code, codes(finding)) == ("A0", "A.shape", ["A0.transposed"])
    sizes = [np.size(x) for x in ref_numpy.run(spec, *random_problem(spec, M, 3)).values()]
    assert finding.facts["reproduced"] == sum(sizes) - 1  # all but J
    assert len(finding.facts["others"]) == len(sizes) - 2


def test_the_transposed_gradients_of_one_line_are_no_convention() -> None:
    found = transposed("dW")
    assert [(f.tensor, codes(f)) for f in found] == [
        (f"dW{l}", ["dW.transposed"]) for l in (3, 2, 1)
    ]


def test_nobody_sums_over_the_units_of_a_single_one() -> None:
    problem = random_problem(SINGLE, M, 3)
    trace = ref_numpy.run(SINGLE, *problem)
    (finding,) = check({**trace, "db2": trace["dZ2"] / M}, SINGLE, *problem).findings
    assert codes(finding) == ["db.missing-sum"]
