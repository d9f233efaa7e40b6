"""The loss of one class of several at each position, such as the next token of a text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ref_numpy.input_messages import input_error
from ref_numpy.layer import Array, Layer
from ref_numpy.layers.softmax import Softmax
from ref_numpy.loss import Loss


@dataclass(frozen=True)
class TokenCrossEntropy(Loss, kind="token_cross_entropy"):
    """L = −Σ_k q_k log a_k,  a = softmax(z),  q = (1 − s) one-hot(y) + s/n_y.

    From the logits: L = log Σ_k e^{z_k} − Σ_k q_k z_k,  max z subtracted first;   dz = a − q.

    The labels y are whole numbers from 0 to n_y − 1: (m,) of logits (n_y, m), (m, T) of (n_y, m,
    T). At those that are `ignored`, L = 0 and dz = 0, and N has no share of them. With s = 0 and
    no label ignored it is the cross-entropy. Label smoothing: Szegedy et al., *Rethinking the
    Inception Architecture for Computer Vision*, CVPR 2016.

    Args:
        ignored: the label that does not count, such as that of padding.
        smoothing: s, the share of every label that all n_y classes have in equal parts.

    Raises:
        InputError: `ignored` is no whole number, or not 0 ≤ s < 1.
    """

    ignored: int = -100
    smoothing: float = 0.0
    reads: ClassVar[str] = "Z"
    output: ClassVar[type[Layer]] = Softmax
    at_positions: ClassVar[bool] = True
    whole_labels: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if type(self.ignored) is not int:
            raise input_error("token-cross-entropy.ignored", ignored=repr(self.ignored))
        if not (type(self.smoothing) in (int, float) and 0 <= self.smoothing < 1):
            raise input_error("token-cross-entropy.smoothing", smoothing=repr(self.smoothing))

    def forward(self, Z: Array, Y: Array) -> Array:
        """L = log Σ_k e^{z_k} − (1 − s) z_y − (s/n_y) Σ_k z_k; 0 where y is ignored."""
        counts = self.counted(Y)[np.newaxis]  # (1, m, …)
        Z = Z - Z.max(axis=0, keepdims=True)
        z_q = np.take_along_axis(Z, np.where(counts, Y, 0), axis=0)  # Σ_k q_k z_k
        if s := self.smoothing:
            z_q = (1 - s) * z_q + s / Z.shape[0] * Z.sum(axis=0, keepdims=True)
        L = np.log(np.exp(Z).sum(axis=0, keepdims=True)) - z_q
        return np.where(counts, L, np.zeros_like(L))

    def backward(self, A: Array, Y: Array) -> Array:
        """Return dZ = A − Q; 0 where y is ignored."""
        s, n_y = self.smoothing, A.shape[0]
        classes = np.arange(n_y).reshape(-1, *(1,) * Y.ndim)
        others = A - s / n_y if s else A
        dZ = np.where(classes == Y, A - (1 - s + s / n_y), others)  # (n_y, m, …)
        return np.where(self.counted(Y), dZ, np.zeros_like(dZ))

    def counted(self, Y: Array) -> Array:
        """Return where a label is not ignored."""
        return np.not_equal(Y, self.ignored)

    def decode(self, A: Array) -> Array:
        """Return the most probable class at each position, (m, …); labels as they are."""
        return A if A.dtype.kind in "iu" else A.argmax(axis=0)
