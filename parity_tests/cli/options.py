"""Options that several commands share."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar

from parity_tests.adapters.interfaces.data_forms import LABELS
from parity_tests.adapters.interfaces.scales import COSTS, OPTIONS
from parity_tests.adapters.option_values import (
    above_0,
    derivative_at_zero,
    epsilon,
    hint_level,
    memory,
    shape_of_one,
    whole_number,
)
from parity_tests.adapters.request import Request
from parity_tests.checking.report_views.levels import LINE
from parity_tests.error_model.precisions import EVERY_NAME

R = TypeVar("R", bound=Request)

ARITHMETICS = (
    f"arithmetic of the program: {', '.join(EVERY_NAME)}; bfloat16 stores each operation's result; "
    "-once: a step (one layer forward or backward, the loss, the cost) computes in float32 and "
    "stores each of its results once; -fused: the next step may take what was not stored; -sums: "
    "sums are kept in the format, too"
)


def problem_options(
    command: argparse.ArgumentParser,
    default: Mapping[str, str],
    examples: int = 256,
) -> None:
    """Add --network and the other options that describe a problem.

    Args:
        command: the parser.
        default: the defaults that the help names.
        examples: the default of --examples.
    """

    def option(name: str, text: str, metavar: str | None = None, **rest: Any) -> None:
        shown = default.get(name, rest.get("default"))
        text += f" (default: {shown})" if shown is not None else ""
        command.add_argument(f"--{name}", metavar=metavar or name.upper(), help=text, **rest)

    network = (
        "sizes of the layers; or a file with the text of NetworkSpec.to_json, a "
        "weights.safetensors, or the folder of a run, whose network may be a graph"
    )
    option("network", network, "n_x-…-n_y")
    option("hidden", "activation of the hidden layers; or one for each, separated by commas", "g")
    option("output", "activation of the output layer", "g")
    option("loss", "another loss than that which belongs to the output")
    option("lambd", "λ of L2 regularisation", "λ", type=float, default=0.0)
    option("examples", "number of examples", "m", type=whole_number(1), default=examples)
    option("seed", "seed of all random numbers", "N", type=whole_number(0), default=0)
    option("precision", ARITHMETICS, "NAME", choices=EVERY_NAME)


def request(options: argparse.Namespace, kind: type[R] = Request) -> R:
    """Return the options as a request of this kind."""
    names = [field.name for field in fields(kind)]
    return kind(**{n: x for n, x in vars(options).items() if n in names})


def time_limit_option(command: argparse.ArgumentParser) -> None:
    """Add --time-limit."""
    command.add_argument(
        "--time-limit", metavar="SECONDS", type=above_0("a number of seconds"), default=60.0,
        help="time limit of each call of the program (default: 60)",
    )  # fmt: skip


def memory_limit_option(command: argparse.ArgumentParser) -> None:
    """Add --memory-limit."""
    command.add_argument(
        "--memory-limit", metavar="4G", type=memory,
        help="memory that the program may take, with all that it starts "
        "(default: half of this machine's)",
    )  # fmt: skip


def kinds_option(command: argparse.ArgumentParser) -> None:
    """Add --kinds."""
    command.add_argument(
        "--kinds", default="", metavar="FILE.py",
        help="layers and losses of your own; the judge executes this file",
    )  # fmt: skip


def training_option(command: argparse.ArgumentParser) -> None:
    """Add --training."""
    command.add_argument(
        "--training", action="store_true",
        help="one training step: layers that draw random numbers draw those of --seed, and batch "
        "norms take the statistics of the batch",
    )  # fmt: skip


def require_option(command: argparse.ArgumentParser) -> None:
    """Add --require."""
    command.add_argument(
        "--require", default="", metavar="dW,db",
        help="tensors that must be compared, or the verdict is \"not judged\" (exit code 2)",
    )  # fmt: skip


def calls_option(command: argparse.ArgumentParser) -> None:
    """Add --calls."""
    command.add_argument(
        "--calls", metavar="N", type=whole_number(1), default=2,
        help="how often the program is called with the same numbers, to find a race; with 1 it is "
        "not called again (default: 2)",
    )  # fmt: skip


def strict_option(command: argparse.ArgumentParser) -> None:
    """Add --strict."""
    command.add_argument(
        "--strict", action="store_true",
        help="a tensor whose error is larger than that of every common order of summation is "
        "a finding, too (as where TF32 is sold as float32)",
    )  # fmt: skip


def hints_option(command: argparse.ArgumentParser) -> None:
    """Add --hints."""
    command.add_argument(
        "--hints", type=hint_level, metavar="LEVEL", default=LINE,
        help="how much every output reveals: where something is wrong, also what differs, or also "
        "the cause with the right line (default: line)",
    )  # fmt: skip


def conventions_options(command: argparse.ArgumentParser) -> None:
    """Add --cost, --gradients and --labels."""
    inferred = "(default: inferred from the program's numbers)"
    command.add_argument(
        "--cost", metavar="SCALE", choices=COSTS,
        help=f"J of a program of another interface: {', '.join(COSTS)} {inferred}",
    )  # fmt: skip
    command.add_argument(
        "--gradients", metavar="SCALE", choices=tuple(OPTIONS),
        help=f"its gradients are those of such a J, or of a negative one {inferred}",
    )  # fmt: skip
    command.add_argument(
        "--labels", metavar="FORM", choices=LABELS,
        help=f"how it takes labels: {', '.join(LABELS)} {inferred}",
    )  # fmt: skip


def layout_options(command: argparse.ArgumentParser) -> None:
    """Add --rows, --columns, --weights and --biases."""
    inferred = "(default: inferred from the numbers)"
    examples = command.add_mutually_exclusive_group()
    for name, value in (("rows", True), ("columns", False)):
        examples.add_argument(
            f"--{name}", dest="rows", action="store_const", const=value,
            help=f"examples are {name} {inferred}",
        )  # fmt: skip
    command.add_argument(
        "--weights", choices=("in-out", "out-in"),
        help=f"W is (n_prev, n), or (n, n_prev) {inferred}",
    )  # fmt: skip
    command.add_argument(
        "--biases", choices=("column", "row", "flat"),
        help=f"biases are (n, 1), (1, n) or (n,) {inferred}",
    )  # fmt: skip


def choices_options(command: argparse.ArgumentParser) -> None:
    """Add --epsilon, --relu-at-zero and --cost-shape."""
    command.add_argument(
        "--epsilon", metavar="1e-8", type=epsilon,
        help="an ε in the logarithm of J, in the quotient of dA or in np.clip(A, ε, 1 - ε) is "
        "meant, and no finding",
    )  # fmt: skip
    command.add_argument(
        "--relu-at-zero", metavar="1", type=derivative_at_zero,
        help="the derivative of ReLU at 0 that is meant: 0, 0.5 or 1 (the reference's is 0)",
    )  # fmt: skip
    command.add_argument(
        "--cost-shape", metavar="1,1", type=shape_of_one,
        help="J is an array of this shape, and no number",
    )  # fmt: skip


def device_option(command: argparse.ArgumentParser) -> None:
    """Add --device of the torch twin."""
    text = "torch's device, such as cuda (default: cpu)"
    command.add_argument("--device", default="cpu", help=text)


def module_device_option(command: argparse.ArgumentParser) -> None:
    """Add --device of a torch module."""
    text = "device of a torch module, such as cuda (default: the module's own)"
    command.add_argument("--device", help=text)
