"""The reference's outputs, from a weights file alone, beside those of the network that was trained.

The mathematics of the reference is used only here, to look at a file that was written: no output
of the network depends on it.
"""

from __future__ import annotations

import os

import numpy as np

import ref_numpy
from ref_numpy import Array


def predictions_line(weights: str | os.PathLike[str], x: Array, A: Array) -> str:
    """Compare the reference's outputs for raw examples with the network's.

    Args:
        weights: the file.
        x: (m, …), as they come, so that a mistake before the network is found as well.
        A: (n_y, m), the network's output.

    Returns:
        One line: how many predictions are equal, and the largest difference.
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
