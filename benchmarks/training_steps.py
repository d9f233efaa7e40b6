"""Time a full training step of every contender, by network, batch, dtype and number of threads."""

from __future__ import annotations

import importlib
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from itertools import product
from typing import Any

import numpy as np

from benchmarks import contenders, interleaved_timing, matmul_baseline
from benchmarks.interleaved_timing import calls_per_turn, ratio, seconds_of_timers, seconds_per_call
from benchmarks.threads import processes
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import Array, NetworkSpec

NETWORKS = ("64-32-10", "784-512-256-10", "3072-2048-2048-1024-10", "12288-20-7-5-1")
BATCHES = (32, 256, 2048)
DTYPES = ("float32", "float64")
ALPHA = 0.001  # too small for any of them to diverge, or to arrive

PRODUCTS, REFERENCE, PLAIN = "products", "reference", "torch"
EAGER, COMPILED = "twin", "twin, compiled"


@dataclass(frozen=True)
class Contender:
    """A maker of training steps, imported only when it takes part.

    Attributes:
        module: The module in this folder.
        name: The function there that makes the step.
        package: The package that it needs.
    """

    module: str
    name: str
    package: str

    def missing(self) -> str:
        """Return why it cannot take part, or nothing."""
        return (
            "" if find_spec(self.package.replace("-", "_")) else f"{self.package} is not installed"
        )

    def load(self) -> Callable[..., contenders.Running]:
        """Import the module and return the maker."""
        return getattr(importlib.import_module(f"benchmarks.{self.module}"), self.name)


CONTENDERS = {
    REFERENCE: Contender("contenders", "reference", "numpy"),
    PLAIN: Contender("torch_contenders", "plain", "torch"),
    EAGER: Contender("torch_contenders", "eager", "torch"),
    COMPILED: Contender("torch_contenders", "compiled", "torch"),
    "scikit-learn": Contender("contenders", "scikit_learn", "sklearn"),
    "JAX jit": Contender("contenders", "jax_jit", "jax"),
    "HIPS autograd": Contender("contenders", "hips_autograd", "autograd"),
    "numpy-ml": Contender("contenders", "numpy_ml", "numpy-ml"),
}
# s that a step with threads is repeated before it counts, and while it counts: the threads of the
# contender before it wait for work for so long, on a core that they keep, and a core that has slept
# is slow to wake. Without these repeats a step of 5 ms took 5 or 17.
WARM, TURN = 0.3, 0.05
ON_A_GPU = (PLAIN, EAGER, COMPILED)


@dataclass(frozen=True)
class Row:
    """The times of one network, batch, dtype, number of threads and device.

    Attributes:
        seconds: The median of a step, by contender; of the products alone as well.
        ratios: How many times as long the reference takes, by name of the other
            (`interleaved_timing.ratio`).
    """

    network: str
    m: int
    dtype: str
    threads: int
    device: str
    rounds: int
    seconds: dict[str, float]
    ratios: dict[str, float]

    @classmethod
    def of(cls, times: dict[str, list[float]], **where: Any) -> Row:
        """Make a row of the times of all rounds, by contender; where: the fields up to `device`."""
        seconds = {name: statistics.median(own) for name, own in times.items()}
        own = times[REFERENCE]
        ratios = {name: ratio(own, other) for name, other in times.items() if other is not own}
        return cls(**where, rounds=len(own), seconds=seconds, ratios=ratios)


def network_spec(network: str) -> NetworkSpec:
    """Return the network "784-512-10" with ReLU, then softmax, or sigmoid for one output."""
    dims = [int(n) for n in network.split("-")]
    return NetworkSpec.dense(dims, "relu", "sigmoid" if dims[-1] == 1 else "softmax")


def measure(
    networks: Iterable[str],
    batches: Iterable[int],
    dtypes: Iterable[str],
    names: Sequence[str],
    threads: int,
    seconds: float,
    device: str = "cpu",
) -> list[Row]:
    """Measure a row for each, about `seconds` each; every contender has a process of its own."""
    rows = []
    with processes(threads, len(names) + 1) as started:
        by_name = dict(zip((PRODUCTS, *names), started, strict=True))
        for dtype, network, m in product(dtypes, networks, batches):
            print(f"step: {network}, m = {m}, {dtype}, {threads} thread(s)", file=sys.stderr)
            for name, process in by_name.items():
                process.keep(running, name, network, m, dtype, device)
            warm, turn = (WARM, TURN) if threads > 1 else (0, interleaved_timing.TURN)
            repeats = [process.use(calls_per_turn, turn) for process in started]
            filled = [(n, warm + own) for n, own in repeats]
            timers = [partial(process.use, after, warm) for process in started]
            times = dict(zip(by_name, seconds_of_timers(seconds, filled, timers), strict=True))
            where = {"dtype": dtype, "threads": threads, "device": device}
            rows.append(Row.of(times, network=network, m=m, **where))
    return rows


def running(name: str, network: str, m: int, dtype: str, device: str) -> Callable[[], object]:
    """Return the step of a contender on a random problem, or the products alone."""
    warnings.filterwarnings("ignore", message=".*torch.jit", category=DeprecationWarning)
    spec = network_spec(network)
    if name == PRODUCTS:
        return (
            matmul_baseline.products(spec, m, dtype)
            if device == "cpu"
            else matmul_baseline.products_by_torch(spec, m, dtype, device)
        )
    make = CONTENDERS[name].load()
    if device != "cpu" and name in ON_A_GPU:
        make = partial(make, device=device)
    return make(spec, *random_problem(spec, m, dtype=dtype), ALPHA).step


def after(step: Callable[[], object], warm: float, n: int) -> float:
    """Return the seconds of one of n steps, after repeating it for `warm` seconds."""
    end = time.perf_counter() + warm
    while time.perf_counter() < end:
        step()
    return seconds_per_call(step, n)


def params_after_one_step(
    name: str, network: str, m: int, dtype: str, alpha: float
) -> dict[str, Array]:
    """Return the parameters after one step: equal ones show that the steps are comparable."""
    spec = network_spec(network)
    running = CONTENDERS[name].load()(spec, *random_problem(spec, m, dtype=dtype), alpha)
    running.step()
    return {name: np.asarray(theta) for name, theta in running.params().items()}
