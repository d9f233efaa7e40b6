"""The shipped configs by their names, and a search in the configs that were given."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

from torch_impl.training_messages import input_error

CONFIGS = Path(__file__).parents[2] / "configs"


def shipped_names() -> list[str]:
    """Return the names that `--config` takes beside a file's."""
    return sorted(path.stem for path in CONFIGS.glob("*.yaml"))


def with_shipped_configs(args: list[str]) -> list[str]:
    """Replace `--config digits` by `--config …/torch_impl/configs/digits.yaml`.

    Args:
        args: the words of a command line; a file of that name goes before a shipped config.

    Returns:
        The words, each `--config=NAME` as two; a config that names a data set of one's own is
        replaced by its text, in which that is a class path.

    Raises:
        InputError: a name is neither a file nor a shipped config, or a file is no config.
    """
    from torch_impl.data.own_programs import with_modules  # which imports torch, in seconds

    given = [part for arg in args for part in separated(arg)]
    for i, name in named_configs(given):
        if os.path.isfile(name):
            text = config_text(name)
            replaced = with_modules(text)
            given[i] = name if replaced == text else replaced
            continue
        shipped = CONFIGS / f"{name}.yaml"
        if not os.path.isfile(shipped):
            raise input_error("config.unknown", name=name, known=", ".join(shipped_names()))
        given[i] = str(shipped)
    return given


def config_text(path: str) -> str:
    """Return the text of a config.

    Raises:
        InputError: it is no YAML with options, in UTF-8.
    """
    import yaml

    try:
        text = Path(path).read_text("utf-8-sig")
        options = yaml.safe_load(text)
    except UnicodeDecodeError as error:
        raise input_error("config.not-utf-8", path=path, position=error.start) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = "" if mark is None else f", line {mark.line + 1}"
        problem = " ".join(str(getattr(error, "problem", None) or error).split())
        raise input_error("config.not-yaml", path=path, line=line, problem=problem) from error
    if not isinstance(options, dict):
        holds = "nothing" if options is None else f"a {type(options).__name__}"
        raise input_error("config.no-options", path=path, holds=holds)
    return text


def mention(args: list[str], name: str) -> bool:
    """Whether a word of the command line, or a config file that it names, has this name in it."""
    given = [part for arg in args for part in separated(arg)]
    files = [Path(path) for _, path in named_configs(given) if "\n" not in path]  # else a text
    texts = [file.read_text("utf-8", errors="replace") for file in files if file.is_file()]
    return any(name in text for text in [*given, *texts])


def named_configs(given: list[str]) -> list[tuple[int, str]]:
    """The place and the value of each --config."""
    pairs = enumerate(pairwise(given), start=1)
    return [(i, name) for i, (option, name) in pairs if option in ("--config", "-c")]


def separated(arg: str) -> list[str]:
    """--config=NAME as two."""
    return arg.split("=", 1) if arg.startswith("--config=") else [arg]
