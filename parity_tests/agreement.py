"""How far two computations of the same thing are apart, in words."""

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
    apart = np.abs(ours - A).max()
    line = f"largest difference in {spec.output}: {apart:.1e} ({ours.dtype})"
    if spec.loss.reads == "A":
        return line
    same = (spec.loss.decode(ours) == spec.loss.decode(A)).all(axis=0)
    return f"{int(same.sum())} of {same.size} predictions equal; {line}"
