"""Dropout: Srivastava et al., *Dropout*, JMLR 15, 2014."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ref_numpy.arrays.masks import keep_mask
from ref_numpy.context import Cache, Context
from ref_numpy.input_messages import input_error
from ref_numpy.layer import Array, Layer


@dataclass(frozen=True)
class Dropout(Layer, kind="dropout"):
    """Z = A ∗ D / (1 − rate)        D = 0 with the probability `rate`, else 1   A, D, Z: (n, m, …).

    So the expected Z is A. Where the network does not train, Z = A. The mask D is a function of
    the seed, the update, the step's name and the example: see ref_numpy/arrays/masks.py. With
    `whole_features` a feature of an example is 0 at all positions or at none, as in Tompson et al.,
    *Efficient Object Localization*, CVPR 2015: torch's Dropout2d.
    """

    rate: float
    whole_features: bool = False

    symbol: ClassVar[str] = "D"
    is_random: ClassVar[bool] = True
    later_fields: ClassVar[tuple[str, ...]] = ("whole_features",)

    def __post_init__(self) -> None:
        if not (isinstance(self.rate, int | float) and 0 <= self.rate < 1):
            raise input_error("dropout.rate", rate=self.rate)

    def forward(
        self, params: Mapping[str, Array], context: Context, A: Array
    ) -> tuple[Array, Array | None]:
        """Compute Z = A ∗ D / (1 − rate); keep D. Without training Z is A, and None is kept."""
        if not context.training:
            return A, None
        D = keep_mask(context, A.shape, self.rate, self.whole_features)
        return A * D / (1 - self.rate), D

    def backward(
        self, params: Mapping[str, Array], cache: Cache, dZ: Array
    ) -> tuple[Array, dict[str, Array]]:
        """Compute dA = dZ ∗ D / (1 − rate), with the D of the forward pass."""
        D = cache.kept
        return dZ if D is None else dZ * D / (1 - self.rate), {}
