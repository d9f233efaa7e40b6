"""The reference and its torch twin: every tensor of every case, at every precision."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import numpy as np
import pytest
import torch

import torch_impl
from parity_tests import check
from parity_tests.adapters.torch_twin import MODES, twin
from parity_tests.checking.verdict import NOT_JUDGED
from parity_tests.error_model.precisions import (
    BFLOAT16,
    FLOAT32,
    FLOAT64,
    PRECISIONS,
    Precision,
    precision_named,
)
from parity_tests.kinds.cases import Case, cases
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import NetworkSpec
from torch_impl import conventions

TABLE = cases()


def test_every_tensor_agrees(case: Case, precision: str, device: str) -> None:
    """The campaign of false positives calls the twin again; here its trace is enough."""
    p = precision_named(precision)
    params, X, Y = case.problem(p)
    problem = case.spec, {n: p.round(a) for n, a in params.items()}, p.round(X), p.round(Y)
    report = check(twin(precision, device)(*problem), *problem, precision)
    assert not report.findings, str(report)
    # At the ends of a format's range the gradients of a squared error may underflow, so that
    # nothing of them can be judged; nowhere else.
    at_the_end = case.change is not None and precision != "float64"
    assert report.passed or (at_the_end and report.verdict == NOT_JUDGED)
    assert not report.not_checked
    # A fused kernel may compute huge numbers again: infinity is within one rounding of them.
    assert not report.unbounded or precision not in PRECISIONS


# torch.compile takes seconds a network: through autograd's tracer one of each output, through
# the compiler itself one at each precision that it treats differently.
TRACED = [f"tanh-5.7.{n_y}-{output}-m11" for n_y, output in (
    (2, "sigmoid-binary_cross_entropy"), (3, "softmax-cross_entropy"), (2, "relu-squared_error"),
    (2, "identity-absolute_error"), (3, "identity-huber"), (2, "identity-hinge"),
)]  # fmt: skip
COMPILED = "tanh-5.7.3-softmax-cross_entropy-m11"


@pytest.mark.slow
@pytest.mark.parametrize("name", TRACED)
def test_a_traced_twin_agrees(name: str) -> None:
    case = TABLE[name]
    candidate = twin("float64", backend="aot_eager")
    check(candidate, case.spec, *case.problem(FLOAT64), calls=1).raise_findings()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")  # torch's own, of itself
@pytest.mark.skipif(shutil.which("c++") is None, reason="torch.compile needs a C++ compiler")
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_compiled_twin_agrees(precision: str) -> None:
    case = TABLE[COMPILED]
    candidate = twin(precision, backend="inductor")
    problem = case.problem(PRECISIONS[precision])
    check(candidate, case.spec, *problem, precision, calls=1).raise_findings()


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
@pytest.mark.cuda
@pytest.mark.parametrize("precision", MODES)
def test_a_compiled_twin_agrees_on_cuda(precision: str) -> None:
    case = TABLE[COMPILED]
    candidate = twin(precision, "cuda", backend="inductor")
    problem = case.problem(PRECISIONS[precision])
    check(candidate, case.spec, *problem, precision, calls=1).raise_findings()


@pytest.mark.parametrize("p", [FLOAT64, FLOAT32, BFLOAT16], ids=lambda p: p.name)
@pytest.mark.parametrize("optimiser", [torch.optim.SGD, torch.optim.Adam])
def test_every_step_of_a_training_agrees(optimiser, p: Precision) -> None:
    """From the parameters that torch has before each of ten steps."""
    spec = NetworkSpec.dense([5, 7, 6, 3], ["relu", "tanh"])
    network, batches = torch_impl.Network(spec), batches_of(spec, p, 10)
    network = network.to(torch.float32 if p is BFLOAT16 else getattr(torch, p.name))
    torch_impl.load_params(network, random_problem(spec, 11, dtype=p.dtype)[0])
    network = network.to(getattr(torch, p.name))
    update = optimiser(network.parameters(), lr=0.1)
    for X, Y in batches:
        x = conventions.to_batch(X).to(getattr(torch, p.name))
        y = conventions.to_targets(spec, Y)
        params = torch_impl.get_params(network)
        check(torch_impl.trace(network, x, y), spec, params, X, Y, p).raise_findings()
        update.zero_grad()
        torch_impl.cost(network, network(x), y).backward()
        update.step()


def batches_of(spec: NetworkSpec, p: Precision, n: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for seed in range(n):
        _, X, Y = random_problem(spec, 11, seed)
        yield p.round(X), p.round(Y)


@pytest.mark.slow
def test_a_wide_and_deep_network_is_checked_at_every_layer() -> None:
    """Twenty layers of 512 units: end to end their bounds would mean nothing."""
    spec = NetworkSpec.dense([512] * 20 + [10], "tanh")
    problem = random_problem(spec, 16, dtype=np.float32)
    for precision in ("float32", "bfloat16"):
        report = check(twin(precision), spec, *problem, precision, calls=1)
        report.raise_findings()
        assert len(report.tensors) == len(spec.trace_shapes(16))
        assert not report.unbounded
