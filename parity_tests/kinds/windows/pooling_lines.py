"""The maps that the lines of poolings name, and the mistakes that several of them have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from parity_tests.kinds.formula_text import Edit, edit
from ref_numpy.arrays.windows import Windows, add_windows, windows_of

HOW = "f, stride, padding"
NO_STRIDE = edit("missing-stride", "the stride is missing: it is 1", "stride", "1")
NEXT_WINDOWS = edit("off-by-one", "the windows begin one position too late",
                    "A_prev", "np.roll(A_prev, -1, -1)")  # fmt: skip


def names(layer: Any, A: Any) -> Mapping[str, Any]:
    """Return the names that lines of a pooling of A (n, m, …) may use."""
    positions = A.shape[2:]
    axes = len(positions)
    narrow = layer.windows_along(axes).number(positions)

    def windows(A: Any, f: int, stride: int, padding: int, fill: float = 0.0) -> Any:
        """(n, f f, m, …), as many windows as there are results."""
        V = windows_of(A, Windows((f,) * axes, stride, padding), fill)
        return V.reshape(V.shape[0], f**axes, *V.shape[axes + 1 :])[:, :, :, *map(slice, narrow)]

    def late(A: Any, fill: float = 0.0) -> Any:
        """Return A seen from one position later along each axis, where it ends filled up."""
        later = np.pad(A, ((0, 0), (0, 0), *((0, 1) for _ in positions)), constant_values=fill)
        return later[:, :, *(slice(1, None) for _ in positions)]

    def added(V: Any, f: int, stride: int, padding: int) -> Any:
        """Each element's numbers (n, f f, m, …), or one for all, added up at their places."""
        w = Windows((f,) * axes, stride, padding)
        n, _, m, *number = V.shape
        V = np.broadcast_to(V, (n, f**axes, m, *number)).reshape(n, *w.f, m, *number)
        reached = (stride * (T - 1) + f - 2 * padding for T in number)
        whole = tuple(map(max, positions, reached))
        return add_windows(V, w, whole)[:, :, *map(slice, positions)]

    def placed(
        V: Any, f: int, stride: int, padding: int, by_windows: bool = False, winners: bool = False
    ) -> Any:
        """Return the last number that comes to a place, instead of all that do.

        Args:
            V: each element's numbers, (n, f f, m, …).
            f: the size of a window.
            stride: from one to the next.
            padding: on each side.
            by_windows: of the last window; else of the last element.
            winners: a 0 comes to no place.
        """
        w = Windows((f,) * axes, stride, padding)
        n, _, m, *number = V.shape
        V = np.broadcast_to(V, (n, f**axes, m, *number)).reshape(n, *w.f, m, *number)
        order = np.arange(V.size).reshape(V.shape) + 1.0
        last = np.zeros((n, m, *positions), int)
        comes = getattr(V, "value", V) != 0 if winners else np.ones(V.shape, bool)
        elements = [*np.ndindex(w.f)]
        # At a place the last window has its first element.
        for element in reversed(elements) if by_windows or winners else elements:
            one = np.zeros_like(order)
            one[:, *element] = order[:, *element] * comes[:, *element]
            seen = added(one.reshape(n, f**axes, m, *number), f, stride, padding)
            last = np.where(seen > 0, seen, last).astype(int)
        flat = np.concatenate([0 * V.reshape(-1)[:1], V.reshape(-1)])
        return flat[last]

    return {
        "windows": windows, "late": late, "added": added, "placed": placed,
        "placed_by_windows": lambda V, *how: placed(V, *how, by_windows=True),
        "placed_winners": lambda V, *how: placed(V, *how, winners=True),
        "stride": layer.stride or layer.f,
        "every": layer.f**axes, "number": np.arange(layer.f**axes).reshape(-1, *(1,) * (axes + 1)),
        "inside": windows_of(np.ones((1, 1, *positions)), layer.windows_along(axes)).sum(
            axis=tuple(range(axes + 2))
        ),
    }  # fmt: skip


def of_places() -> tuple[Edit, ...]:
    """Return the mistakes where each window's numbers are added up at their places."""
    return (
        NO_STRIDE,
        edit("uncut-padding", "the padding is not cut off: the first positions are padding",
             "stride, padding)", "stride, 0)"),
        edit("overwritten", "= was used instead of +=: where windows overlap, the first one "
             "alone counts", "added(", "placed("),
        edit("overwritten-by-the-last-window", "= was used instead of +=: where windows overlap, "
             "the last one alone counts", "added(", "placed_by_windows("),
        edit("reversed-places", "the positions of dZ stand in reversed order",
             "dZ[", "dZ[..., ::-1]["),
    )  # fmt: skip
