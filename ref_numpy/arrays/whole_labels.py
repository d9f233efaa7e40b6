"""Labels that are whole numbers, such as the next tokens of texts: (m,), or (m, T, …)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ref_numpy.arrays.axes import Array, Shape
from ref_numpy.input_messages import input_error


def check_whole_labels(
    Y: Array, shape: Shape, n_y: int, counted: Callable[[Array], Array | None]
) -> None:
    """Check that the labels that count are whole numbers from 0 to n_y − 1, and that one counts.

    Args:
        Y: the labels.
        shape: that they should have, (m, …).
        n_y: the number of classes.
        counted: returns which labels count; None where all do.

    Raises:
        InputError: the labels are something else.
    """
    if not isinstance(Y, np.ndarray) or Y.dtype.kind not in "iu":
        given = Y.dtype if isinstance(Y, np.ndarray) else type(Y).__name__
        raise input_error("labels.whole-numbers", given=given, expected=shape)
    if Y.shape != shape:
        raise input_error("labels.whole-shape", shape=Y.shape, expected=shape)
    kept = counted(Y)
    some = Y if kept is None else Y[kept]
    if not some.size:
        raise input_error("labels.none-counts", label=Y.flat[0])
    if some.min() < 0 or some.max() >= n_y:
        wrong = (Y < 0) | (n_y <= Y) if kept is None else ((Y < 0) | (n_y <= Y)) & kept
        first = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise input_error("labels.no-class", label=Y[first], index=list(first), last=n_y - 1)
