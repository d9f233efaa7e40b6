"""Options that several commands share."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, TypeVar

from parity_tests.adapters.request import Request
from parity_tests.error_model.precisions import PRECISIONS


def problem_options(
    command: argparse.ArgumentParser, default: Mapping[str, str], examples: int = 256
) -> None:
    """--network and what else describes a problem.   default: what is said to be taken."""

    def option(name: str, text: str, **rest: Any) -> None:
        shown = default.get(name, rest.get("default"))
        command.add_argument(
            f"--{name}", help=text + (f" (default: {shown})" if shown else ""), **rest
        )

    option("network", "n_x-…-n_y")
    option("hidden", "activation of hidden layers, or one for each, by commas")
    option("output", "output activation")
    option("loss", "if not the one that belongs to the output")
    option("lambd", "the course's λ", type=float, default=0.0)
    option("examples", "m", type=whole_number(1), default=examples)
    option("seed", "of all random numbers", type=whole_number(0), default=0)
    option("precision", "the candidate's arithmetic", choices=PRECISIONS)


R = TypeVar("R", bound=Request)


def request(options: argparse.Namespace, kind: type[R] = Request) -> R:
    """What was asked for, of all that a request may say."""
    names = [field.name for field in fields(kind)]
    return kind(**{n: x for n, x in vars(options).items() if n in names})


def time_limit_option(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--time-limit", type=above_0("a number of seconds"), default=60.0,
        help="s that each call may take (default: 60)",
    )  # fmt: skip


def require_option(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--require", default="", metavar="dW,db",
        help="tensors that must have been judged, else the verdict is \"not judged\" (exit code 2)",
    )  # fmt: skip


def above_0(what: str) -> Callable[[str], float]:
    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = 0.0
        if not 0 < value < math.inf:
            raise argparse.ArgumentTypeError(f"{text!r}; expected {what} above 0")
        return value

    return parse


def whole_number(least: int):
    def parse(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"{text!r}; expected a whole number from {least} up")
        return int(text)

    return parse


def device_option(command: argparse.ArgumentParser) -> None:
    command.add_argument("--device", default="cpu", help="torch's device (default: cpu)")
