"""A picture of the network: a column of units a layer, a line a weight.

The page's script colours lines by the weights, and circles by the activations of an example. A unit
of a network of two inputs is a map: what it computes at every point of their plane.
"""

from __future__ import annotations

from itertools import pairwise

from parity_tests.page.plane import MOST, drawn_units
from ref_numpy import Dense, NetworkSpec

ACROSS, TOP, BELOW = 130, 46, 34
RADIUS, SIDE, POINT = 10, 34, 3.5  # of a circle, of a map, and of the example in a map


def picture(spec: NetworkSpec, m: int) -> str:
    """Draw an SVG, whose circles have data-unit="A1 0" and whose lines data-weight="W1 0 1".

    Args:
        spec: the network.
        m: the number of examples.
    """
    dense = [step for step in spec.steps if isinstance(step.layer, Dense)]
    sizes = [*spec.input_shape, *(step.shape[0] for step in dense)]
    of_two = spec.input_shape == (2,)
    down = SIDE + 6 if of_two else 3 * RADIUS
    height = TOP + down * min(MOST, max(sizes)) + BELOW
    width = ACROSS * len(sizes) - ACROSS // 2 + 20
    lines, units, texts = [], [], []
    places = [column(l, n, height, down) for l, n in enumerate(sizes)]
    for l, (before, after) in enumerate(pairwise(places), start=1):
        lines += [
            f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" data-weight="W{l} {i} {k}"/>'
            for i, (x2, y2) in enumerate(after)
            for k, (x1, y1) in enumerate(before)
        ]
    names = {step.number: step.layer.kind for step in spec.steps if step.output[0] == "A"}
    for l, (n, column_of) in enumerate(zip(sizes, places, strict=True)):
        x = column_of[0][0]
        draw = unit_with_map if of_two else unit
        units += [draw(f"A{l} {i}", x, y) for i, (_, y) in enumerate(column_of)]
        if n > MOST:
            y = column_of[-1][1] + down
            texts.append(f'<text x="{x}" y="{y + 5}">⋮</text>')
        texts.append(
            f'<text x="{x}" y="16" class="name">{sup("A", l)}{" = X" if not l else ""}</text>'
        )
        texts.append(f'<text x="{x}" y="32" class="small">({n}, {m}) {names.get(l, "")}</text>')
        if l:
            middle = x - ACROSS / 2
            shapes = [f"{sup('W', l)} ({n}, {sizes[l - 1]})"]
            shapes += [f"{sup('b', l)} ({n}, 1)"] if "b" in dense[l - 1].parameters else []
            texts += [
                f'<text x="{middle}" y="{height - up}" class="small">{shape}</text>'
                for up, shape in zip((18, 3), shapes, strict=False)
            ]
    body = "".join([*lines, *units, *texts])
    label = f"The network: {spec.summary}"
    least = f"min-width: {round(0.8 * width)}px"  # that its letters can be read; it scrolls
    return (
        f'<svg viewBox="0 0 {width} {height}" style="{least}" role="img" aria-label="{label}">'
        f"{body}</svg>"
    )


def unit(name: str, x: float, y: float) -> str:
    """Draw a unit as a circle."""
    return f'<circle cx="{x}" cy="{y}" r="{RADIUS}" class="unit" data-unit="{name}"/>'


def unit_with_map(name: str, x: float, y: float) -> str:
    """Draw a unit as its map, with a point for the example that is looked at."""
    box = f'x="{x - SIDE / 2}" y="{y - SIDE / 2}" width="{SIDE}" height="{SIDE}"'
    return (
        f'<g><image {box} preserveAspectRatio="none" data-map="{name}"/>'
        f'<rect {box} class="unit" data-of="{name}"/>'
        f'<circle cx="{x}" cy="{y}" r="{POINT}" data-unit="{name}"/></g>'
    )


def column(l: int, n: int, height: int, down: int) -> list[tuple[float, float]]:
    """Return (x, y) of the units of a layer, centred."""
    rows = min(n, MOST)
    top = TOP + (height - TOP - BELOW - down * rows) / 2 + down / 2
    x = ACROSS // 4 + 12 + ACROSS * l
    return [(x, round(top + down * i, 1)) for i in drawn_units(n)]


def sup(letter: str, l: int) -> str:
    """Write a letter with the layer's number in brackets above it."""
    return f'{letter}<tspan class="sup" dy="-5">[{l}]</tspan><tspan dy="5">&#8203;</tspan>'
