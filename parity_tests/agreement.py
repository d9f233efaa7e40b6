"""How far two computations of the same thing are apart, beside how far rounding may take them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

import ref_numpy
from parity_tests.rounding import U64, ErrorArray
from ref_numpy import Array, NetworkSpec


@dataclass(frozen=True)
class Agreement:
    """One tensor of two float64 traces.

    apart: the largest |candidate − reference|.   units: that, in units of rounding (2⁻⁵³) of the
    tensor's largest number.   used: the largest fraction of its derived allowance that an element
    uses; above 1 it cannot be rounding.
    """

    name: str
    shape: tuple[int, ...]
    apart: float
    units: float
    used: float


def agreements(
    spec: NetworkSpec,
    params: Mapping[str, Array],
    X: Array,
    Y: Array,
    candidate: Mapping[str, Array],
) -> list[Agreement]:
    """The candidate's float64 trace beside the reference's, end to end, in dataflow order."""
    bounds = error_trace(spec, params, X, Y)
    reference = ref_numpy.run(spec, params, X, Y)
    rows = []
    for name, ours in reference.items():
        difference = np.abs(candidate[name] - ours)
        largest = np.abs(ours).max()
        rows.append(
            Agreement(
                name,
                np.shape(ours),
                float(difference.max()),
                float(difference.max() / (U64 * largest)) if largest else 0.0,
                used(difference, bounds[name]),
            )
        )
    return rows


def error_trace(
    spec: NetworkSpec, params: Mapping[str, Array], X: Array, Y: Array, u: float = U64
) -> dict[str, ErrorArray]:
    """The reference's own code on value ± error: every tensor of the trace, with its bound.

    Inputs and parameters are exact, since the candidate was given the same ones.
    """
    theta: Any = {name: ErrorArray(p, u=u) for name, p in params.items()}
    exact_X: Any = ErrorArray(X, u=u)
    exact_Y: Any = ErrorArray(Y, u=u)
    activations, caches = ref_numpy.forward(spec, theta, exact_X)
    J: Any = ref_numpy.cost(spec, theta, activations, exact_Y)
    gradients: Any = ref_numpy.backward(spec, theta, activations, caches, exact_Y)
    return cast(dict[str, ErrorArray], {**activations, "J": J, **gradients})


def used(difference: Array, bound: ErrorArray) -> float:
    """The largest |difference| / allowed; infinite where nothing may differ and something does."""
    with np.errstate(divide="ignore", invalid="ignore"):
        fraction = np.where(difference > 0, difference / bound.error, 0.0)
    return float(np.max(fraction))


def predictions_line(weights: str | os.PathLike[str], X: Array, A: Array) -> str:
    """One line: what the reference, with weights from that file, makes of X beside another's A[L].

    X: (n_x, m).   A: (n_y, m), the other's output.
    """
    spec, params = ref_numpy.load(weights)
    dtype = next(iter(params.values())).dtype
    activations, _ = ref_numpy.forward(spec, params, X.astype(dtype))
    ours = activations[spec.output]
    line = f"largest difference in {spec.output} {np.abs(ours - A).max():.1e} ({dtype})"
    if spec.loss.reads == "A":
        return line
    same = (spec.loss.decode(ours) == spec.loss.decode(A)).all(axis=0)
    return f"{int(same.sum())} of {same.size} predictions equal, {line}"
