"""Mean and variance of examples that come in chunks, in one pass."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import add

import numpy as np

from ref_numpy.data.preprocessing import Standardiser
from ref_numpy.layer import Array
from torch_impl.training_messages import input_error


@dataclass(frozen=True)
class Moments:
    """Of m examples, for each feature (n_x,): the mean, S = Σ (x − mean)², the least, the largest.

    Two sets a and b together, with δ = mean_b − mean_a and m = m_a + m_b, have
        mean = mean_a + δ m_b / m        S = S_a + S_b + δ² m_a m_b / m
    whose terms are all positive, so that nothing cancels as in Σ x² − m·mean² (Chan, Golub and
    LeVeque, *Algorithms for computing the sample variance: analysis and recommendations*, The
    American Statistician 37(3), 1983).
    """

    m: int
    mean: Array
    S: Array
    least: Array
    largest: Array

    @classmethod
    def of(cls, x: Array) -> Moments:
        """Return the moments of x (m, n_x) float64."""
        m = len(x)
        mean = x.sum(axis=0) / m
        return cls(m, mean, np.square(x - mean).sum(axis=0), x.min(axis=0), x.max(axis=0))

    def __add__(self, other: Moments) -> Moments:
        m = self.m + other.m
        delta = other.mean - self.mean
        return Moments(
            m,
            self.mean + delta * other.m / m,
            self.S + other.S + np.square(delta) * (self.m * other.m) / m,
            np.minimum(self.least, other.least),
            np.maximum(self.largest, other.largest),
        )

    @property
    def sigma(self) -> Array:
        """σ = √(S / m)."""
        return np.sqrt(self.S / self.m)

    def standardiser(self, n_x: int) -> Standardiser:
        """Return `Standardiser.of` all examples at once; one feature may be that of all n_x.

        Raises:
            InputError: a square has no room in float64.
        """
        sigma = np.where(self.least == self.largest, 1, self.sigma)
        if not np.isfinite([self.mean, sigma]).all():
            largest = np.abs([self.least, self.largest]).max()
            raise input_error("data.too-large", largest=f"{largest:.3g}")
        both = (np.broadcast_to(s, n_x)[:, np.newaxis].copy() for s in (self.mean, sigma))
        return Standardiser(*both)


def standardiser_of(chunks: Iterable[Array], n_x: int, each_feature: bool = True) -> Standardiser:
    """Return `Standardiser.of` x, which comes in chunks, in one pass.

    Args:
        chunks: (k, n_x) float64 each.
        n_x: the numbers of an example.
        each_feature: false takes the mean and σ of all numbers together.

    Raises:
        InputError: see `Moments.standardiser`.
    """
    shaped = (x if each_feature else x.reshape(-1, 1) for x in chunks)
    with np.errstate(over="ignore", invalid="ignore"):  # which the standardiser refuses
        moments = reduce(add, map(Moments.of, shaped))
    return moments.standardiser(n_x)
