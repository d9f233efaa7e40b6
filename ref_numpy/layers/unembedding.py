"""The scores of all tokens, by the vectors of an embedding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ref_numpy.arrays.axes import Shape, at_positions_of, columns
from ref_numpy.arrays.shape_checks import check_features, check_sizes
from ref_numpy.context import Cache, Context
from ref_numpy.layer import Array, Layer


@dataclass(frozen=True)
class Unembedding(Layer, kind="unembedding"):
    """Z = E^T A        E: (n, V)   A: (n, m, …)   Z: (V, m, …).

    z_v is the inner product of a and the vector of token v. E is an Embedding's where a graph says
    share={"E": "tokens.E"}, as Press and Wolf, *Using the Output Embedding to Improve Language
    Models*, EACL 2017.
    """

    n: int
    V: int

    symbol: ClassVar[str] = "Z"
    weights: ClassVar[tuple[str, ...]] = ("E",)

    def __post_init__(self) -> None:
        check_sizes(self.V, self.n)

    def parameter_shapes(self) -> dict[str, Shape]:
        """Return {"E": (n, V)}."""
        return {"E": (self.n, self.V)}

    def fan_in(self, own: str) -> int:
        """Return n, the features of which a score is a sum."""
        return self.n

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return (V,), or (V, T, …).

        Raises:
            InputError: an example is not (n,) or (n, T, …).
        """
        _, *positions = check_features("Unembedding", self.n, shapes[0])
        return (self.V, *positions)

    def forward(
        self, params: Mapping[str, Array], context: Context, A: Array
    ) -> tuple[Array, None]:
        """Compute Z = E^T A."""
        Z = params["E"].T @ columns(A)  # (V, n) (n, m)
        return at_positions_of(A, Z), None

    def backward(
        self, params: Mapping[str, Array], cache: Cache, dZ: Array
    ) -> tuple[Array | None, dict[str, Array]]:
        """Compute dA = E dZ    and dE = A dZ^T."""
        (A,), E, gradients = cache.inputs, params["E"], {}
        if cache.to_parameters:
            dE = columns(A) @ columns(dZ).T  # (n, m) (m, V)
            gradients["E"] = dE / cache.context.scale
        if not cache.to_inputs:
            return None, gradients
        dA = E @ columns(dZ)  # (n, V) (V, m)
        return at_positions_of(A, dA), gradients
