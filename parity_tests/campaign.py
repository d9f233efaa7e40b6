"""The campaign: every mistake at every place of several networks, planted, found and explained?

A mistake is planted in one tensor of a run at a precision, everything after it is computed from it,
and the run is checked as a candidate's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from parity_tests.checking import check
from parity_tests.diagnosis import UNKNOWN, given
from parity_tests.examples import random_problem
from parity_tests.faults import Change, faulty_run
from parity_tests.isolation import Walk
from parity_tests.mistakes import factors, mistakes
from parity_tests.precision import Precision, precision_named
from parity_tests.rounding import ErrorArray
from parity_tests.sites import site_of
from ref_numpy import Array, NetworkSpec

NETWORKS = {
    "softmax": NetworkSpec.dense([5, 7, 6, 3], ["relu", "tanh"], "softmax", lambd=0.3),
    "binary": NetworkSpec.dense([5, 7, 6, 2], ["sigmoid", "leaky_relu"], "sigmoid"),
    "squared": NetworkSpec.dense([5, 7, 6, 4], ["tanh", "relu"], "tanh", "squared_error", 0.3),
    "one unit": NetworkSpec.dense([6, 4, 1], "sigmoid", "sigmoid"),
    "square": NetworkSpec.dense([5, 5, 5, 5], ["tanh", "relu"], "softmax"),
}
M = 11


@dataclass(frozen=True)
class Planted:
    """One mistake in one tensor, and what the check made of it.

    found: the first finding's tensor, None where there is none.   cause: what it says.
    """

    network: str
    tensor: str
    said: str
    found: str | None
    cause: str

    @property
    def verdict(self) -> str:
        if self.found is None:
            return "within rounding"
        if self.found != self.tensor:
            return "elsewhere"
        if self.said in self.cause:
            return "one of several" if " or " in self.cause else "named"
        return "unknown" if self.cause.startswith(UNKNOWN) else "wrong"


VERDICTS = ("named", "one of several", "unknown", "wrong", "elsewhere", "within rounding")


def planted(network: str, precision: str, seed: int = 0, step: int = 1) -> Iterator[Planted]:
    """Every mistake that changes a number, at every tensor; or one out of `step`."""
    numbers = count()
    spec, p = NETWORKS[network], precision_named(precision)
    params, X, Y = random_problem(spec, M, seed)
    params, X, Y = {n: p.round(a) for n, a in params.items()}, p.round(X), p.round(Y)
    wide = {n: a.astype(np.float64) for n, a in params.items()}
    given_ = spec, wide, X.astype(np.float64), Y.astype(np.float64)

    def rounded(x: Array) -> Array:
        return p.round(x).astype(np.float64)

    every: dict[str, Change] = dict.fromkeys(spec.trace_shapes(M), rounded)
    trace = faulty_run(*given_, every)
    check(at(p, trace), spec, params, X, Y, p).raise_findings()
    walk = Walk.of(spec, wide, given_[2], trace, p)
    right = {n: formulas[0] for n, formulas in walk.all(*given_[2:])}
    for name in list(right)[1:]:  # A0 is given
        site = site_of(walk, name, right[name], ErrorArray(given_[3], p=walk.p))
        values = [(said, c * site.right) for c, said in factors(site)]
        values += [
            (said.format(l=site.l, p=site.l - 1), given(formula, site, trace[name]))
            for said, formula in mistakes(site)
        ]
        for said, value in values:
            if value is None or np.array_equal(rounded(value.value), trace[name]):
                continue
            if next(numbers) % step:
                continue
            bad = faulty_run(*given_, {**every, name: lambda x, v=value: rounded(v.value)})
            report = check(at(p, bad), spec, params, X, Y, p)
            first = report.findings[0] if report.findings else None
            yield Planted(
                network, name, said, first and first.tensor, str(first.cause) if first else ""
            )


def at(p: Precision, trace: dict[str, Array]) -> dict[str, Array]:
    return {n: a.astype(p.dtype) for n, a in trace.items()}


def campaign(console: Console) -> int:
    """A table of the precisions; 1 where a mistake was found elsewhere or explained wrongly."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("precision", "planted", *VERDICTS):
        table.add_column(column, justify="left" if column == "precision" else "right")
    failed = 0
    for precision in ("float64", "float32", "bfloat16"):
        verdicts: Counter[str] = Counter()
        for network in track(NETWORKS, f"{precision:8}", console=console):
            for one in planted(network, precision):
                verdicts[one.verdict] += 1
                if one.verdict in ("wrong", "elsewhere"):
                    console.print(f"{precision} {one}", markup=False, soft_wrap=True)
        table.add_row(precision, str(verdicts.total()), *(str(verdicts[v]) for v in VERDICTS))
        failed += verdicts["wrong"] + verdicts["elsewhere"]
    console.print(table)
    return 1 if failed else 0
