"""What the reference, with weights from a file, makes of the inputs that another program saw."""

from __future__ import annotations

import os

import numpy as np

import ref_numpy
from ref_numpy import Array


def predictions_line(weights: str | os.PathLike[str], X: Array, A: Array) -> str:
    """One line: what the reference, with weights from that file, makes of X beside another's A[L].

    X: (n_x, m).   A: (n_y, m), the other's output.
    """
    spec, params = ref_numpy.load(weights)
    dtype = next(iter(params.values())).dtype
    activations, _ = ref_numpy.forward(spec, params, X.astype(dtype))
    ours = activations[spec.output]
    line = f"largest difference in {spec.output} {np.abs(ours - A).max():.1e} ({dtype})"
    if spec.loss.reads == "A":
        return line
    same = (spec.loss.decode(ours) == spec.loss.decode(A)).all(axis=0)
    return f"{int(same.sum())} of {same.size} predictions equal, {line}"
