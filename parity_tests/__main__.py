"""python -m parity_tests twin: every tensor of the reference beside torch's, as a table."""

from __future__ import annotations

import argparse
import sys

from rich.console import Console
from rich.table import Table

from parity_tests.agreement import Agreement, agreements
from parity_tests.examples import random_problem
from ref_numpy import InputError, NetworkSpec


def main(args: list[str] | None = None) -> int:
    """0 where every tensor agrees to within rounding, 1 where one does not, 2 for bad input."""
    parser = argparse.ArgumentParser(prog="python -m parity_tests", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    twin = commands.add_parser("twin", help="the reference beside its torch twin, float64")
    twin.add_argument("--network", default="64-32-16-10", help="n_x-…-n_y (%(default)s)")
    twin.add_argument("--hidden", default="relu", help="activation of hidden layers (%(default)s)")
    twin.add_argument("--output", default="softmax", help="output activation (%(default)s)")
    twin.add_argument("--loss", help="the one that belongs to the output, unless given")
    twin.add_argument("--lambd", type=float, default=0.0, help="the course's λ (%(default)s)")
    twin.add_argument("--examples", type=int, default=256, help="m (%(default)s)")
    twin.add_argument("--seed", type=int, default=0, help="of all random numbers (%(default)s)")
    twin.add_argument("--device", default="cpu", help="torch's device (%(default)s)")
    options = parser.parse_args(args)
    try:
        return compare_twin(options)
    except InputError as error:
        print(f"parity_tests: error: {error}", file=sys.stderr)
        return 2


def compare_twin(options: argparse.Namespace) -> int:
    import torch_impl

    spec = NetworkSpec.dense(
        layer_dims(options.network), options.hidden, options.output, options.loss, options.lambd
    )
    if options.examples < 1 or options.seed < 0:
        raise InputError(
            f"--examples is {options.examples} and --seed {options.seed}; "
            f"expected at least 1, and at least 0."
        )
    params, X, Y = random_problem(spec, options.examples, options.seed)
    candidate = torch_impl.run(spec, params, X, Y, device=options.device)
    rows = agreements(spec, params, X, Y, candidate)
    title = f"NumPy and torch, {options.network}, m = {options.examples}, float64"
    Console(highlight=False).print(table(title, rows))
    return 0 if all(row.used <= 1 for row in rows) else 1


def layer_dims(text: str) -> list[int]:
    """ "64-32-10" → [64, 32, 10].   Raises InputError."""
    try:
        return [int(n) for n in text.split("-")]
    except ValueError:
        raise InputError(f"--network is {text!r}; expected sizes such as 64-32-10.") from None


def table(title: str, rows: list[Agreement]) -> Table:
    """A tensor a row. `units` is what a reader looks at, `used` what decides."""
    result = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="dim")
    result.add_column("tensor")
    result.add_column("shape")
    result.add_column("max |Δ|", justify="right")
    result.add_column("units of rounding", justify="right")
    result.add_column("of what rounding allows", justify="right")
    result.add_column("")
    for row in rows:
        mark = "[green]✓[/]" if row.used <= 1 else "[bold red]✗[/]"
        result.add_row(
            row.name,
            str(row.shape),
            f"{row.apart:.1e}",
            f"{row.units:.1f}",
            f"{row.used:.1e}",
            mark,
        )
    return result


if __name__ == "__main__":
    sys.exit(main())
