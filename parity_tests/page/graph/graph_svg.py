"""A picture of a network's graph: a box for each input, each step and J, an arrow for each use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from textwrap import wrap

from parity_tests.page.graph.graph_boxes import COLOURS, CORNER, ENTRY, LETTER, LINE, Box, boxes_of
from parity_tests.page.graph.graph_columns import centres, spread
from parity_tests.page.graph.graph_rows import Node, ordered_rows, paths_of, rows_of
from ref_numpy import NetworkSpec

BETWEEN, MARGIN, BEND = 34, 24, 2  # rows; the picture's edge; the width of an arrow in a row
WIDEST_HEAD = 60  # letters of a line of the summary, unless the graph is wider


STYLE = """
svg { --page: #fcfcfa; --panel: #fff; --ink: #1c1f24; --faint: #5d6470; --line: #8a929e;
  --input: #e9f1f9; --cost: #f7ecdf; --c0: #7a3fb8; --c1: #0b7f7a; --c2: #b3541e; --c3: #1f6fb4; }
@media (prefers-color-scheme: dark) {
  svg { --page: #14171b; --panel: #1f242b; --ink: #e8eaed; --faint: #a0a7b2; --line: #78818e;
    --input: #1c2b3a; --cost: #3a2c1c; --c0: #c39bf0; --c1: #4fc4bb; --c2: #f59347; --c3: #5aaef2; }
}
text { font: 13px ui-monospace, "DejaVu Sans Mono", "Liberation Mono", Menlo, monospace;
  fill: var(--ink); text-anchor: middle; }
.name { font-weight: bold; } .small { fill: var(--faint); }
.page { fill: var(--page); } .box { fill: var(--panel); stroke: var(--line); }
.box.input { fill: var(--input); } .box.cost { fill: var(--cost); }
.arrow { fill: none; stroke: var(--line); stroke-width: 1.3; } .head { fill: var(--line); }
""" + "".join(
    f".c{i} {{ fill: var(--c{i}); }} .box.c{i} {{ fill: var(--panel); stroke: var(--c{i}); "
    "stroke-width: 2; }\n"
    for i in range(COLOURS)
)


def graph_picture(spec: NetworkSpec, summary: bool = True) -> str:
    """Draw a whole SVG file.

    Args:
        spec: the network.
        summary: write the network in words above its graph.
    """
    boxes, arrows, ports = boxes_of(spec)
    row = rows_of(boxes, arrows, spec.inputs)
    paths = paths_of(row, arrows)
    rows = ordered_rows(row, paths)

    def width(node: Node) -> float:
        return sum(boxes[node].widths) if isinstance(node, str) else BEND

    x = centres(rows, paths, width)
    least = min(x[n] - width(n) / 2 for nodes in rows for n in nodes)
    most = max(x[n] + width(n) / 2 for nodes in rows for n in nodes)
    head = wrap(spec.summary, max(WIDEST_HEAD, int((most - least) / LETTER))) if summary else []
    across = max(most - least, LETTER * max(map(len, head), default=0)) + 2 * MARGIN
    x = {node: centre + (across - most - least) / 2 for node, centre in x.items()}
    top, bottom, y = [], [], MARGIN + LINE * (len(head) + summary)
    for nodes in rows:
        top.append(y)
        y += max(boxes[n].height for n in nodes if isinstance(n, str))
        bottom.append(y)
        y += BETWEEN
    begins = [
        x[start] + boxes[start].middle_of(port)
        for (start, _), port in zip(arrows, ports, strict=True)
    ]
    ends = entries_of(boxes, paths, begins, x)
    drawn = [
        curve([
            (begin, top[row[start]] + boxes[start].height), (begin, bottom[row[start]]),
            *((x[n], y) for n in path if not isinstance(n, str) for y in (top[n[1]], bottom[n[1]])),
            (entry, top[row[end]]),
        ])
        for (start, end), path, begin, entry in zip(arrows, paths, begins, ends, strict=True)
    ]  # fmt: skip
    drawn += [draw(name, box, x[name], top[row[name]]) for name, box in boxes.items()]
    drawn += [line(across / 2, MARGIN - LINE, i, text, "small") for i, text in enumerate(head)]
    title, y = escape(f"The network: {spec.summary}"), y + MARGIN - BETWEEN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{across:.0f}" height="{y:.0f}" '
        f'viewBox="0 0 {across:.0f} {y:.0f}" role="img" aria-label="{title}">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n{HEAD}\n"
        '<rect class="page" width="100%" height="100%"/>\n' + "\n".join(drawn) + "\n</svg>\n"
    )


HEAD = (
    '<defs><marker id="head" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="8" '
    'markerHeight="8" markerUnits="userSpaceOnUse" orient="auto">'
    '<path class="head" d="M0 0.5 8 4 0 7.5z"/></marker></defs>'
)


def entries_of(
    boxes: Mapping[str, Box],
    paths: Sequence[Sequence[Node]],
    begins: Sequence[float],
    x: Mapping[Node, float],
) -> list[float]:
    """Return the x at which each arrow ends: as far as there is room, where it comes from.

    Args:
        boxes: by name.
        paths: the nodes of each arrow.
        begins: the x at which each arrow begins.
        x: of each node's middle.
    """
    come_from = [
        begin if len(path) == 2 else x[path[-2]] for begin, path in zip(begins, paths, strict=True)
    ]
    entries = [0.0] * len(paths)
    for name, box in boxes.items():
        numbers = [number for number, path in enumerate(paths) if path[-1] == name]
        numbers.sort(key=lambda number: come_from[number])
        if not numbers:
            continue
        half = sum(box.widths) / 2 - CORNER
        left, right = x[name] - half, x[name] + half
        wanted = [min(max(come_from[number], left), right) for number in numbers]
        for i, end in enumerate(spread(wanted, [ENTRY] * (len(numbers) - 1))):
            most = right - ENTRY * (len(numbers) - 1 - i)
            entries[numbers[i]] = min(max(end, left + ENTRY * i), most)
    return entries


def curve(points: Sequence[tuple[float, float]]) -> str:
    """Draw an arrow: vertical beside boxes, and bent between the rows."""
    (x, y), *rest = points
    path = f"M{x:.1f} {y:.1f}"
    for after_x, after_y in rest:
        middle = (y + after_y) / 2
        bent = f"C{x:.1f} {middle:.1f} {after_x:.1f} {middle:.1f} {after_x:.1f} {after_y:.1f}"
        path += f"V{after_y:.1f}" if after_x == x else bent
        x, y = after_x, after_y
    return f'<path class="arrow" d="{path}" marker-end="url(#head)"/>'


def draw(name: str, box: Box, x: float, y: float) -> str:
    """Draw a box with its text, whose middle above is (x, y); pages find it by its name."""
    widths = box.widths
    width, radius = sum(widths), 12 if box.style == "input" else 4
    left, texts = x - width / 2, []
    lines = max(map(len, box.columns))
    texts += [line(x, y, i, *text) for i, text in enumerate(box.above)]
    start = left
    for wide, column in zip(widths, box.columns, strict=True):
        texts += [
            line(start + wide / 2, y, len(box.above) + i, *text) for i, text in enumerate(column)
        ]
        start += wide
    texts += [line(x, y, len(box.above) + lines + i, *text) for i, text in enumerate(box.below)]
    place = f'x="{left:.1f}" y="{y:.1f}" width="{width:.1f}" height="{box.height:.1f}"'
    return (
        f'<g data-box="{name}"><title>{escape(box.title)}</title>'
        f'<rect class="box {box.style}" {place} rx="{radius}"/>{"".join(texts)}</g>'
    )


def line(x: float, y: float, i: int, text: str, style: str) -> str:
    """Write the line i of a box."""
    return f'<text x="{x:.1f}" y="{y + LINE * (i + 1):.1f}" class="{style}">{escape(text)}</text>'
