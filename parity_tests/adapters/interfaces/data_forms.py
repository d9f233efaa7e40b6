"""How examples and labels reach a program: all at once or one by one, rows or columns, indices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ref_numpy import Array

MATRIX, INDICES, FLAT = "one-hot", "indices", "flat"
LABELS = (MATRIX, INDICES, FLAT)


@dataclass(frozen=True)
class DataForm:
    """How a program takes examples and labels.

    Attributes:
        rows: an example is a row, (1, n) of (m, n).
        labels: MATRIX, as the examples are; INDICES, (m,), of classes; FLAT, (m,), of one output.
        one: a call has one example, (n, 1) or (1, n).
        flat: a call has one example, (n,).
    """

    rows: bool
    labels: str
    one: bool = False
    flat: bool = False

    def calls(self, X: Array, Y: Array) -> Iterator[tuple[Any, Any]]:
        """Yield the examples and labels of each call, of X (n_x, m) and Y (n_y, m)."""
        if not self.one:
            yield self.given(X), self.labelled(Y)
            return
        for i in range(X.shape[1]):
            yield self.given(X[:, i : i + 1]), self.labelled(Y[:, i : i + 1])

    def given(self, X: Array) -> Array:
        """Return columns of examples as a call has them."""
        x = np.array(X.T if self.rows else X, order="C")
        return x.reshape(-1) if self.flat else x

    def labelled(self, Y: Array) -> Any:
        """Return columns of labels as a call has them."""
        if self.labels == MATRIX:
            return self.given(Y)
        y = Y.argmax(axis=0) if self.labels == INDICES else Y.reshape(-1)
        return y[0].item() if self.one else np.array(y)

    def columns(self, x: Array, n: int, m: int) -> Array | None:
        """Return a result as columns, (n, m), of n features; None where it has another shape."""
        if self.one and x.size == n and m == 1:
            return x.reshape(n, 1)
        if x.ndim == 1 and n == 1 and x.size == m:
            return x.reshape(1, m)
        shape = (m, n) if self.rows else (n, m)
        return (x.T if self.rows else x) if x.shape == shape else None


def data_forms(n_y: int, one_hot: bool) -> Iterator[DataForm]:
    """Yield the forms, the most common first.

    Args:
        n_y: the number of outputs.
        one_hot: whether labels are one-hot, so that they may be indices.
    """
    labels = [MATRIX, *([INDICES] if one_hot and n_y > 1 else []), *([FLAT] if n_y == 1 else [])]
    for one, flat in ((False, False), (True, False), (True, True)):
        for rows in (True, False) if not flat else (False,):
            for each in labels:
                yield DataForm(rows, each, one, flat)
