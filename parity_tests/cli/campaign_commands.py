"""The commands that measure this package itself: the campaigns."""

from __future__ import annotations

import argparse
import os
import secrets
from pathlib import Path

from parity_tests.adapters.option_values import above_0, whole_number
from parity_tests.check_messages import input_error
from parity_tests.checking.console import plain_console
from parity_tests.cli.options import device_option
from ref_numpy.terminal import interrupted_afterwards

Parser = argparse.ArgumentParser
FULL = ("float64", "float32", "bfloat16", "float16")  # the precisions of wrong programs


def false_positive_options(command: Parser) -> None:
    """Add the options of `false-positives`."""
    engine = (
        "library that computes the candidates; may be given again: all, numpy, numpy-in-order, "
        "numpy-reversed, numpy-pairwise, torch, torch-graphs, torch-gpts, torch.func, inductor, "
        "jax, autograd, onnxruntime, tinygrad (default: torch)"
    )
    command.add_argument("--engine", metavar="NAME", action="append", help=engine)
    precision = (
        "precision of the candidates, bfloat16-once (each step computes in float32 and stores its "
        "results once), or bfloat16-fused and others that a report names; may be given again "
        "(default: all of an engine)"
    )
    command.add_argument("--precision", metavar="NAME", action="append", default=[], help=precision)
    hidden = (
        "activation of the candidates; may be given again: gelu, gelu_tanh, silu, softplus, elu "
        "and the others (default: identity, sigmoid, tanh, relu, leaky_relu)"
    )
    command.add_argument("--hidden", metavar="NAME", action="append", default=[], help=hidden)
    device_option(command)
    number = whole_number(1)
    text = "how many programs of each engine and precision (default: 2000)"
    command.add_argument("--candidates", metavar="N", type=number, default=2000, help=text)
    seed = "seed of the first program (default: 0)"
    command.add_argument("--seed", metavar="N", type=whole_number(0), default=0, help=seed)
    record = "a file for the results, one a line; if it exists, the campaign resumes"
    command.add_argument("--record", metavar="FILE", default="", help=record)
    strict = "a suspicion of the second level counts as a refusal"
    command.add_argument("--strict", action="store_true", help=strict)


def measure_false_positives(options: argparse.Namespace) -> int:
    """Check random correct candidates."""
    with interrupted_afterwards():
        from parity_tests.campaigns.soundness import campaign
        from parity_tests.kinds.cases import COMBINED
        from ref_numpy.graphs.chain import activation_from_name

    hidden = tuple(activation_from_name(name).kind for name in options.hidden) or COMBINED
    return campaign(
        options.engine or ["torch"], options.precision, options.candidates, options.seed,
        options.device, options.record, options.strict, plain_console(), hidden,
    )  # fmt: skip


def false_negative_options(command: Parser) -> None:
    """Add the options of `false-negatives`."""
    text = "check the programs at this precision alone; may be repeated (default: at each)"
    command.add_argument("--precision", metavar="NAME", action="append", help=text, choices=FULL)


def measure_false_negatives(options: argparse.Namespace) -> int:
    """Check wrong programs."""
    from parity_tests.campaigns.false_negatives import campaign

    return campaign(plain_console(), options.precision or FULL)


def program_options(command: Parser) -> None:
    """Add the options of `programs`."""
    count = "how many right programs (default: 5000); every third has a wrong twin"
    command.add_argument("--count", metavar="N", type=whole_number(1), default=5000, help=count)
    seed = "seed of the first program (default: 0)"
    command.add_argument("--seed", metavar="N", type=whole_number(0), default=0, help=seed)
    record = "a file for the results, one a line; if it exists, the campaign resumes"
    command.add_argument("--record", metavar="FILE", default="", help=record)


def read_programs(options: argparse.Namespace) -> int:
    """Check generated programs."""
    with interrupted_afterwards():
        from parity_tests.campaigns.generated_programs.programs_campaign import campaign

    return campaign(options.count, options.seed, options.record, plain_console())


def sensitivity_options(command: Parser) -> None:
    """Add the options of `sensitivity`."""
    device_option(command)
    terms = "numbers of terms of a sum, up to 65536 (default: 32 256 4096)"
    command.add_argument(
        "--terms", metavar="K", type=whole_number(2), nargs="+", default=[32, 256, 4096], help=terms
    )
    seeds = "how many problems of each (default: 5)"
    command.add_argument("--seeds", metavar="N", type=whole_number(1), default=5, help=seeds)
    kinds = "measure each kind of layer and loss instead, beside other rules"
    command.add_argument("--kinds", action="store_true", help=kinds)


