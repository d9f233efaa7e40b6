"""torch.compile: the whole step of `torch_func_engine`, forward and backward, as one graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Any

import torch

from parity_tests.campaigns.engines.torch_func_engine import run_step, train_step
from ref_numpy import Array, NetworkSpec


def run(
    spec: NetworkSpec, params: Mapping[str, Array], X: Array, Y: Array, precision: str,
    device: str = "cpu",
) -> dict[str, Array]:  # fmt: skip
    """Return the trace of one compiled step."""
    step = compiled_step(spec, X.shape[1], precision, device)
    return run_step(step, spec, params, X, Y, precision, device)


def read_names(spec: NetworkSpec) -> list[str]:
    """Return the names that a step reads: what is kept when it is first read cannot be traced."""
    return [spec.loss_reads, *spec.weights, *(n for s in spec.steps for n in (s.input, s.output))]


@lru_cache(maxsize=1)
def compiled_step(spec: NetworkSpec, m: int, precision: str, device: str) -> Callable[..., Any]:
    """Return the step of this network, compiled at its first call for m examples."""
    torch.compiler.reset()  # torch stops compiling, silently, after eight networks
    read_names(spec)
    return torch.compile(partial(train_step, spec), fullgraph=True, dynamic=False)
