"""Random graphs: any kind of step, fan-out, shared parameters, several inputs, positions, tokens.

Drawn are the kinds with `samples`, with `of_features`, and with `grown`.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

import numpy as np

from parity_tests.kinds.cases import HIDDEN, OUTPUTS
from parity_tests.kinds.graph_growth import Growth
from parity_tests.kinds.grown_steps import Grown, of_features, of_tokens
from parity_tests.kinds.known_kinds import (
    built_in_layer,
    built_in_layers,
    built_in_losses,
    kind_of,
)
from ref_numpy import InputError, Layer, NetworkSpec
from ref_numpy.graphs.chain import activation_from_name

FEWEST, MOST = 3, 12  # steps
MOST_WITH_APART = 18  # where kinds that are drawn apart come to these


def add_activation(g: Growth) -> None:
    """Add an activation, with any of its constants."""
    kind = g.pick([*g.activations])
    g.add(g.pick([*built_in_layer(kind).samples]), g.one(g.floats(images=True)))


def add_again(g: Growth) -> None:
    """Apply an earlier layer once more, mostly with the same parameters."""
    fitting = [
        (step.layer, name) for step in g.graph.steps if step.layer.symbol in ("Z", "N")
        for name in g.floats(n=step.input_shapes[0][0], images=len(step.input_shapes[0]) > 2)
        if takes(step.layer, g.shapes[name])
    ]  # fmt: skip
    if fitting:
        g.add(*g.pick(fitting), shared=0.9)


def takes(layer: Layer, shape: tuple[int, ...]) -> bool:
    """Return whether a layer takes one example of this shape."""
    try:
        layer.output_shape(shape)
    except InputError:
        return False
    return True


def redraw(g: Growth, rng: np.random.Generator) -> None:
    """Take other layers in place of some that were drawn, where their kinds have such."""
    for k, step in enumerate(g.graph.steps):
        if redrawn := kind_of(step.layer).redrawn:
            g.graph.steps[k] = replace(step, layer=redrawn(rng, step.layer, step.shape))


def with_kinds_apart(g: Growth, rng: np.random.Generator) -> Growth:
    """Return the graph with steps of the kinds that are drawn apart, or as it is.

    Args:
        g: the graph.
        rng: of these choices.
    """
    for of in built_in_layers().values():
        if of.grown and rng.random() < of.grown.apart:
            more = deepcopy(g)
            more.rng = rng
            of.grown.add(more)
            if len(more.graph.steps) + more.steps_to_the_end() <= MOST_WITH_APART:
                g, more.rng = more, g.rng
    return g


def makers() -> dict[str, Grown]:
    """Return what adds a step to a graph, by place: each kind's own, and two for all kinds."""
    every = {"activation": Grown(add_activation, 0, 3), "again": Grown(add_again, 12, 2)}
    for kind, of in built_in_layers().items():
        if of.grown and not of.grown.apart:
            every[kind] = of.grown
        elif of.of_features:
            make = of.of_features
            every[kind] = Grown(of_features(lambda g, n, make=make: make(g.rng, n), images=True))
    return dict(sorted(every.items(), key=lambda item: item[1].place))


MAKERS = makers()


def random_graph(
    rng: np.random.Generator | int, activations: tuple[str, ...] = HIDDEN
) -> NetworkSpec:
    """Return a graph of 3 to 12 steps, at times with more, with any output and loss that fit.

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
    often = np.array([maker.often for maker in MAKERS.values()])
    # A step may add two more to the end: one that flattens its result, one that concatenates it.
    while (n := len(g.graph.steps) + g.steps_to_the_end()) < n_steps and n + 3 <= MOST:
        kind = g.rng.choice([*MAKERS], p=often / often.sum())
        if g.floats():
            MAKERS[str(kind)].add(g)
        else:
            of_tokens(g)
    # Whether labels are whole numbers, or classes, is drawn apart: all else is as without them.
    apart, of_hinge = g.rng.spawn(2)
    if loss == "cross_entropy" and apart.random() < 0.5:
        loss = "token_cross_entropy"
    if loss == "hinge" and n_y > 1 and of_hinge.random() < 0.5:
        loss = "multiclass_hinge"
    redraw(g, apart)
    g = with_kinds_apart(g, apart)
    g.finish(n_y, None if bare else activation_from_name(output), loss == "token_cross_entropy")
    lambd = float(g.rng.choice([0.0, 2.0 ** g.rng.uniform(-4, 4)]))
    return NetworkSpec.from_graph(g.graph, built_in_losses()[loss].sample or loss, lambd)
