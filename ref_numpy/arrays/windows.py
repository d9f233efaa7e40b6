"""The windows of a tensor's positions: what a convolution or a pooling sees at each of its results.

Along an axis of T positions, with padding p at both ends, window y = 0 … has the elements

    s y + d i − p,   i = 0 … f − 1        s: stride   d: dilation   f: its size

of which those below 0 or from T on are padding. The windows of an image, in the order of `W`'s
axes, are columns: (n_C, m, H, W) → (n_C, f, f, m, H', W') → (n_C f f, m H' W').
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ref_numpy.arrays.axes import Array, Shape
from ref_numpy.arrays.own_rules import has_own_rules, with_own_rules

# The numbers in the windows of a few examples, which stay in a processor's cache: 4 MB at float32.
AT_ONCE = 2**20


class Windows(NamedTuple):
    """Which windows.

    Attributes:
        f: how many elements a window has along each axis of positions, (f, f) of an image.
        stride: from one window to the next, along each axis.
        padding: how many positions there are before the first one, and as many after the last.
        dilation: from one element of a window to the next.
    """

    f: Shape
    stride: int = 1
    padding: int = 0
    dilation: int = 1

    @property
    def reach(self) -> Shape:
        """How many positions a window spans along each axis, those between its elements too."""
        return tuple(self.dilation * (f - 1) + 1 for f in self.f)

    def number(self, positions: Shape) -> Shape:
        """Return how many windows there are along each axis: ⌊(T + 2p − reach)/s⌋ + 1."""
        padded = (T + 2 * self.padding for T in positions)
        return tuple(
            max((T - reach) // self.stride + 1, 0)
            for T, reach in zip(padded, self.reach, strict=True)
        )


def windows_of(A: Array, w: Windows, fill: float = 0.0) -> Array:
    """Return each window's elements, of (n, m, H, W): (n, f, f, m, H', W'), without a copy.

    Args:
        A: (n, m, …).
        w: with a size for each axis of positions.
        fill: the number that the padding has.
    """
    axes = range(2, A.ndim)
    if w.padding:
        p = w.padding
        A = np.pad(A, ((0, 0), (0, 0), *((p, p) for _ in axes)), constant_values=fill)
    V = sliding_window_view(A, w.reach, axis=tuple(axes))  # (n, m, each window, its elements)
    V = V[:, :, *(slice(None, None, w.stride) for _ in axes)]
    V = V[..., *(slice(None, None, w.dilation) for _ in axes)]
    return V.transpose(0, *range(A.ndim, V.ndim), 1, *axes)


@with_own_rules
def add_windows(V: Array, w: Windows, positions: Shape) -> Array:
    """Return the sum of all windows, each at its place: the adjoint of `windows_of`, col2im.

    What several windows have is added up, what none has is 0, and the padding is cut off.

    Args:
        V: (n, f, f, m, H', W').
        w: the windows.
        positions: (H, W).

    Returns:
        (n, m, H, W).
    """
    k = len(w.f)
    n, m, number = V.shape[0], V.shape[k + 1], V.shape[k + 2 :]
    padded = np.zeros((n, m, *(T + 2 * w.padding for T in positions)), V.dtype)
    for element in np.ndindex(w.f):
        at = (
            slice(w.dilation * i, w.dilation * i + w.stride * (N - 1) + 1, w.stride)
            for i, N in zip(element, number, strict=True)
        )
        padded[:, :, *at] += V[:, *element]
    return padded[:, :, *(slice(w.padding, w.padding + T) for T in positions)]


def few_examples(A: Array, each: int) -> Iterator[slice]:
    """Yield the examples of (n, m, …) in parts whose windows stay in the processor's cache.

    The f² as many numbers of all windows at once would be written to memory, and read again. Arrays
    with rules of their own are taken whole.

    Args:
        A: the examples.
        each: how many numbers the windows of one example have.
    """
    m = A.shape[1]
    step = m if has_own_rules(A) else min(max(AT_ONCE // max(each, 1), 1), m)
    return (slice(i, min(i + step, m)) for i in range(0, m, step))
