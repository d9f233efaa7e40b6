"""The activations, each beside its derivative: A = g(Z), both (n, m)."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ref_numpy.input_messages import input_error
from ref_numpy.layer import Array, Cache, Layer


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

    def forward(self, params: Mapping[str, Array], Z: Array) -> tuple[Array, Cache]:
        """Compute A = g(Z)."""
        A = self.g(Z)
        return A, (Z, A)

    def backward(self, params: Mapping[str, Array], cache: Cache, dA: Array) -> Array:
        """Compute dZ = dA ∗ g'(Z)."""
        Z, A = cache
        return dA * self.g_prime(Z, A)


@dataclass(frozen=True)
class Identity(Elementwise, kind="identity"):
    """g(z) = z        g'(z) = 1."""

    def g(self, Z: Array) -> Array:
        """Return Z."""
        return Z

    def g_prime(self, Z: Array, A: Array) -> Array:
        """Return 1 for each element."""
        return np.ones_like(Z)


@dataclass(frozen=True)
class Sigmoid(Elementwise, kind="sigmoid"):
    """g(z) = 1 / (1 + e^−z)        g'(z) = a (1 − a).

    With t = e^−|z| ≤ 1 nothing overflows: g = 1/(1 + t) for z ≥ 0, and t/(1 + t) for z < 0.
    """

    def g(self, Z: Array) -> Array:
        """Return 1 / (1 + e^−Z), computed from e^−|Z|."""
        t = np.exp(-np.abs(Z))
        return np.where(Z >= 0, 1, t) / (1 + t)

    def g_prime(self, Z: Array, A: Array) -> Array:
        """Return A (1 − A)."""
        return A * (1 - A)


@dataclass(frozen=True)
class Tanh(Elementwise, kind="tanh"):
    """g(z) = tanh z        g'(z) = 1 − a²."""

    def g(self, Z: Array) -> Array:
        """Return tanh Z."""
        return np.tanh(Z)

    def g_prime(self, Z: Array, A: Array) -> Array:
        """Return 1 − A²."""
        return 1 - A * A


@dataclass(frozen=True)
class ReLU(Elementwise, kind="relu"):
    """g(z) = max(0, z)        g'(z) = 1 where z > 0, else 0   (at the kink: 0, as in torch)."""

    def g(self, Z: Array) -> Array:
        """Return max(0, Z)."""
        return np.maximum(Z, 0)

    def g_prime(self, Z: Array, A: Array) -> Array:
        """Return Z > 0: a mask, which multiplies as 1 and 0."""
        return Z > 0


@dataclass(frozen=True)
class LeakyReLU(Elementwise, kind="leaky_relu"):
    """g(z) = z where z > 0, else slope·z        g'(z) = 1 where z > 0, else slope."""

    slope: float = 0.01

    def __post_init__(self) -> None:
        if not 0 <= self.slope < 1:
            raise input_error("leaky-relu.slope", slope=self.slope)

    def g(self, Z: Array) -> Array:
        """Return Z where Z > 0, else slope·Z."""
        return np.where(Z > 0, Z, self.slope * Z)

    def g_prime(self, Z: Array, A: Array) -> Array:
        """Return 1 where Z > 0, else slope."""
        return np.where(Z > 0, np.ones_like(Z), self.slope)


@dataclass(frozen=True)
class Softmax(Layer, kind="softmax"):
    """a_k = e^{z_k} / Σ_j e^{z_j}        ∂a_k/∂z_j = a_k (δ_kj − a_j).

    The largest z of each example is subtracted first, which changes no a_k and overflows nothing.
    """

    symbol: ClassVar[str] = "A"

    def forward(self, params: Mapping[str, Array], Z: Array) -> tuple[Array, Cache]:
        """Return the probabilities A (n, m), whose columns sum to 1, and the cache (A,)."""
        t = np.exp(Z - Z.max(axis=0, keepdims=True))  # (n, m)
        A = t / t.sum(axis=0, keepdims=True)  # (n, m) / (1, m)
        return A, (A,)

    def backward(self, params: Mapping[str, Array], cache: Cache, dA: Array) -> Array:
        """dz_j = Σ_k da_k ∂a_k/∂z_j = a_j (da_j − Σ_k da_k a_k)."""
        (A,) = cache
        return A * (dA - (dA * A).sum(axis=0, keepdims=True))
