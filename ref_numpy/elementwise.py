"""The interface of an activation that is element by element."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from ref_numpy.context import Cache, Context
from ref_numpy.layer import Array, Layer


class Elementwise(Layer):
    """A = g(Z)        dZ = dA ∗ g'(Z)        (∗ is element by element)."""

    symbol: ClassVar[str] = "A"

    @abstractmethod
    def g(self, Z: Array) -> Array:
        """Apply the activation to Z (n, m)."""
        raise TypeError(f"{type(self).__name__} defines no g")

    @abstractmethod
    def g_prime(self, Z: Array, A: Array) -> Array:
        """Return g'(Z) (n, m), written in terms of A = g(Z) where that is shorter."""
        raise TypeError(f"{type(self).__name__} defines no g_prime")

    def forward(
        self, params: Mapping[str, Array], context: Context, Z: Array
    ) -> tuple[Array, None]:
        """Compute A = g(Z)."""
        return self.g(Z), None

    def backward(
        self, params: Mapping[str, Array], cache: Cache, dA: Array
    ) -> tuple[Array, dict[str, Array]]:
        """Compute dZ = dA ∗ g'(Z)."""
        (Z,), (A,) = cache.inputs, cache.outputs
        dZ = dA * self.g_prime(Z, A)
        return dZ, {}
