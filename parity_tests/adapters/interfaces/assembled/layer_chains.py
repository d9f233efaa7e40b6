"""A network made of a program's own layer objects, one after the other: its classes of layers.

Each class has `forward(x)` and `backward(d)`, or the like. Those that hold weights are put in turn
with those that hold nothing, so that every activation of the file is in the network once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle
from typing import Any

import numpy as np

from parity_tests.adapters.interfaces.argument_roles import (
    SIZES,
    called,
    parameters_of,
    role,
)
from parity_tests.adapters.interfaces.assembled.chain_losses import (
    INPUT_GRADIENT,
    LOSS,
    OUTPUT,
    Loss,
    called_with,
    losses_with_gradients,
    pairs_of_functions,
    returned_or_kept,
    with_both,
)
from parity_tests.adapters.interfaces.assembled.hidden_layers import HiddenLayer, hidden_layers
from parity_tests.adapters.interfaces.assembled.layer_containers import containers
from parity_tests.adapters.interfaces.assembled.layer_passes import (
    backward_of,
    forward_of,
    has_passes,
)
from parity_tests.adapters.interfaces.layout import BIAS, WEIGHTS, Layout, layouts
from parity_tests.adapters.interfaces.parameter_holders import (
    Dims,
    Holder,
    attempted,
    constructions,
)
from parity_tests.adapters.interfaces.parameter_slots import (
    BIAS_NAME,
    IsOwn,
    Slots,
    find_slots,
    leaves,
)
from ref_numpy import Array


@dataclass
class Chain:
    """A network of a program's layer objects.

    Attributes:
        layers: in dataflow order, a layer with weights and an activation in turn.
        loss: of the network.
        watched: what the layers returned in the last run, by canonical name.
    """

    layers: list[Any]
    loss: Loss
    watched: dict[str, Array] = field(default_factory=dict)

    def functions(self) -> dict[str, Callable[..., Any]]:
        """Return the functions of a run."""
        cost = {} if self.loss.cost is None else {"compute_cost": self.compute_cost}
        return {"forward": self.forward, "backward": self.backward, **cost}

    def forward(self, X: Any) -> Any:
        """Return the last layer's result."""
        for k, layer in enumerate(self.layers):
            X = returned_or_kept(forward_of(layer)(X), layer, OUTPUT)
            self.keep(f"{'A' if k % 2 else 'Z'}{k // 2 + 1}", X)
        return X

    def compute_cost(self, output: Any, Y: Any) -> Any:
        """Return J."""
        J = with_both(self.loss.cost, output, Y)
        return J[0] if self.loss.both else J

    def backward(self, output: Any, Y: Any, rate: float) -> None:
        """Go back through the layers, from the gradient of J."""
        d = self.loss.gradient(output, Y)
        for k, layer in reversed([*enumerate(self.layers)]):
            d = returned_or_kept(called_with(backward_of(layer), d), layer, INPUT_GRADIENT)
            if k > 0:
                self.keep(f"d{'Z' if k % 2 else 'A'}{(k + 1) // 2}", d)

    def keep(self, name: str, x: Any) -> None:
        """Keep a tensor as it is now; a later layer may change it."""
        self.watched[name] = np.array(x)


@dataclass
class ContainedChain(Chain):
    """A network whose layers are gone through by the passes of a program's own container."""

    container: Any = None

    def forward(self, X: Any) -> Any:
        """Return the container's result."""
        return returned_or_kept(forward_of(self.container)(X), self.container, OUTPUT)

    def backward(self, output: Any, Y: Any, rate: float) -> None:
        """Go back through the container, from the gradient of J."""
        called_with(backward_of(self.container), self.loss.gradient(output, Y))


