"""What the measurements are to show, and whether they do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from benchmarks.costs import Cost
from benchmarks.startup import Start
from benchmarks.training_steps import DTYPES, EAGER, LIMIT, NETWORKS, PLAIN, Row

SMALL, LARGE = NETWORKS[0], NETWORKS[2:]
CHECKED = "784-512-256-10"
SLOWER = ("scikit-learn", "HIPS autograd", "numpy-ml")  # than the reference, on every row


@dataclass(frozen=True)
class Target:
    """figure: the largest of its kind that was measured, `where`.   at_most: what it is to be."""

    says: str
    figure: float
    at_most: float
    where: str

    @property
    def met(self) -> bool:
        return self.figure <= self.at_most


def judged(rows: list[Row], costs: list[Cost], starts: list[Start]) -> list[Target]:
    """Each for which there is a measurement."""
    found = [*of_steps(rows), *of_costs(costs), *of_starts(starts)]
    return [target for target in found if target is not None]


def of_steps(rows: list[Row]) -> Iterator[Target | None]:
    cpu = [row for row in rows if row.device == "cpu"]
    plain = [row for row in cpu if (row.dtype, row.threads) == (DTYPES[0], 1)]
    small = [row for row in plain if row.network == SMALL and row.m <= 256]
    large = [row for row in plain if row.network in LARGE and row.m == 256]
    name = "reference / {}, {}".format
    yield worst(name("torch", f"{SMALL}, m ≤ 256"), 0.35, ratios(small, PLAIN))
    yield worst(name("torch", "the two large networks, m = 256"), 1.25,
                ratios(large, PLAIN))  # fmt: skip
    yield worst(name("its products", "the two large networks, m = 256"), 1.15,
                ratios(large, LIMIT))  # fmt: skip
    for other in SLOWER:
        yield worst(name(other, "every row"), 1.0, ratios(cpu, other))


def of_costs(costs: list[Cost]) -> Iterator[Target | None]:
    def those(what: str, over: str, network: str = "") -> list[tuple[float, str]]:
        """Of every network, or of one."""
        return [
            (c.ratio, c.network)
            for c in costs
            if (c.what, c.over) == (what, over) and network in c.network
        ]

    # Where nearly all weights are the first layer's, a trace's dA0 is a third of all products.
    yield worst(f"trace / plain step, {CHECKED}", 1.3, those("trace", "plain step", CHECKED))
    yield worst("twin / torch, m = 32 and 256", 1.02, those(EAGER, PLAIN))
    full = those("full check", "plain step", CHECKED)
    yield worst(f"full check / plain step, {CHECKED}", 12, full)


def of_starts(starts: list[Start]) -> Iterator[Target | None]:
    those = [(start.ratio, "") for start in starts if start.what == "import ref_numpy"]
    yield worst("import ref_numpy / import numpy", 1.3, those)


def ratios(rows: Iterable[Row], other: str) -> list[tuple[float, str]]:
    """(reference / other, which row) of those that have the other."""
    return [(row.ratios[other], place(row)) for row in rows if other in row.ratios]


def place(row: Row) -> str:
    return f"{row.network}, m = {row.m}, {row.dtype}, {row.threads} thread{'s' * (row.threads > 1)}"


def worst(says: str, at_most: float, found: list[tuple[float, str]]) -> Target | None:
    if not found:
        return None
    figure, where = max(found)
    return Target(says, figure, at_most, where)
