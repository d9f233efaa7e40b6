"""The commands about one program or network: check, page, graph, twin, export."""

from __future__ import annotations

import argparse

from parity_tests.adapters.request import SETTINGS
from parity_tests.check_messages import input_error
from parity_tests.cli.console_report import show
from parity_tests.cli.options import (
    above_0,
    calls_option,
    choices_options,
    conventions_options,
    device_option,
    hints_option,
    kinds_option,
    layout_options,
    memory_limit_option,
    module_device_option,
    problem_options,
    request,
    require_option,
    strict_option,
    time_limit_option,
    training_option,
    whole_number,
)
from parity_tests.page.page_request import DATA, ITERATIONS, LEARNING_RATE, OWN, PageRequest
from ref_numpy import Context
from ref_numpy.terminal import interrupted_afterwards

Parser = argparse.ArgumentParser


def check_options(command: Parser) -> None:
    """Add the options of `check`."""
    command.add_argument(
        "candidate",
        help="a path.py or notebook.ipynb with the course's functions, path.py:function, "
        "package.module:function, path.py:module (a torch module), trace.npz or trace.safetensors",
    )
    judging_options(command)
    command.add_argument("--json", action="store_true", help="print the report as JSON")
    page = "also write the report as one HTML file, to be sent or printed"
    command.add_argument("--html", metavar="FILE", default="", help=page)


def judging_options(command: Parser) -> None:
    """Add what decides how a program is judged, of `check` and of `grade`."""
    own = "; for functions of the course: that of their assignment"
    problem_options(command, {n: f"{x}{own}" for n, x in SETTINGS.items()})
    module_device_option(command)
    time_limit_option(command)
    memory_limit_option(command)
    kinds_option(command)
    require_option(command)
    calls_option(command)
    strict_option(command)
    hints_option(command)
    conventions_options(command)
    layout_options(command)
    choices_options(command)


def check_candidate(options: argparse.Namespace) -> int:
    """Check a candidate in a process of its own, and print the report."""
    from parity_tests.adapters.apart import examine_apart

    if not options.html:
        return show(examine_apart(request(options)), options.json)
    from parity_tests.page.report_page.write_report import check_report_path, write_report

    check_report_path(options.html)
    report = examine_apart(request(options))
    write_report(report, request(options), options.html)
    return show(report, options.json)


def export_options(command: Parser) -> None:
    """Add the options of `export`."""
    command.add_argument("file", help="the file to write, problem.npz or problem.safetensors")
    problem_options(command, SETTINGS)


def export(options: argparse.Namespace) -> int:
    """Write a random problem to a file."""
    from parity_tests.adapters.trace_files import write
    from parity_tests.error_model.precisions import precision_named

    given = request(options)
    spec, p = given.spec(), precision_named(given.setting("precision"))
    params, X, Y = given.problem(spec)
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
    problem_options(command, defaults, PageRequest.examples)
    names = ", ".join((*DATA, "random"))
    command.add_argument(
        "--data", choices=(*DATA, "random"), metavar="NAME",
        help=f"the data set: {names} (default: one that fits the network)",
    )  # fmt: skip
    iterations = f"updates of gradient descent, for the page's slider (default: {ITERATIONS})"
    command.add_argument("--iterations", metavar="N", type=whole_number(1), help=iterations)
    α = f"the learning rate α (default: {LEARNING_RATE})"
    command.add_argument("--learning-rate", metavar="α", type=above_0("a learning rate"), help=α)
    training_option(command)
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
    device_option(command)
    problem_options(command, SETTINGS | TWIN)
    training_option(command)
    kinds_option(command)
    command.set_defaults(precision=TWIN["precision"])


def compare_twin(options: argparse.Namespace) -> int:
    """Check the torch twin, and print the report."""
    with interrupted_afterwards():
        from parity_tests.adapters.torch_twin import twin
    from parity_tests.adapters.kinds_file import import_kinds
    from parity_tests.checking.check_run import check

    if options.kinds:
        import_kinds(options.kinds)
    given = request(options)
    spec = given.spec(TWIN)
    if options.training and not spec.acts_in_training:
        raise input_error("twin.nothing-random", network=spec.summary)
    context = Context(training=True, seed=options.seed) if options.training else None
    candidate = twin(options.precision, options.device)
    return show(check(candidate, spec, *given.problem(spec), options.precision, context=context))
