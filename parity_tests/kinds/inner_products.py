"""The inner products of a network: which tensors are sums of products of known tensors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ref_numpy import Array, Dense, NetworkSpec
from ref_numpy.arrays.axes import columns
from ref_numpy.graphs.step import Step


@dataclass(frozen=True)
class InnerProduct:
    """tensor = (left right)/divisor + addend.

    Attributes:
        tensor: its canonical name.
        left: (n, K).
        right: (K, m).
        divisor: of the sum.
        first: a term, (n, 1), to which the products may be added, such as b.
        addend: (n, m), added to the finished sum, such as (λ/m) W.
        gradient: the factor that is a gradient; a program may have computed with 1/m of that
            factor, and have multiplied by m afterwards.
    """

    tensor: str
    left: Array
    right: Array
    divisor: int = 1
    first: Array | None = None
    addend: Array | None = None
    gradient: Literal["left", "right"] | None = None


def inner_products(
    spec: NetworkSpec, params: Mapping[str, Array], trace: Mapping[str, Array], m: int
) -> Iterator[InnerProduct]:
    """Yield the inner products of each dense layer whose factors the trace has.

    Where there are positions, the tensor is one of columns, (n, m · T …).

    A tensor that a step received under another value, as `A1@Z2`, is taken from there.

    Args:
        spec: the network.
        params: its parameters.
        trace: the candidate's tensors, and X as A0.
        m: the number of examples.
    """
    uses = Counter(
        name for step in spec.steps for name in (*step.inputs, *step.parameters.values())
    )
    for step in spec.steps:
        if type(step.layer) is Dense:
            known = {**params, **trace}
            yield from forward(step, known)
            # The gradient of what several steps use is a sum of several products.
            each = backward(spec, step, known, m)
            yield from (one for one in each if uses[one.tensor.removeprefix("d")] == 1)


def forward(step: Step, known: Mapping[str, Array]) -> Iterator[InnerProduct]:
    """Yield Z = W A_prev + b."""
    W, b, A_prev = (
        received(known, name, step.output)
        for name in (step.parameters["W"], step.parameters.get("b", ""), step.input)
    )
    if W is not None and A_prev is not None:
        yield InnerProduct(step.output, W, columns(A_prev), first=b)


def backward(
    spec: NetworkSpec, step: Step, known: Mapping[str, Array], m: int
) -> Iterator[InnerProduct]:
    """Yield dW = (1/m) dZ A_prev^T + (λ/m) W, db = (1/m) Σ_i dZ(i) and dA_prev = W^T dZ.

    In a general graph there is no 1/m, but that of λ.
    """
    by, W_name, b_name = f"d{step.output}", step.parameters["W"], step.parameters.get("b")
    W, A_prev, dZ = (received(known, name, by) for name in (W_name, step.input, by))
    if dZ is None:
        return
    dZ, divisor = columns(dZ), m if spec.per_example else 1
    if A_prev is not None:
        L2 = spec.lambd / m * known[W_name] if spec.lambd else None
        right = columns(A_prev).T
        yield InnerProduct(f"d{W_name}", dZ, right, divisor, addend=L2, gradient="left")
    if b_name:
        ones = np.ones((dZ.shape[1], 1))
        yield InnerProduct(f"d{b_name}", dZ, ones, divisor, gradient="left")
    if W is not None:
        yield InnerProduct(f"d{step.input}", W.T, dZ, gradient="right")


def received(known: Mapping[str, Array], name: str, step: str) -> Array | None:
    """Return the tensor `name` as the step that computes the tensor `step` received it."""
    return known.get(f"{name}@{step}", known.get(name))
