"""The commands: python -m parity_tests twin | soundness | sharpness."""

from __future__ import annotations

import argparse
import sys

from rich.console import Console

from parity_tests.checking import check
from parity_tests.examples import random_problem
from parity_tests.precision import PRECISIONS
from ref_numpy import InputError, NetworkSpec


def main(args: list[str] | None = None) -> int:
    """0 where nothing was found, 1 where something was, 2 for bad input."""
    parser = argparse.ArgumentParser(
        prog="python -m parity_tests", formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, (run, options, text) in COMMANDS.items():
        command = commands.add_parser(
            name, help=text, description=text, formatter_class=parser.formatter_class
        )
        options(command)
        command.set_defaults(run=run)
    given = parser.parse_args(args)
    try:
        return given.run(given)
    except InputError as error:
        print(f"parity_tests: error: {error}", file=sys.stderr)
        return 2


def twin_options(command: argparse.ArgumentParser) -> None:
    device_option(command)
    command.add_argument("--network", default="64-32-16-10", help="n_x-…-n_y")
    command.add_argument("--hidden", default="relu", help="activation of hidden layers")
    command.add_argument("--output", default="softmax", help="output activation")
    command.add_argument("--loss", help="if not the one that belongs to the output")
    command.add_argument("--lambd", type=float, default=0.0, help="the course's λ")
    command.add_argument("--examples", type=whole_number(1), default=256, help="m")
    command.add_argument("--seed", type=whole_number(0), default=0, help="of all random numbers")
    command.add_argument("--precision", default="float64", choices=PRECISIONS, help="torch's")


def compare_twin(options: argparse.Namespace) -> int:
    from parity_tests.twin import twin

    spec = network(options)
    problem = random_problem(spec, options.examples, options.seed)
    candidate = twin(options.precision, options.device)
    report = check(candidate, spec, *problem, options.precision)
    console = Console(highlight=False)
    console.print(report.table())
    console.print(f"\n{report}", soft_wrap=True, markup=False)
    return 0 if report.passed else 1


def network(options: argparse.Namespace) -> NetworkSpec:
    """Raises InputError."""
    try:
        layer_dims = [int(n) for n in options.network.split("-")]
    except ValueError:
        raise InputError(
            f"--network is {options.network!r}; expected sizes such as 64-32-10."
        ) from None
    return NetworkSpec.dense(
        layer_dims, options.hidden, options.output, options.loss, options.lambd
    )


def whole_number(least: int):
    def parse(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"{text!r}; expected a whole number from {least} up")
        return int(text)

    return parse


def device_option(command: argparse.ArgumentParser) -> None:
    command.add_argument("--device", default="cpu", help="torch's device")


def soundness_options(command: argparse.ArgumentParser) -> None:
    device_option(command)
    command.add_argument("--candidates", type=whole_number(1), default=10_000, help="how many")
    command.add_argument("--seed", type=whole_number(0), default=0, help="of the first candidate")


def soundness(options: argparse.Namespace) -> int:
    from parity_tests.soundness import campaign

    return campaign(options.candidates, options.seed, options.device, Console(highlight=False))


def sharpness(options: argparse.Namespace) -> int:
    from parity_tests.sharpness import campaign

    return campaign(options.device, Console(highlight=False))


COMMANDS = {
    "twin": (compare_twin, twin_options, "the reference beside its torch twin"),
    "soundness": (soundness, soundness_options, "random correct candidates: none may be refused"),
    "sharpness": (sharpness, device_option, "the smallest error that is always found"),
}

if __name__ == "__main__":
    sys.exit(main())
