"""Sharpness: how much larger a bound is than the error that a correct program has.

It is the root mean square of a tensor's bounds, divided by that of the errors of a product by BLAS:
a sharp bound has a small ratio, and below 1 it refuses correct programs. The sums of Z, of dW and
db, and of dA each have K terms; the layer is narrow otherwise.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from statistics import median
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from parity_tests.campaigns.fixed_tolerances import RULES
from parity_tests.checking.check_trace import check_trace
from parity_tests.checking.sampled_sums import WIDER, rms
from parity_tests.error_model.precisions import PRECISIONS, Precision
from ref_numpy import Array, NetworkSpec

WIDTH = 32
FIRST, SECOND = "1st level", "2nd level"
TESTS = (FIRST, SECOND, *RULES)
INPUTS = ("N(0, 1)", "He, ReLU")

Product = Callable[[Array, Array], Array]
Arrays = dict[str, Array]
# Inputs, units and examples of a layer in which the sums of these tensors have K terms.
DIMENSIONS: dict[tuple[str, ...], Callable[[int], tuple[int, int, int]]] = {
    ("Z1",): lambda K: (K, WIDTH, WIDTH),
    ("dW1", "db1"): lambda K: (WIDTH, 4 * WIDTH, K),
    ("dA0",): lambda K: (WIDTH, K, WIDTH),
}


def in_turn(left: Array, right: Array) -> Array:
    """Add one term after the other."""
    total = np.zeros((len(left), right.shape[1]), left.dtype)
    for k in range(left.shape[1]):
        total += left[:, k : k + 1] * right[k : k + 1]
    return total


def pairwise(left: Array, right: Array) -> Array:
    """Add the sums of both halves."""
    K = left.shape[1]
    if K <= 8:
        return in_turn(left, right)
    half = K // 2
    return pairwise(left[:, :half], right[:half]) + pairwise(left[:, half:], right[half:])


BLAS: Product = np.matmul
PROGRAMS: dict[str, Product] = {
    "BLAS": BLAS,
    "in turn": in_turn,
    "reversed": lambda left, right: in_turn(left[:, ::-1], right[::-1]),
    "pairwise": pairwise,
}


@dataclass(frozen=True)
class Layer:
    """A dense layer with a given gradient: W (n, n_x), b (n, 1), A (n_x, m), dZ (n, m)."""

    W: Array
    b: Array
    A: Array
    dZ: Array

    @classmethod
    def random(cls, n_x: int, n: int, m: int, inputs: str, p: Precision, seed: int) -> Layer:
        """Draw a layer with numbers of p, with weights and inputs of one of INPUTS."""
        rng = np.random.default_rng(seed)
        W, b, A, dZ = (rng.standard_normal(s) for s in ((n, n_x), (n, 1), (n_x, m), (n, m)))
        if inputs != INPUTS[0]:
            W, A, dZ = W * np.sqrt(2 / n_x), np.maximum(A, 0), dZ * (rng.random((n, m)) < 1 / 2)
        return cls(*(p.round(x) for x in (W, b, A, dZ)))

    def tensors(self, times: Product, dtype: Any, names: Sequence[str]) -> dict[str, Array]:
        """Return some of Z1, dW1, db1 and dA0, with sums in this dtype."""
        W, b, A, dZ = (x.astype(dtype) for x in (self.W, self.b, self.A, self.dZ))
        m = dtype(A.shape[1])
        lines = {
            "Z1": lambda: times(W, A) + b,
            "dW1": lambda: times(dZ, A.T) / m,
            "db1": lambda: times(dZ, np.ones((A.shape[1], 1), dtype)) / m,
            "dA0": lambda: times(W.T, dZ),
        }
        return {name: lines[name]() for name in names}


@dataclass
class Row:
    """The measurements of a kind of tensor, at a precision and K.

    Attributes:
        ratios: by test and inputs, of each seed.
        refused: by test, of how many correct tensors it refused.
        programs: how many there were.
    """

    ratios: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    refused: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    programs: int = 0

    def sharpness(self, test: str) -> str:
        """Return the median ratio for each of the inputs."""
        each = [self.ratios[test, inputs] for inputs in INPUTS]
        return "/".join(short(median(ratios)) for ratios in each) if all(each) else "–"


def short(x: float) -> str:
    """Return a number of two digits, or its power of ten: 7.3, 540, 6e8."""
    return (
        f"{x:.2g}"
        if x < 100
        else f"{x:.0f}"
        if x < 1000
        else f"{x:.0e}".replace("e+0", "e").replace("e+", "e")
    )


def measure(p: Precision, K: int, seeds: int) -> dict[str, Row]:
    """Measure the sharpness of each kind of tensor whose sums have K terms."""
    rows: dict[str, Row] = defaultdict(Row)
    for inputs, seed, (names, dimensions) in product(INPUTS, range(seeds), DIMENSIONS.items()):
        layer = Layer.random(*dimensions(K), inputs, p, seed)
        exact = layer.tensors(BLAS, WIDER.get(p.dtype, np.float64), names)
        inside = np.float32 if p.u > p.accumulate else p.dtype
        results = {n: layer.tensors(times, inside, names) for n, times in PROGRAMS.items()}
        plain = {n: p.round(x) for n, x in results["BLAS"].items()}
        for program, tensors in results.items():
            own = {n: p.round(x) for n, x in tensors.items()}
            for name, bounds, refused, error in compared(layer, own, exact, plain, p):
                row = rows[name.rstrip("0123456789")]
                row.programs += 1
                for test, bound in bounds.items():
                    row.refused[test] += refused[test]
                    if program == "BLAS":
                        row.ratios[test, inputs].append(bound / error)
    return rows


def compared(
    layer: Layer, own: Arrays, exact: Arrays, plain: Arrays, p: Precision
) -> Iterator[tuple[str, dict[str, float], dict[str, bool], float]]:
    """Yield a tensor's name; the bound of each test; whether the test refuses; and the error.

    Bounds and errors are root mean squares.

    Args:
        layer: the layer.
        own: some tensors of a correct program.
        exact: the same, in a wider format.
        plain: the same, by the plain computation.
        p: the arithmetic.
    """
    n, n_x = layer.W.shape
    spec = NetworkSpec.dense([n_x, n], output="identity", loss="squared_error")
    known = {"dZ1": layer.dZ.astype(np.float64)}
    given = {"W1": layer.W, "b1": layer.b}, layer.A, np.zeros_like(layer.dZ)
    report = check_trace(spec, *given, own, p, "layer", known)
    sums = {s.tensor: s for s in report.sums}
    for t in report.tensors:
        bounds, refused = {FIRST: t.bound}, {FIRST: t.ratio > 1}
        if t.name in sums:
            bounds[SECOND], refused[SECOND] = sums[t.name].bound, sums[t.name].suspicious
        off = np.abs(own[t.name] - exact[t.name])
        for test, rule in RULES.items():
            tolerated = rule(p, exact[t.name], plain[t.name])
            bounds[test], refused[test] = rms(tolerated.ravel()), bool((off > tolerated).any())
        yield t.name, bounds, refused, rms(off.ravel())


def print_sharpness(sizes: Sequence[int], seeds: int, console: Console) -> int:
    """Print the table.

    Returns:
        How many correct tensors our two levels refuse.
    """
    wrong = 0
    for precision in ("float64", "float32", "bfloat16"):
        p = PRECISIONS[precision].on("cpu")
        table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 1, 0, 0))
        table.add_column("K", justify="right")
        table.add_column("")
        for test in TESTS:
            table.add_column(test, justify="right")
            if test in RULES:
                table.add_column("✗", justify="right")
        for K in sizes:
            for kind, row in measure(p, K, seeds).items():
                wrong += row.refused[FIRST] + row.refused[SECOND]
                cells = []
                for test in TESTS:
                    cells.append(row.sharpness(test))
                    cells += [f"{row.refused[test]}/{row.programs}"] if test in RULES else []
                table.add_row(str(K), kind, *cells)
        console.print(precision)
        console.print(table)
    console.print(
        f"\nThe bound ÷ the error of BLAS, both root mean squares; median of {seeds}."
        f"\nBefore /: numbers of {INPUTS[0]}; after: weights of He, inputs of ReLU."
        "\n✗: how many correct tensors the rule refuses (BLAS, in turn, reversed, pairwise)."
        f"\nOurs refuse {wrong}."
    )
    return wrong
