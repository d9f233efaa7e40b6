"""Weights of examples in the twin: torch's own weighted criteria, and the reference's tensors."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import torch_impl
from parity_tests.checking.comparison import Comparison
from parity_tests.checking.expected.layerwise import expectations
from parity_tests.checking.report import Report
from parity_tests.diagnosis.explained_check import check_trace
from parity_tests.error_model.precisions import FLOAT32, precision_named
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import AbsoluteError, Array, Hinge, Huber, NetworkSpec
from torch_impl import conventions, torch_costs
from torch_impl.twin import Network

M = 11
SPECS = [
    NetworkSpec.dense([5, 7, 6, n_y], ["tanh", "relu"], output, lambd=lambd)
    for n_y, output, lambd in ((3, "softmax", 0.7), (2, "sigmoid", 0.0), (4, "identity", 0.7))
]
SPECS += [
    NetworkSpec.dense([5, 7, 6, 4], ["tanh", "relu"], "identity", loss)
    for loss in (AbsoluteError(), Huber(0.7), Hinge())
]
W = np.round(3 * np.random.default_rng(3).random((1, M)), 2).astype(np.float32)


def report_on(spec: NetworkSpec, precision: str, given: Array | None, judged_by: Array) -> Report:
    """A run of torch with weights, checked with perhaps others."""
    params, X, Y = random_problem(spec, M, 4, np.float32)
    p = precision_named(precision)
    params, X, Y = ({n: a.astype(p.dtype) for n, a in params.items()}, *(
        a.astype(p.dtype) for a in (X, Y)))  # fmt: skip
    w = None if given is None else given.astype(p.dtype)
    trace = torch_impl.run(spec, params, X, Y, w)
    return check_trace(spec, params, X, Y, trace, p, "", w=judged_by.astype(np.float64))


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.loss.kind)
def test_every_tensor_is_the_references(spec: NetworkSpec, precision: str) -> None:
    report = report_on(spec, precision, W, W)
    assert report.passed, str(report)
    assert {tensor.name for tensor in report.tensors} == {*spec.trace_shapes(M)}


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.loss.kind)
def test_a_weight_that_is_another_is_found(spec: NetworkSpec) -> None:
    """By 2⁻¹⁰ of one example: in J and in the first gradient alone, since dW follows from that."""
    other = W.copy()
    other[0, 5] *= 1 + 2**-10
    for given in (None, other):
        found = {finding.tensor for finding in report_on(spec, "float32", given, W).findings}
        assert found == {"J", f"d{spec.loss_reads}"}


def test_weights_of_classes_are_those_of_torchs_criterion() -> None:
    """CrossEntropyLoss(weight=c, reduction="sum") / m, its value and its gradients."""
    spec, c = SPECS[0], np.array([0.5, 2, 3.25], np.float32)
    params, X, Y = random_problem(spec, M, 6, np.float32)
    network = Network(spec)
    conventions.load_params(network, params)
    x, y = conventions.to_batch(X), conventions.to_targets(spec, Y)
    criterion = torch.nn.CrossEntropyLoss(weight=torch.from_numpy(c), reduction="sum")
    J = torch_costs.regularised(network, criterion(network(x), y) / M, M)
    J.backward()
    w = c[y.numpy()][np.newaxis].astype(np.float64)
    exact = [{n: a.astype(np.float64) for n, a in params.items()}, *(a.astype(np.float64)
             for a in (X, Y))]  # fmt: skip
    right = dict(expectations(spec, *exact, {}, FLOAT32, w))
    for name, given in {"J": conventions.array(J), **conventions.get_gradients(network)}.items():
        assert Comparison.of(given, right[name]).ratio <= 1, name
    ours = torch_costs.cost(network, network(x), y, torch.from_numpy(w[0].astype(np.float32)))
    assert Comparison.of(conventions.array(ours), right["J"]).ratio <= 1
    plain = torch_costs.cost(network, network(x), y)
    assert Comparison.of(conventions.array(plain), right["J"]).ratio > 1
