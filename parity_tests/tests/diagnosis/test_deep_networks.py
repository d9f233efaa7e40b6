"""The diagnosis of a deep network takes a time that is proportional to its wrong tensors."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import ref_numpy
from parity_tests import check
from parity_tests.checking.report import Report
from parity_tests.diagnosis import hypotheses
from parity_tests.diagnosis.layers_in_reach import REACH, layers_in_reach
from parity_tests.diagnosis.repeated_mistakes import FULL_SEARCHES
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import Array, NetworkSpec

Trace = dict[str, Array]


def checked(name: str, L: int, spoil: Callable[[Trace, Trace, int], Array]) -> Report:
    """Check a trace in which one tensor of every hidden layer is wrong."""
    spec = NetworkSpec.dense([3] * L + [1], "tanh", "sigmoid")
    params, X, Y = random_problem(spec, 5)
    trace = ref_numpy.run(spec, params, X, Y)
    wrong = {f"{name}{l}": spoil(trace, params, l) for l in range(2, L)}
    return check(trace | wrong, spec, params, X, Y)


def without_b(t: Trace, p: Trace, l: int) -> Array:
    return p[f"W{l}"] @ t[f"A{l - 1}"]


def unknown(t: Trace, p: Trace, l: int) -> Array:
    return np.cos(np.arange(3.0) + l).reshape(3, 1)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "spoil"), [("Z", without_b), ("db", unknown)])
def test_twice_the_layers_need_at_most_twice_the_formulas(name, spoil, monkeypatch) -> None:
    counts = []
    for L in (24, 48):
        texts: list[str] = []

        def counted(text: str, names, texts=texts, evaluate=hypotheses.evaluate):
            texts.append(text)
            return evaluate(text, names)

        with monkeypatch.context() as patched:
            patched.setattr(hypotheses, "evaluate", counted)
            assert len(checked(name, L, spoil).findings) >= L - 2
        counts.append(len(texts))
    assert counts[1] <= 2 * counts[0]


@pytest.mark.slow
def test_the_mistake_of_every_layer_is_named_in_every_layer() -> None:
    report = checked("Z", 40, without_b)
    causes = {f.tensor: [c.code for c in f.causes] for f in report.findings if f.layer != 40}
    assert {f"Z{l}" for l in range(2, 40)} <= causes.keys()
    assert all(causes[f"Z{l}"] == ["Z.missing-b"] for l in range(2, 40))


@pytest.mark.slow
def test_a_remark_says_what_was_not_tried() -> None:
    findings = checked("db", 40, unknown).findings
    remarks = {f.tensor: f.remark.message for f in findings if f.remark}
    first, last = remarks["db39"], remarks["db2"]
    assert f"those within {REACH} of the layers 0, 2, 39 and 40 were tried" in first
    assert f"{2 * FULL_SEARCHES} other db were searched in full, and only the mistakes" in last


@pytest.mark.slow
def test_a_factor_is_named_in_every_layer() -> None:
    """Also after as many tensors that nothing explains as are searched in full."""

    def spoil(t: Trace, p: Trace, l: int) -> Array:
        return 5 * t[f"db{l}"] if l < 30 else unknown(t, p, l)

    findings = checked("db", 60, spoil).findings
    causes = {f.tensor: [c.code for c in f.causes] for f in findings}
    assert all(causes[f"db{l}"] for l in range(2, 30))
    assert not any(causes[f"db{l}"] for l in range(30, 60))


@pytest.mark.slow
def test_nothing_is_left_out_of_a_small_network() -> None:
    L = 2 * REACH + 1
    assert FULL_SEARCHES >= L
    assert all(layers_in_reach(l, L) == [*range(L + 1)] for l in range(1, L + 1))
    remarks = [f.remark for f in checked("db", L, unknown).findings]
    assert len(remarks) == L - 2
    assert not any("tried" in (remark.message if remark else "tried") for remark in remarks)


@pytest.mark.slow
def test_the_mirror_image_of_a_layer_is_in_reach() -> None:
    assert 70 in layers_in_reach(31, 100)
    report = checked("Z", 40, lambda t, p, l: p[f"W{41 - l}"] @ t[f"A{l - 1}"] + p[f"b{l}"])
    [finding] = [f for f in report.findings if f.tensor == "Z20"]
    assert [c.facts for c in finding.causes] == [{"other_W": "W21", "l": 20}]
