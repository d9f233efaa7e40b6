"""A new training that begins with the weights of a run: `--init_from RUN`.

A wider network computes the function of the narrower one where its old units sum nothing of the new
ones:

    W[l] = [[W, 0], [drawn, drawn]]     b[l] = [b, drawn]

The new units are drawn as usual, and the weights from them to old units are 0, so that these learn
from the first update on. (Net2Net, Chen, Goodfellow & Shlens, ICLR 2016, copies units instead, and
has to add noise: equal units get equal gradients, and never part.)
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ref_numpy import Array, Dense, Elementwise, NetworkSpec
from torch_impl import conventions
from torch_impl.lightning.checkpoint_files import read
from torch_impl.lightning.restoring import refusing_damaged
from torch_impl.lightning.runs.commands import named_run
from torch_impl.results.summary import path_from_here
from torch_impl.training_messages import input_error
from torch_impl.twin import Network

PREFIX = "network."  # of the twin's parameters in a checkpoint


def take_weights(source: str, network: Network) -> str:
    """Replace the weights of each layer that has the same number in a run's network, and fits.

    The other layers keep those that were drawn. Of a run's folder the best checkpoint is taken.

    Args:
        source: the folder of a run, a checkpoint, or a weights file.
        network: the network, which is changed.

    Returns:
        In words: the parameters that were taken, and those that were drawn.

    Raises:
        InputError: there is no such run, or no layer fits.
    """
    path = path_from_here(named_run(Path(source)).network)
    with refusing_damaged(path):
        theirs = parameters_in(read(path))
    spec, drawn = network.spec, conventions.get_params(network)
    taken = {name: widened(theirs[name], drawn[name]) for name in fitting(spec, theirs)}
    if not taken:
        there, here = (
            ", ".join(f"{name} {array.shape}" for name, array in params.items())
            for params in (theirs, drawn)
        )
        raise input_error("run.nothing-to-take", path=path, theirs=there, ours=here)
    conventions.load_params(network, drawn | taken)
    shares = {name: share(theirs[name].shape, drawn[name].shape) for name in taken}
    said = f"{', '.join(f'{name}{part}' for name, part in shares.items())} of {path}"
    if any(shares.values()):
        said += "; new units drawn, their weights to old ones 0"
    rest: dict[str, str] = {}  # by the parameter, which several steps may share
    for step in spec.steps:
        first = next(iter(step.parameters.values()), None)  # W, whose shape determines b's
        if first is not None and first not in taken:
            there = f"{theirs[first].shape} there" if first in theirs else "none there"
            rest[first] = f"{first} {drawn[first].shape}, {there}"
    return said + (f"; drawn: {'; '.join(rest.values())}" if rest else "")


def parameters_in(checkpoint: Mapping[str, Any]) -> dict[str, Array]:
    """Return the parameters in a checkpoint, as the reference has them."""
    return conventions.get_params(network_in(checkpoint))


def network_in(checkpoint: Mapping[str, Any]) -> Network:
    """Return the network in a checkpoint, with its parameters."""
    network = Network(NetworkSpec.from_json(checkpoint["network"]))
    state = {n: t for n, t in checkpoint["state_dict"].items() if n.startswith(PREFIX)}
    network.to(next(iter(state.values())).dtype)
    network.load_state_dict({n.removeprefix(PREFIX): t for n, t in state.items()})
    return network


def fitting(spec: NetworkSpec, params: Mapping[str, Array]) -> list[str]:
    """Return the names of the parameters of the layers that `spec` has, or has wider.

    A layer is wider where it has more units that other layers of the same number take.

    Args:
        spec: of the network that takes them.
        params: of another network.
    """
    shapes = spec.parameter_shapes | spec.state_shapes
    wider = can_widen(spec) and params.keys() == shapes.keys()
    found: list[str] = []
    layers = [step for step in spec.steps if step.parameters]
    for step in layers:
        names = [*step.given.values()]
        if not all(name in params for name in names):
            continue
        same = all(params[name].shape == shapes[name] for name in names)
        if not same and wider:
            (n, n_prev), (units, inputs) = params[names[0]].shape, shapes[names[0]]
            same = (n == units or (n < units and step is not layers[-1])) and (
                n_prev == inputs or (n_prev < inputs and step is not layers[0])
            )
        found += names if same else []
    return found


def can_widen(spec: NetworkSpec) -> bool:
    """Return whether a unit more changes no other unit of its layer."""
    return spec.is_chain and all(
        isinstance(layer, (Dense, Elementwise)) for layer in spec.layers[:-1]
    )


def widened(taken: Array, drawn: Array) -> Array:
    """Return [[taken, 0], [drawn, drawn]].

    Args:
        taken: (n, n_prev) of a narrower layer, or of one as wide.
        drawn: at least as large.
    """
    if taken.shape == drawn.shape:
        return taken
    n, n_prev = taken.shape
    W = np.array(drawn)
    W[:n] = 0
    W[:n, :n_prev] = taken
    return W


def share(theirs: tuple[int, ...], ours: tuple[int, ...]) -> str:
    """Return in words which rows and columns are taken; nothing where all are."""
    if theirs == ours:
        return ""
    sizes = zip(("rows", "columns"), theirs, ours, strict=True)
    parts = [f"{n} of {of} {name}" for name, n, of in sizes if n < of]
    return f" ({', '.join(parts)})" if parts else ""
