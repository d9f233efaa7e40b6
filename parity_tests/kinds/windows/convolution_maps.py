"""The maps that the lines of convolutions name, right ones and mistaken ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from ref_numpy.arrays.axes import Shape, columns
from ref_numpy.arrays.convolutions import as_columns, in_groups, weigh_back, weigh_windows
from ref_numpy.arrays.windows import Windows, windows_of


def maps_between(f: int, wide: Shape, narrow: Shape) -> Mapping[str, Callable[..., Any]]:
    """Return the maps of a convolution, as lines name them.

    With a wrong stride, padding or dilation they have the right shape all the same, as the programs
    have that first make an array for the result: what does not fit is cut off at the end.

    Args:
        f: the size of a kernel.
        wide: the positions that windows see.
        narrow: those of what the windows give.
    """

    def windows(stride: int, padding: int, dilation: int) -> Windows:
        return Windows((f,) * len(wide), stride, padding, dilation)

    def convolve(W: Any, A: Any, stride: int, padding: int, dilation: int, groups: int) -> Any:
        Z = weigh_windows(W, A, windows(stride, padding, dilation), groups)
        return Z[:, :, *map(slice, narrow)]

    def spread(W: Any, Z: Any, stride: int, padding: int, dilation: int, groups: int) -> Any:
        w = windows(stride, padding, dilation)
        return weigh_back(W, Z, w, groups, whole(w, Z))[:, :, *map(slice, wide)]

    def spread_last(
        W: Any, Z: Any, stride: int, padding: int, dilation: int, groups: int,
        by_windows: bool = False,
    ) -> Any:  # fmt: skip
        w = windows(stride, padding, dilation)
        V = in_groups(W, groups).swapaxes(1, 2) @ in_groups(Z, groups)
        V = V.reshape(-1, *w.f, *Z.shape[1:])
        shape = (V.shape[0], Z.shape[1], *(T + 2 * padding for T in whole(w, Z)))
        A = np.zeros_like(V, shape=shape)
        every = [*places(w, Z.shape[2:])]  # of the last window at a place it is the first element
        for element, at in reversed(every) if by_windows else every:
            A[:, :, *at] = V[:, *element]
        return A[:, :, *(slice(padding, padding + T) for T in wide)]

    def spread_last_window(
        W: Any, Z: Any, stride: int, padding: int, dilation: int, groups: int
    ) -> Any:
        return spread_last(W, Z, stride, padding, dilation, groups, by_windows=True)

    def spread_last_kernel(
        W: Any, Z: Any, stride: int, padding: int, dilation: int, groups: int
    ) -> Any:
        last = (in_groups(x, groups)[:, -1:] for x in (W, Z))
        W, Z = (x.reshape(-1, *y.shape[1:]) for x, y in zip(last, (W, Z), strict=True))
        return spread_last_window(W, Z, stride, padding, dilation, groups)

    def late(A: Any, padding: int, rows: int, columns: int) -> Any:
        """Return A with its padding, seen from so many positions later: of two axes, or of one."""
        later = (rows, columns)[-len(wide) :]
        ends = (0, 0), (0, 0), *((padding, padding + k) for k in later)
        return np.pad(A, ends)[:, :, *(slice(k, None) for k in later)]

    def last_column(Z: Any) -> Any:
        """Return Z with 0 at each position but the last one of the last example."""
        *_, T = columns(Z).shape
        is_last = (np.arange(T) == T - 1).astype(float).reshape(1, *Z.shape[1:])
        return Z * is_last

    def whole(w: Windows, Z: Any) -> Shape:
        """Return the positions of the tensor, more of them where the windows reach further."""
        reached = (
            w.stride * (T - 1) + reach - 2 * w.padding
            for T, reach in zip(Z.shape[2:], w.reach, strict=True)
        )
        return tuple(map(max, wide, reached))

    def correlate(Z: Any, A: Any, stride: int, padding: int, dilation: int, groups: int) -> Any:
        V = windows_of(A, windows(stride, padding, dilation))
        fits = [*map(slice, map(min, Z.shape[2:], V.shape[3 + len(wide) - 1 :]))]
        Z, V = Z[:, :, *fits], V[..., *fits]
        dW = in_groups(Z, groups) @ as_columns(V, groups).swapaxes(1, 2)
        return dW.reshape(Z.shape[0], -1, *(f for _ in wide))

    return {
        "convolve": convolve, "spread": spread, "spread_last": spread_last, "correlate": correlate,
        "spread_last_window": spread_last_window, "spread_last_kernel": spread_last_kernel,
        "late": late, "last_column": last_column,
    }  # fmt: skip


def places(w: Windows, number: Shape) -> Iterator[tuple[tuple[int, ...], tuple[slice, ...]]]:
    """Yield each element of a window with the places that it has in all windows."""
    for element in np.ndindex(w.f):
        at = (
            slice(w.dilation * i, w.dilation * i + w.stride * (N - 1) + 1, w.stride)
            for i, N in zip(element, number, strict=True)
        )
        yield element, (*at,)
