"""The plane of two inputs: the decision boundary, and what each unit computes at its points."""

from __future__ import annotations

import numpy as np

import ref_numpy
from ref_numpy import Array, NetworkSpec

GRID = 48  # points of the decision boundary each way
MAP = 24  # points of a unit's map each way
MOST = 7  # units of a layer that are drawn; of more, one less, and dots


def drawn_units(n: int) -> list[int]:
    """Return the units of a layer of n that are drawn."""
    return list(range(n if n <= MOST else MOST - 1))


def extent(X: Array) -> list[tuple[float, float]]:
    """Return the least and the largest of each input, with a margin of a tenth."""
    low, high = X.min(axis=1), X.max(axis=1)
    margin = (high - low) / 10
    return [*zip((low - margin).tolist(), (high + margin).tolist(), strict=True)]


def over_plane(
    spec: NetworkSpec, params: dict[str, Array], X: Array, side: int
) -> dict[str, Array]:
    """Compute the network's tensors over a grid that holds the examples.

    Args:
        spec: a network of two inputs.
        params: its parameters.
        X: (2, m).
        side: points each way.

    Returns:
        Every A[l], (n[l], side, side); the first row is at the top.
    """
    (left, right), (bottom, top) = extent(X)
    x1, x2 = np.meshgrid(np.linspace(left, right, side), np.linspace(top, bottom, side))
    points = np.stack([x1.ravel(), x2.ravel()])
    tensors, _ = ref_numpy.forward(spec, params, points)
    return {n: A.reshape(-1, side, side) for n, A in tensors.items() if n.startswith("A")}


def boundary(spec: NetworkSpec, params: dict[str, Array], X: Array) -> Array | None:
    """Compute the probability of the last class over the plane.

    Returns:
        (GRID, GRID), the first row at the top; None where it cannot be drawn.
    """
    if not has_boundary(spec):
        return None
    return over_plane(spec, params, X, GRID)[spec.output][-1]


def has_boundary(spec: NetworkSpec) -> bool:
    """Return whether the network has two inputs and tells two classes apart."""
    return has_plane(spec) and spec.loss.reads == "Z" and spec.output_shape[0] <= 2


def has_plane(spec: NetworkSpec) -> bool:
    """Return whether the network has two inputs, and units that are drawn: it is no graph."""
    return spec.is_chain and spec.input_shape == (2,)


def unit_maps(spec: NetworkSpec, params: dict[str, Array], X: Array) -> dict[str, Array]:
    """Compute the maps of the units that are drawn.

    Returns:
        Of every A[l] (units, MAP, MAP), each unit's numbers divided by their largest, −1 to 1.
        Of two classes a probability a becomes 2 a − 1, so that ½ is 0. Nothing unless the network
        has two inputs.
    """
    if not has_plane(spec):
        return {}
    maps = over_plane(spec, params, X, MAP)
    maps = {name: A[drawn_units(len(A))] for name, A in maps.items()}
    if has_boundary(spec):
        probability = maps.pop(spec.output)
        return {n: by_largest(A) for n, A in maps.items()} | {spec.output: 2 * probability - 1}
    return {name: by_largest(A) for name, A in maps.items()}


def by_largest(A: Array) -> Array:
    """Divide each unit's numbers by the largest of them, where it is not 0."""
    largest = np.abs(A).max(axis=(1, 2), keepdims=True)
    return np.divide(A, largest, out=np.zeros_like(A), where=largest > 0)


def size_of_maps(spec: NetworkSpec) -> int:
    """Return how many numbers the maps of a snapshot have."""
    if not has_plane(spec):
        return 0
    shapes = [shape for name, shape in spec.trace_shapes(1).items() if name.startswith("A")]
    return MAP**2 * sum(len(drawn_units(n)) for n, _ in shapes)
