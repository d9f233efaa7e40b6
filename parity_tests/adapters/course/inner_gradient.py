"""dZ inside of linear_activation_backward: its mistake makes dW, db and dA_prev wrong, and is one.

It is what the function passes to `linear_backward`, or one of its own variables. Where it has none,
the known mistakes of dZ are pushed on: the one that gives all three results is the function's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

import numpy as np

from parity_tests.adapters.candidate_process.program import Outcome
from parity_tests.checking.comparison import gives
from parity_tests.checking.expected.layerwise import LayerwiseReference
from parity_tests.checking.expected.stored_results import stored
from parity_tests.diagnosis.explanations import single_mistakes
from parity_tests.diagnosis.tensor_context import context_of
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import Precision
from ref_numpy import Array, Cache, Context, Dense, NetworkSpec

Tensors = Mapping[str, Array]


def inner_gradients(outcome: Outcome, shape: tuple[int, ...]) -> Iterator[Array]:
    """Yield the arrays of a call that may be its dZ, the likeliest first.

    Args:
        outcome: of the call.
        shape: of dZ.
    """
    calls = outcome.calls.get("linear_backward", ())
    named = [outcome.held[n] for n in ("dZ", "dz") if n in outcome.held]
    others = [x for n, x in outcome.held.items() if n not in ("dZ", "dz")]
    for x in (*(call.d for call in calls), *named, *others):
        if getattr(x, "shape", None) == shape and x.dtype.kind == "f":
            yield x


def mistaken_gradient(
    spec: NetworkSpec, params: Tensors, X: Array, Y: Array, known: Tensors, trace: Tensors,
    p: Precision,
) -> Array | None:  # fmt: skip
    """Return the numbers of the first known mistake in dZ1 that gives all that follows from it.

    Args:
        spec: one layer and its activation.
        params: its W1 and b1.
        X: the input.
        Y: the labels.
        known: dA1 and Z1.
        trace: the candidate's dW1, db1 and dA0.
        p: its arithmetic.
    """
    reference = LayerwiseReference.from_trace(spec, params, X, known, p)
    labels = ErrorArray(Y, p=p.inside)
    context = context_of(reference, "dZ1", reference.every_tensor(X, Y)["dZ1"], labels)
    for mistake in single_mistakes(context):
        for dZ in mistake.values_at(context):
            d = stored(dZ).working_in(dZ.p)
            if d.shape == known["Z1"].shape and follow(trace, d, params["W1"], X, p):
                return d.value
    return None


def follow(trace: Tensors, dZ: ErrorArray, W: Array, A_prev: Array, p: Precision) -> bool:
    """Return whether the candidate's dW1, db1 and dA0 are those of this dZ, up to rounding."""
    params: Any = {"W": ErrorArray(W, p=p.inside)}
    cache = Cache((ErrorArray(A_prev, p=p.inside),), (), context=Context(scale=A_prev.shape[1]))
    dA0, gradients = Dense(W.shape[1], W.shape[0]).backward(params, cache, cast(Array, dZ))
    expected: dict[str, Any] = {"dW1": gradients["W"], "db1": gradients["b"], "dA0": dA0}
    return all(
        np.shape(trace[n]) == x.shape and gives(x, trace[n], p)
        for n, x in expected.items()
        if n in trace
    )
