"""The layout that a request states: whether a program has it."""

from __future__ import annotations

from typing import Any

from parity_tests.adapters.interfaces.conventions import layout_of
from parity_tests.adapters.request import Request
from parity_tests.check_messages import input_error
from ref_numpy import InputError


def contradiction(request: Request, facts: dict[str, Any]) -> InputError:
    """Return the error that a program has another layout than is stated.

    Args:
        request: that states it.
        facts: of a reading that works.
    """
    rows = {None: "", True: "--rows", False: "--columns"}[request.rows]
    options = {"weights": request.weights, "biases": request.biases, "labels": request.labels}
    stated = [rows, *(f"--{n} {x}" for n, x in options.items() if x)]
    layout = layout_of(facts).describe(biases=facts["biases"])
    return input_error(
        "network.layout", name=request.candidate, options=" ".join(filter(None, stated)),
        layout=f"{layout}, labels are {facts['labels']}",
    )  # fmt: skip


def is_as_stated(request: Request, facts: dict[str, Any]) -> bool:
    """Return whether a reading has the layout that the request states."""
    layout = layout_of(facts)
    given = {n: getattr(layout, n) for n in request.layout if facts["biases"] or n != "biases"}
    of_labels = request.labels in (None, facts["labels"])
    return of_labels and all(request.layout[n] == x for n, x in given.items())
