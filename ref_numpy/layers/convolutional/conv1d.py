"""The convolution along one axis of positions, such as time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ref_numpy.layers.convolutional.convolution import Convolution


@dataclass(frozen=True)
class Conv1d(Convolution, kind="conv1d"):
    """z_k(t) = Σ_c Σ_i W_kci a_c(s t + d i − p) + b_k,   i = 0 … f − 1.

    W: (n, n_prev/groups, f)   b: (n, 1)   A: (n_prev, m, T)   Z: (n, m, T')

    s is the stride, d the dilation, and p the padding: elements before the first position and after
    the last are 0. So T' = ⌊(T + 2 p − d (f − 1) − 1)/s⌋ + 1. The kernels are not flipped.
    """

    axes: ClassVar[int] = 1
