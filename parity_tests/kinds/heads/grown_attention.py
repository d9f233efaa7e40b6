"""Attention in random graphs: from a tensor at positions to itself or to another one.

Its tensors with heads are taken by no other step: the twins of other kinds have no axis for them.
"""

from __future__ import annotations

from typing import Any

from ref_numpy import Dense, Softmax, WholeNumbers
from ref_numpy.layers.attention.attention import Attention
from ref_numpy.layers.attention.causal_softmax import CausalSoftmax
from ref_numpy.layers.attention.join_heads import JoinHeads
from ref_numpy.layers.attention.padded_softmax import PaddedSoftmax
from ref_numpy.layers.attention.positions import Positions
from ref_numpy.layers.attention.rotary import Rotary
from ref_numpy.layers.attention.scores import Scores
from ref_numpy.layers.attention.split_heads import SplitHeads
from ref_numpy.layers.attention.weighted_values import WeightedValues
from ref_numpy.layers.split import Split

BASES = 10000.0, 100.0
INPUTS = 3  # of a graph, at most


def attend(g: Any) -> None:
    """Add an attention in steps or as one, with what may stand before it."""
    at_positions = [name for name in g.floats() if len(g.shapes[name]) == 2]
    if not at_positions:
        return
    x = g.one(at_positions)
    if g.rng.random() < 0.3:
        x = g.add(Positions(*g.shapes[x]), x)
    q, k, v = heads_of(g, x, g.one(at_positions) if g.rng.random() < 0.3 else x)
    if g.shapes[q][0] % 2 == 0 and g.rng.random() < 0.5:
        rotary = Rotary(g.pick([*BASES]))
        q, k = g.add(rotary, q), g.add(rotary, k)
    if g.rng.random() < 0.5:
        layer = Attention(causal=bool(g.rng.random() < 0.5))
        names = [f"attention.{len(g.graph.steps)}", f"log_sums.{len(g.graph.steps)}"]
        g.uses.update((q, k, v))
        o = g.graph.add(names, layer, q, k, v)
        if g.rng.random() < 0.5:  # of others the output depends on L
            g.close(names[1])
    else:
        o = in_steps(g, q, k, v)
    g.add(JoinHeads(), o)
    for name, shape in g.shapes.items():
        if has_heads(shape) and g.uses[name]:
            g.close(name)


def heads_of(g: Any, x: str, y: str) -> tuple[str, str, str]:
    """Return the heads of queries from x, and those of keys and values from y."""
    n, _ = g.shapes[x]
    if x == y and n % 3 == 0 and g.rng.random() < 0.5:
        names = [f"{part}.{len(g.graph.steps)}" for part in "qkv"]
        g.uses.update((x,))
        g.graph.add(names, Split(3), x)
        layer = SplitHeads(g.pick([h for h in range(1, 4) if n // 3 % h == 0]))
        q, k, v = (g.add(layer, name) for name in names)
        return q, k, v
    h_K, each, d = (int(g.rng.integers(1, most)) for most in (3, 3, 5))
    h = h_K * each
    if n % h or g.rng.random() < 0.5:
        x = g.add(Dense(n, h * d), x)
    d = g.shapes[x][0] // h
    q = g.add(SplitHeads(h), x)
    if x == y and h == h_K:
        return q, q, q
    k = g.add(SplitHeads(h_K), g.add(Dense(g.shapes[y][0], h_K * d), y))
    return q, k, k


def in_steps(g: Any, q: str, k: str, v: str) -> str:
    """Add scores, their softmax, and the weighted values."""
    s = g.add(Scores(), q, k)
    T_K = g.shapes[s][0]
    softmax: Any = g.pick([Softmax(), CausalSoftmax(), PaddedSoftmax(bool(g.rng.random() < 0.5))])
    if not isinstance(softmax, PaddedSoftmax):
        return g.add(WeightedValues(), g.add(softmax, s), v)
    counting = [name for name, of in g.shapes.items() if of == WholeNumbers(2, (T_K,))]
    if not counting and len(g.graph.inputs) == INPUTS:
        return g.add(WeightedValues(), g.add(Softmax(), s), v)
    name = counting[0] if counting else g.add_input("counting", WholeNumbers(2, (T_K,)))
    return g.add(WeightedValues(), g.add(softmax, s, name), v)


def has_heads(shape: Any) -> bool:
    """Return whether a shape of one example has an axis of heads."""
    return not isinstance(shape, WholeNumbers) and len(shape) == 3
