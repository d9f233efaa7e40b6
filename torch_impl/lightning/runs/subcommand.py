"""A subcommand of `train.py`, from its words to its result: every error is one sentence."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from signal import SIGTERM

from lightning.pytorch.utilities.exceptions import SIGTERMException
from torch import distributed

from torch_impl.lightning.command_line import (
    EXPECTED_WARNINGS,
    fail,
    leave_out_expected_notes,
    sentence,
)
from torch_impl.lightning.options.configs import with_shipped_configs
from torch_impl.lightning.options.data_option import with_known_data
from torch_impl.lightning.runs.commands import expand_run
from torch_impl.lightning.runs.folder import RunFolder
from torch_impl.lightning.runs.interrupts import wait_for_processes
from torch_impl.lightning.stopped import TrainingStopped
from torch_impl.lightning.train_cli import TrainCLI
from torch_impl.lightning.trainer import Trainer
from torch_impl.results.run_result import RunResult


def end_process_group() -> None:
    """End the threads of torch's process group, of which Lightning ends NCCL's alone.

    An interpreter that ends before gloo's threads do may abort, and with it a finished training.
    """
    if distributed.is_available() and distributed.is_initialized():
        distributed.destroy_process_group()


def run_subcommand(
    words: list[str],
    trainer_for: Callable[[list[str]], type[Trainer] | None] = lambda words: None,
) -> RunResult | None:
    """Run a subcommand; an error of the person who gave it ends with one sentence, and exit code 2.

    Args:
        words: the subcommand and what follows.
        trainer_for: returns the Trainer that has the subcommand of such words; None means this
            package's.

    Returns:
        The result of fit, validate, test, report or numpy, in the first process; else None.
    """
    for message in EXPECTED_WARNINGS:
        warnings.filterwarnings("ignore", message=message)
    leave_out_expected_notes()
    run_folder = RunFolder()
    try:
        command = expand_run(words)
        run_folder = RunFolder(command.folder)
        words = with_known_data(with_shipped_configs(command.words))
        done = TrainCLI(words, trainer_for(words) or Trainer, run_folder)
        end_process_group()
        if done.exit_code:
            wait_for_processes(done.trainer)
            sys.exit(done.exit_code)
        return done.trainer.result  # pyright: ignore[reportAttributeAccessIssue]
    except SIGTERMException:
        sys.exit(128 + SIGTERM)
    except SystemExit as end:
        if isinstance(end.__context__, KeyboardInterrupt):  # after which Lightning exits with 1
            run_folder.discard()
            raise KeyboardInterrupt from None
        raise
    except KeyboardInterrupt:
        run_folder.discard()
        raise
    except TrainingStopped as stopped:
        print(f"train.py: {stopped}", file=sys.stderr)
        sys.exit(1)
    except Exception as error:
        text = sentence(error)
        if text is None:
            raise
        run_folder.discard()
        fail(text)
