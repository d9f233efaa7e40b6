"""Every formula of a graph: the equations of each kind of layer in it, once, and of its loss."""

from __future__ import annotations

from parity_tests.page.docstring_equations import (
    loss_equation,
    mean_equation,
    state_equations,
)
from parity_tests.page.graph.graph_equations import equations_of
from parity_tests.page.graph.legends import equation, first_gradient
from ref_numpy import NetworkSpec


def every_kind(spec: NetworkSpec, training: bool = False) -> str:
    """Write a list of equations with a heading for each kind of layer, as HTML.

    Args:
        spec: the network.
        training: whether the network trains.
    """
    parts: dict[str, list[str]] = {}
    for step in spec.steps:
        of = equations_of(type(step.layer), len(step.inputs), training)
        parts[step.layer.kind] = [*of.forward.values(), *of.backward.values()]
        if training:
            parts[step.layer.kind] += state_equations(step.layer).values()
    parts["cost"] = [loss_equation(spec), *mean_equation(spec), *first_gradient(spec)]
    parts["update"] = ["θ := θ − α dθ"]
    return "".join(
        f"<section><h3>{name}</h3>{''.join(map(equation, texts))}</section>"
        for name, texts in parts.items()
    )
