"""The false-positive campaign: random correct candidates, of which none may have a finding."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from rich.console import Console
from rich.progress import track
from rich.table import Table

from parity_tests.adapters.torch_twin import twin
from parity_tests.checking.report import Report
from parity_tests.diagnosis.explained_check import check
from parity_tests.kinds.cases import HIDDEN, OUTPUTS
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import Array, NetworkSpec

PRECISIONS = ("float64", "float32", "bfloat16")


@dataclass(frozen=True)
class Problem:
    """A random network and batch, and the seed that gives it again."""

    seed: int
    precision: str
    spec: NetworkSpec
    params: dict[str, Array]
    X: Array
    Y: Array

    def __str__(self) -> str:
        dims = [step.shape[0] for step in self.spec.steps if step.parameters]
        kinds = [step.layer.kind for step in self.spec.steps if not step.parameters]
        return (
            f"seed {self.seed}: {'-'.join(map(str, (*self.spec.input_shape, *dims)))} "
            f"{' '.join(kinds)} {self.spec.loss.kind}, λ = {self.spec.lambd:g}, "
            f"m = {self.X.shape[1]}, {self.precision}"
        )


def random_network(rng: np.random.Generator) -> NetworkSpec:
    """Return up to six hidden layers of 1 to 64 units, with any activations, output and loss."""
    depth = int(rng.integers(0, 7))
    output, loss, n_y = OUTPUTS[rng.integers(len(OUTPUTS))]
    if loss != "binary_cross_entropy":
        n_y = int(rng.integers(2, 12))
    widths = np.rint(2 ** rng.uniform(0, 6, depth + 1)).astype(int)
    hidden = [str(g) for g in rng.choice(HIDDEN, depth)]
    lambd = float(rng.choice([0.0, 2.0 ** rng.uniform(-4, 4)]))
    return NetworkSpec.dense([*widths, n_y], hidden, output, loss, lambd)


def random_candidate(seed: int) -> Problem:
    """Return a problem with weights and inputs of any scale, sometimes of one class alone."""
    rng = np.random.default_rng(seed)
    spec = random_network(rng)
    m = int(np.rint(2 ** rng.uniform(0, 7)))
    params, X, Y = random_problem(spec, m, seed)
    scales = {name: 2.0 ** rng.uniform(-2, 2) for name in params}
    params = {name: scales[name] * value for name, value in params.items()}
    X = X * 2.0 ** rng.uniform(-12, 12)
    if rng.random() < 0.1:
        X = np.maximum(X, 0)  # as pixels and ReLU's outputs are: many exact zeros
    if rng.random() < 0.1:
        Y = np.repeat(Y[:, :1], m, axis=1)
    return Problem(seed, str(rng.choice(PRECISIONS)), spec, params, X, Y)


def check_candidates(n: int, seed: int, device: str = "cpu") -> Iterator[tuple[Problem, Report]]:
    """Yield n problems, each computed by torch at its precision, with the report on it."""
    for i in range(n):
        problem = random_candidate(seed + i)
        yield problem, check(
            twin(problem.precision, device),
            problem.spec, problem.params, problem.X, problem.Y, problem.precision,
        )  # fmt: skip


def campaign(n: int, seed: int, device: str, console: Console) -> int:
    """Print every finding, then a table of the precisions; return 1 where there was one, else 0."""
    ratios: dict[str, dict[int, float]] = {precision: {} for precision in PRECISIONS}
    findings, free = Counter(), Counter()
    torch.set_num_threads(1)  # the networks are small
    for problem, report in track(check_candidates(n, seed, device), "checking", n, console=console):
        findings[problem.precision] += len(report.findings)
        free[problem.precision] += report.unbounded
        ratios[problem.precision][problem.seed] = report.ratio
        if report.findings:
            console.print(f"{problem}\n{report}", markup=False, soft_wrap=True)

    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("precision")
    for column in ("candidates", "findings", "not bounded", "largest ratio", "at seed"):
        table.add_column(column, justify="right")
    for precision, of in ratios.items():
        worst = max(of, key=lambda name: of[name], default=seed)
        table.add_row(
            precision, str(len(of)), str(findings[precision]), str(free[precision]),
            f"{of.get(worst, 0.0):.3f}", str(worst),
        )  # fmt: skip
    console.print(table)
    total = findings.total()
    console.print(f"{n} random correct candidates from seed {seed} on {device}: {total} findings")
    return 1 if total else 0
