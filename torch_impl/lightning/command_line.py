"""What `train.py` adds to Lightning's command line: one sentence for an error, all the help."""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Sequence
from glob import escape, glob
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn

from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch.cli import LightningArgumentParser

from ref_numpy.errors import InputError
from ref_numpy.terminal import printable
from torch_impl.cuda_arithmetic import TF32_HINT
from torch_impl.data.own_programs import refusal, with_files
from torch_impl.lightning import (
    checkpoint_files,
    strategies,  # noqa: F401  (--trainer.strategy fsdp2)
)
from torch_impl.lightning.options.configs import named_configs
from torch_impl.lightning.options.option_errors import option_error
from torch_impl.lightning.runs.folder import LOGS
from torch_impl.training_messages import input_error

# Lightning's messages, in classes of other libraries, about an option that it cannot take.
OPTION_ERRORS = re.compile(
    "Early stopping conditioned on metric|is not in bounds, numpy accepts from"
)

# jsonargparse's message about a logger whose own program refuses its options.
LOGGER_ERROR = re.compile(
    r"Does not validate .*loggers\.logger\.Logger.* Errors: - (?P<error>.+?) - Expected a .*"
    r"class_path='(?P<logger>[\w.]+)'"
)

# Lightning's warnings about things that are as they should be here.
EXPECTED_WARNINGS = (
    ".*does not have many workers.*",  # the data are in memory: a worker would only copy them
    ".*tensorboardX.*",  # without TensorBoard the logs are CSV, which needs no package
    ".*treespec, LeafSpec.*",  # Lightning calling torch by an older name
    ".*LightningCLI's args parameter.*",  # `fit` is put before the arguments
    ".*smaller than the logging interval.*",  # each epoch's costs are logged all the same
    ".*Checkpoint directory .* exists and is not empty.*",  # a resumed run writes there
    ".*configure_optimizers. will be overridden.*",  # --optimizer is for that
    ".*ReduceLROnPlateau conditioned on metric .* Skipping.*",  # as lr_schedules does
    ".*keys will be ignored.*lr_scheduler.step.*",  # lr_schedules calls it
    ".*Total length of `list` across ranks is zero.*",  # nothing is held out to validate
    TF32_HINT,  # --trainer.matmul is for that
)

# Lightning's notes that repeat what the header reports, or that concern nobody.
EXPECTED_NOTES = re.compile(
    "litlogger|^Seed set to|^[GT]PU available: |^Restoring states from|^Restored all states"
    "|^You are using a CUDA device .* Tensor Cores"  # --trainer.matmul is for that
    "|^Loaded model weights|^`weights_only` was not set|^\nDetected KeyboardInterrupt"
)
NOTING = ("lightning.pytorch.utilities.rank_zero", "lightning.fabric.utilities.rank_zero",
          "lightning.fabric.utilities.seed")  # fmt: skip

# The title of a group of options that Lightning writes as Python's types.
OF_TYPES = re.compile(r"^\(<class 'torch\.optim\.lr_scheduler.*\):$", re.MULTILINE)


def leave_out_expected_notes() -> None:
    """Print none of Lightning's notes that are expected here."""
    for name in NOTING:
        logging.getLogger(name).addFilter(is_unexpected)


def is_unexpected(record: logging.LogRecord) -> bool:
    """Return whether a note of Lightning's is printed."""
    return not EXPECTED_NOTES.search(record.getMessage())


class OneSentenceParser(LightningArgumentParser):
    """Reports an error without the 150 lines of usage before it, and helps with the data's options.

    words: those of the command line, which may name a data set; empty above the subcommands.
    """

    words: Sequence[str] = ()

    def __init__(self, *args: Any, **options: Any) -> None:
        # Else `--model.learning_rat` is an abbreviation, and a mistyped option is not noticed.
        super().__init__(*args, **{"allow_abbrev": False, **options})

    def format_help(self, *args: Any, **options: Any) -> str:
        """Return Lightning's help, and then the options of the data set that --data names."""
        text = OF_TYPES.sub("Learning-rate schedule:", super().format_help(*args, **options))
        data = named_data(self.words) if self.words else None
        if data is None:
            return text
        own = self.parser_of(data)
        title = (
            f"options of --data {data.__name__}; those of another data set: "
            f"`python train.py fit --data NpzFile --help`"
        )
        return f"{text}\n{title}\n\n{own.format_help().removeprefix('usage: ').strip()}\n"

    def error(self, message: str, ex: Exception | None = None) -> NoReturn:
        """End with one sentence and exit code 2."""
        text = option_error(message, self.known_options())
        fail(f"{text}; `python train.py fit --help` lists the options.")

    def known_options(self) -> list[str]:
        """Return the options of this parser and of the data set: "model.learning_rate"."""
        data = named_data(self.words) if self.words else None
        own = [] if data is None else self.parser_of(data).get_defaults().keys()
        return [*self.get_defaults().keys(), *own]

    @staticmethod
    def parser_of(data: type) -> LightningArgumentParser:
        """Return a parser of a data set's options alone."""
        own = LightningArgumentParser(usage="", add_help=False, description="")
        own.add_class_arguments(data, "data", fail_untyped=False)
        return own

    def dump(self, *args: Any, **options: Any) -> str:
        """Return the options as YAML, a data set of one's own by its file."""
        return with_files(super().dump(*args, **options))


