"""A program run(spec, params, X, Y) to fill in, for a candidate that could not be called."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Mapping
from typing import Any

from parity_tests.adapters.mistaken_calls import meaning
from parity_tests.adapters.own_functions import describe_function
from parity_tests.adapters.request import Request
from ref_numpy import NetworkSpec

FORWARD, COST, BACKWARD = r"forward|feed_?f", r"cost|loss", r"back"
LONGEST = 78


def ready_adapter(
    request: Request, functions: Mapping[str, Any], spec: NetworkSpec, precision: str, layers: int
) -> str:
    """Write adapter.py, with calls of the functions whose names and arguments are recognised.

    Args:
        request: of the candidate that could not be called.
        functions: the candidate's own, by name.
        spec: the network that it was called with.
        precision: its arithmetic.
        layers: the number of layers that the candidate needs; more than `spec` has give a longer
            network.
    """
    dims, command = network_and_command(request, spec, precision, layers)
    calls, given = calls_of(functions)
    own = ", ".join(describe_function(name, function) for name, function in functions.items())
    sizes = zip(dims[1:], dims, strict=False)
    shapes = ", ".join(
        f"W{l} ({n}, {n_prev}), b{l} ({n}, 1)" for l, (n, n_prev) in enumerate(sizes, start=1)
    )
    return "\n".join(
        [
            '"""adapter.py: the tensors of the program below, by the names of a check.',
            "",
            f"python -m parity_tests check adapter.py {command}",
            '"""',
            "",
            "from types import SimpleNamespace",
            "",
            "from parity_tests.adapters.source_files import definitions",
            "",
            *comment(f"Yours: {own}"),
            f"mine = SimpleNamespace(**definitions({request.candidate!r}))",
            "",
            "",
            "def run(spec, params, X, Y):",
            *comment(f"params has {shapes}; X is ({dims[0]}, m) and Y ({dims[-1]}, m), "
                     "one example in each column.", "    "),
            *calls,
            *comment("Add the other tensors of your program, by these names: Z1, A1, …, J, dZ1, "
                     "dA1, …; of the gradients dW1, db1, … at least one.", "    "),
            f"    own = {{{', '.join(given)}}}",
            "    return {n: own[n] for n in spec.trace_shapes(1) if n in own}",
        ]
    )  # fmt: skip


def network_and_command(
    request: Request, spec: NetworkSpec, precision: str, layers: int
) -> tuple[list[int], str]:
    """Return the sizes of the network, and the options of the command that checks the adapter.

    Args:
        request: of the candidate.
        spec: the network that the candidate was called with.
        precision: its arithmetic.
        layers: the network has at least so many.
    """
    dims = [spec.input_shape[0], *(s.shape[0] for s in spec.steps if s.output[0] == "Z")]
    *hidden, output = [s.layer.kind for s in spec.steps if s.output[0] == "A"]
    if layers > len(spec.weights):
        hidden = (hidden or ["relu"])[:1] * (layers - 1)
        dims = [dims[0], *range(layers + 1, 2, -1), dims[-1]]
    options = {
        "network": "-".join(map(str, dims)), "hidden": ",".join(hidden), "output": output,
        "loss": spec.loss.kind, "precision": precision, "examples": str(request.examples),
    }  # fmt: skip
    return dims, " ".join(f"--{name} {value}" for name, value in options.items() if value)


def calls_of(functions: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Return the lines that call the program's forward pass, cost and backward pass.

    Args:
        functions: the candidate's own; those with a name and arguments of the kind are called.

    Returns:
        The lines, and the entries of the trace that their results give.
    """
    lines, given = [], []
    forward = call_of(functions, FORWARD, {"X", "params"})
    if forward:
        lines.append(f"    AL, cache = {forward}")
        given += ["**(cache if isinstance(cache, dict) else {})", "spec.output: AL"]
        cost = call_of(functions, COST, {"AL", "Y", "params"})
        if cost:
            lines.append(f"    J = {cost}")
            given.append('"J": J')
        backward = call_of(functions, BACKWARD, {"X", "Y", "params", "cache", "AL"})
        if backward:
            lines.append(f"    grads = {backward}")
            given.append("**grads")
    return lines or ["    ...  # call your functions here"], given


def call_of(functions: Mapping[str, Any], name: str, known: set[str]) -> str | None:
    """Return a call of the first function of such a name whose arguments are all known."""
    for n, function in functions.items():
        if re.search(name, n, re.IGNORECASE) and not isinstance(function, type):
            parameters = inspect.signature(function).parameters.values()
            needed = [meaning(q.name) for q in parameters if q.default is q.empty]
            if needed and known.issuperset(needed):
                return f"mine.{n}({', '.join(map(str, needed))})"
    return None


def comment(text: str, indent: str = "") -> list[str]:
    """Wrap the text as comment lines."""
    mark = f"{indent}# "
    return textwrap.wrap(text, LONGEST, initial_indent=mark, subsequent_indent=mark)