def layer_chains(
    own: Mapping[str, Any], options: Sequence[Dims], is_own: IsOwn
) -> Iterator[Holder]:
    """Yield networks of a file's layer classes, with each of its losses.

    Layers of arrays take b in several shapes; the gradients that they keep are of one.

    Args:
        own: the candidate's functions and classes, by name.
        options: sizes of networks.
        is_own: whether a class is the candidate's.
    """
    classes = {n: c for n, c in own.items() if isinstance(c, type) and has_passes(c)}
    losses = {n: c for n, c in classes.items() if LOSS.fullmatch(n)}
    hidden = hidden_layers(own, {n: c for n, c in classes.items() if n not in losses})
    no_weights = {*losses, *(layer.used[0] for layer in hidden)}
    others = {n: c for n, c in classes.items() if n not in no_weights}
    if not hidden:
        return
    if len(hidden) > len(options[0]) - 2 and len(options) > 1:
        options = [[*options[0][:-1], 3, options[0][-1]], *options]
    each_loss = [(n, Loss.of_object(attempted(c))) for n, c in losses.items()]
    each_loss += [*pairs_of_functions(own), *losses_with_gradients(own), ("", Loss())]
    for name, dense in others.items():
        for make in ways_to_make(dense):
            chain = first_chain(make, hidden, options, is_own)
            if chain is not None:
                layers, slots, activations = chain
                names = [n for layer in activations for n in layer.used]
                every = containers(own, layers, lambda x: through([x], slots.dims))  # noqa: B023
                around, container = next(every, ("", None))
                for loss_name, loss in each_loss:
                    if loss is not None:
                        used = (name, *names, *loss_name.split(), *around.split())
                        kinds = ",".join(layer.kind for layer in activations)
                        network = Chain(layers, loss)
                        if container is not None:
                            network = ContainedChain(layers, loss, container=container)
                        yield Holder(
                            ", ".join(dict.fromkeys(used)), layers, slots, network.functions(),
                            slots.dims, used=used, hidden=kinds, watched=network.watched,
                        )  # fmt: skip


def ways_to_make(dense: type) -> Iterator[Callable[[int, int], Any]]:
    """Yield functions that make a layer of n units after n_prev, of a class that holds weights."""
    parameters = parameters_of(dense)
    if parameters is None:
        return
    needed = [q.name for q in parameters if q.default is q.empty]
    if len(needed) == 2 and is_weight(needed[0]) and BIAS_NAME.fullmatch(needed[1]):
        for layout in layouts(tensors=False):
            yield partial(of_arrays, dense, layout)
    roles = {q.name: role(q.name, SIZES) for q in parameters}
    if {"input", "output"} <= {*roles.values()}:
        yield partial(of_sizes, dense, parameters, roles)
    elif len(needed) == 2:
        yield lambda n, n_prev: dense(n_prev, n)


def of_arrays(dense: type, layout: Layout, n: int, n_prev: int) -> Any:
    """Make a layer of arrays W and b."""
    W, b = layout.given(WEIGHTS, np.ones((n, n_prev))), layout.given(BIAS, np.ones((n, 1)))
    return dense(W, b)


def of_sizes(dense: type, parameters: Any, roles: Any, n: int, n_prev: int) -> Any:
    """Make a layer of two sizes."""
    return called(dense, next(constructions(parameters, roles, [n_prev, n])))


def is_weight(name: str) -> bool:
    """Return whether a parameter is W, by its name."""
    return bool(re.fullmatch(r"w(eights?)?", name, re.IGNORECASE))


def first_chain(
    make: Callable[[int, int], Any], hidden: Sequence[HiddenLayer], options: Sequence[Dims],
    is_own: IsOwn,
) -> tuple[list[Any], Slots, list[HiddenLayer]] | None:  # fmt: skip
    """Return layers of the first sizes that work, their slots, and the activations."""
    for dims in options:
        chosen = [layer for layer, _ in zip(cycle(hidden), dims[2:], strict=False)]
        if not chosen:
            continue
        layers = attempted(layers_of, make, [layer.make for layer in chosen], dims)
        if layers is None or attempted(through, layers, dims) is None:
            continue
        slots = find_slots([*leaves(layers, is_own)], dims)
        if slots is not None:
            return layers, slots, chosen
    return None


def layers_of(
    make: Callable[[int, int], Any], hidden: Sequence[Callable[[], Any]], dims: Dims
) -> list[Any]:
    """Return the layers of a network."""
    layers = []
    for l, (n, n_prev) in enumerate(zip(dims[1:], dims, strict=False)):
        layers.append(make(n, n_prev))
        if l < len(hidden):
            layers.append(hidden[l]())
    return layers


def through(layers: Sequence[Any], dims: Dims) -> Any:
    """Return the result of the forward pass, of rows or else of columns.

    One of another shape is none: b (n, 1) that a layer makes (n, 1, 1) is added without an error.
    """
    error: Exception | None = None
    m = max(dims) + 2  # no size of a parameter, as what a layer keeps of its input may have
    for X, shape in (
        (np.ones((m, dims[0])), (m, dims[-1])), (np.ones((dims[0], 1)), (dims[-1], 1)),
    ):  # fmt: skip
        try:
            x: Any = X
            for layer in layers:
                x = returned_or_kept(forward_of(layer)(x), layer, OUTPUT)
        except Exception as e:
            error = e
        else:
            if np.shape(x) == shape:
                return x
    raise error or ValueError
