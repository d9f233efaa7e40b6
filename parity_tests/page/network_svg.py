"""A picture of the network: a column of circles a layer, a line a weight.

The page's script colours circles by the activations of an example, and lines by the weights.
"""

from __future__ import annotations

from itertools import pairwise

from ref_numpy import NetworkSpec
from ref_numpy.dense import Dense

MOST = 7  # units of a layer that are drawn; dots show that there are others
ACROSS, DOWN, RADIUS, TOP = 130, 30, 10, 46


def drawn_units(n: int) -> list[int]:
    """Return the units of a layer of n that are drawn."""
    return list(range(n if n <= MOST else MOST - 1))


def picture(spec: NetworkSpec, m: int) -> str:
    """Draw an SVG, whose circles have data-unit="A1 0" and whose lines data-weight="W1 0 1".

    Args:
        spec: the network.
        m: the number of examples.
    """
    dense = [step for step in spec.steps if isinstance(step.layer, Dense)]
    sizes = [*spec.input_shape, *(step.shape[0] for step in dense)]
    height = TOP + DOWN * min(MOST, max(sizes)) + 34
    width = ACROSS * len(sizes) - ACROSS // 2 + 20
    lines, circles, texts = [], [], []
    places = [column(l, n, height) for l, n in enumerate(sizes)]
    for l, (before, after) in enumerate(pairwise(places), start=1):
        lines += [
            f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" data-weight="W{l} {i} {k}"/>'
            for i, (x2, y2) in enumerate(after)
            for k, (x1, y1) in enumerate(before)
        ]
    names = {step.number: step.layer.kind for step in spec.steps if step.output[0] == "A"}
    for l, (n, column_of) in enumerate(zip(sizes, places, strict=True)):
        x = column_of[0][0]
        circles += [
            f'<circle cx="{x}" cy="{y}" r="{RADIUS}" data-unit="A{l} {i}"/>'
            for i, (_, y) in enumerate(column_of)
        ]
        if n > MOST:
            y = column_of[-1][1] + DOWN
            texts.append(f'<text x="{x}" y="{y + 5}">⋮</text>')
        texts.append(
            f'<text x="{x}" y="16" class="name">{sup("A", l)}{" = X" if not l else ""}</text>'
        )
        texts.append(f'<text x="{x}" y="32" class="small">({n}, {m}) {names.get(l, "")}</text>')
        if l:
            middle = x - ACROSS / 2
            texts.append(
                f'<text x="{middle}" y="{height - 18}" class="small">{sup("W", l)} ({n}, '
                f'{sizes[l - 1]})</text><text x="{middle}" y="{height - 3}" class="small">'
                f"{sup('b', l)} ({n}, 1)</text>"
            )
    body = "".join([*lines, *circles, *texts])
    label = f"The network: {spec.summary}"
    least = f"min-width: {round(0.8 * width)}px"  # that its letters can be read; it scrolls
    return (
        f'<svg viewBox="0 0 {width} {height}" style="{least}" role="img" aria-label="{label}">'
        f"{body}</svg>"
    )


def column(l: int, n: int, height: int) -> list[tuple[float, float]]:
    """Return (x, y) of the circles of a layer, centred."""
    rows = min(n, MOST)
    top = TOP + (height - TOP - 34 - DOWN * rows) / 2 + DOWN / 2
    x = ACROSS // 4 + 12 + ACROSS * l
    return [(x, round(top + DOWN * i, 1)) for i in drawn_units(n)]


def sup(letter: str, l: int) -> str:
    """Write a letter with the layer's number in brackets above it."""
    return f'{letter}<tspan class="sup" dy="-5">[{l}]</tspan><tspan dy="5">&#8203;</tspan>'
