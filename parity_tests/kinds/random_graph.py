"""Random graphs: any kind of step, fan-out, shared parameters, several inputs, positions, tokens.

Drawn are the kinds with `samples`, those with `of_features`, and those that have a maker below.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from parity_tests.kinds.cases import HIDDEN, OUTPUTS
from parity_tests.kinds.graph_growth import SHARED, Growth, embed
from parity_tests.kinds.known_kinds import built_in_layer, built_in_layers, built_in_losses
from ref_numpy import (
    Add,
    Concatenate,
    Dense,
    Dropout,
    Flatten,
    Layer,
    LayerNorm,
    Multiply,
    NetworkSpec,
    RMSNorm,
    Softmax,
    Unembedding,
)
from ref_numpy.graphs.chain import activation_from_name

FEWEST, MOST = 3, 12  # steps


def add_activation(g: Growth) -> None:
    """Add an activation, with any of its constants."""
    kind = g.pick([*g.activations])
    g.add(g.pick([*built_in_layer(kind).samples]), g.one(g.floats()))


def add_dense(g: Growth) -> None:
    """Add a dense layer, with a bias or without, now and then of an earlier one's sizes."""
    name = g.one(g.floats())
    n_prev = g.shapes[name][0]
    earlier: list[Any] = [s.layer for s in g.graph.steps if getattr(s.layer, "n_prev", 0) == n_prev]
    again = earlier and g.rng.random() < SHARED
    n = g.pick(earlier).n if again else g.size_of_result()
    g.add(Dense(n_prev, n, bool(g.rng.random() < 0.75)), name)


def add_unary(make: Callable[[Growth, int], Layer]) -> Callable[[Growth], None]:
    """Return the maker of a layer of n features."""

    def maker(g: Growth) -> None:
        name = g.one(g.floats())
        g.add(make(g, g.shapes[name][0]), name)

    return maker


def add_several(layer: Layer, several: bool) -> Callable[[Growth], None]:
    """Return the maker of a layer of inputs of one shape, two or, with `several`, up to three."""

    def maker(g: Growth) -> None:
        first = g.one(g.floats())
        n, *positions = g.shapes[first]
        alike = [name for name in g.floats((*positions,), n) if name != first]
        others = [g.one(alike)] if alike else [first]
        if several and len(alike) > 1 and g.rng.random() < 0.3:
            others.append(g.one(alike))
        g.add(layer, first, *others)

    return maker


def add_concatenate(g: Growth) -> None:
    """Concatenate two or three tensors of the same positions."""
    first = g.one(g.floats())
    alike = g.floats((*g.shapes[first][1:],))
    g.add(Concatenate(), first, *(g.one(alike) for _ in range(g.rng.integers(1, 3))))


def add_flatten(g: Growth) -> None:
    """Flatten a tensor at positions, if there is one."""
    floats = g.floats()
    at_positions = [name for name in floats if len(g.shapes[name]) > 1]
    g.add(Flatten(), g.one(at_positions or floats))


def add_embedding(g: Growth) -> None:
    """Embed tokens, if there are any."""
    if tokens := g.tokens():
        embed(g, g.one(tokens))


def add_unembedding(g: Growth) -> None:
    """Score the tokens of an embedding, or of a vocabulary of its own."""
    tables: list[Any] = [step.layer for step in g.graph.steps if "E" in step.parameters]
    fitting = [(t, name) for t in tables for name in g.floats(n=t.n)]
    if fitting and g.rng.random() < 0.8:
        table, name = g.pick(fitting)
        g.add(Unembedding(table.n, table.V), name)
    else:
        name = g.one(g.floats())
        g.add(Unembedding(g.shapes[name][0], g.size()), name)


def add_again(g: Growth) -> None:
    """Apply an earlier layer once more, mostly with the same parameters."""
    fitting = [
        (step.layer, name) for step in g.graph.steps if step.layer.symbol in ("Z", "N")
        for name in g.floats(n=step.input_shapes[0][0])
    ]  # fmt: skip
    if fitting:
        g.add(*g.pick(fitting), shared=0.9)


def over_positions(g: Growth, rng: np.random.Generator) -> None:
    """Take half of the softmaxes that have positions over these, in place of the features."""
    for k, step in enumerate(g.graph.steps):
        if isinstance(step.layer, Softmax) and len(step.shape) > 1 and rng.random() < 0.5:
            g.graph.steps[k] = replace(step, layer=Softmax(axis=2))


EPSILONS = 1e-5, 1e-6, 2.0**-4
MAKERS: dict[str, Callable[[Growth], None]] = {
    "activation": add_activation,
    "dense": add_dense,
    "softmax": add_unary(lambda g, n: Softmax()),
    "dropout": add_unary(lambda g, n: Dropout(0.25)),
    "layer_norm": add_unary(lambda g, n: LayerNorm(n, g.pick([*EPSILONS]))),
    "rms_norm": add_unary(lambda g, n: RMSNorm(n, g.pick([*EPSILONS]))),
    "add": add_several(Add(), several=True),
    "multiply": add_several(Multiply(), several=False),
    "concatenate": add_concatenate,
    "flatten": add_flatten,
    "embedding": add_embedding,
    "unembedding": add_unembedding,
    "again": add_again,
    **{
        kind: add_unary(lambda g, n, make=of.of_features: make(g.rng, n))
        for kind, of in built_in_layers().items()
        if of.of_features
    },
}
OFTEN = {"activation": 3, "dense": 3, "flatten": 0.5, "again": 2}  # the others: 1


def random_graph(
    rng: np.random.Generator | int, activations: tuple[str, ...] = HIDDEN
) -> NetworkSpec:
    """Return a graph of 3 to 12 steps, with any output and loss that fit.

    Sizes are pairwise distinct, but where tensors are added, multiplied or have a shared parameter.

    Args:
        rng: of all choices, or a seed.
        activations: that are drawn, by name.
    """
    g = Growth(np.random.default_rng(rng), activations)
    output, loss, n_y = g.pick([*OUTPUTS])
    if loss != "binary_cross_entropy":
        n_y = int(g.rng.integers(2, 12))
    # The loss of values takes a dense layer's result without an activation as well.
    bare = output == "identity" and loss != "hinge" and g.rng.random() < 0.5
    n_steps = g.rng.integers(FEWEST, MOST + 1) + bare
    often = np.array([OFTEN.get(kind, 1) for kind in MAKERS])
    # A step may add two more to the end: one that flattens its result, one that concatenates it.
    while (n := len(g.graph.steps) + g.steps_to_the_end()) < n_steps and n + 3 <= MOST:
        kind = g.rng.choice([*MAKERS], p=often / often.sum())
        if kind == "embedding" or g.floats():
            MAKERS[str(kind)](g)
        else:
            add_embedding(g)
    # Whether labels are whole numbers is drawn apart, so that all else is as without them.
    (apart,) = g.rng.spawn(1)
    if loss == "cross_entropy" and apart.random() < 0.5:
        loss = "token_cross_entropy"
    over_positions(g, apart)
    g.finish(n_y, None if bare else activation_from_name(output), loss == "token_cross_entropy")
    lambd = float(g.rng.choice([0.0, 2.0 ** g.rng.uniform(-4, 4)]))
    return NetworkSpec.from_graph(g.graph, built_in_losses()[loss].sample or loss, lambd)
