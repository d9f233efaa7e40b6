"""Compare the last weights of two runs (python -m benchmarks.same_weights RUN RUN).

Exit code: 0 where they are equal, to the bit, and 1 where not.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch

from ref_numpy.terminal import run_command
from torch_impl.lightning.checkpoint_files import read


def differences(one: Path, other: Path) -> list[str]:
    """Return the names of the tensors that differ in two checkpoints' networks."""
    ours, theirs = (read(path)["state_dict"] for path in (one, other))
    return [
        name for name in sorted(ours.keys() | theirs.keys())
        if name not in ours or name not in theirs or not torch.equal(ours[name], theirs[name])
    ]  # fmt: skip


def main() -> int:
    """Print which tensors differ; return the exit code."""
    one, other = (Path(run) / "checkpoints" / "last.ckpt" for run in sys.argv[1:3])
    found = differences(one, other)
    print(f"the last weights of both runs differ: {', '.join(found)}" if found else
          "the last weights of both runs are equal, to the bit")  # fmt: skip
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(run_command(main, "benchmarks"))
