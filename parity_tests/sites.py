"""Where a tensor is computed, and all that a learner could have taken there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from parity_tests.isolation import Walk
from parity_tests.rounding import ErrorArray
from ref_numpy.losses import Loss

Value = Any  # an ErrorArray, which stands where an array is expected


@dataclass(frozen=True)
class Site:
    """Where a tensor is computed, and all that was there to take, by the course's names.

    kind: of the tensor; "dZL" and "dAL" are the loss's gradients, "A0" the inputs.   right: what it
    should be.
    same: the other layers' parameters, by name.   A field that is not there is None.
    """

    kind: str
    l: int
    right: Value
    m: int
    n_y: int
    lambd: float
    g: Any
    loss: Loss
    weights: tuple[Value, ...]
    same: tuple[tuple[str, Value], ...] = ()
    W: Value = None
    b: Value = None
    A0: Value = None
    A_prev: Value = None
    Z_prev: Value = None
    Z: Value = None
    A: Value = None
    Y: Value = None
    dA: Value = None
    dZ: Value = None
    dW: Value = None

    @property
    def n(self) -> int:
        return self.right.shape[0] if self.right.shape else 1


def site_of(walk: Walk, name: str, right: ErrorArray, Y: ErrorArray) -> Site:
    """What there is where the tensor `name` is computed."""
    spec, known = walk.spec, walk.known
    L = len(spec.weights)
    letters = name.rstrip("0123456789")
    number = int(name[len(letters) :] or L)
    kind = name if name == "A0" else letters
    if name in (f"dZ{L}", f"dA{L}") and name in (f"d{spec.loss_reads}", f"d{spec.output}"):
        through = name == f"dZ{L}" and spec.loss.reads == "A"
        kind = letters if through else f"{letters}L"
    l = number + 1 if kind == "dA" else number
    W = walk.params.get(f"W{l}")
    activation = next((s.layer for s in spec.steps if s.output == f"A{l}"), None)
    return Site(
        kind, l, right, Y.shape[-1], spec.output_shape[0], spec.lambd, activation, spec.loss,
        tuple(walk.params[name] for name in spec.weights),
        tuple(
            (name, walk.params[name])
            for name in spec.weights
            if W is not None and name != f"W{l}" and walk.params[name].shape == W.shape
        ),
        W, walk.params.get(f"b{l}"), known.get("A0"),
        known.get(f"A{l - 1}"), known.get(f"Z{l - 1}"), known.get(f"Z{l}"), known.get(f"A{l}"),
        Y, known.get(f"dA{l}"), known.get(f"dZ{l}"),
        ErrorArray(walk.trace[f"dW{l}"], p=walk.p) if f"dW{l}" in walk.trace else None,
    )  # fmt: skip
