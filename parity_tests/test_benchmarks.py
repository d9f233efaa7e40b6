"""The benchmarks that this machine cannot run say so."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch

gpu = pytest.importorskip("benchmarks.gpu", reason="benchmarks are not in the wheel")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU, and this would take minutes")
def test_without_a_gpu_nothing_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    assert gpu.main() == 0
    assert capsys.readouterr().out == "no CUDA device here: nothing is measured\n"


def test_the_floating_point_operations_of_a_step() -> None:
    """Forward and two products backward for each layer, but no dX for the first."""
    sizes = [4096, 8192, 4096, 1000]
    forward = sum(2 * 8192 * a * b for a, b in pairwise(sizes))
    assert gpu.flops() == 3 * forward - 2 * 8192 * 4096 * 8192


@pytest.mark.cuda
def test_a_matrix_product_has_a_rate() -> None:
    assert gpu.matrix_rate() > 1e12
