"""Fault injection: a run of the reference that computes the rest from a wrong tensor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from operator import add
from typing import Any

import numpy as np

from ref_numpy import Array, Context, NetworkSpec
from ref_numpy.arrays.axes import number_of_examples
from ref_numpy.graphs.step import next_name
from ref_numpy.inputs import named_inputs
from ref_numpy.propagation import Inputs, cost, first_gradient, next_state, with_L2
from ref_numpy.trace import Trace

Change = Callable[[Array], Array]


def faulty_run(
    spec: NetworkSpec,
    params: Mapping[str, Array],
    X: Inputs,
    Y: Array,
    changes: Mapping[str, Change],
    context: Context | None = None,
) -> Trace:
    """Run the reference; each tensor that `changes` names goes through its change.

    Args:
        spec: the network.
        params: its parameters by canonical name.
        X: the inputs, (n_x, m), or each by name.
        Y: the labels, (n_y, m).
        changes: by canonical name.
        context: of the run; None is one that does not train.
    """

    def changed(name: str, tensor: Any) -> Any:
        return changes[name](tensor) if name in changes else tensor

    trace: dict[str, Any] = {n: changed(n, x) for n, x in named_inputs(spec, X).items()}
    m = number_of_examples(trace[spec.input])
    context, caches = context or spec.context(m), {}
    for step in spec.steps:
        own, inputs = step.select(params), [trace[name] for name in step.inputs]
        cache = step.forward(own, context, *inputs)
        outputs = tuple(map(changed, step.outputs, cache.outputs))
        trace |= zip(step.outputs, outputs, strict=True)
        caches[step.output] = cache._replace(outputs=outputs)
    for name, state in next_state(spec, params, caches).items():
        trace[next_name(name)] = changed(next_name(name), state)
    trace["J"] = changed("J", cost(spec, params, trace, Y))
    shares = {spec.loss_reads: [first_gradient(spec, trace, Y)]}
    for step in spec.backward_steps:
        for name, output in zip(step.outputs, caches[step.output].outputs, strict=True):
            d = reduce(add, shares[name]) if name in shares else np.zeros_like(output)
            trace[f"d{name}"] = changed(f"d{name}", d)
        d_outputs = [trace[f"d{name}"] for name in step.outputs]
        d_inputs, gradients = step.backward(step.select(params), caches[step.output], *d_outputs)
        for own, full in step.parameters.items():
            shares.setdefault(full, []).append(gradients[own])
        for name, share in zip(step.inputs, d_inputs, strict=True):
            if share is not None:
                shares.setdefault(name, []).append(share)
    for name in spec.differentiated:
        if f"d{name}" not in trace:  # a parameter, or an input of the network
            d = reduce(add, shares[name])
            d = with_L2(spec, name, params, d, m) if spec.lambd and name in spec.weights else d
            trace[f"d{name}"] = changed(f"d{name}", d)
    return Trace({name: trace[name] for name in spec.trace_shapes(m)})
