"""Train a network with Lightning. With no argument: fit the digits.

python train.py --data TwoMoons --model.hidden_units [4] --model.activation tanh
python train.py fit --config mnist --ckpt_path last     # resume the newest run
python train.py numpy --config digits                   # the same training, computed by NumPy alone
python train.py compare --config digits                 # both, step by step
python train.py --help
"""

from __future__ import annotations

import sys
from typing import Any

# Everything else is imported in functions, where Ctrl-C meanwhile is one line too.


def trainer_for(words: list[str]) -> Any:
    """Import parity_tests for `numpy`, `compare` and the monitor alone: a plain fit needs no proof.

    Returns the Trainer that has `numpy` and `compare`; None for the other subcommands.
    """
    from torch_impl.lightning.options.configs import mention

    if mention(words, "ParityMonitor"):
        import parity_tests.training.monitor  # noqa: F401  (--trainer.callbacks finds it by name)
    if words[0] not in ("numpy", "compare"):
        return None
    from parity_tests.training.reference_trainer import ReferenceTrainer

    return ReferenceTrainer


def main(args: list[str]) -> Any:
    """Run the command with these words: `main(["fit", "--config", "digits"])`.

    Returns:
        The figures of fit, validate, test or numpy, and the run's folder: a
        `torch_impl.results.run_result.RunResult`.
    """
    from torch_impl.lightning import start_up

    return start_up.main(args, trainer_for)


def run() -> int:
    """Run with the words of the command line, as the script `parity-train` does."""
    try:
        from ref_numpy.terminal import run_program
    except KeyboardInterrupt:
        print("train.py: interrupted", file=sys.stderr)
        return 130

    def command() -> None:
        main(sys.argv[1:])

    return run_program(command, "train.py")


if __name__ == "__main__":
    sys.exit(run())
