"""Two processes, half of the batch each: their averaged gradients are the whole batch's."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel

import torch_impl
from parity_tests import check
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import NetworkSpec
from torch_impl import conventions

pytestmark = pytest.mark.subprocess

SPEC = NetworkSpec.dense([5, 7, 6, 3], ["relu", "tanh"])
M, RANKS = 22, 2


def work(rank: int, folder: str, dtype: str) -> None:
    """One process: the gradients that it has after backward, in a file."""
    dist.init_process_group(
        "gloo", init_method=f"file://{folder}/rendezvous", rank=rank, world_size=RANKS
    )
    params, X, Y = random_problem(SPEC, M, dtype=np.dtype(dtype))
    network = torch_impl.Network(SPEC).to(getattr(torch, dtype))
    torch_impl.load_params(network, params)
    mine = slice(rank * M // RANKS, (rank + 1) * M // RANKS)
    x, y = conventions.to_batch(X)[mine], conventions.to_targets(SPEC, Y)[mine]
    parallel = DistributedDataParallel(network)  # which averages for as long as it exists
    torch_impl.cost(network, parallel(x), y).backward()
    np.savez(f"{folder}/{rank}.npz", **torch_impl.get_gradients(network))
    dist.barrier()  # or the first to leave takes the other's connection with it
    os._exit(0)  # gloo's threads may abort where Python ends, and where their group is destroyed


@pytest.mark.slow
@pytest.mark.skipif(not dist.is_available(), reason="torch.distributed is not available")
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_gradients_of_two_processes_are_those_of_one(tmp_path: Path, dtype: str) -> None:
    torch.multiprocessing.spawn(work, (str(tmp_path), dtype), nprocs=RANKS)
    problem = random_problem(SPEC, M, dtype=np.dtype(dtype))
    for rank in range(RANKS):
        with np.load(tmp_path / f"{rank}.npz") as gradients:
            report = check(dict(gradients), SPEC, *problem, dtype)
            half = check(
                dict(gradients), SPEC, problem[0], *(a[:, :11] for a in problem[1:]), dtype
            )
        report.raise_findings()
        assert [tensor.name for tensor in report.tensors] == [f"d{n}" for n in (
            "W3", "b3", "W2", "b2", "W1", "b1",
        )]  # fmt: skip
        assert not report.unbounded
        assert {f.tensor for f in half.findings} == {tensor.name for tensor in report.tensors}
