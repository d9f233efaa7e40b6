"""The commands: python -m parity_tests check | export | page | twin | …"""

from __future__ import annotations

import argparse
import os
import sys

from parity_tests.adapters.request import SETTINGS
from parity_tests.checking.console import plain_console
from parity_tests.checking.verdict import BAD_INPUT
from parity_tests.cli.console_report import show
from parity_tests.cli.options import (
    above_0,
    device_option,
    problem_options,
    request,
    require_option,
    time_limit_option,
    whole_number,
)
from parity_tests.page.page_request import DATA, ITERATIONS, LEARNING_RATE, OWN, PageRequest
from ref_numpy import InputError
from ref_numpy.terminal import printable, run_command


def main(args: list[str] | None = None) -> int:
    """0 where all passed, 1 where something was found, 2 where it was not judged or for bad input.

    `run_command` adds 3, for a failure of ours, and 130, for Ctrl-C.
    """
    parser = argparse.ArgumentParser(prog="python -m parity_tests")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, (run, options, text) in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=text)
        options(command)
        command.set_defaults(run=run)
    given = parser.parse_args(args)
    try:
        return given.run(given)
    except InputError as error:
        print(f"parity_tests: error: {printable(str(error))}", file=sys.stderr)
        return BAD_INPUT


def check_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "candidate",
        help="path.py:function, package.module:function, a path.py or notebook.ipynb with the "
        "course's functions, path.py:module of torch, trace.safetensors or trace.npz",
    )
    own = "; of the course's functions, their assignment's"
    problem_options(command, {n: f"{x}{own}" for n, x in SETTINGS.items()})
    command.add_argument("--device", help="of a torch module (default: where it is)")
    time_limit_option(command)
    require_option(command)
    command.add_argument("--json", action="store_true", help="the report as JSON")


def check_candidate(options: argparse.Namespace) -> int:
    from parity_tests.adapters.sandbox import examine_apart

    return show(examine_apart(request(options)), options.json)


def export_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", help="problem.safetensors or problem.npz, which is written")
    problem_options(command, SETTINGS)


def export(options: argparse.Namespace) -> int:
    from parity_tests.adapters.trace_files import write
    from parity_tests.error_model.precisions import precision_named
    from parity_tests.kinds.random_problem import random_problem

    asked = request(options)
    spec, p = asked.spec(), precision_named(asked.setting("precision"))
    params, X, Y = random_problem(spec, asked.examples, asked.seed)
    tensors = {"X": X, "Y": Y, **params}
    write(options.file, spec, p, {name: p.round(array) for name, array in tensors.items()})
    print(f"{options.file}: {spec.summary}, {asked.examples} examples, {p.name}")
    return 0


def page_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "candidate", nargs="?", default="", help="as check takes it (default: the torch twin)"
    )
    command.add_argument("--out", default="page.html", help="the file (default: page.html)")
    own = "; of the course's functions, their assignment's, of two inputs"
    shown = {n: f"{x}{own}" for n, x in OWN[None].items()}
    problem_options(command, shown, PageRequest.examples)
    command.add_argument("--data", choices=(*DATA, "random"), help="default: what fits the network")
    iterations = f"of gradient descent, which a slider goes through (default: {ITERATIONS})"
    command.add_argument("--iterations", type=whole_number(1), help=iterations)
    α = f"α (default: {LEARNING_RATE})"
    command.add_argument("--learning-rate", type=above_0("a learning rate"), help=α)
    command.add_argument("--device", help="of a torch module (default: where it is)")
    time_limit_option(command)


def write_page(options: argparse.Namespace) -> int:
    from parity_tests.page.write_page import write

    return write(request(options, PageRequest), options.out)


def twin_options(command: argparse.ArgumentParser) -> None:
    device_option(command)
    defaults = {"network": "64-32-16-10", "precision": "float64"}
    problem_options(command, SETTINGS | defaults)
    command.set_defaults(**defaults)


def compare_twin(options: argparse.Namespace) -> int:
    from parity_tests.adapters.torch_twin import twin
    from parity_tests.diagnosis.explained_check import check
    from parity_tests.kinds.random_problem import random_problem

    spec = request(options).spec()
    problem = random_problem(spec, options.examples, options.seed)
    candidate = twin(options.precision, options.device)
    return show(check(candidate, spec, *problem, options.precision))


def soundness_options(command: argparse.ArgumentParser) -> None:
    device_option(command)
    command.add_argument(
        "--candidates", type=whole_number(1), default=10_000, help="how many (default: 10000)"
    )
    command.add_argument(
        "--seed", type=whole_number(0), default=0, help="of the first (default: 0)"
    )


def soundness(options: argparse.Namespace) -> int:
    from parity_tests.campaigns.soundness import campaign

    return campaign(options.candidates, options.seed, options.device, plain_console())


def sharpness(options: argparse.Namespace) -> int:
    from parity_tests.campaigns.sensitivity import campaign

    return campaign(options.device, plain_console())


def campaign_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--step", type=whole_number(1), default=1, help="plant one mistake of so many (default: 1)"
    )


def campaign(options: argparse.Namespace) -> int:
    from parity_tests.campaigns.mistakes import campaign

    return campaign(plain_console(), options.step)


def mutation_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--all", action="store_true", help="also what did not change")
    command.add_argument("--only", default="", help="by name, such as 'ref_numpy.dense:Dense.*'")
    command.add_argument(
        "--jobs", type=whole_number(1), default=os.cpu_count(), help="processes (default: cores)"
    )
    command.add_argument(
        "--patience", type=above_0("a number of seconds"), default=30.0,
        help="s of tests after which a mutant counts as one that survives (default: 30); the "
        "quickest cases of every test are the first",
    )  # fmt: skip


def mutation(options: argparse.Namespace) -> int:
    from parity_tests.campaigns.mutation.run import run

    return run(options.all, options.only, options.jobs, options.patience, plain_console())


def kills_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--kills", type=whole_number(1), default=20, help="how many (default: 20)")
    command.add_argument("--seed", type=whole_number(0), default=0, help="of the moments")


def kills(options: argparse.Namespace) -> int:
    from parity_tests.campaigns.crash_recovery import campaign

    return campaign(options.kills, options.seed, plain_console())


COMMANDS = {
    "check": (check_candidate, check_options, "anybody's implementation beside the reference"),
    "export": (export, export_options, "a problem as a file, for a program in any language"),
    "page": (write_page, page_options, "a run step by step, both sides, as one HTML file"),
    "twin": (compare_twin, twin_options, "the reference beside its torch twin"),
    "campaign": (campaign, campaign_options, "every known mistake: is it found and named?"),
    "mutation": (mutation, mutation_options, "every small change of the code: does a test fail?"),
    "kills": (kills, kills_options, "a training, killed at any moment: does it go on exactly?"),
    "soundness": (soundness, soundness_options, "random correct candidates: none may be refused"),
    "sharpness": (sharpness, device_option, "the smallest error that is always found"),
}

if __name__ == "__main__":
    sys.exit(run_command(main, "parity_tests"))
