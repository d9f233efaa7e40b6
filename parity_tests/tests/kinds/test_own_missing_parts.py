"""Missing parts of layers and losses that people add: each is one sentence, or not compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from torch import nn

import ref_numpy
import torch_impl
from parity_tests import check
from parity_tests.adapters.apart import examine_apart
from parity_tests.adapters.check_candidate import examine
from parity_tests.adapters.request import Request
from parity_tests.diagnosis.explained_check import check_trace
from parity_tests.error_model.precisions import FLOAT64
from parity_tests.kinds.random_problem import random_problem
from parity_tests.tests.support.sample_kinds import AbsoluteDeviation, PReLU, known, networks
from ref_numpy import Array, Elementwise, InputError, Layer, NetworkSpec
from torch_impl import own_twins

M = 7
NAMES = ("scale", "prelu", "softplus", "shift", "poisson", "last")


@pytest.fixture(autouse=True)
def added() -> Iterator[None]:
    with known():
        yield


def test_an_unknown_part_of_a_loss_is_not_checked() -> None:
    """Its dA[L], of a program that goes through it: the tensors after it are judged."""
    spec = networks()["poisson"]
    given = random_problem(spec, M)
    trace = dict(ref_numpy.run(spec, *given))
    report = check(trace | {"dA2": 1 - given[2] / trace["A2"]}, spec, *given)
    assert (report.passed, report.not_checked) == (True, ("dA2",))
    report = check(trace | {"dA2": trace["A2"], "dZ2": 3 * trace["dZ2"]}, spec, *given)
    assert report.findings[0].tensor == "dZ2"


def test_an_operation_without_a_rule_is_one_sentence() -> None:
    def elementwise(name: str, g: Callable[[Any], Any]) -> Layer:
        own = {"g": lambda self, Z: g(Z), "g_prime": lambda self, Z, A: np.exp(Z)}
        cls = type(name, (Elementwise,), own, kind=name)
        return dataclass(frozen=True)(cls)()

    for name, g, operation in (
        ("Sinh", np.sinh, r"np\.sinh \(__call__\) has no rounding rule"),
        ("Deviation", lambda Z: Z / Z.std(), "'ErrorArray' object has no attribute 'std'"),
        ("Clip", lambda Z: np.clip(Z, 0, 6), r"np\.clip has no rounding rule"),
    ):
        spec = NetworkSpec.dense([2, 3, 1], elementwise(name, g), "identity")
        given = random_problem(spec, M)
        message = rf"^{name}\.forward cannot be bounded, .*\({operation}.*\); write it with \+ −"
        with pytest.raises(InputError, match=message) as caught:
            check(ref_numpy.run, spec, *given)
        assert caught.value.code == "layer.no-rounding-rule"
        del Layer.kinds[name]


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_mean_of_parts_of_a_batch(name: str) -> None:
    """As two processes compute it, each with half of the examples."""
    spec, p = networks(lambd=0.3)[name], replace(FLOAT64, parts=2)
    params, X, Y = random_problem(spec, 2 * M)
    half = replace(spec, lambd=spec.lambd / 2)  # whose λ/m is that of the whole
    first, second = (
        ref_numpy.run(half, params, X[:, some], Y[:, some])
        for some in (slice(0, M), slice(M, 2 * M))
    )
    averaged = ["J", *(f"d{n}" for n in params)]
    trace = {
        n: (a + second[n]) / 2 if n in averaged else np.concatenate([a, second[n]], axis=1)
        for n, a in first.items()
    }
    check_trace(spec, params, X, Y, trace, p, "parts").raise_findings()
    for n in averaged:
        report = check_trace(spec, params, X, Y, trace | {n: 2 * trace[n]}, p, "parts")
        assert [finding.tensor for finding in report.findings] == [n]


def test_a_twin_that_people_add_is_torchs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_twins, "LAYERS", {})
    spec = networks(lambd=0.3)["prelu"]
    given = random_problem(spec, M)
    torch_impl.register(PReLU, lambda layer: nn.PReLU(2))
    with pytest.raises(
        InputError, match=r"the twin of PReLU, a PReLU, has parameters of \[2\] num"
    ):
        torch_impl.run(spec, *given)
    torch_impl.register(PReLU, lambda layer: nn.PReLU())
    check(torch_impl.run, spec, *given).raise_findings()


FILE = """
from dataclasses import dataclass
import numpy as np, ref_numpy
from ref_numpy import Elementwise

