"""The cross-entropy of tokens in torch: its twin, torch's own mean, parts of an update, weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import parity_tests
import torch_impl
from parity_tests.checking.check_trace import check_trace
from parity_tests.checking.comparison import Comparison
from parity_tests.checking.expected.layerwise import expectations
from parity_tests.error_model.precisions import FLOAT32, FLOAT64, PRECISIONS
from parity_tests.kinds.known_kinds import built_in_loss
from parity_tests.kinds.random_graph import random_graph
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import Graph, NetworkSpec, Softmax, TokenCrossEntropy
from ref_numpy.loss import Counts
from torch_impl import conventions, torch_costs

KIND = built_in_loss("token_cross_entropy")
IGNORED, M = -100, 6
LOSSES = TokenCrossEntropy(), TokenCrossEntropy(smoothing=0.1), TokenCrossEntropy(2, 0.25)


def of_texts(loss: TokenCrossEntropy, lambd: float = 0.5) -> NetworkSpec:
    assert KIND.graph is not None
    return NetworkSpec.from_graph(KIND.graph(), loss, lambd)


SPECS = [
    *(of_texts(loss) for loss in LOSSES),
    *(NetworkSpec.dense([5, 7, 3], "tanh", loss=loss, lambd=0.7) for loss in LOSSES),
]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: f"{spec.loss} {spec.is_chain}")
@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_every_tensor_of_the_twin_is_the_references(spec: NetworkSpec, precision: str) -> None:
    params, X, Y = random_problem(spec, M, 1, PRECISIONS[precision].dtype)
    assert (spec.loss.ignored == Y).any()  # pyright: ignore[reportAttributeAccessIssue]
    report = parity_tests.check(torch_impl.run, spec, params, X, Y, precision)
    assert report.verdict == "passed", str(report)
    assert {t.name for t in report.tensors} == {*spec.trace_shapes(M)} - {"tokens"}


SEEDS = 15, 36, 894, 1012, 1301  # of graphs with tokens for labels, the last three at positions


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_random_graphs_with_tokens_for_labels(seed: int) -> None:
    spec = random_graph(seed)
    assert (spec.loss.kind, len(spec.output_shape)) == ("token_cross_entropy", 1 + (seed > 100))
    report = parity_tests.check(torch_impl.run, spec, *random_problem(spec, M, seed))
    assert report.verdict == "passed", str(report)


@pytest.mark.parametrize("p", [FLOAT64, FLOAT32], ids=lambda p: p.name)
@pytest.mark.parametrize("loss", LOSSES)
def test_torchs_own_mean_is_over_the_labels_that_count(loss: TokenCrossEntropy, p: Any) -> None:
    """Another engine: nn.CrossEntropyLoss, whose mean is Σ/N, and its gradient by autograd."""
    graph = Graph({"z": (9, 4)})
    graph.add("a", Softmax(), "z")
    spec, draw = NetworkSpec.from_graph(graph, loss), np.random.default_rng(2)
    Z, Y = draw.standard_normal((9, M, 4)).astype(p.dtype), draw.integers(0, 9, (M, 4))
    Y[draw.random((M, 4)) < 0.25] = loss.ignored
    z = torch.from_numpy(Z).movedim(0, 1).clone().requires_grad_()  # (m, 9, 4)
    criterion = nn.CrossEntropyLoss(ignore_index=loss.ignored, label_smoothing=loss.smoothing)
    J = criterion(z, torch.from_numpy(Y))
    (dz,) = torch.autograd.grad(J, z)
    right = dict(expectations(spec, {}, Z.astype(np.float64), Y, {}, p))
    found = {"J": J.detach().numpy(), "dz": dz.movedim(1, 0).numpy()}
    for name, x in found.items():
        assert Comparison.of(x.astype(np.float64), right[name]).ratio <= 1, name
        # The bounds are narrow enough: a mean over all labels is outside.
        over_all = x * float(np.mean(loss.ignored != Y))
        assert Comparison.of(over_all.astype(np.float64), right[name]).ratio > 1, name


def gradients_in_parts(spec: NetworkSpec, problem: Any, counts: Counts | None) -> dict[str, Any]:
    """J and the gradients of examples 0, 1 and of the rest: the mean of the two parts'."""
    params, X, Y = problem
    network = torch_impl.Network(spec).double()
    torch_impl.load_params(network, params)
    total = torch.zeros((), dtype=torch.float64)
    for part in (slice(2), slice(2, None)):
        x, y = conventions.to_batch(X[part]), conventions.to_targets(spec, Y[part])
        J = torch_costs.cost(network, network(x), y, counts=counts) / 2
        J.backward()
        total += J.detach()
    return {"J": conventions.array(total), **conventions.get_gradients(network)}


def test_gradients_that_are_accumulated_are_those_of_the_batch() -> None:
    """By N and m of the whole update; by each part's own they are another cost's."""
    spec = of_texts(TokenCrossEntropy(smoothing=0.1))
    params, X, Y = random_problem(spec, M, 3)
    Y[0], Y[1, :3] = IGNORED, IGNORED
    right = dict(expectations(spec, params, X, Y, {}, FLOAT64))
    whole = Counts(np.sum(Y != IGNORED) / 2, M)
    for name, x in gradients_in_parts(spec, (params, X, Y), whole).items():
        assert Comparison.of(x, right[name]).ratio <= 1, name
    for name, x in gradients_in_parts(spec, (params, X, Y), None).items():
        assert Comparison.of(x, right[name]).ratio > 1, name


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: f"{spec.loss} {spec.is_chain}")
def test_weights_multiply_the_losses(spec: NetworkSpec) -> None:
    params, X, Y = random_problem(spec, M, 4, np.float32)
    w = np.array([[0.5, 0, 1.25, 3, 1, 2]], np.float32)
    trace = torch_impl.run(spec, params, X, Y, w)
    for judged_by, expected in ((w, set()), (w[:, ::-1], {"J", f"d{spec.loss_reads}"})):
        report = check_trace(
            spec, params, X, Y, trace, FLOAT32, "", w=judged_by.astype(np.float64)
        )  # fmt: skip
        assert {finding.tensor for finding in report.findings} == expected, str(report)


def test_where_no_label_counts_J_and_gradients_are_0() -> None:
    spec = of_texts(TokenCrossEntropy(), lambd=0)
    params, X, Y = random_problem(spec, 3, 5)
    network = torch_impl.Network(spec).double()
    torch_impl.load_params(network, params)
    y = conventions.to_targets(spec, np.full_like(Y, IGNORED))
    J = torch_costs.cost(network, network(conventions.to_batch(X)), y)
    J.backward()
    assert J.item() == 0
    assert not any(x.any() for x in conventions.get_gradients(network).values())