def measure_sensitivity(options: argparse.Namespace) -> int:
    """Measure the smallest error that is always found."""
    with interrupted_afterwards():
        from parity_tests.campaigns.kind_sensitivity import print_kinds
        from parity_tests.campaigns.sensitivity import campaign

    if options.kinds:
        return 1 if print_kinds(plain_console()) else 0
    return campaign(options.device, options.terms, options.seeds, plain_console())


def mistake_options(command: Parser) -> None:
    """Add the options of `mistakes`."""
    text = "inject one mistake of every N (default: 1, all of them)"
    command.add_argument("--step", metavar="N", type=whole_number(1), default=1, help=text)


def inject_mistakes(options: argparse.Namespace) -> int:
    """Inject every known mistake."""
    with interrupted_afterwards():
        from parity_tests.campaigns.mistakes import campaign

    return campaign(plain_console(), options.step)


def mutation_options(command: Parser) -> None:
    """Add the options of `mutation`."""
    command.add_argument("--all", action="store_true", help="test unchanged functions again, too")
    command.add_argument(
        "--defer", action="store_true",
        help="try nothing; write which functions have changed and wait for their mutants",
    )  # fmt: skip
    command.add_argument(
        "--sample", metavar="N", type=whole_number(1),
        help="try N random mutants of each package, of parity_tests.checking and diagnosis too; "
        "print the score with its interval, and leave the record as it is",
    )  # fmt: skip
    seed = "seed of the sample (default: 0)"
    command.add_argument("--seed", metavar="N", type=whole_number(0), default=0, help=seed)
    only = "functions by name, such as 'ref_numpy.layers.dense:Dense.*'"
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
    from parity_tests.campaigns.mutation.run import defer, run

    if options.defer:
        return defer(plain_console())
    if options.sample:
        from parity_tests.campaigns.mutation.sample import sample

        given = options.only, options.jobs, options.patience
        sample(options.sample, options.seed, *given, plain_console())
        return 0
    return run(options.all, options.only, options.jobs, options.patience, plain_console())


def crash_recovery_options(command: Parser) -> None:
    """Add the options of `crash-recovery`."""
    kills = "how many trainings to kill (default: 20)"
    command.add_argument("--kills", metavar="N", type=whole_number(1), default=20, help=kills)
    seed = "seed of the random moments (default: 0)"
    command.add_argument("--seed", metavar="N", type=whole_number(0), default=0, help=seed)
    data = "points, a table with a class or a number to predict, or images (default: points)"
    kinds = ("points", "table", "numbers", "images")
    command.add_argument("--data", choices=kinds, default="points", help=data)


def measure_crash_recovery(options: argparse.Namespace) -> int:
    """Kill trainings, resume them, and compare the results."""
    from parity_tests.campaigns.crash_recovery import campaign

    return campaign(options.kills, options.seed, plain_console(), options.data)


def fuzz_options(command: Parser) -> None:
    """Add the options of `fuzz`."""
    files = "how many damaged files of each kind (default: 3000)"
    command.add_argument("--files", metavar="N", type=whole_number(1), default=3000, help=files)
    seed = "seed of the damage, which is printed (default: a random one)"
    command.add_argument("--seed", metavar="N", type=whole_number(0), help=seed)
    kind = "one kind of file, such as data.h5 (default: all)"
    command.add_argument("--kind", metavar="KIND", help=kind)
    keep = "where to write the files whose reading failed"
    command.add_argument("--keep", metavar="FOLDER", type=Path, help=keep)


def read_damaged_files(options: argparse.Namespace) -> int:
    """Read damaged files of every kind."""
    from parity_tests.campaigns.fuzzing.file_kinds import KINDS
    from parity_tests.campaigns.fuzzing.fuzz import campaign

    if options.kind not in (None, *KINDS):
        raise input_error("fuzz.kind", kind=options.kind, known=", ".join(KINDS))
    kinds = [*KINDS] if options.kind is None else [options.kind]
    seed = secrets.randbelow(2**32) if options.seed is None else options.seed
    return campaign(kinds, options.files, seed, options.keep, plain_console())
