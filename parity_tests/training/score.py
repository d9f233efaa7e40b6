"""The cost and the right predictions of a part of the data, added batch by batch."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from ref_numpy import Array, NetworkSpec
from ref_numpy.propagation import weighted


class Score(NamedTuple):
    """A sum over m examples, or over the labels that count.

    Attributes:
        loss: Σ w(i) L(i), without regularisation; of real outputs in the target's own units.
        right: the number of right predictions; where there are several outputs, each counts for its
            share. NaN for real outputs.
        m: the examples; of a loss that leaves labels out, or has several for an example, N.
    """

    loss: float = 0.0
    right: float = 0.0
    m: int = 0

    @classmethod
    def of(
        cls,
        spec: NetworkSpec,
        activations: Mapping[str, Array],
        Y: Array,
        units: Array | None,
        w: Array | None = None,
    ) -> Score:
        """Return the score of one batch.

        Args:
            spec: the network's description.
            activations: of a forward pass, by name.
            Y: (n_y, m), or whole numbers, (m,) or (m, T).
            units: σ_y (n_y, 1) of standardised targets. L is then Σ σ_y^degree L_k of the outputs,
                by σ_y A − σ_y Y = ŷ − y; the mean, which both have, would take digits.
            w: the weights of the examples, (1, m); None counts each once.
        """
        outputs = activations[spec.loss_reads]
        if units is None:
            L = spec.loss.forward(outputs, Y)
        else:
            each = zip(units, outputs.astype(units.dtype), Y.astype(units.dtype), strict=True)
            losses = [u**spec.loss.degree * spec.loss.forward(a[None], y[None]) for u, a, y in each]
            L = np.sum(losses, axis=0)
        loss = weighted(L, w).sum(dtype=np.float64)
        if not spec.loss.counts_examples:
            counts = spec.loss.counted(Y)
            counts = np.ones(L.shape[1:], bool) if counts is None else counts
            right = spec.loss.decode(activations[spec.output]) == spec.loss.decode(Y)
            return cls(float(loss), float(right[counts].sum()), int(counts.sum()))
        if not spec.loss.classifies:
            return cls(float(loss), math.nan, Y.shape[-1])
        right = spec.loss.decode(activations[spec.output]) == spec.loss.decode(Y)
        return cls(float(loss), float(right.mean(axis=0).sum()), Y.shape[-1])

    def __add__(self, other: Score) -> Score:  # pyright: ignore[reportIncompatibleMethodOverride]
        return Score(self.loss + other.loss, self.right + other.right, self.m + other.m)

    @property
    def cost(self) -> float:
        """(1/m) Σ w(i) L(i); NaN of no examples."""
        return self.loss / self.m if self.m else math.nan

    @property
    def accuracy(self) -> float:
        """The share of right predictions; NaN for real outputs, and of no examples."""
        return self.right / self.m if self.m else math.nan
