"""What the reference, with a weights file alone, makes of the examples that another program saw."""

from __future__ import annotations

import os

import numpy as np

import ref_numpy
from ref_numpy import Array


def predictions_line(weights: str | os.PathLike[str], x: Array, A: Array) -> str:
    """One line: what the reference, with that file, makes of raw examples beside another's A[L].

    x: (m, …), as they come, so that what is wrong before the network is seen as well.
    A: (n_y, m), the other's output.
    """
    spec, params = ref_numpy.load(weights)
    dtype = next(iter(params.values())).dtype
    X = ref_numpy.load_data_spec(weights).to_X(x, dtype)
    activations, _ = ref_numpy.forward(spec, params, X)
    ours = activations[spec.output]
    line = f"largest difference in {spec.output} {np.abs(ours - A).max():.1e} ({dtype})"
    if spec.loss.reads == "A":
        return line
    same = (spec.loss.decode(ours) == spec.loss.decode(A)).all(axis=0)
    return f"{int(same.sum())} of {same.size} predictions equal, {line}"
