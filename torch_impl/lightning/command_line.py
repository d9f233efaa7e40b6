"""What `train.py` adds to Lightning's command line: names of configs, one sentence for an error."""

from __future__ import annotations

import re
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn

from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch.cli import LightningArgumentParser

from ref_numpy.errors import InputError
from ref_numpy.terminal import printable
from torch_impl.lightning import (
    checkpoints,
    strategies,  # noqa: F401  (--trainer.strategy fsdp2)
)

# What Lightning says, in other classes, of an option that cannot be.
SAID = re.compile("Early stopping conditioned on metric|is not in bounds, numpy accepts from")

CONFIGS = Path(__file__).parents[1] / "configs"

# Said by Lightning about things that are as they should be here.
NOT_NEWS = (
    ".*does not have many workers.*",  # the data are in memory: a worker would only copy them
    ".*tensorboardX.*",  # without TensorBoard the logs are CSV, which needs no package
    ".*treespec, LeafSpec.*",  # Lightning calling torch by an older name
    ".*LightningCLI's args parameter.*",  # `fit` is put before the arguments
    ".*smaller than the logging interval.*",  # each epoch's costs are logged all the same
    ".*Checkpoint directory .* exists and is not empty.*",  # a run that goes on writes there
    ".*configure_optimizers. will be overridden.*",  # that is what --optimizer is for
    ".*ReduceLROnPlateau conditioned on metric .* Skipping.*",  # as lr_schedules does
    ".*keys will be ignored.*lr_scheduler.step.*",  # lr_schedules calls it
)


class OneSentenceParser(LightningArgumentParser):
    """Says what is wrong without the 150 lines of usage before it."""

    def error(self, message: str, ex: Exception | None = None) -> NoReturn:
        key = re.search(r'[Kk]ey "([^"]+)"', message)
        value = re.search(r"Given value: (.*)$", message, re.MULTILINE)
        if key and value:
            message = f"{key[1]} was given {value[1]}, which it cannot take"
        fail(f"{' '.join(message.split())}; `python train.py fit --help` lists the options.")


def fail(message: str) -> NoReturn:
    print(f"train.py: error: {printable(message)}", file=sys.stderr)
    sys.exit(2)


def sentence(error: BaseException) -> str | None:
    """The sentence for the person who gave the command, or None where it is not their doing.

    jsonargparse wraps a constructor's errors, so that the one that led to `error` is looked for.
    """
    cause: BaseException | None = error
    while cause is not None:
        text = " ".join(str(cause).split())
        if isinstance(cause, (InputError, MisconfigurationException)):
            return text
        if isinstance(cause, OSError) and cause.filename and cause.strerror:
            return f"{cause.filename}: {cause.strerror.lower()}; choose another place, or make room"
        if isinstance(cause, (RuntimeError, ValueError)) and SAID.search(text):
            return text
        cause = cause.__cause__ or cause.__context__
    return None


def with_shipped_configs(args: list[str]) -> list[str]:
    """`--config digits` is `--config …/torch_impl/configs/digits.yaml`, unless a file is so named.

    Raises InputError for a name that is neither.
    """
    given = [part for arg in args for part in separated(arg)]
    for i, (option, name) in enumerate(pairwise(given), start=1):
        if option not in ("--config", "-c") or Path(name).is_file():
            continue
        shipped = CONFIGS / f"{name}.yaml"
        if not shipped.is_file():
            known = ", ".join(sorted(path.stem for path in CONFIGS.glob("*.yaml")))
            raise InputError(f"the config {name} is not a file; expected one, or one of {known}.")
        given[i] = str(shipped)
    return given


def separated(arg: str) -> list[str]:
    """--config=NAME as two."""
    return arg.split("=", 1) if arg.startswith("--config=") else [arg]


def resumed_from(
    path: str | None, root: str | None, folder: str | None = None
) -> tuple[Path, dict[str, Any]] | None:
    """The checkpoint that --ckpt_path means, and its contents; None where there is none to read.

    `last` is that in `folder`, --last.dirpath, or the newest last.ckpt below `root`, the Trainer's
    default_root_dir.   Raises InputError where there is none, or where it cannot be read.
    """
    if path is None or "://" in path:
        return None
    if path == "best":
        raise InputError("--ckpt_path best means nothing before a fit; name the file, or last.")
    if path == "last":
        logs = Path(folder or Path(root or ".") / "lightning_logs")
        found = logs.glob("last.ckpt" if folder else "*/checkpoints/last.ckpt")
        newest = max(found, key=lambda file: file.stat().st_mtime, default=None)
        if newest is None:
            raise InputError(
                f"--ckpt_path last finds no last.ckpt below {logs}; "
                f"name the file, or leave the option out to begin."
            )
        path = str(newest)
    return Path(path), checkpoints.read(path)
