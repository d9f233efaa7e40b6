"""The convolution of images: LeCun et al., *Gradient-Based Learning*, Proc. IEEE 86, 1998."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ref_numpy.layers.convolutional.convolution import Convolution


@dataclass(frozen=True)
class Conv2d(Convolution, kind="conv2d"):
    """z_k(y, x) = Σ_c Σ_i Σ_j W_kcij a_c(s y + d i − p, s x + d j − p) + b_k,   i, j = 0 … f − 1.

    W: (n_C, n_C_prev/groups, f, f)   b: (n_C, 1)   A: (n_C_prev, m, H, W)   Z: (n_C, m, H', W')

    s is the stride, d the dilation, and p the padding: elements outside of the image are 0. So
    H' = ⌊(H + 2 p − d (f − 1) − 1)/s⌋ + 1. As in torch, the kernels are not flipped.
    """

    axes: ClassVar[int] = 2
