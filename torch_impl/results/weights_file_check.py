"""The reference's outputs, from a weights file alone, beside those of the network that was trained.

The mathematics of the reference is used only here, to look at a file that was written: no output
of the network depends on it.
"""

from __future__ import annotations

import math
import os

import numpy as np

import ref_numpy
from ref_numpy import Array, NetworkSpec, WholeNumbers
from ref_numpy.model import network_input

NUMBERS = 2**24  # of all layers' results at once: 64 MiB at float32
OPERATIONS = 2**39  # products of a parameter and a number: some ten seconds of a CPU


def operations(spec: NetworkSpec) -> int:
    """Return how many weights an example is multiplied by, at every position."""
    return sum(
        math.prod(shape) * math.prod(step.shape[1:])
        for step in spec.steps
        for shape in step.layer.parameter_shapes().values()
    )


def predictions_line(weights: str | os.PathLike[str], x: Array, A: Array) -> str:
    """Compare the reference's outputs for raw examples with the network's.

    Args:
        weights: the file.
        x: (m, …), as they come, so that a mistake before the network is found as well.
        A: (n_y, m), the network's output.

    Returns:
        One line: how many predictions are equal, and the largest difference; of a large network,
        in the first examples.
    """
    spec, params = ref_numpy.load(weights)
    dtype = next(iter(params.values())).dtype
    m = min(len(x), max(1, OPERATIONS // operations(spec)))
    rows = max(1, NUMBERS // sum(math.prod(step.shape) for step in spec.steps))
    raw = (x[i : min(i + rows, m)] for i in range(0, m, rows))
    if isinstance(spec.inputs[spec.input], WholeNumbers):
        pieces = raw  # as the network takes them
    else:
        data_spec = ref_numpy.load_data_spec(weights)
        pieces = (network_input(spec, data_spec, part, dtype) for part in raw)
    ours = np.concatenate(
        [ref_numpy.forward(spec, params, X)[0][spec.output] for X in pieces], axis=1
    )
    A, part = A[:, :m], f"; the first {m:,} of {len(x):,} examples" if m < len(x) else ""
    line = f"largest difference in {spec.output} {np.abs(ours - A).max():.1e} ({dtype}){part}"
    if not spec.loss.classifies:
        return line
    same = spec.loss.decode(ours) == spec.loss.decode(A)
    same = same if spec.loss.whole_labels else same.all(axis=0)
    return f"{int(same.sum())} of {same.size} predictions equal, {line}"
