"""How layers of windows join random graphs: on sequences, and on images."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from parity_tests.kinds.grown_steps import Grown
from ref_numpy import InputError, Layer


def of_images(draw: Callable[[Any, int], Layer]) -> Grown:
    """Return how a layer joins on images, by a function of (graph, n) that draws its constants."""

    def grow(g: Any) -> None:
        if name := g.image():
            add(g, draw, name)

    return Grown(grow)


def of_sequences(draw: Callable[[Any, int], Layer]) -> Grown:
    """Return how a layer joins on tensors with one axis of positions, (n, T)."""

    def grow(g: Any) -> None:
        if names := [name for name in g.floats() if len(g.shapes[name]) == 2]:
            add(g, draw, g.one(names))

    return Grown(grow)


def of_both(draw: Callable[[Any, int], Layer]) -> Grown:
    """Return how a layer joins on either."""

    def grow(g: Any) -> None:
        (of_images if g.rng.random() < 0.5 else of_sequences)(draw).add(g)

    return Grown(grow)


def add(g: Any, draw: Callable[[Any, int], Layer], name: str) -> None:
    """Add the first of the layers drawn that can take the tensor."""
    while True:
        layer = draw(g, g.shapes[name][0])
        try:
            layer.output_shape(g.shapes[name])
        except InputError:  # it has too few positions for the window
            continue
        g.add(layer, name)
        return


def constants_of_convolution(g: Any, n_prev: int) -> dict[str, Any]:
    """Draw n, f, stride, padding, dilation, groups and bias for n_prev features."""
    groups = g.pick([k for k in range(1, n_prev + 1) if n_prev % k == 0])
    n = groups * int(g.rng.integers(1, max(2, 7 // groups)))
    f, stride, dilation = (int(g.rng.integers(1, most + 1)) for most in (3, 3, 2))
    padding, bias = int(g.rng.integers(0, 3)), bool(g.rng.random() < 0.75)
    return {
        "n_prev": n_prev, "n": n, "f": f, "stride": stride, "padding": padding,
        "dilation": dilation, "groups": groups, "bias": bias,
    }  # fmt: skip


def constants_of_pooling(g: Any) -> dict[str, Any]:
    """Draw f, stride and padding."""
    f = int(g.rng.integers(1, 4))
    stride = g.pick([None, 1, 2, 3])
    return {"f": f, "stride": stride, "padding": int(g.rng.integers(0, f // 2 + 1))}


def divisor(g: Any, n: int) -> int:
    """Draw a number that divides n and is below it, if there is one."""
    return g.pick([k for k in range(1, n) if n % k == 0] or [n])
