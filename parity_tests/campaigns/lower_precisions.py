"""Lower precisions sold as float32: which of the two levels finds the rounded factors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rich.console import Console
from rich.table import Table

from parity_tests.checking.check_trace import check_trace
from parity_tests.checking.report import Report
from parity_tests.checking.second_level import SPLITS, products_of_parts
from parity_tests.error_model.precisions import FLOAT32
from ref_numpy import Array, NetworkSpec

SIZES, WIDTH = (784, 4096, 32768), 128


def check_factors(K: int, split: str, seed: int = 0) -> Report:
    """Check Z = W A + b of 128 × 128 elements, whose factors were rounded, as float32.

    Args:
        K: the number of terms of each sum.
        split: one of SPLITS, or "" for float32's own factors.
        seed: of the numbers, which are of N(0, 1).
    """
    rng = np.random.default_rng(seed)
    shapes = (WIDTH, K), (WIDTH, 1), (K, WIDTH)
    W, b, A = (FLOAT32.round(rng.standard_normal(s)) for s in shapes)
    Z = product_of_parts(W, A, split) + b if split else W @ A + b
    spec = NetworkSpec.dense([K, WIDTH], output="identity", loss="squared_error")
    trace = {"Z1": FLOAT32.round(Z)}
    return check_trace(spec, {"W1": W, "b1": b}, A, np.zeros_like(Z), trace, FLOAT32, split)


def product_of_parts(W: Array, A: Array, split: str) -> Array:
    """Return W A in the arithmetic of SPLITS, added exactly enough."""
    wide = W.astype(np.float64), A.astype(np.float64)
    return np.add.reduce([left @ right for left, right in products_of_parts(*wide, *SPLITS[split])])


def print_lower_precisions(sizes: Sequence[int], console: Console) -> int:
    """Print the table.

    Returns:
        How many are found by neither level at a K where the report says that TF32 is seen; and how
        often float32 itself is suspicious.
    """
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("factors")
    for K in sizes:
        table.add_column(f"K = {K}", justify="right")
        table.add_column("2nd", justify="right")
    wrong = 0
    for split in ("", *SPLITS):
        cells = []
        for K in sizes:
            report = check_factors(K, split)
            sums = report.sums[0] if report.sums else None
            found = bool(report.findings or report.suspicions)
            wrong += found if not split else split.startswith("TF32") and not found
            cells += [f"{report.ratio:.2g}", "–" if sums is None else f"{sums.ratio:.2g}"]
        table.add_row(split or "float32", *cells)
    console.print(table)
    console.print(
        "\nThe error ratios of a Z of 128 × 128 whose factors were rounded, sold as float32:"
        "\nof the first level, and of the second if that finds nothing. Above 1 it is found."
        f"\n{wrong} are wrong: TF32 that is not found, or float32 that is."
    )
    return wrong
