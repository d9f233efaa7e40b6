"""The boxes of a graph's picture: the text of each, its size, and the arrows between them.

Letters are of one width, so that the width of a box is known without a browser. A parameter that
several steps share has one colour in all of them, and one line of text in each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from unicodedata import combining, east_asian_width

from parity_tests.page.graph.graph_rows import Arrow
from ref_numpy import NetworkSpec, Step, WholeNumbers
from ref_numpy.graphs.graph import Input
from ref_numpy.graphs.summary_line import with_m

LETTER, LINE, PADDING = 7.9, 17, 11  # px, of letters of 13 px, which are 0.6 as wide
ENTRY, CORNER = 12, 10  # px between the ends of arrows to a box; from its corner to the first
LONGEST = 40  # letters of a name; a longer one is whole under the pointer
COLOURS = 4  # of shared parameters


@dataclass
class Box:
    """A box: lines of (text, class) over its width, and a column for each result.

    Attributes:
        title: the text under the pointer.
        style: its class.
        above: the first lines.
        columns: the lines of each result.
        below: the last lines.
        inputs: how many arrows end at it.
    """

    title: str
    style: str
    above: list[tuple[str, str]]
    columns: list[list[tuple[str, str]]]
    below: list[tuple[str, str]] = field(default_factory=list)
    inputs: int = 0

    @property
    def widths(self) -> list[float]:
        """The width of each column, where together they have room for all else."""
        widths = [longest(column) + 2 * PADDING for column in self.columns]
        lines = longest([*self.above, *self.below]) + 2 * PADDING
        missing = max(lines, ENTRY * (self.inputs - 1) + 2 * CORNER) - sum(widths)
        return [width + max(missing, 0) / len(widths) for width in widths]

    def middle_of(self, i: int) -> float:
        """Return the middle of the column i, to the right of the box's middle."""
        widths = self.widths
        return sum(widths[:i]) + widths[i] / 2 - sum(widths) / 2

    @property
    def height(self) -> float:
        """The height of all lines."""
        lines = len(self.above) + max(map(len, self.columns)) + len(self.below)
        return LINE * lines + PADDING


def boxes_of(spec: NetworkSpec) -> tuple[dict[str, Box], list[Arrow], list[int]]:
    """Return the boxes by name, in dataflow order, the arrows, and which result each begins at."""
    boxes: dict[str, Box] = {}
    result: dict[str, tuple[str, int]] = {}  # of a tensor: its box, and its place in that
    for name, shape in spec.inputs.items():
        whole = isinstance(shape, WholeNumbers)
        kind = f"input, 0 to {shape.n - 1}" if whole else "input"
        boxes[name] = Box(name, "input", [(kind, "small")], [result_lines(name, shape)])
        result[name] = name, 0
    uses = Counter(full for step in spec.steps for full in step.parameters.values())
    shared = {full: i % COLOURS for i, full in enumerate(f for f, n in uses.items() if n > 1)}
    arrows, ports, owner = [], [], {}
    for step in spec.steps:
        boxes[step.output] = step_box(step, shared, owner)
        arrows += [(result[name][0], step.output) for name in step.inputs]
        ports += [result[name][1] for name in step.inputs]
        result |= {name: (step.output, i) for i, name in enumerate(step.outputs)}
    J = [("J", "name"), (f"of {short(spec.loss_reads)}, Y", "small")]
    λ = [(f"λ = {spec.lambd:g}", "small")] if spec.lambd else []
    boxes["J"] = Box(repr(spec.loss), "cost", [(spec.loss.kind, "small")], [J], λ)
    start, port = result[spec.loss_reads]
    return boxes, [*arrows, (start, "J")], [*ports, port]


def step_box(step: Step, shared: dict[str, int], owner: dict[str, str]) -> Box:
    """Return the box of a step; `owner` of a shared parameter is the first step that has it."""
    below, style = [], "step"
    for own, full in step.parameters.items():
        if full in shared:
            style = f"step c{shared[full]}"
            is_first = owner.setdefault(full, step.output) == step.output
            text = f"{own}, shared" if is_first else f"{own} = {short(full)}"
            below.append((text, f"c{shared[full]}"))
    columns = [result_lines(n, s) for n, s in zip(step.outputs, step.output_shapes, strict=True)]
    above = [(step.layer.kind, "small")]
    return Box(repr(step.layer), style, above, columns, below, len(step.inputs))


def result_lines(name: str, shape: Input) -> list[tuple[str, str]]:
    """Return a tensor's name, and its shape with m."""
    return [(short(name), "name"), (with_m(shape), "small")]


def short(name: str) -> str:
    """Cut a long name."""
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"


def longest(lines: Iterable[tuple[str, str]]) -> float:
    """Return the width of the longest line; letters of East Asia are two wide."""
    return LETTER * max(
        (sum(0 if combining(c) else 1 + (east_asian_width(c) in "WF") for c in text)
         for text, _ in lines), default=0,
    )  # fmt: skip