def fail(message: str) -> NoReturn:
    """Print the sentence, and end with exit code 2."""
    print(f"train.py: error: {printable(message)}", file=sys.stderr)
    sys.exit(2)


def sentence(error: BaseException) -> str | None:
    """Return the sentence for the person who gave the command.

    jsonargparse wraps a constructor's errors, so that the one that led to `error` is looked for.

    Returns:
        None where the error is not that person's.
    """
    cause: BaseException | None = error
    while cause is not None:
        text = " ".join(str(cause).split())
        if isinstance(cause, (InputError, MisconfigurationException)):
            return text
        if isinstance(cause, OSError) and cause.filename and cause.strerror:
            return f"{cause.filename}: {cause.strerror.lower()}; choose another place, or make room"
        if isinstance(cause, (RuntimeError, ValueError)) and OPTION_ERRORS.search(text):
            return text
        found = None if "pip install" in text else LOGGER_ERROR.search(text)
        if isinstance(cause, ValueError) and found:
            return f"--trainer.logger {found['logger'].split('.')[-1]}: {found['error']}"
        if own := refusal(cause):
            return str(own)
        if isinstance(cause, ModuleNotFoundError) and "pip install" in text:
            return f"{option_error(f'{error} {text}')}."
        cause = cause.__cause__ or cause.__context__
    return None


def places_of_last(words: Sequence[str], options: Any) -> list[list[str]]:
    """Return where `--ckpt_path last` looks for it, one place after another.

    A fit resumes the newest run, so that the same command goes further each time; another
    subcommand takes the run whose config was given.

    Args:
        words: the subcommand and what follows.
        options: their values.

    Returns:
        Patterns of paths; those of one place together.
    """
    if options.last.dirpath is not None:
        return [[escape(str(Path(options.last.dirpath) / "last.ckpt"))]]
    configs = [Path(name) for _, name in named_configs([*words])]
    beside = [[escape(str(config.parent / "checkpoints" / "last.ckpt"))] for config in configs]
    root = Path(options.trainer.default_root_dir or ".") / LOGS
    runs = [*folders_of_logger(options.trainer.logger), root]  # a folder in use has runs in both
    logs = [[str(Path(escape(str(of))) / "*" / "checkpoints" / "last.ckpt") for of in runs]]
    return [*logs, *beside] if words[0] == "fit" else [*beside, *logs]


def folders_of_logger(logger: Any) -> list[Path]:
    """Return the folder in which a logger of one's own has those of its runs, if it has one.

    Args:
        logger: the Trainer's option; of several loggers, the first decides.
    """
    first: Any = logger[0] if isinstance(logger, list) and logger else logger
    given = (first.get("init_args") if hasattr(first, "get") else None) or {}
    if given.get("save_dir") is None:
        return []
    return [Path(given["save_dir"]) / (given.get("name", LOGS) or "")]


def resumed_from(
    path: str | None, places: Sequence[Sequence[str]]
) -> tuple[Path, dict[str, Any]] | None:
    """Return the checkpoint that --ckpt_path names, and its contents.

    Args:
        path: of the checkpoint; `last` is the newest in the first of the places that has one.
        places: see `places_of_last`.

    Returns:
        None where there is none to read here.

    Raises:
        InputError: there is no such checkpoint, or it cannot be read.
    """
    if path is None or "://" in path:
        return None
    if path == "best":
        raise input_error("checkpoint.best")
    if path == "last":
        each = ([file for pattern in place for file in glob(pattern)] for place in places)
        found = next((files for files in each if files), None)
        if found is None:
            looked = " or ".join(pattern for place in places for pattern in place)
            raise input_error("checkpoint.no-last", places=looked)
        path = max(found, key=os.path.getmtime)
    return Path(path), checkpoint_files.read(path)


def named_data(words: Sequence[str], default: str = "Digits") -> type | None:
    """Return the data set that --data names, by its name in torch_impl.data or its class path.

    Args:
        words: the words of the command line.
        default: the data set where the option is missing.

    Returns:
        The class; None where there is no such class.
    """
    given = [part for word in words for part in (word.split("=", 1) if "=" in word else [word])]
    names = [name for option, name in pairwise(given) if option in ("--data", "--data.class_path")]
    path = names[-1] if names else default
    module, _, name = path.rpartition(".")
    try:
        return getattr(import_module(module or "torch_impl.data"), name, None)
    except ImportError:
        return None
