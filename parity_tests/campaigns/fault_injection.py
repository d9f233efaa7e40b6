"""Fault injection: a run of the reference that computes the rest from a wrong tensor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from parity_tests.kinds.own_kinds import with_items
from ref_numpy import Array, NetworkSpec
from ref_numpy.loss import example_losses, loss_gradient
from ref_numpy.propagation import mean_cost, parameter_gradients
from ref_numpy.trace import Trace

Change = Callable[[Array], Array]


def faulty_run(
    spec: NetworkSpec,
    params: Mapping[str, Array],
    X: Array,
    Y: Array,
    changes: Mapping[str, Change],
) -> Trace:
    """Run the reference; each tensor that `changes` names goes through its change."""

    def changed(name: str, tensor: Any) -> Any:
        return changes[name](tensor) if name in changes else tensor

    trace: dict[str, Any] = {"A0": changed("A0", X)}
    caches = {}
    for step in spec.steps:
        output, cache = step.forward(step.select(params), trace[step.input])
        trace[step.output] = changed(step.output, output)
        caches[step.output] = with_items(
            cache, lambda x, step=step, output=output: trace[step.output] if x is output else x
        )
    L = example_losses(spec.loss, trace[spec.loss_reads], Y)
    trace["J"] = changed("J", mean_cost(spec, params, L))
    first = f"d{spec.loss_reads}"
    trace[first] = changed(first, loss_gradient(spec.loss, trace[spec.output], Y))
    for step in spec.backward_steps:
        d_output, cache = trace[f"d{step.output}"], caches[step.output]
        gradients = parameter_gradients(spec, step, params, cache, d_output)
        trace |= {name: changed(name, gradient) for name, gradient in gradients.items()}
        d_input = step.backward(step.select(params), cache, d_output)
        trace[f"d{step.input}"] = changed(f"d{step.input}", d_input)
    return Trace(trace)
