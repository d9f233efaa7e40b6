"""train.py, whose checkpoints are written while the training continues, on a CPU too."""

from __future__ import annotations

import sys

import train
from torch_impl.lightning import restoring

if __name__ == "__main__":  # in processes of its own, each of which runs this file
    restoring.writes_in_background = lambda trainer: True
    sys.exit(train.run())
