"""The steps of a training iteration, one for each tensor, in dataflow order."""

from __future__ import annotations

from parity_tests.page.backward_steps import (
    first_gradients,
    input_step,
    last_gradient,
    parameter_steps,
    update_step,
)
from parity_tests.page.forward_steps import cost_step, forward_step, with_other_cost
from parity_tests.page.graph.graph_steps import graph_steps
from parity_tests.page.page_request import LEARNING_RATE
from parity_tests.page.state_steps import state_steps
from parity_tests.page.step import PageStep, Shapes
from ref_numpy import NetworkSpec
from torch_impl import torch_costs, twin


def all_steps(
    spec: NetworkSpec,
    shapes: Shapes,
    learning_rate: float = LEARNING_RATE,
    by_twin: bool = True,
    training: bool = False,
) -> list[PageStep]:
    """Return a step for each tensor, in dataflow order.

    Args:
        spec: the network.
        shapes: of every tensor, X, Y and parameters too.
        learning_rate: α of the update.
        by_twin: our own twin is shown beside the reference.
        training: whether the run trains.

    Raises:
        InputError: a layer or the loss has no twin in torch, beside which it could be shown.
    """
    for step in spec.steps:
        twin.twin_of(step)
    torch_costs.criterion_of(spec.loss)
    if not spec.is_chain:
        return graph_steps(spec, shapes, learning_rate, by_twin, training)
    forward = [forward_step(spec, step, shapes, training) for step in spec.steps]
    forward += state_steps(spec, shapes, training)
    backward = [last_gradient(spec, name, shapes) for name in first_gradients(spec, shapes)]
    for step in spec.backward_steps:
        backward += [*parameter_steps(spec, step, shapes), input_step(step, shapes, training)]
    updates = [
        update_step(spec, step, name, shapes, learning_rate)
        for step in spec.steps
        for name in step.parameters
    ]
    cost = with_other_cost(spec, cost_step(spec, shapes, by_twin), training)
    return [*forward, cost, *backward, *updates]
