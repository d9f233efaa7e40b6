"""The sharpness of the bounds, and of the rules of others; and lower precisions sold as float32."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from rich.console import Console

from parity_tests.campaigns import lower_precisions, sharpness
from parity_tests.campaigns.fixed_tolerances import CLOSE, FLAT, TWICE
from parity_tests.campaigns.lower_precisions import check_factors
from parity_tests.campaigns.sharpness import (
    FIRST,
    INPUTS,
    PROGRAMS,
    SECOND,
    Layer,
    in_turn,
    measure,
)
from parity_tests.error_model.precisions import FLOAT32, PRECISIONS
from ref_numpy import Array


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_program_is_a_product(program: str) -> None:
    rng = np.random.default_rng(0)
    left, right = rng.integers(-9, 9, (3, 21)), rng.integers(-9, 9, (21, 4))
    found = PROGRAMS[program](left.astype(np.float32), right.astype(np.float32))
    assert found.dtype == np.float32
    assert found.tolist() == (left @ right).tolist()


def test_a_layer_has_the_lines_of_the_course() -> None:
    layer = Layer.random(5, 3, 4, INPUTS[0], FLOAT32, seed=0)
    found = layer.tensors(np.matmul, np.longdouble, ["Z1", "dW1", "db1", "dA0"])
    W, b, A, dZ = (
        [[Fraction(float(x)) for x in row] for row in array]
        for array in (layer.W, layer.b, layer.A, layer.dZ)
    )
    assert float(found["Z1"][1, 2]) == float(sum(W[1][k] * A[k][2] for k in range(5)) + b[1][0])
    assert float(found["dW1"][1, 2]) == float(sum(dZ[1][i] * A[2][i] for i in range(4)) / 4)
    assert float(found["db1"][1, 0]) == float(sum(dZ[1]) / 4)
    assert float(found["dA0"][1, 2]) == float(sum(W[k][1] * dZ[k][2] for k in range(3)))


def test_a_ratio_is_that_of_root_mean_squares() -> None:
    """Of the flat tolerance, whose bounds are 0.01 (1 + |exact|), and of an error by hand."""
    row = measure(FLOAT32, 64, seeds=1)["Z"]
    layer = Layer.random(64, sharpness.WIDTH, sharpness.WIDTH, INPUTS[0], FLOAT32, seed=0)
    exact = layer.tensors(np.matmul, np.float64, ["Z1"])["Z1"]
    error = layer.tensors(np.matmul, np.float32, ["Z1"])["Z1"] - exact
    expected = np.sqrt(((0.01 + 0.01 * np.abs(exact)) ** 2).sum() / (error**2).sum())
    assert sharpness.short(row.ratios[FLAT, INPUTS[0]][0]) == sharpness.short(float(expected))


def in_blocks(left: Array, right: Array, block: int = 256) -> Array:
    """Add blocks of terms, each in turn, as OpenBLAS does; how many terms depends on the machine.

    Where it adds fewer, its error is smaller, and every bound is further from it.
    """
    starts = range(0, left.shape[1], block)
    return sum(in_turn(left[:, k : k + block], right[k : k + block]) for k in starts)


@pytest.mark.slow
def test_the_second_level_is_sharp_and_refuses_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PROGRAMS, "BLAS", in_blocks)
    for K in (32, 1024, 4096):
        for kind, row in measure(FLOAT32, K, seeds=3).items():
            assert row.programs == 3 * len(INPUTS) * len(PROGRAMS)
            assert (row.refused[FIRST], row.refused[SECOND]) == (0, 0), (kind, K)
            for inputs in INPUTS:
                assert np.median(row.ratios[SECOND, inputs]) <= 20, (kind, K, inputs)
                assert min(row.ratios[FIRST, inputs]) > 1
    assert row.refused[TWICE]  # the last row's: the loop is less accurate than BLAS
    assert measure(FLOAT32, 4096, seeds=1)["dA"].refused[CLOSE]


def test_half_precisions_have_no_second_level() -> None:
    row = measure(PRECISIONS["bfloat16"].on("cpu"), 32, seeds=1)["dW"]
    assert row.sharpness(SECOND) == "–"
    assert row.refused[FIRST] == 0


@pytest.mark.parametrize(("K", "level"), [(784, 1), pytest.param(32768, 2, marks=pytest.mark.slow)])
def test_tf32_sold_as_float32_is_found(K: int, level: int) -> None:
    report = check_factors(K, "TF32")
    assert bool(report.findings) == (level == 1)
    assert bool(report.suspicions) == (level == 2)


def test_a_miss_fails_the_campaign(monkeypatch: pytest.MonkeyPatch) -> None:
    console = Console(record=True, width=120)
    own = check_factors(64, "")
    monkeypatch.setattr(lower_precisions, "check_factors", lambda K, split: own)
    assert lower_precisions.print_lower_precisions([64], console) == 2  # TF32, rounded or cut off
    refused = measure(FLOAT32, 32, seeds=1)
    refused["Z"].refused[SECOND] = 3
    monkeypatch.setattr(sharpness, "measure", lambda *given: refused)
    assert sharpness.print_sharpness([32], 1, console) == 9  # at each of three precisions
    assert "Ours refuse 9" in console.export_text()
