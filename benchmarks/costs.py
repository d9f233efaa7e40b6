"""What comes on top of a plain step: a trace, a check, Lightning's loop; and weights files.

A plain step of the reference is `cost_and_gradients` and the update. A trace, `ref_numpy.run`,
checks its inputs, keeps every tensor and has one product more, dA0 = W1^T dZ1, which no update
needs; it has no update.

The twin's step is here as well, over the one of torch by hand: a few per cent can only be told
apart in one process, of several networks each, since where a network's arrays happen to lie is part
of its time.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np

import ref_numpy
from benchmarks import check_cost
from benchmarks.contenders import reference
from benchmarks.interleaved_timing import ratio, within
from benchmarks.training_steps import ALPHA, BATCHES, CONTENDERS, EAGER, PLAIN, described
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import backward, cost, forward

M, DTYPE = 256, "float32"
BUILT = 15  # networks of each kind


@dataclass(frozen=True)
class Cost:
    """seconds: of `what`, on this network.   of: those of what it is compared with, `over`.
    ratio: how many times as long it takes (`turns.ratio`)."""

    what: str
    over: str
    network: str
    seconds: float
    of: float
    ratio: float

    @classmethod
    def side_by_side(
        cls, what: str, over: str, network: str, times: list[float], others: list[float]
    ) -> Cost:
        own, of = statistics.median(times), statistics.median(others)
        return cls(what, over, network, own, of, ratio(times, others))


def measure(networks: Iterable[str], seconds: float, quick: bool) -> list[Cost]:
    """All of them, about `seconds` each; the loop's and the check's own cases only if not quick."""
    rows: list[Cost] = []
    for network in networks:
        print(f"trace and weights file: {network}", file=sys.stderr)
        rows += [*traces(network, seconds), *files(network, seconds)]
    print("check", file=sys.stderr)
    sizes, m, rounds = ((5, 4, 3), 7, 1) if quick else (check_cost.SIZES, check_cost.M, 15)
    for hidden, precision in check_cost.CASES:
        plain, full = check_cost.times(hidden, precision, sizes, m, rounds)
        name = f"{'-'.join(map(str, sizes))}, {hidden}, {precision}"
        rows.append(Cost.side_by_side("full check", "plain step", name, full, plain))
    for network, m in product(networks, BATCHES[:2]):
        print(f"twin: {network}, m = {m}", file=sys.stderr)
        rows.append(twin(network, m, 3 * seconds))
    if not quick:
        print("Lightning's loop", file=sys.stderr)
        from benchmarks import loop_cost

        for case in loop_cost.CASES:
            own, *others = loop_cost.loops(case, rounds=3)
            rows += [
                Cost(o.name, own.name, case.name, o.seconds, own.seconds, o.seconds / own.seconds)
                for o in others
            ]
    return rows


def traces(network: str, seconds: float) -> list[Cost]:
    """A trace, over a plain step; and over the same run without the checks of its inputs."""
    spec = described(network)
    params, X, Y = random_problem(spec, M, dtype=DTYPE)

    def unchecked() -> None:
        activations, caches = forward(spec, params, X)
        cost(spec, params, activations, Y)
        backward(spec, params, activations, caches, Y)

    step = reference(spec, params, X, Y, ALPHA).step
    calls = [step, lambda: ref_numpy.run(spec, params, X, Y), unchecked]
    plain, trace, rest = within(seconds, calls)
    return [
        Cost.side_by_side("trace", "plain step", network, trace, plain),
        Cost.side_by_side("trace", "unchecked run", network, trace, rest),
    ]


def twin(network: str, m: int, seconds: float) -> Cost:
    """A step of the twin, over one of torch by hand."""
    spec = described(network)
    params, X, Y = random_problem(spec, m, dtype=DTYPE)
    X = np.asfortranarray(X)  # a batch as it stands: all of them compute from this one
    makers = [CONTENDERS[name].load() for name in (EAGER, PLAIN)]
    calls = [make(spec, params, X, Y, ALPHA).step for _ in range(BUILT) for make in makers]
    times = within(seconds, calls)
    own, by_hand = ([statistics.median(r) for r in zip(*times[k::2], strict=True)] for k in (0, 1))
    name = network if m == M else f"{network}, m = {m}"
    return Cost.side_by_side(EAGER, PLAIN, name, own, by_hand)


def files(network: str, seconds: float) -> list[Cost]:
    """Weights saved and loaded, over the same bytes written and read."""
    spec = described(network)
    params = ref_numpy.initialise(spec, dtype=DTYPE)
    with tempfile.TemporaryDirectory() as folder:
        path, raw = Path(folder) / "weights.safetensors", Path(folder) / "raw"
        ref_numpy.save(path, spec, params)
        data = path.read_bytes()
        raw.write_bytes(data)
        save, write, load, read = within(seconds, [
            lambda: ref_numpy.save(path, spec, params), lambda: raw.write_bytes(data),
            lambda: ref_numpy.load(path), raw.read_bytes,
        ])  # fmt: skip
    return [
        Cost.side_by_side("weights saved", "its bytes written", network, save, write),
        Cost.side_by_side("weights loaded", "its bytes read", network, load, read),
    ]
