"""The shipped configs by their names, and a search in the configs that were given."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

from torch_impl.training_messages import input_error

CONFIGS = Path(__file__).parents[1] / "configs"


def shipped_names() -> list[str]:
    """Return the names that `--config` takes beside a file's."""
    return sorted(path.stem for path in CONFIGS.glob("*.yaml"))


def with_shipped_configs(args: list[str]) -> list[str]:
    """Replace `--config digits` by `--config …/torch_impl/configs/digits.yaml`.

    Args:
        args: the words of a command line; a file of that name goes before a shipped config.

    Returns:
        The words, each `--config=NAME` as two.

    Raises:
        InputError: a name is neither a file nor a shipped config.
    """
    given = [part for arg in args for part in separated(arg)]
    for i, name in named_configs(given):
        if os.path.isfile(name):
            continue
        shipped = CONFIGS / f"{name}.yaml"
        if not os.path.isfile(shipped):
            raise input_error("config.unknown", name=name, known=", ".join(shipped_names()))
        given[i] = str(shipped)
    return given


def mention(args: list[str], name: str) -> bool:
    """Whether a word of the command line, or a config file that it names, has this name in it."""
    given = [part for arg in args for part in separated(arg)]
    files = [Path(path) for _, path in named_configs(given)]
    texts = [file.read_text("utf-8", errors="replace") for file in files if file.is_file()]
    return any(name in text for text in [*given, *texts])


def named_configs(given: list[str]) -> list[tuple[int, str]]:
    """The place and the value of each --config."""
    pairs = enumerate(pairwise(given), start=1)
    return [(i, name) for i, (option, name) in pairs if option in ("--config", "-c")]


def separated(arg: str) -> list[str]:
    """--config=NAME as two."""
    return arg.split("=", 1) if arg.startswith("--config=") else [arg]
