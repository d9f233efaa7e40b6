"""The line about the weights file, by pieces and in part: that of all examples at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import ref_numpy
from ref_numpy import NetworkSpec, initialise
from ref_numpy.data.data_spec import DataSpec
from torch_impl.results import weights_file_check
from torch_impl.results.weights_file_check import predictions_line

M = 23


@pytest.mark.parametrize("output", ["softmax", "identity"])
@pytest.mark.parametrize(("rows", "compared"), [(7, M), (1, 22), (5, 1), (100, 100)])
def test_pieces_and_a_part_of_the_examples(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: str, rows: int, compared: int
) -> None:
    """One number of A is changed by ½: in the compared part it is found, after it not."""
    spec = NetworkSpec.dense([4, 6, 3], "tanh", output)
    task, names = (
        ("classes", ("a", "b", "c")) if output == "softmax" else ("regression", ("u", "v", "w"))
    )
    params = initialise(spec, "he", seed=1)
    rng = np.random.default_rng(0)
    x = rng.integers(-8, 9, (M, 4)) / 8
    ref_numpy.save(path := tmp_path / "w.safetensors", spec, params, DataSpec((4,), task, names))
    A = ref_numpy.forward(spec, params, x.T)[0][spec.output].copy()
    A[1, 21] += 0.5  # the last but one example
    parameters = sum(p.size for p in params.values())
    monkeypatch.setattr(weights_file_check, "OPERATIONS", compared * parameters)
    monkeypatch.setattr(weights_file_check, "NUMBERS", rows * 2 * (6 + 3))
    line = predictions_line(path, x, A)
    part = f"; the first {compared} of {M} examples" if compared < M else ""
    assert line.endswith(f"(float64){part}")
    assert ("5.0e-01" in line) == (compared >= 22)
    if output == "softmax":
        assert f" of {min(compared, M)} predictions equal, " in line
