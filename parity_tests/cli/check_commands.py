"""The commands about one program or network: check, page, graph, twin, export."""

from __future__ import annotations

import argparse
from pathlib import Path

from parity_tests.adapters.request import SETTINGS
from parity_tests.check_messages import input_error
from parity_tests.cli.console_report import show
from parity_tests.cli.options import (
    above_0,
    calls_option,
    device_option,
    kinds_option,
    layout_options,
    memory_limit_option,
    module_device_option,
    problem_options,
    request,
    require_option,
    strict_option,
    time_limit_option,
    whole_number,
)
from parity_tests.page.page_request import DATA, ITERATIONS, LEARNING_RATE, OWN, PageRequest
from ref_numpy import Context, NetworkSpec
from ref_numpy.terminal import interrupted_afterwards

Parser = argparse.ArgumentParser


def check_options(command: Parser) -> None:
    """Add the options of `check`."""
    command.add_argument(
        "candidate",
        help="a path.py or notebook.ipynb with the course's functions, path.py:function, "
        "package.module:function, path.py:module (a torch module), trace.npz or trace.safetensors",
    )
    own = "; for functions of the course: that of their assignment"
    problem_options(command, {n: f"{x}{own}" for n, x in SETTINGS.items()})
    module_device_option(command)
    time_limit_option(command)
    memory_limit_option(command)
    kinds_option(command)
    require_option(command)
    calls_option(command)
    strict_option(command)
    layout_options(command)
    command.add_argument("--json", action="store_true", help="print the report as JSON")


def check_candidate(options: argparse.Namespace) -> int:
    """Check a candidate in a process of its own, and print the report."""
    from parity_tests.adapters.apart import examine_apart

    return show(examine_apart(request(options)), options.json)


def export_options(command: Parser) -> None:
    """Add the options of `export`."""
    command.add_argument("file", help="the file to write, problem.npz or problem.safetensors")
    problem_options(command, SETTINGS)


def export(options: argparse.Namespace) -> int:
    """Write a random problem to a file."""
    from parity_tests.adapters.trace_files import write
    from parity_tests.error_model.precisions import precision_named
    from parity_tests.kinds.random_problem import random_problem

    given = request(options)
    spec, p = given.spec(), precision_named(given.setting("precision"))
    params, X, Y = random_problem(spec, given.examples, given.seed)
    tensors = {"X": X, "Y": Y, **params}
    whole = {name: x for name, x in tensors.items() if x.dtype.kind in "iu"}
    write(options.file, spec, p, {n: p.round(x) for n, x in tensors.items()} | whole)
    print(f"{options.file}: {spec.summary}, {given.examples} examples, {p.name}")
    return 0


def page_options(command: Parser) -> None:
    """Add the options of `page`."""
    command.add_argument(
        "candidate", nargs="?", default="", help="as for check (default: the torch twin)"
    )
    command.add_argument("--out", default="page.html", help="the file (default: page.html)")
    own = "; for functions of the course: that of their assignment, with two inputs"
    defaults = {n: f"{x}{own}" for n, x in OWN[None].items()}
    network = (
        "sizes of the layers; or a file with the text of NetworkSpec.to_json, a "
        "weights.safetensors, or the folder of a run, whose network may be a graph"
    )
    problem_options(command, defaults, PageRequest.examples, network)
    names = ", ".join((*DATA, "random"))
    command.add_argument(
        "--data", choices=(*DATA, "random"), metavar="NAME",
        help=f"the data set: {names} (default: one that fits the network)",
    )  # fmt: skip
    iterations = f"updates of gradient descent, for the page's slider (default: {ITERATIONS})"
    command.add_argument("--iterations", metavar="N", type=whole_number(1), help=iterations)
    α = f"the learning rate α (default: {LEARNING_RATE})"
    command.add_argument("--learning-rate", metavar="α", type=above_0("a learning rate"), help=α)
    module_device_option(command)
    time_limit_option(command)
    memory_limit_option(command)
    kinds_option(command)


def write_page(options: argparse.Namespace) -> int:
    """Write the teaching page of a run."""
    from parity_tests.page.write_page import write

    return write(request(options, PageRequest), options.out)


def graph_options(command: Parser) -> None:
    """Add the options of `graph`."""
    command.add_argument(
        "network", metavar="NETWORK",
        help="a file with the text of NetworkSpec.to_json, a weights.safetensors, or the folder "
        "of a run",
    )  # fmt: skip
    command.add_argument("--out", default="graph.svg", help="the file (default: graph.svg)")
    command.add_argument(
        "--kinds", default="", metavar="FILE.py",
        help="the file with the network's layers and losses of your own, which is executed",
    )  # fmt: skip


def draw_graph(options: argparse.Namespace) -> int:
    """Write the picture of a network."""
    from parity_tests.adapters.kinds_file import import_kinds
    from parity_tests.page.graph.write_graph import write

    if options.kinds:
        import_kinds(options.kinds)
    return write(options.network, options.out)


# The defaults of `twin`, where they are others than those of `check`.
TWIN = {"network": "64-32-16-10", "precision": "float64"}


def twin_options(command: Parser) -> None:
    """Add the options of `twin`."""
    command.add_argument(
        "file", nargs="?", default="", metavar="NETWORK",
        help="instead of --network and the other options of the layers: a file with the text of "
        "NetworkSpec.to_json, a weights.safetensors, or the folder of a run",
    )  # fmt: skip
    device_option(command)
    problem_options(command, SETTINGS | TWIN)
    command.add_argument(
        "--training", action="store_true",
        help="one training step: layers that draw random numbers draw those of --seed, and batch "
        "norms take the statistics of the batch",
    )  # fmt: skip
    kinds_option(command)
    command.set_defaults(precision=TWIN["precision"])


def compare_twin(options: argparse.Namespace) -> int:
    """Check the torch twin, and print the report."""
    with interrupted_afterwards():
        from parity_tests.adapters.torch_twin import twin
    from parity_tests.checking.check_run import check
    from parity_tests.kinds.random_problem import random_problem

    spec = twin_network(options)
    if options.training and not spec.acts_in_training:
        raise input_error("twin.nothing-random", network=spec.summary)
    context = Context(training=True, seed=options.seed) if options.training else None
    problem = random_problem(spec, options.examples, options.seed)
    candidate = twin(options.precision, options.device)
    return show(check(candidate, spec, *problem, options.precision, context=context))


def twin_network(options: argparse.Namespace) -> NetworkSpec:
    """Return the network that `twin` compares: of a file, or of the options.

    Raises:
        InputError: there is none, or both are given.
    """
    from parity_tests.adapters.kinds_file import import_kinds
    from parity_tests.page.graph.write_graph import read_network

    if options.kinds:
        import_kinds(options.kinds)
    if not options.file:
        return request(options).spec(TWIN)
    both = [f"--{n}" for n in ("network", "hidden", "output", "loss", "lambd") if vars(options)[n]]
    if both:
        raise input_error("twin.two-networks", file=options.file, options=", ".join(both))
    return read_network(Path(options.file))
