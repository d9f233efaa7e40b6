"""How a kind of layer joins random graphs: what it brings as `grown`, and makers of several kinds.

A maker is a function of a graph that grows, a `Growth` of graph_growth.py, and adds a step to it,
or none where nothing fits.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from ref_numpy import Layer

Maker = Callable[[Any], None]
EPSILONS = 1e-5, 1e-6, 2.0**-4  # of norms


class Grown(NamedTuple):
    """How a kind joins random graphs.

    Attributes:
        add: the maker of a step of the kind.
        place: among the makers, of which one is drawn: that of the others may not change, or each
            seed gives another graph. A new kind is the last.
        often: how often it is drawn, beside others with 1.
        apart: how often it is added to a graph once all others are drawn, where it fits; so no
            other choice of a seed changes.
    """

    add: Maker
    place: float = math.inf
    often: float = 1
    apart: float = 0


def of_features(make: Callable[[Any, int], Layer], images: bool = False) -> Maker:
    """Return the maker of a layer for a tensor of n features, by a function of (graph, n).

    Args:
        make: the function.
        images: whether the layer takes them, too.
    """

    def maker(g: Any) -> None:
        name = g.one(g.floats(images=images))
        g.add(make(g, g.shapes[name][0]), name)

    return maker


def of_one_shape(layer: Layer, several: bool) -> Maker:
    """Return the maker of a layer of inputs of one shape, two or, with `several`, up to three."""

    def maker(g: Any) -> None:
        first = g.one(g.floats(images=True))
        n, *positions = g.shapes[first]
        alike = [name for name in g.floats((*positions,), n) if name != first]
        others = [g.one(alike)] if alike else [first]
        if several and len(alike) > 1 and g.rng.random() < 0.3:
            others.append(g.one(alike))
        g.add(layer, first, *others)

    return maker


def of_tokens(g: Any) -> None:
    """Embed tokens, if there are any."""
    if tokens := g.tokens():
        g.embed(g.one(tokens))
