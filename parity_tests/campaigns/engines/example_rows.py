"""Examples in rows, as most libraries have them, and the trace of such a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ref_numpy import Array, NetworkSpec

Problem = tuple[dict[str, Array], Array, Array]


def to_rows(params: Mapping[str, Array], X: Array, Y: Array) -> Problem:
    """Return W (n, n_prev), b (n,) by name; x (m, n_x), y (m, n_y)."""
    theta = {name: p[:, 0] if name.startswith("b") else p for name, p in params.items()}
    return theta, np.ascontiguousarray(X.T), np.ascontiguousarray(Y.T)


def trace_from_rows(
    results: Mapping[str, Any],
    J: Any,
    gradients: Mapping[str, Any],
    d_results: Mapping[str, Any],
    to_numpy: Callable[[Any], Array] = np.asarray,
) -> dict[str, Array]:
    """Return the trace of a run.

    Args:
        results: A0, Z1, A1, …, each (m, n).
        J: the cost.
        gradients: of J by W1 (n, n_prev), b1 (n,), ….
        d_results: those of the loss of each example by the results, each (m, n).
        to_numpy: returns the library's array as NumPy's.
    """
    trace = {name: to_numpy(x).T for name, x in results.items()} | {"J": to_numpy(J)}
    for name, x in gradients.items():
        d = to_numpy(x)
        trace[f"d{name}"] = d[:, np.newaxis] if d.ndim == 1 else d
    return trace | {f"d{name}": to_numpy(x).T for name, x in d_results.items()}


def differentiated(spec: NetworkSpec) -> tuple[str, ...]:
    """Return the names of the results that the loss depends on: A0, Z1, …, Z[L] or A[L]."""
    names = ["A0", *(step.output for step in spec.steps)]
    return tuple(names[: names.index(spec.loss_reads) + 1])


def zeros_for(spec: NetworkSpec, m: int, dtype: Any) -> dict[str, Array]:
    """Return a zero for each of these results, (m, n).

    A program adds it to the result; the gradient by the zero is the gradient by the result.
    """
    shapes = spec.trace_shapes(m)
    return {name: np.zeros(shapes[name][::-1], dtype) for name in differentiated(spec)}
