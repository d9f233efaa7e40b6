"""One sentence for an error of jsonargparse, whose own messages are of Python's types."""

from __future__ import annotations

import inspect
import re
from collections.abc import Collection
from importlib import import_module

import torch_impl.data
from torch_impl.lightning.options.likely_options import likely_options
from torch_impl.wording import closest

# What a person may give, by the type that the parser expects.
EXPECTED = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "list": "a list, such as '[64,32]'",
}

# Where the classes are whose names an option takes.
CLASSES = {
    "optimizer": "torch.optim", "lr_scheduler": "torch.optim.lr_scheduler",
    "trainer.callbacks": "lightning.pytorch.callbacks",
    "trainer.logger": "lightning.pytorch.loggers",
}  # fmt: skip

OF_DATA = {"batch_size", "on_device"}  # options that every data set has, and nothing else

# Lightning's messages about a package that is not installed, within those of jsonargparse.
PACKAGE = re.compile(r"`?pip install (?:-U )?['\"]?(?P<package>[\w-]+)")
NO_MODULE = re.compile(r"No module named '(?P<package>\w+)")


def option_error(message: str, known: Collection[str] = ()) -> str:
    """Return the sentence for a message of the parser, without its last full stop.

    Args:
        message: the parser's, of one line or several.
        known: the options that there are, such as "model.learning_rate".
    """
    if found := re.fullmatch(r"unrecognized arguments: (.*)", message, re.DOTALL):
        return unknown_words(found[1].split(), known)
    if found := re.fullmatch(r"Option '([\w.]+)' is not accepted", message):
        return unknown_option(found[1], known)
    if found := re.fullmatch(r"the following arguments are required: (.*)", message):
        return missing_option(found[1], known)
    if found := PACKAGE.search(message) or NO_MODULE.search(message):
        given = re.search(r"class_path[ =]'?([\w.]+)", message)
        what = given[1].rpartition(".")[2] if given else "an option"
        return missing_package(what, found["package"])
    key = re.search(r'[Kk]ey "([^"]+)"', message)
    value = re.search(r"(?:Given|Got) value: (.*)$", message, re.MULTILINE)
    if not key or not value:
        return " ".join(message.split())
    types = re.findall(r"Expected a <class '(\w+)'>", message)
    expected = " or ".join(EXPECTED[name] for name in types if name in EXPECTED)
    if choices := re.search(r"Expected a typing\.Literal\[(.*?)\]", message):
        expected = f"one of {choices[1]}"
    given, name = value[1], full_name(key[1], known)
    choices = re.findall(r"'([^']*)'", expected) or names_in(CLASSES.get(name))
    if meant := closest(given.rpartition(".")[2], choices):
        expected = f"{meant}, or another of {', '.join(choices)}" if "'" in expected else meant
    more = f"; expected {expected}" if expected else ""
    return f"--{name} was given {given}, which it cannot take{more}"


def full_name(name: str, known: Collection[str]) -> str:
    """Return an option with its group, also where it comes from the parser of a data set alone."""
    return f"data.{name}" if "." not in name and {*known} >= OF_DATA else name


def missing_option(names: str, known: Collection[str]) -> str:
    """Return the sentence for options that a class needs.

    Args:
        names: of the options, without their group.
        known: the options of the class's own parser.
    """
    options = ", ".join(full_name(name, known) for name in names.split(", "))
    if options != names:
        return f"--{options.replace(', ', ', --')} is not given; add it"
    return (
        f"{options} is not given, which a class that was named needs; add it to that class's "
        f"option, as in --trainer.callbacks.{options}=… or --lr_scheduler.{options} …"
    )


def names_in(module: str | None) -> list[str]:
    """Return the names of the classes in a module; none where there is no module."""
    members = vars(import_module(module)) if module else {}
    return [name for name, member in members.items() if inspect.isclass(member)]


def unknown_words(words: list[str], known: Collection[str]) -> str:
    """Return the sentence for words that are no options, or that are no values of one."""
    options = [word.split("=", 1)[0] for word in words if word.startswith("--")]
    if not options:
        return f"{' '.join(words)} is no option; options begin with two hyphens, as --data"
    return unknown_option(options[0].removeprefix("--").removesuffix("+"), known)


def unknown_option(option: str, known: Collection[str]) -> str:
    """Return the sentence for an option that there is not, with the one that may be meant.

    Args:
        option: without its hyphens; of a class's own parser, without its group too.
        known: the options that there are, with groups or without, as `option`.
    """
    known = {name.replace(".init_args.", ".") for name in known if not name.endswith(".class_path")}
    if known >= OF_DATA:
        option, known = f"data.{option}", {f"data.{name}" for name in known}
    if meant := likely_options(option, sorted(known)):
        return f"the option --{option} is unknown; use --{' or --'.join(meant)}"
    if not option.startswith("data."):
        return f"the option --{option} is unknown"
    return f"the option --{option} is unknown to this data set{data_sets_with(option)}"


def missing_package(what: str, package: str) -> str:
    """Return the sentence for an option whose package is not installed."""
    return f"{what} needs the package {package}, which is not installed; pip install {package}"


def data_sets_with(option: str) -> str:
    """Return in words the data sets that have an option like "data.path" of their own."""
    own = {
        name: {f"data.{p}" for p in inspect.signature(getattr(torch_impl.data, name)).parameters}
        for name in sorted(torch_impl.data.__all__)
    }
    meant = likely_options(option, sorted(set().union(*own.values())))
    having = [name for name in own if meant and meant[0] in own[name]]
    if not having:
        return ""
    return f"; choose one that has --{meant[0]}: --data {' or --data '.join(having)}"
