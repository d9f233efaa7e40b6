"""Measure how the cost of a step grows: with the examples m, with the width and with the depth.

A line through log(seconds) by log(size) has the exponent as its slope: 1 is linear. The time of a
small step is calls, not arithmetic, so the line is fitted to the largest half of the sizes; the
table names these sizes.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from benchmarks import matmul_baseline
from benchmarks.interleaved_timing import seconds_within_budget
from benchmarks.training_steps import ALPHA, CONTENDERS, EAGER, PRODUCTS, REFERENCE, network_spec
from parity_tests.kinds.random_problem import random_problem

DTYPE = "float32"
SUBJECTS = (REFERENCE, EAGER)


@dataclass(frozen=True)
class Point:
    """A network and a number of examples."""

    network: str
    m: int

    @property
    def parameters(self) -> int:
        """The number of elements of all W and b."""
        shapes = network_spec(self.network).parameter_shapes.values()
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
    """The cost of a step over sizes.

    Attributes:
        name: examples, width or depth.
        size: The size in words.
        sizes: The sizes, ascending.
        seconds: Of a step at each size, by contender.
        fitted_from: The smallest size that the exponents are fitted to.
        exponents: p of seconds ~ sizeᵖ, by contender.
    """

    name: str
    size: str
    sizes: list[int]
    seconds: dict[str, list[float]]
    fitted_from: int
    exponents: dict[str, float]


def measure(seconds: float, quick: bool) -> list[Sweep]:
    """Measure all sweeps, about `seconds` for each point; quick: of the three smallest."""
    return [sweep(name, seconds, 3 if quick else None) for name in SWEEPS]


def sweep(name: str, seconds: float, points: int | None) -> Sweep:
    """Measure one sweep, or its first points."""
    label, size, chosen = SWEEPS[name]
    chosen = chosen[:points]
    found: dict[str, list[float]] = {subject: [] for subject in (*SUBJECTS, PRODUCTS)}
    for point in chosen:
        print(f"growth: {point.network}, m = {point.m}", file=sys.stderr)
        spec = network_spec(point.network)
        problem = random_problem(spec, point.m, dtype=DTYPE)
        calls = [CONTENDERS[subject].load()(spec, *problem, ALPHA).step for subject in SUBJECTS]
        times_by_name = seconds_within_budget(
            seconds, [*calls, matmul_baseline.products(spec, point.m, DTYPE)]
        )
        for own, times in zip(found.values(), times_by_name, strict=True):
            own.append(statistics.median(times))
    sizes = [size(point) for point in chosen]
    half = len(sizes) // 2
    return Sweep(
        name, label, sizes, found, sizes[half],
        {subject: exponent(sizes[half:], own[half:]) for subject, own in found.items()},
    )  # fmt: skip


def exponent(sizes: list[int], seconds: list[float]) -> float:
    """Return p of log(seconds) = p log(size) + c, fitted by least squares."""
    x, y = np.log(sizes), np.log(seconds)
    x = x - x.mean()
    return float(x @ y / (x @ x))
