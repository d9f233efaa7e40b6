"""How the cost of a step grows: with the examples m, with the width and with the depth.

A line through log(seconds) by log(size) has the exponent as its slope: 1 is linear. Small steps are
calls, not arithmetic, so the line is drawn through the largest half of the sizes, which is said.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from benchmarks import matmul_baseline
from benchmarks.interleaved_timing import within
from benchmarks.training_steps import ALPHA, CONTENDERS, EAGER, LIMIT, REFERENCE, described
from parity_tests.kinds.random_problem import random_problem

DTYPE = "float32"
SUBJECTS = (REFERENCE, EAGER)


@dataclass(frozen=True)
class Point:
    network: str
    m: int

    @property
    def parameters(self) -> int:
        """How many numbers W and b hold."""
        shapes = described(self.network).parameter_shapes.values()
        return sum(int(np.prod(shape)) for shape in shapes)


SWEEPS: Mapping[str, tuple[str, Callable[[Point], int], list[Point]]] = {
    "examples": (
        "784-512-256-10, m examples",
        lambda point: point.m,
        [Point("784-512-256-10", 2**k) for k in range(13)],
    ),
    "width": (
        "parameters of n-n-n-10, m = 256",
        lambda point: point.parameters,
        [Point(f"{n}-{n}-{n}-10", 256) for n in (16, 32, 64, 128, 256, 512, 1024, 2048)],
    ),
    "depth": (
        "parameters of L hidden layers of 256, m = 256",
        lambda point: point.parameters,
        [Point("256-" + "256-" * L + "10", 256) for L in (1, 2, 4, 8, 16, 32)],
    ),
}


@dataclass(frozen=True)
class Sweep:
    """seconds: of a step at each size, by name.   exponents: over the sizes from `fitted_from`."""

    name: str
    size: str
    sizes: list[int]
    seconds: dict[str, list[float]]
    fitted_from: int
    exponents: dict[str, float]


def measure(seconds: float, quick: bool) -> list[Sweep]:
    """About `seconds` for each point; quick: of the three smallest."""
    return [sweep(name, seconds, 3 if quick else None) for name in SWEEPS]


def sweep(name: str, seconds: float, points: int | None) -> Sweep:
    label, size, chosen = SWEEPS[name]
    chosen = chosen[:points]
    found: dict[str, list[float]] = {subject: [] for subject in (*SUBJECTS, LIMIT)}
    for point in chosen:
        print(f"growth: {point.network}, m = {point.m}", file=sys.stderr)
        spec = described(point.network)
        problem = random_problem(spec, point.m, dtype=DTYPE)
        calls = [CONTENDERS[subject].load()(spec, *problem, ALPHA).step for subject in SUBJECTS]
        everybody = within(seconds, [*calls, matmul_baseline.products(spec, point.m, DTYPE)])
        for own, times in zip(found.values(), everybody, strict=True):
            own.append(statistics.median(times))
    sizes = [size(point) for point in chosen]
    half = len(sizes) // 2
    return Sweep(
        name, label, sizes, found, sizes[half],
        {subject: exponent(sizes[half:], own[half:]) for subject, own in found.items()},
    )  # fmt: skip


def exponent(sizes: list[int], seconds: list[float]) -> float:
    """p of the line log(seconds) = p log(size) + c that is nearest by least squares."""
    x, y = np.log(sizes), np.log(seconds)
    x = x - x.mean()
    return float(x @ y / (x @ x))
