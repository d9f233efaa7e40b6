"""A new training that begins with the weights of a run: `--init_from RUN`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ref_numpy import Array, NetworkSpec
from torch_impl import conventions
from torch_impl.lightning.checkpoint_files import read
from torch_impl.lightning.restoring import refusing_damaged
from torch_impl.lightning.runs.commands import named_run
from torch_impl.results.summary import path_from_here
from torch_impl.training_messages import input_error
from torch_impl.twin import Network

PREFIX = "network."  # of the twin's parameters in a checkpoint


def take_weights(source: str, network: Network) -> str:
    """Replace the weights of each layer that has the same number and shapes in a run's network.

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
    taken = fitting(network.spec, theirs)
    if not taken:
        there = ", ".join(f"{name} {array.shape}" for name, array in theirs.items())
        shapes = network.spec.parameter_shapes
        here = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise input_error("run.nothing-to-take", path=path, theirs=there, ours=here)
    conventions.load_params(network, conventions.get_params(network) | taken)
    drawn = []
    for step in network.spec.steps:
        first = next(iter(step.parameters.values()), None)  # W, whose shape determines b's
        if first is not None and first not in taken:
            there = f"{theirs[first].shape} there" if first in theirs else "none there"
            drawn.append(f"{first} {network.spec.parameter_shapes[first]}, {there}")
    return f"{' '.join(taken)} of {path}" + (f"; drawn: {'; '.join(drawn)}" if drawn else "")


def parameters_in(checkpoint: Mapping[str, Any]) -> dict[str, Array]:
    """Return the parameters in a checkpoint, as the reference has them."""
    network = Network(NetworkSpec.from_json(checkpoint["network"]))
    state = {n: t for n, t in checkpoint["state_dict"].items() if n.startswith(PREFIX)}
    network.to(next(iter(state.values())).dtype)
    network.load_state_dict({n.removeprefix(PREFIX): t for n, t in state.items()})
    return conventions.get_params(network)


def fitting(spec: NetworkSpec, params: Mapping[str, Array]) -> dict[str, Array]:
    """Return the parameters of the layers of which all have the shapes that `spec` has.

    Args:
        spec: of the network that takes them.
        params: of another network.
    """
    shapes, taken = spec.parameter_shapes, {}
    for step in spec.steps:
        names = step.parameters.values()
        if all(name in params and params[name].shape == shapes[name] for name in names):
            taken |= {name: params[name] for name in names}
    return taken
