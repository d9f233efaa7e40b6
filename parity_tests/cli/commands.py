"""The commands: `parity check | export | page | twin | …`, or `python -m parity_tests …`."""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from parity_tests.check_messages import input_error
from parity_tests.checking.verdict import BAD_INPUT
from parity_tests.cli.adapt_command import adapt_options, adapt_program
from parity_tests.cli.campaign_commands import (
    crash_recovery_options,
    false_negative_options,
    false_positive_options,
    fuzz_options,
    inject_mistakes,
    measure_crash_recovery,
    measure_false_negatives,
    measure_false_positives,
    measure_sensitivity,
    mistake_options,
    mutation_options,
    program_options,
    read_damaged_files,
    read_programs,
    run_mutants,
    sensitivity_options,
)
from parity_tests.cli.check_commands import (
    check_candidate,
    check_options,
    compare_twin,
    draw_graph,
    export,
    export_options,
    graph_options,
    page_options,
    twin_options,
    write_page,
)
from parity_tests.cli.grade_command import grade_class, grade_options
from ref_numpy import InputError, __version__
from ref_numpy.terminal import one_line, printable

PROGRAM = "parity"  # begins every message


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one sentence, without the usage."""

    def error(self, message: str) -> NoReturn:
        """Print the error, and end the process."""
        self.exit(BAD_INPUT, f"{PROGRAM}: error: {printable(message)}\n")


def main(args: list[str] | None = None) -> int:
    """Run a command.

    Args:
        args: of the command line; None takes those of the process.

    Returns:
        0 where everything passed, 1 where something was found, 2 where it was not judged, and for
        bad input.
    """
    args = sys.argv[1:] if args is None else args
    parser = build_parser()
    args = [OLD_NAMES.get(args[0], args[0]), *args[1:]] if args else args
    if args and args[0] not in COMMANDS and not args[0].startswith("-"):
        parser.error(unknown_command(args[0]))
    given = parser.parse_args(args)
    try:
        return given.run(given)
    except InputError as error:
        print(f"{PROGRAM}: error: {printable(one_line(str(error)))}", file=sys.stderr)
        return BAD_INPUT


def unknown_command(name: str) -> str:
    """Return the sentence for a command that does not exist, with the one that is meant."""
    close = difflib.get_close_matches(name, COMMANDS, n=1)
    known = ", ".join(COMMANDS)
    return str(input_error("command.unknown", name=name, known=known, close="".join(close)))


def build_parser() -> Parser:
    """Return the parser of all commands."""
    started = Path(sys.argv[0]).name
    prog = "parity" if started.startswith("parity") else "python -m parity_tests"
    parser = Parser(
        prog=prog,
        description=DESCRIPTION,
        formatter_class=lambda prog: argparse.HelpFormatter(prog, max_help_position=24),
    )
    version = f"backprop-with-proof {__version__}"
    parser.add_argument("--version", action="version", version=version)
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for name, command in COMMANDS.items():
        example = f"Example: {prog} {name} {command.example}".rstrip()
        one = commands.add_parser(
            name, help=command.summary, description=sentence(command.summary), epilog=example
        )
        command.add_options(one)
        one.set_defaults(run=command.run)
    return parser


def sentence(summary: str) -> str:
    """Return a line of help as a sentence: a capital letter, and a full stop or question mark."""
    end = "" if summary.endswith("?") else "."
    return f"{summary[0].upper()}{summary[1:]}{end}"


DESCRIPTION = (
    "Compare an implementation of backpropagation with the NumPy reference, within error bounds "
    "that are derived, never tuned. 'COMMAND -h' lists the options of a command."
)


@dataclass(frozen=True)
class Command:
    """A command: the function that runs it, its options, one line of help, and an example."""

    run: Callable[[argparse.Namespace], int]
    add_options: Callable[[Parser], None]
    summary: str
    example: str = ""


COMMANDS = {
    "check": Command(
        check_candidate, check_options,
        "compare a program with the reference, tensor by tensor", "mine.py",
    ),
    "adapt": Command(
        adapt_program, adapt_options,
        "write an adapter for a script, with your names of its tensors filled in", "script.py",
    ),
    "grade": Command(
        grade_class, grade_options,
        "check every submission of a class, and write a table of scores",
        "submissions/ --out results.csv --jobs 4",
    ),
    "page": Command(
        write_page, page_options,
        "write a run as one HTML page, step by step, both implementations", "mine.py",
    ),
    "twin": Command(
        compare_twin, twin_options,
        "compare the torch twin with the reference", "--network 784-512-10",
    ),
    "export": Command(
        export, export_options,
        "write a problem to a file, for a program in any language", "problem.npz",
    ),
    "graph": Command(
        draw_graph, graph_options,
        "draw a network's graph as an SVG picture: its steps, shapes and shared parameters",
        "network.json --out network.svg",
    ),
    "mistakes": Command(
        inject_mistakes, mistake_options,
        "inject every known mistake: is each found and named?", "--step 100",
    ),
    "false-positives": Command(
        measure_false_positives, false_positive_options,
        "check correct programs by many engines, of which none may fail",
        "--engine numpy --candidates 100",
    ),
    "false-negatives": Command(
        measure_false_negatives, false_negative_options,
        "check wrong programs, of which none may pass", "--precision float32",
    ),
    "programs": Command(
        read_programs, program_options,
        "write right and wrong programs of many interfaces: is each read as it was written?",
        "--count 100",
    ),
    "sensitivity": Command(
        measure_sensitivity, sensitivity_options,
        "measure the smallest error that is always found, and how sharp the bounds are",
        "--terms 65536",
    ),
    "mutation": Command(
        run_mutants, mutation_options,
        "change the code in every small way: does a test fail?",
        "--only 'ref_numpy.layers.dense:*'",
    ),
    "crash-recovery": Command(
        measure_crash_recovery, crash_recovery_options,
        "kill trainings at random moments and resume them: are the results identical?",
        "--kills 5",
    ),
    "fuzz": Command(
        read_damaged_files, fuzz_options,
        "damage files of every kind: is each refused in a sentence, or read right?",
        "--files 300",
    ),
}  # fmt: skip

# The names of commands up to version 0.2, which still work.
OLD_NAMES = {
    "campaign": "mistakes",
    "soundness": "false-positives",
    "sharpness": "sensitivity",
    "kills": "crash-recovery",
}
