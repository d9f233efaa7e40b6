"""State the limits of the measured ratios, and whether they hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from benchmarks.costs import Cost
from benchmarks.startup import Start
from benchmarks.training_steps import (
    DTYPES,
    EAGER,
    NETWORKS,
    PLAIN,
    PRODUCTS,
    REFERENCE,
    Row,
)

SMALL, LARGE = NETWORKS[0], NETWORKS[2:]
CHECKED = "784-512-256-10"
SLOWER = ("scikit-learn", "HIPS autograd", "numpy-ml")  # than the reference, on every row


@dataclass(frozen=True)
class Threshold:
    """A ratio, the largest of its kind that was measured, and its upper limit.

    Attributes:
        name: The ratio in words.
        figure: The largest one.
        at_most: Its limit.
        where: The row with the largest one.
    """

    name: str
    figure: float
    at_most: float
    where: str

    @property
    def met(self) -> bool:
        """Whether the limit holds."""
        return self.figure <= self.at_most


def evaluate(rows: list[Row], costs: list[Cost], starts: list[Start]) -> list[Threshold]:
    """Return each threshold for which there is a measurement."""
    found = [*of_steps(rows), *of_costs(costs), *of_starts(starts)]
    return [threshold for threshold in found if threshold is not None]


def of_steps(rows: list[Row]) -> Iterator[Threshold | None]:
    """Yield the thresholds of training steps."""
    cpu = [row for row in rows if row.device == "cpu"]
    plain = [row for row in cpu if (row.dtype, row.threads) == (DTYPES[0], 1)]
    small = [row for row in plain if row.network == SMALL and row.m <= 256]
    large = [row for row in plain if row.network in LARGE and row.m == 256]
    name = "reference / {}, {}".format
    yield worst(name("torch", f"{SMALL}, m ≤ 256"), 0.35, ratios(small, PLAIN))
    yield worst(name("torch", "the two large networks, m = 256"), 1.25,
                ratios(large, PLAIN))  # fmt: skip
    yield worst(name("its products", "the two large networks, m = 256"), 1.15,
                ratios(large, PRODUCTS))  # fmt: skip
    for other in SLOWER:
        yield worst(name(other, "every row"), 1.0, ratios(cpu, other))


def of_costs(costs: list[Cost]) -> Iterator[Threshold | None]:
    """Yield the thresholds of traces, the twin and checks."""

    def selected(subject: str, baseline: str, network: str = "") -> list[tuple[float, str]]:
        """Of every network, or of one."""
        return [
            (c.ratio, c.network)
            for c in costs
            if (c.subject, c.baseline) == (subject, baseline) and network in c.network
        ]

    # Where nearly all weights are the first layer's, a trace's dA0 is a third of all products.
    yield worst(f"trace / plain step, {CHECKED}", 1.3, selected("trace", "plain step", CHECKED))
    yield worst("twin / torch, m = 32 and 256", 1.02, selected(EAGER, PLAIN))
    yield worst("NumPy / twin, LeNet, m = 64", 2, selected(REFERENCE, EAGER, "LeNet"))
    # A check is at float64 in any case, where a step takes twice as long as one at float32.
    full = selected("full check", "plain step", CHECKED)
    yield worst(f"full check / plain step, {CHECKED}", 20, full)


def of_starts(starts: list[Start]) -> Iterator[Threshold | None]:
    """Yield the threshold of start-up."""
    selected = [(start.ratio, "") for start in starts if start.subject == "import ref_numpy"]
    yield worst("import ref_numpy / import numpy", 1.3, selected)


def ratios(rows: Iterable[Row], other: str) -> list[tuple[float, str]]:
    """Return (reference / other, place) of the rows that have the other."""
    return [(row.ratios[other], place(row)) for row in rows if other in row.ratios]


def place(row: Row) -> str:
    """Return the row's network, m, dtype and threads."""
    return f"{row.network}, m = {row.m}, {row.dtype}, {row.threads} thread{'s' * (row.threads > 1)}"


def worst(name: str, at_most: float, found: list[tuple[float, str]]) -> Threshold | None:
    """Return the threshold for the largest of these ratios, or None where there is no ratio."""
    if not found:
        return None
    figure, where = max(found)
    return Threshold(name, figure, at_most, where)
