"""Networks with dropout, and a training step of one of them by hand, with mistakes to plant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ref_numpy import (
    Add,
    Array,
    Context,
    CrossEntropy,
    Dense,
    Dropout,
    Graph,
    NetworkSpec,
    ReLU,
    Softmax,
    Tanh,
)
from ref_numpy.arrays.masks import keep_mask

RATE = 0.4


def short() -> NetworkSpec:
    """x → h → a → d → z → y, where d drops; its numbers are never 0 before."""
    graph = Graph({"x": (5,)})
    graph.add("h", Dense(5, 7), "x")
    graph.add("a", Tanh(), "h")
    graph.add("d", Dropout(RATE), "a")
    graph.add("z", Dense(7, 3), "d")
    graph.add("y", Softmax(), "z")
    return NetworkSpec.from_graph(graph)


def residual() -> NetworkSpec:
    """Zeros of a ReLU are dropped or not, and a tensor that drops has two uses."""
    graph = Graph({"x": (5,)})
    graph.add("h", Dense(5, 7), "x")
    graph.add("a", ReLU(), "h")
    graph.add("d", Dropout(RATE), "a")
    graph.add("k", Dense(7, 7), "d")
    graph.add("r", Add(), "k", "a")
    graph.add("e", Dropout(0.25), "r")
    graph.add("z", Dense(7, 3), "e")
    graph.add("y", Softmax(), "z")
    return NetworkSpec.from_graph(graph, lambd=0.5)


def chain() -> NetworkSpec:
    """One of the course's networks, whose gradients of activations are of m J."""
    layers = (
        Dense(5, 7), ReLU(), Dropout(RATE), Dense(7, 6), Tanh(), Dropout(0.25), Dense(6, 3),
        Softmax(),
    )  # fmt: skip
    return NetworkSpec.chain(layers, CrossEntropy(), lambd=0.5)


NETWORKS = {"short": short, "residual": residual, "chain": chain}


def masks(context: Context, shape: tuple[int, ...], mistake: str) -> tuple[Array, Array]:
    """The masks of the forward and the backward pass of d."""
    here = context._replace(step="d")
    there = {
        "another update": here._replace(update=here.update + 1),
        "another seed": here._replace(seed=here.seed + 1),
        "first examples": here._replace(examples=None),
    }.get(mistake, here)
    D = keep_mask(there, shape, RATE)
    again = {
        "redrawn": here._replace(seed=here.seed + 1),
        "redrawn at an update": here._replace(update=here.update + 1),
    }
    return D, keep_mask(again[mistake], shape, RATE) if mistake in again else D


def by_hand(
    params: Mapping[str, Array], X: Array, Y: Array, context: Context, mistake: str = ""
) -> dict[str, Array]:
    """A training step of `short`, line by line."""
    W1, W2, m = params["h.W"], params["z.W"], Y.shape[1]
    h = W1 @ X + params["h.b"]
    a = np.tanh(h)
    D, D_back = masks(context, a.shape, mistake)
    keep = 1 if mistake == "unscaled" else 1 - RATE
    d = a * D / keep
    z = W2 @ d + params["z.b"]
    t = np.exp(z - z.max(axis=0))
    y = t / t.sum(axis=0)
    dz = (y - Y) / m
    dd = W2.T @ dz
    kept = 1 if mistake == "not zeroed" else D_back
    da = dd * kept / (1 if mistake == "unscaled backwards" else 1 - RATE)
    dh = da * (1 - a**2)
    return {
        "h": h, "a": a, "d": d, "z": z, "y": y, "J": -(Y * np.log(y)).sum() / m,
        "dz": dz, "dz.W": dz @ d.T, "dz.b": dz.sum(axis=1, keepdims=True), "dd": dd, "da": da,
        "dh": dh, "dh.W": dh @ X.T, "dh.b": dh.sum(axis=1, keepdims=True), "dx": W1.T @ dh,
    }  # fmt: skip


def program(mistake: str = "") -> Any:
    """The candidate run(spec, params, X, Y, context) by hand."""

    def run(spec: NetworkSpec, params: Any, X: Array, Y: Array, context: Context) -> Any:
        return by_hand(params, X, Y, context, mistake)

    return run


# Each mistake, the tensor at which it is found, and the code of its cause.
MISTAKES = {
    "unscaled": ("d", "Z.unscaled"),
    "another update": ("d", "draws.drawn-at-another-update"),
    "another seed": ("d", "draws.drawn-otherwise"),
    "first examples": ("d", "draws.drawn-for-first-examples"),
    "redrawn": ("da", "draws.drawn-again"),
    "redrawn at an update": ("da", "draws.drawn-at-another-update"),
    "not zeroed": ("da", "dA_prev.missing-mask"),
    "unscaled backwards": ("da", "dA_prev.unscaled"),
}
