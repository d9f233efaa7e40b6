"""Fault injection: a run of the reference that computes the rest from a wrong tensor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ref_numpy import Array, NetworkSpec
from ref_numpy.loss import example_losses, loss_gradient
from ref_numpy.propagation import mean_cost, with_L2
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
        cache = step.forward(step.select(params), spec.context(X.shape[-1]), trace[step.input])
        trace[step.output] = changed(step.output, cache.outputs[0])
        caches[step.output] = cache._replace(outputs=(trace[step.output],))
    L = example_losses(spec.loss, trace[spec.loss_reads], Y)
    trace["J"] = changed("J", mean_cost(spec, params, L))
    first = f"d{spec.loss_reads}"
    trace[first] = changed(first, loss_gradient(spec.loss, trace[spec.output], Y))
    for step in spec.backward_steps:
        d_output, cache = trace[f"d{step.output}"], caches[step.output]
        (d_input,), gradients = step.backward(step.select(params), cache, d_output)
        for own, full in step.parameters.items():
            name = f"d{full}"
            gradient = gradients[own]
            if full in spec.weights:
                gradient = with_L2(spec, full, params, gradient, X.shape[-1])
            trace[name] = changed(name, gradient)
        trace[f"d{step.input}"] = changed(f"d{step.input}", d_input)
    return Trace(trace)
