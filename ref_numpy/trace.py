"""The trace of a run: every tensor by name."""

from __future__ import annotations

import numpy as np

from ref_numpy.layer import Array


class Trace(dict[str, Array]):
    """Every tensor of one run by canonical name, in dataflow order: A0 Z1 A1 … J … dW1 db1 dA0."""

    def __repr__(self) -> str:
        rows = (f"  {name:<4} {np.shape(t)!s:<12} {t.dtype}" for name, t in self.items())
        return "\n".join(["Trace", *rows])
