"""Random corruptions: found at the smallest size that is promised, and blamed on no mistake.

The size is that of sensitivity.py: the change of one element that is always found, wherever it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from parity_tests.campaigns.plant_in_reference import Copy
from parity_tests.campaigns.sensitivity import OURS, problem_of, tensor_sensitivities
from parity_tests.diagnosis.explained_check import check
from parity_tests.error_model.precisions import precision_named
from ref_numpy import Add, Array, Dense, Elu, Gelu, Graph, LayerNorm, NetworkSpec, Sigmoid

SPEC = NetworkSpec.dense([64, 32, 16, 10], "tanh")
M = 40
SIZES = (1, 1e3)  # in the smallest that is promised


def residual() -> NetworkSpec:
    """Return a graph whose h goes three ways, and whose W is used twice."""
    graph = Graph({"x": (8,)})
    graph.add("h", Dense(8, 12), "x")
    graph.add("n", LayerNorm(12), "h")
    graph.add("a", Gelu(), "n")
    graph.add("b", Dense(12, 12), "h")
    graph.add("s", Add(), "a", "b", "h")
    graph.add("e", Elu(0.7), "s")
    graph.add("y", Dense(12, 12), "e", share={"W": "b.W"})
    graph.add("p", Sigmoid(), "y")
    return NetworkSpec.from_graph(graph, lambd=0.5)


@dataclass(frozen=True)
class Corrupted:
    """A change of one tensor.

    Attributes:
        tensor: its name.
        kind: of the change.
        size: in units of the smallest change that is always found.
        found: the first finding is of this tensor, in a graph one of them: the gradient of a weight
            that is used twice comes before those that it is computed from; or, of halves, the trace
            is not judged until another arithmetic is declared, which has such errors.
        blamed: the mistakes on which it was blamed, without "perhaps".
    """

    tensor: str
    kind: str
    size: float
    found: bool
    blamed: tuple[str, ...]


def changes(rng: np.random.Generator, x: Array) -> Iterator[tuple[str, Array]]:
    """Yield changes of at most 1, with at least one element that is changed by 1."""
    few = np.zeros(x.shape)
    few.flat[rng.integers(x.size)] = rng.choice((-1, 1))
    yield "one element", few
    if x.size > 1:
        some = rng.choice((-1.0, 0, 1), x.shape, p=(0.05, 0.9, 0.05))
        yield "a tenth of all", np.where(some.any(), some, few)
        every = rng.standard_normal(x.shape)
        yield "noise", every / np.abs(every).max()
        yield "the whole, scaled", x / np.abs(x).max()
    if x.ndim == 2 and min(x.shape) > 1:
        for rank in (1, 2):
            low = rng.standard_normal((len(x), rank)) @ rng.standard_normal((rank, x.shape[1]))
            yield f"of rank {rank}", low / np.abs(low).max()
        row, column = rng.integers(len(x)), rng.integers(x.shape[1])
        unit, example = np.zeros(x.shape), np.zeros(x.shape)
        unit[row], example[:, column] = x[row], x[:, column]
        for kind, part in (("a scaled row", unit), ("a scaled column", example)):
            if part.any():
                yield kind, part / np.abs(part).max()


def corrupted(
    precision: str, seed: int = 0, step: int = 1, spec: NetworkSpec = SPEC
) -> Iterator[Corrupted]:
    """Check each change of each tensor of a network, at each size; or one of `step`."""
    p = precision_named(precision)
    rng = np.random.default_rng(seed)
    problem = problem_of(spec, p, seed, M)
    trace = Copy(p)(spec, *problem)
    check(trace, spec, *problem, p).raise_findings()
    every = [
        (row, kind, size, change)
        for row in tensor_sensitivities(spec, problem, trace, p)
        for kind, change in changes(rng, trace[row.tensor].astype(np.float64))
        for size in SIZES
    ]
    for row, kind, size, change in every[::step]:
        right = trace[row.tensor]
        rms = np.sqrt(np.mean(right.astype(np.float64) ** 2))
        moved = (right + size * row.found[OURS] * rms * change).astype(right.dtype)
        # As it is stored it is a change by no less.
        beyond = np.nextafter(moved, np.where(change > 0, np.inf, -np.inf).astype(right.dtype))
        bad = np.where(change == 0, right, beyond)
        report = check(trace | {row.tensor: bad}, spec, *problem, p)
        first = [finding.tensor for finding in report.findings][: 1 if spec.is_chain else None]
        causes = [cause for f in report.findings for cause in f.causes if cause.is_certain]
        if kind == "the whole, scaled":  # the cause that is right
            causes = [cause for cause in causes if not cause.code.endswith(".times-c")]
        yield Corrupted(
            row.tensor, kind, size, row.tensor in first or bool(report.declare),
            tuple(cause.code for cause in causes),
        )  # fmt: skip
