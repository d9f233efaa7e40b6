"""The score: the share of right results among those that count."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import ref_numpy
from parity_tests import check, random_problem
from parity_tests.checking.findings import make_finding
from parity_tests.checking.judged import Tensor
from parity_tests.checking.report import Report
from ref_numpy import NetworkSpec

SPEC = NetworkSpec.dense([5, 7, 3], "tanh", "softmax")
EVIDENCE = ("dW1", "db1")


def tensor(name: str, ratio: float = 0.5, **fields: Any) -> Tensor:
    return Tensor(name, (2, 3), 0.0, ratio, expected=1.0, **fields)


def report(*tensors: Tensor, wrong: tuple[str, ...] = (), **fields: Any) -> Report:
    findings = tuple(make_finding(name, "value", "value") for name in wrong)
    return Report("mine", "float64", findings, tensors, evidence=EVIDENCE, **fields)


def test_all_right_is_1() -> None:
    r = report(tensor("Z1"), tensor("dW1"), tensor("db1"), not_checked=("A0", "dA0"))
    assert (r.verdict, r.score) == ("passed", 1)
    assert r.scored == {"Z1": True, "dW1": True, "db1": True}


def test_a_gradient_that_is_missing_is_not_right_and_other_tensors_need_not_be_there() -> None:
    r = report(tensor("Z1"), tensor("dW1"), not_checked=("A0", "db1"))
    assert r.scored == {"Z1": True, "dW1": True, "db1": False}


def test_a_finding_counts_once_for_its_tensor() -> None:
    r = report(tensor("Z1"), tensor("dW1", 9.0), tensor("db1"), wrong=("dW1",))
    assert (r.scored["dW1"], r.score) == (False, 2 / 3)
    received = report(tensor("Z1"), tensor("Z2"), tensor("dW1"), tensor("db1"), wrong=("Z1@Z2",))
    assert received.scored == {"Z1": True, "Z2": False, "dW1": True, "db1": True}


def test_the_required_count_and_whatever_is_wrong() -> None:
    required = {"required": ("dW1", "db1")}
    r = report(tensor("Z1"), tensor("dW1"), tensor("db1"), **required)
    assert r.scored == {"dW1": True, "db1": True}
    r = report(tensor("Z1", 9.0), tensor("dW1"), tensor("db1"), wrong=("Z1",), **required)
    assert (r.scored, r.score) == ({"dW1": True, "db1": True, "Z1": False}, 2 / 3)
    r = report(tensor("dW1"), required=("dW1", "relu_backward"))  # which the file lacks
    assert (r.scored, r.verdict) == ({"dW1": True, "relu_backward": False}, "not judged")


def test_what_was_not_judged_is_not_right() -> None:
    blunt = replace(tensor("db1"), bound=2.0)
    assert report(tensor("dW1"), blunt).scored == {"dW1": True, "db1": False}
    undeclared = report(tensor("dW1"), tensor("db1"), declare="bfloat16", undeclared=("db1",))
    assert undeclared.scored == {"dW1": True, "db1": False}
    follows = tensor("backward.dW", 9.0)  # it has no finding of its own
    assert report(tensor("dW1"), tensor("db1"), follows).score == 1
    required = {"required": ("dW1", "backward.dW")}
    assert report(tensor("dW1"), follows, **required).score == 1 / 2
    assert Report("mine", "float64", (), (), ("dW1",)).score == 0


def test_a_call_that_failed_counts() -> None:
    r = report(tensor("dW1"), tensor("db1"), wrong=("call",))
    assert r.score == 2 / 3


def test_a_mistake_in_one_of_14_tensors() -> None:
    """One wrong line costs what it computes: the others are judged from its own results."""

    def mine(spec: Any, params: Any, X: Any, Y: Any) -> Any:
        trace = ref_numpy.run(spec, params, X, Y)
        return trace | {"dW2": X.shape[1] * trace["dW2"]}

    r = check(mine, SPEC, *random_problem(SPEC, 11, 0))
    assert [name for name, right in r.scored.items() if not right] == ["dW2"]
    assert r.score == 13 / 14
