"""train.py, whose checkpoints are written while the training continues, on a CPU too."""

from __future__ import annotations

import sys

from ref_numpy.terminal import run_program
from torch_impl.lightning import restoring, start_up


def command() -> None:
    start_up.main(sys.argv[1:], lambda words: None)


if __name__ == "__main__":  # in processes of its own, each of which runs this file
    restoring.writes_in_background = lambda trainer: True
    sys.exit(run_program(command, "train.py"))
