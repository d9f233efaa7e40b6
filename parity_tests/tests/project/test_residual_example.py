"""The example of a graph runs, and prints what is true."""

from __future__ import annotations

import re
import runpy

import numpy as np
import pytest

import ref_numpy
from parity_tests.tests.support.paths import ROOT

EXAMPLE = ROOT / "lessons" / "examples" / "residual_graph.py"
if not EXAMPLE.is_file():
    pytest.skip("the lessons are only in a checkout", allow_module_level=True)


@pytest.mark.slow
def test_the_residual_graph_passes_and_learns(capsys) -> None:
    names = runpy.run_path(str(EXAMPLE))
    summary, J, float64, float32, descent, new = capsys.readouterr().out.splitlines()
    assert summary.startswith("tokens (m, 3) → y (9, m) by 15 steps (")
    by_numpy, by_torch = re.findall(r"\d+\.\d+", J)
    assert by_numpy == by_torch
    assert (float64[:20], float32[:20]) == ("run, float64: passed", "run, float32: passed")
    assert names["costs"][-1] < names["costs"][0] / 10
    before, after = map(float, re.findall(r"\d\.\d{3}", descent))
    assert (before, after) == (round(names["costs"][0], 3), round(names["costs"][-1], 3))
    labels = names["new_X"].max(axis=1)
    right = ref_numpy.predict(names["spec"], names["params"], names["new_X"])[0] == labels
    commonest = np.bincount(labels).max() / len(labels)
    assert new.startswith(f"new examples: {right.mean():.1%} right; {commonest:.1%} by always")
    assert right.mean() > 2 * commonest
