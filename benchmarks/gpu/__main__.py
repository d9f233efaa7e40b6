"""Measure a GPU (python -m benchmarks.gpu).

Prints the share that the network of `--config large_mlp` has of the rate at which this GPU
multiplies bfloat16 matrices, and the cost of Lightning's loop beside a bare one; with --profile
also the kernels of a step. Without a GPU it measures nothing, and prints so; --device cpu takes a
small network instead. `benchmarks/gpu_run.sh` runs this, and all that needs a GPU to be tested.
"""

from __future__ import annotations

import argparse
import sys

import torch

from benchmarks import tables
from benchmarks.gpu.cases import large_mlp, small
from benchmarks.gpu.figures import figures, profile
from parity_tests.checking.console import plain_console
from ref_numpy.terminal import run_command


def main() -> int:
    """Print the figures; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__)
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    parser.add_argument("--profile", action="store_true", help="the kernels of a step as well")
    options = parser.parse_args()
    console = plain_console(soft_wrap=True)
    if options.device == "cuda" and not torch.cuda.is_available():
        console.print("no CUDA device here: nothing is measured")
        return 0
    case = large_mlp() if options.device == "cuda" else small()
    console.print(tables.gpus([figures(case)]))
    if options.profile:
        print(profile(case))
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main, "benchmarks"))
