"""Time a trace, the twin and weights files, each beside its baseline.

A plain step of the reference is `cost_and_gradients` and the update. A trace, `ref_numpy.run`,
checks its inputs, keeps every tensor and has one product more, dA0 = W1^T dZ1, which no update
needs; it has no update.

The twin's step is compared with the one of torch by hand here as well: a few per cent can be seen
only in one process, with several networks of each, since the place of a network's arrays in memory
is part of its time.
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
from benchmarks.contenders import reference
from benchmarks.interleaved_timing import ratio, seconds_within_budget
from benchmarks.training_steps import ALPHA, BATCHES, CONTENDERS, EAGER, PLAIN, network_spec
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import backward, cost, forward

M, DTYPE = 256, "float32"
BUILT = 15  # networks of each kind


@dataclass(frozen=True)
class Cost:
    """The cost of one thing beside another.

    Attributes:
        subject: The thing.
        baseline: The thing it is compared with.
        network: On which network, and how.
        seconds: Of `subject`.
        of: Seconds of `over`.
        ratio: How many times as long `subject` takes (`interleaved_timing.ratio`).
    """

    subject: str
    baseline: str
    network: str
    seconds: float
    of: float
    ratio: float

    @classmethod
    def from_times(
        cls, subject: str, baseline: str, network: str, times: list[float], others: list[float]
    ) -> Cost:
        """Make a cost of the times of all rounds."""
        own, of = statistics.median(times), statistics.median(others)
        return cls(subject, baseline, network, own, of, ratio(times, others))


def measure(networks: Iterable[str], seconds: float) -> list[Cost]:
    """Measure all of them, about `seconds` each."""
    costs: list[Cost] = []
    for network in networks:
        print(f"trace and weights file: {network}", file=sys.stderr)
        costs += [*traces(network, seconds), *files(network, seconds)]
    for network, m in product(networks, BATCHES[:2]):
        print(f"twin: {network}, m = {m}", file=sys.stderr)
        costs.append(twin(network, m, 3 * seconds))
    return costs


def traces(network: str, seconds: float) -> list[Cost]:
    """Time a trace, over a plain step and over the same run without the checks of its inputs."""
    spec = network_spec(network)
    params, X, Y = random_problem(spec, M, dtype=DTYPE)

    def unchecked() -> None:
        activations, caches = forward(spec, params, X)
        cost(spec, params, activations, Y)
        backward(spec, params, activations, caches, Y)

    step = reference(spec, params, X, Y, ALPHA).step
    calls = [step, lambda: ref_numpy.run(spec, params, X, Y), unchecked]
    plain, trace, rest = seconds_within_budget(seconds, calls)
    return [
        Cost.from_times("trace", "plain step", network, trace, plain),
        Cost.from_times("trace", "unchecked run", network, trace, rest),
    ]


def twin(network: str, m: int, seconds: float) -> Cost:
    """Time a step of the twin, over one of torch by hand."""
    spec = network_spec(network)
    params, X, Y = random_problem(spec, m, dtype=DTYPE)
    X = np.asfortranarray(X)  # the layout of a batch: all compute from this array
    makers = [CONTENDERS[name].load() for name in (EAGER, PLAIN)]
    calls = [make(spec, params, X, Y, ALPHA).step for _ in range(BUILT) for make in makers]
    times = seconds_within_budget(seconds, calls)
    own, by_hand = ([statistics.median(r) for r in zip(*times[k::2], strict=True)] for k in (0, 1))
    name = network if m == M else f"{network}, m = {m}"
    return Cost.from_times(EAGER, PLAIN, name, own, by_hand)


def files(network: str, seconds: float) -> list[Cost]:
    """Time weights saved and loaded, over the same bytes written and read."""
    spec = network_spec(network)
    params = ref_numpy.initialise(spec, dtype=DTYPE)
    with tempfile.TemporaryDirectory() as folder:
        path, raw = Path(folder) / "weights.safetensors", Path(folder) / "raw"
        ref_numpy.save(path, spec, params)
        data = path.read_bytes()
        raw.write_bytes(data)
        save, write, load, read = seconds_within_budget(seconds, [
            lambda: ref_numpy.save(path, spec, params), lambda: raw.write_bytes(data),
            lambda: ref_numpy.load(path), raw.read_bytes,
        ])  # fmt: skip
    return [
        Cost.from_times("weights saved", "its bytes written", network, save, write),
        Cost.from_times("weights loaded", "its bytes read", network, load, read),
    ]
