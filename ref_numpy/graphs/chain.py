"""The builder of the course's networks: layers one after the other, named Z1, A1, Z2 and so on."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from ref_numpy.descriptions import check_description
from ref_numpy.graphs.graph import make_step
from ref_numpy.graphs.step import Step
from ref_numpy.input_messages import input_error
from ref_numpy.layer import Layer
from ref_numpy.layers.dense import Dense
from ref_numpy.registry import from_name


def chain_of(layers: tuple[Layer, ...]) -> tuple[Step, ...]:
    """Return the layers as named steps; a layer whose symbol is Z begins a new number.

    Raises:
        InputError: the layers do not fit together.
    """
    for layer in layers:
        check_description(layer, Layer, "Tanh()")
    if not layers or not isinstance(layers[0], Dense):
        raise input_error("network.first-layer")
    steps: list[Step] = []
    number, name, shape = 0, "A0", (layers[0].n_prev,)
    for layer in layers:
        number += layer.symbol == "Z"
        parameters = {own: f"{own}{number}" for own in layer.parameter_shapes()}
        output = f"{layer.symbol}{number}"
        state = {own: f"{own}{number}" for own in layer.state_shapes()}
        step = make_step(layer, number, (name,), (output,), (shape,), parameters, state)
        steps.append(step)
        name, shape = output, step.shape
    if steps[-1].layer.symbol != "A":
        raise input_error("network.last-layer", output=name)
    return tuple(steps)


def layers_of_sizes(
    layer_dims: Sequence[int],
    hidden: str | Layer | Sequence[str | Layer],
    output: str | Layer,
) -> list[Layer]:
    """Return dense layers of these sizes, each with its activation after it.

    Raises:
        InputError: there are too few sizes, or not as many activations.
    """
    if len(layer_dims) < 2:
        raise input_error("network.layer-dims", layer_dims=list(layer_dims))
    sizes = [int(n) if isinstance(n, np.integer) else n for n in layer_dims]
    n_hidden = len(sizes) - 2
    each = [hidden] * n_hidden if isinstance(hidden, str | Layer) else hidden
    if len(each) != n_hidden:
        raise input_error("network.hidden", given=len(each), n_hidden=n_hidden)
    layers: list[Layer] = []
    for (n_prev, n), g in zip(pairwise(sizes), [*each, output], strict=True):
        layers += [Dense(n_prev, n), activation_from_name(g)]
    return layers


def activation_from_name(g: str | Layer) -> Layer:
    """Return the activation of this name, "relu", "tanh", …; an activation as it is."""
    kinds = {name: kind for name, kind in Layer.kinds.items() if kind.symbol == "A"}
    return g if isinstance(g, Layer) else from_name(kinds, "activation", g)
