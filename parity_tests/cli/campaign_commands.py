"""The commands that measure this package itself: the campaigns."""

from __future__ import annotations

import argparse
import os

from parity_tests.checking.console import plain_console
from parity_tests.cli.options import above_0, device_option, whole_number

Parser = argparse.ArgumentParser


def false_positive_options(command: Parser) -> None:
    """Add the options of `false-positives`."""
    engine = (
        "library that computes the candidates; may be given again: all, numpy, numpy-in-order, "
        "numpy-reversed, numpy-pairwise, torch, torch.func, inductor, jax, autograd, onnxruntime, "
        "tinygrad (default: torch)"
    )
    command.add_argument("--engine", metavar="NAME", action="append", help=engine)
    precision = "precision of the candidates; may be given again (default: all of an engine)"
    command.add_argument("--precision", metavar="NAME", action="append", default=[], help=precision)
    device_option(command)
    number = whole_number(1)
    text = "how many programs of each engine and precision (default: 2000)"
    command.add_argument("--candidates", metavar="N", type=number, default=2000, help=text)
    seed = "seed of the first program (default: 0)"
    command.add_argument("--seed", metavar="N", type=whole_number(0), default=0, help=seed)
    record = "a file for the results, one a line; if it exists, the campaign resumes"
    command.add_argument("--record", metavar="FILE", default="", help=record)


def measure_false_positives(options: argparse.Namespace) -> int:
    """Check random correct candidates."""
    from parity_tests.campaigns.soundness import campaign

    return campaign(
        options.engine or ["torch"], options.precision, options.candidates, options.seed,
        options.device, options.record, plain_console(),
    )  # fmt: skip


def measure_sensitivity(options: argparse.Namespace) -> int:
    """Measure the smallest error that is always found."""
    from parity_tests.campaigns.sensitivity import campaign

    return campaign(options.device, plain_console())


def mistake_options(command: Parser) -> None:
    """Add the options of `mistakes`."""
    text = "inject one mistake of every N (default: 1, all of them)"
    command.add_argument("--step", metavar="N", type=whole_number(1), default=1, help=text)


def inject_mistakes(options: argparse.Namespace) -> int:
    """Inject every known mistake."""
    from parity_tests.campaigns.mistakes import campaign

    return campaign(plain_console(), options.step)


def mutation_options(command: Parser) -> None:
    """Add the options of `mutation`."""
    command.add_argument("--all", action="store_true", help="test unchanged functions again, too")
    only = "functions by name, such as 'ref_numpy.dense:Dense.*'"
    command.add_argument("--only", metavar="PATTERN", default="", help=only)
    jobs = "processes (default: one for each core)"
    command.add_argument(
        "--jobs", metavar="N", type=whole_number(1), default=os.cpu_count(), help=jobs
    )
    command.add_argument(
        "--patience", metavar="SECONDS", type=above_0("a number of seconds"), default=10.0,
        help="processor time for the tests of a mutant, after which it counts as surviving "
        "(default: 10); those of its own room run first",
    )  # fmt: skip


def run_mutants(options: argparse.Namespace) -> int:
    """Run the tests on every mutant of the code."""
    from parity_tests.campaigns.mutation.run import run

    return run(options.all, options.only, options.jobs, options.patience, plain_console())


def crash_recovery_options(command: Parser) -> None:
    """Add the options of `crash-recovery`."""
    kills = "how many trainings to kill (default: 20)"
    command.add_argument("--kills", metavar="N", type=whole_number(1), default=20, help=kills)
    seed = "seed of the random moments (default: 0)"
    command.add_argument("--seed", metavar="N", type=whole_number(0), default=0, help=seed)


def measure_crash_recovery(options: argparse.Namespace) -> int:
    """Kill trainings, resume them, and compare the results."""
    from parity_tests.campaigns.crash_recovery import campaign

    return campaign(options.kills, options.seed, plain_console())