@dataclass(frozen=True)
class Softplus(Elementwise, kind="own_softplus"):
    def g(self, Z): return np.maximum(Z, 0) + np.log1p(np.exp(-np.abs(Z)))
    def g_prime(self, Z, A): return 1 / (1 + np.exp(-Z))

run = ref_numpy.run
def wrong(*given):
    trace = ref_numpy.run(*given)
    return trace | {"dZ1": trace["dZ1"] * 2}
"""


@pytest.mark.slow
def test_a_file_that_defines_its_own_activation(tmp_path: Path, own_kinds: None) -> None:
    (tmp_path / "mine.py").write_text(FILE)
    settings: Mapping[str, Any] = {
        "network": "3-4-2", "hidden": "own_softplus", "output": "identity", "precision": "float64",
    }  # fmt: skip
    for _ in range(2):  # the file is executed again
        assert examine(Request(f"{tmp_path / 'mine.py'}:run", **settings)).passed
    report = examine(Request(f"{tmp_path / 'mine.py'}:wrong", **settings))
    assert report.findings[0].tensor == "dZ1"


@pytest.mark.slow
@pytest.mark.subprocess
def test_a_process_of_its_own_needs_the_kinds_from_a_file_of_the_judges(
    tmp_path: Path, own_kinds: None
) -> None:
    """The judge, which does not import the candidate, imports that file."""
    definition, functions = FILE.split("run = ")
    (tmp_path / "softplus_kinds.py").write_text(definition)
    (tmp_path / "mine.py").write_text(f"import softplus_kinds, ref_numpy\nrun = {functions}")
    settings: Mapping[str, Any] = {
        "network": "3-4-2", "hidden": "own_softplus", "output": "identity", "examples": M,
    }  # fmt: skip
    with pytest.raises(InputError) as unknown:
        examine_apart(Request(f"{tmp_path / 'mine.py'}:run", **settings))
    assert unknown.value.code == "activation.unknown"
    settings = {**settings, "kinds": str(tmp_path / "softplus_kinds.py")}
    assert examine_apart(Request(f"{tmp_path / 'mine.py'}:run", **settings)).passed
    report = examine_apart(Request(f"{tmp_path / 'mine.py'}:wrong", **settings))
    assert report.findings[0].tensor == "dZ1"
    with pytest.raises(InputError) as missing:
        examine_apart(Request("mine.py:run", kinds=str(tmp_path / "none.py")))
    assert missing.value.code == "kinds.missing"


def test_labels_that_are_not_known_are_those_that_were_given(own_kinds: None) -> None:
    @dataclass(frozen=True)
    class Quarters(AbsoluteDeviation, kind="quarters"):
        def check_labels(self, Y: Array) -> None:
            if (Y != 0.25).any():
                raise InputError("Y holds other numbers than 0.25.")

    spec = NetworkSpec.dense([3, 4, 2], "tanh", "identity", Quarters())
    with pytest.raises(InputError, match=r"^Quarters\.check_labels accepts none of the ") as caught:
        random_problem(spec, M)
    assert caught.value.code == "loss.no-random-labels"
    given = random_problem(spec, M, labels=np.full((2, 3), 0.25))

    def wrong(*problem: Any) -> dict[str, Array]:
        trace = ref_numpy.run(*problem)
        return trace | {"dW2": M * trace["dW2"]}

    finding = check(wrong, spec, *given).findings[0]
    assert finding.tensor == "dW2"
    assert f"it is {M} times the expected value" in str(finding.cause)
