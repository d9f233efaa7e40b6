"""LeNet-5: its sizes, torch beside it, and a mistake in it that is named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

import ref_numpy
from parity_tests import check
from parity_tests.adapters.torch_twin import twin
from parity_tests.checking.verdict import PASSED
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import Array, InputError, MaxPool, NetworkSpec
from ref_numpy.graphs.lenet import lenet


def test_its_sizes_are_those_of_the_paper() -> None:
    spec = lenet()
    shapes = {step.output: step.shape for step in spec.steps}
    assert [shapes[name] for name in ("c", "c.pool", "d", "d.pool", "flat", "e", "f", "y")] == [
        (6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 5, 5), (400,), (120,), (84,), (10,),
    ]  # fmt: skip
    assert sum(int(np.prod(shape)) for shape in spec.parameter_shapes.values()) == 61_706


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_torch_passes(precision: str) -> None:
    """With maxima and ReLU, and an image that is no square."""
    spec = lenet((3, 16, 20), 4, "relu", MaxPool(2), lambd=0.5)
    report = check(twin(precision), spec, *random_problem(spec, 3), precision, calls=1)
    assert report.verdict == PASSED, str(report)


@pytest.mark.slow
def test_a_gradient_that_forgets_overlaps_is_named() -> None:
    """dA of the second convolution, with = for += in col2im."""
    spec = lenet((1, 12, 12), 3)

    def wrong(spec: NetworkSpec, params: Any, X: Array, Y: Array) -> Mapping[str, Any]:
        trace = dict(ref_numpy.run(spec, params, X, Y))
        W, d = params["d.W"], trace["dd"]
        dA = np.zeros_like(trace["c.pool"])
        for i, j in np.ndindex(5, 5):
            if i < dA.shape[2] and j < dA.shape[3]:
                H, B = d.shape[2:]
                dA[:, :, i : i + H, j : j + B] = np.einsum("kc,kmyx->cmyx", W[:, :, i, j], d)
        return trace | {"dc.pool": dA}

    params, X, Y = random_problem(spec, 2)
    with pytest.raises(InputError):
        lenet((1, 8, 8))
    report = check(wrong, spec, params, X, Y, calls=1)
    first = report.findings[0]
    assert first.tensor == "dc.pool"
    assert "dA_prev.overwritten" in [cause.code for cause in first.causes]
