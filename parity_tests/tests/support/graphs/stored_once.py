"""A candidate whose every step computes in float32, and rounds each of its results once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from parity_tests.error_model.precisions import Precision
from ref_numpy import Array, Context, NetworkSpec
from ref_numpy.inputs import named_inputs
from ref_numpy.loss import count_labels, example_losses, labelled_examples
from ref_numpy.propagation import first_gradient, mean_cost

Kept = Callable[[Array], Array]


def run_stored_once(
    spec: NetworkSpec,
    params: dict[str, Array],
    X: Any,
    Y: Array,
    p: Precision,
    by_autograd: bool = True,
    multiplied_in: Precision | None = None,
) -> dict[str, Array]:
    """Return the trace of a run.

    Args:
        spec: the network.
        params: its parameters, numbers of p.
        X: the inputs, numbers of p.
        Y: the labels, numbers of p.
        p: what is stored.
        by_autograd: the gradients of J are stored, and multiplied by the scale for the trace; or
            those of the trace are stored, as the course's are.
        multiplied_in: the arithmetic of that multiplication; None for float32.
    """

    def single(x: Array) -> Array:
        return x if x.dtype.kind in "iu" else x.astype(np.float32)

    def stored(x: Any) -> Array:
        assert np.asarray(x).dtype == np.float32, "a step computes in float32"
        return p.round(x).astype(np.float32)

    m = labelled_examples(spec.loss, Y)
    scale = np.float32(spec.context(m).scale)
    context = Context() if by_autograd else spec.context(m)
    params, Y = {name: single(x) for name, x in params.items()}, single(Y)
    A, caches = {name: single(x) for name, x in named_inputs(spec, X).items()}, {}
    for step in spec.steps:
        given = [A[name] for name in step.inputs]
        cache = step.forward(step.select(params), context, *given)
        outputs = tuple(map(stored, cache.outputs))
        A.update(zip(step.outputs, outputs, strict=True))
        caches[step.output] = cache._replace(outputs=outputs)
    trace = dict(A)
    L = stored(example_losses(spec.loss, A[spec.loss_reads], Y))
    Z = A[spec.loss_reads]
    counts = None if spec.loss.counts_examples else count_labels(spec.loss, Z, Y)
    trace["J"] = stored(np.float32(mean_cost(spec, params, L, counts)))

    d: dict[str, Array] = {}

    def add(name: str, share: Array) -> None:
        d[name] = stored(d[name] + stored(share)) if name in d else stored(share)

    first = first_gradient(spec, A, Y)
    is_of_m = spec.per_example and by_autograd
    add(spec.loss_reads, first / np.float32(m) if is_of_m else first)
    for step in spec.backward_steps:
        d_outputs = [d.get(name, np.zeros_like(A[name])) for name in step.outputs]
        d_inputs, gradients = step.backward(
            step.select(params), caches[step.output], *d_outputs
        )  # fmt: skip
        for own, gradient in gradients.items():
            add(step.parameters[own], gradient)
        for name, share in zip(step.inputs, d_inputs, strict=True):
            if share is not None:
                add(name, share)
    for name in spec.weights if spec.lambd else ():
        add(name, np.float32(spec.lambd / m) * params[name])
    for name, gradient in d.items():
        times = scale if by_autograd and name not in params else np.float32(1)
        trace[f"d{name}"] = (multiplied_in.round if multiplied_in else single)(gradient * times)
    return {
        name: x if x.dtype.kind in "iu" else x.astype(p.dtype)
        for name, x in trace.items()
        if name not in spec.inputs
    }
