"""The figures of a GPU, and the kernels of a step."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from benchmarks.gpu.cases import Case, large_mlp
from benchmarks.gpu.loops import (
    bare_loop,
    bare_step,
    flops,
    lightning_loop,
    matrix_rate,
    shuffled,
)
from torch_impl import conventions

PROFILED = 5  # steps


@dataclass(frozen=True)
class GpuFigures:
    """The figures of a GPU.

    Attributes:
        device: its name.
        matrix_rate: FLOP/s of a bfloat16 matrix product.
        parameters: of the network.
        m: examples in a batch.
        rate: FLOP/s of a training step by Lightning.
        loop_ratio: how many times as long Lightning's loop takes as a bare one.
    """

    device: str
    matrix_rate: float
    parameters: int
    m: int
    rate: float
    loop_ratio: float


def figures(case: Case) -> GpuFigures:
    """Measure a training, bare and by Lightning, and the product of two matrices."""
    rate, examples = matrix_rate(case), case.examples()
    bare, lightnings = bare_loop(case, examples), lightning_loop(case, examples)
    parameters = sum(p.size for p in conventions.get_params(case.module().network).values())
    name = torch.cuda.get_device_name() if case.device == "cuda" else case.device
    step_rate = flops(case) / lightnings
    return GpuFigures(name, rate, parameters, case.batch_size, step_rate, lightnings / bare)


def measure() -> list[GpuFigures]:
    """Measure the GPU; without one the list is empty."""
    return [figures(large_mlp())] if torch.cuda.is_available() else []


def profile(case: Case) -> str:
    """Return the table of a step's kernels, those that take longest first."""
    from torch.profiler import profile as profiled

    batches, step = shuffled(case, case.examples()), bare_step(case)
    for _ in range(PROFILED):
        step(next(batches))
    with profiled() as seen:
        for _ in range(PROFILED):
            step(next(batches))
        case.wait()
    by = "self_cuda_time_total" if case.device == "cuda" else "self_cpu_time_total"
    return seen.key_averages().table(sort_by=by, row_limit=20, max_name_column_width=60)
