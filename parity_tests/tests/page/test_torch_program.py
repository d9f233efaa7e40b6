"""The lines that a student would write in PyTorch: they run, and give the twin's tensors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import torch_impl
from parity_tests.error_model.precisions import FLOAT64
from parity_tests.kinds.random_problem import random_problem
from parity_tests.page.all_steps import all_steps
from parity_tests.page.snapshots import update_by_torch
from parity_tests.page.step import PageStep
from parity_tests.page.torch_program import network_line
from parity_tests.tests.support.page_networks import SPECS, each_spec
from ref_numpy import AbsoluteError, GradientDescent, Hinge, Huber, NetworkSpec
from torch_impl import conventions

M, RATE = 7, 0.3
DEEP = NetworkSpec.dense([3, 5, 4, 2], ["relu", "leaky_relu"], "sigmoid", lambd=0.2)


def steps_of(spec: NetworkSpec) -> dict[str, PageStep]:
    shapes = {**spec.trace_shapes(M), **spec.parameter_shapes, "Y": (*spec.output_shape, M)}
    return {step.name: step for step in all_steps(spec, shapes, RATE)}


def executed(line: str, names: dict[str, Any]) -> None:
    """Run a line; in `Z1 = nn.Linear(2, 4)(x)  # network[0](x)` the network's own layer."""
    code, _, comment = line.partition("  # ")
    if comment.startswith("network["):
        result, _, made = code.partition(" = ")
        module = made.rpartition("(")[0]
        assert repr(eval(module, names)) == repr(eval(comment.rpartition("(")[0], names))
        code = f"{result} = {comment}"
    if code == "J.backward()" and names["went_back"]:
        return
    exec(code, names)
    names["went_back"] |= code == "J.backward()"
    result = names.get(code.partition(" = ")[0])
    if torch.is_tensor(result) and result.requires_grad:
        result.retain_grad()


OTHER_LOSSES = {
    loss.kind: NetworkSpec.dense([3, 4, 2], "tanh", "identity", loss)
    for loss in (AbsoluteError(), Huber(0.5), Hinge())
}
ALL = {**SPECS, "two outputs, regularised": DEEP, **OTHER_LOSSES}


@pytest.mark.parametrize("spec", ALL.values(), ids=ALL)
def test_the_lines_run_and_give_the_twins_tensors(spec: NetworkSpec) -> None:
    params, X, Y = random_problem(spec, M)
    y = conventions.to_targets(spec, Y)
    x = conventions.to_batch(X).requires_grad_()
    names: dict[str, Any] = {"torch": torch, "nn": nn, "m": M, "x": x, "y": y, "went_back": False}
    exec(network_line(spec), names)
    names["network"].double()
    with torch.no_grad():
        for parameter, theta in zip(names["network"].parameters(), params.values(), strict=True):
            parameter.copy_(torch.tensor(theta.reshape(parameter.shape)))
    expected: dict[str, Any] = {**torch_impl.run(spec, params, X, Y, device="cpu")}
    expected |= {
        f"{n}+": update_by_torch(GradientDescent(RATE), params[n], expected[f"d{n}"], FLOAT64)
        for n in params
    }
    updated = False
    for name, step in steps_of(spec).items():
        for line in step.torch_code.splitlines():
            if not (updated and line.endswith(".step()")):
                executed(line, names)
        updated |= step.phase == "update"
        given = eval(step.torch_name, names).detach().numpy()
        ours = {"T": given.T, "column": given[..., None], "": given}[step.layout]
        np.testing.assert_array_equal(ours, expected[name], err_msg=name)


@each_spec
def test_the_lines_name_the_layers_of_the_network(spec: NetworkSpec) -> None:
    steps, network = steps_of(spec), network_line(spec)
    assert steps["Z1"].torch_code.startswith("Z1 = nn.Linear(")
    assert steps["dW1"].torch_code.endswith("network[0].weight.grad")
    assert steps["db2"].torch_name == "network[2].bias.grad"
    assert steps["dZ1"].torch_name == "m * Z1.grad"
    assert steps["W2+"].torch_code.startswith(
        "torch.optim.SGD(network.parameters(), lr=0.3).step()"
    )
    assert network.count("nn.Linear(") == len(spec.weights)


def test_the_output_activation_is_in_the_network_where_the_loss_takes_its_result() -> None:
    assert network_line(SPECS["binary"]) == (
        "network = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1))"
    )
    assert network_line(SPECS["values"]).endswith("nn.Linear(3, 2), nn.Identity())")
