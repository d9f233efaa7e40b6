"""Which row each box of a graph is in, and the order of each row, with few crossings.

Sugiyama, Tagawa and Toda, *Methods for Visual Understanding of Hierarchical System Structures*,
IEEE Transactions on Systems, Man and Cybernetics 11, 1981. A row is the length of the longest path
from the inputs. An arrow over several rows has a place in each of them, a *bend*. Each row is
ordered by the mean place of its neighbours.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

Node = str | tuple[int, int]  # a box by its name; a bend: the number of its arrow, and its row
Arrow = tuple[str, str]  # from a box to a box
Rows = list[list[Node]]

SWEEPS = 12  # down and up


def rows_of(boxes: Iterable[str], arrows: Sequence[Arrow], late: Iterable[str]) -> dict[str, int]:
    """Return each box's row: the longest path to it, and those of `late` above their first use.

    Args:
        boxes: in dataflow order.
        arrows: between them.
        late: the boxes without arrows to them that are wanted near their use, the inputs.
    """
    before, after = defaultdict(list), defaultdict(list)
    for start, end in arrows:
        before[end].append(start)
        after[start].append(end)
    row: dict[str, int] = {}
    for box in boxes:
        row[box] = 1 + max((row[start] for start in before[box]), default=-1)
    return row | {box: min(row[end] for end in after[box]) - 1 for box in late}


def paths_of(row: Mapping[str, int], arrows: Iterable[Arrow]) -> list[list[Node]]:
    """Return the nodes of each arrow: a box, a bend in each row between, and a box."""
    return [
        [start, *((number, r) for r in range(row[start] + 1, row[end])), end]
        for number, (start, end) in enumerate(arrows)
    ]


def ordered_rows(row: Mapping[str, int], paths: Iterable[Sequence[Node]]) -> Rows:
    """Return the nodes of each row, in the order with the fewest crossings that was found."""
    steps = [step for path in paths for step in pairwise(path)]
    rows: Rows = [[] for _ in range(1 + max(row.values()))]
    for node in dict.fromkeys([*row, *(node for step in steps for node in step)]):
        rows[row[node] if isinstance(node, str) else node[1]].append(node)
    above, below = neighbours(steps)
    best, fewest = [[*r] for r in rows], crossings(rows, below)
    for sweep in range(SWEEPS):
        near, order = (above, rows[1:]) if sweep % 2 == 0 else (below, rows[-2::-1])
        place = {node: float(i) for r in rows for i, node in enumerate(r)}
        for nodes in order:
            mean = {n: sum(place[x] for x in near[n]) / len(near[n]) for n in nodes if near[n]}
            nodes.sort(key=lambda node, mean=mean, place=place: mean.get(node, place[node]))
            exchange(nodes, place, above, below)
        now = crossings(rows, below)
        if now < fewest:
            best, fewest = [[*r] for r in rows], now
    return best


def exchange(
    nodes: list[Node],
    place: dict[Node, float],
    above: Mapping[Node, Sequence[Node]],
    below: Mapping[Node, Sequence[Node]],
) -> None:
    """Exchange neighbours of a row where their arrows then cross less; set the row's places."""

    def crossed(left: Node, right: Node) -> int:
        return sum(
            place[a] > place[b]
            for near in (above, below)
            for a in near.get(left, ())
            for b in near.get(right, ())
        )

    moved = True
    while moved:  # each exchange leaves fewer crossings
        moved = False
        for i, (left, right) in enumerate(pairwise([*nodes])):
            if nodes[i] == left and crossed(left, right) > crossed(right, left):
                nodes[i : i + 2] = right, left
                moved = True
    place.update((node, float(i)) for i, node in enumerate(nodes))


def neighbours(
    steps: Iterable[tuple[Node, Node]],
) -> tuple[dict[Node, list[Node]], dict[Node, list[Node]]]:
    """Return the nodes above and below each."""
    above, below = defaultdict(list), defaultdict(list)
    for start, end in steps:
        above[end].append(start)
        below[start].append(end)
    return above, below


def crossings(rows: Rows, below: Mapping[Node, Sequence[Node]]) -> int:
    """Return how many pairs of arrows between neighbouring rows cross."""
    number = 0
    for upper, lower in pairwise(rows):
        place = {node: i for i, node in enumerate(lower)}
        ends: list[int] = []
        for node in upper:
            here = [place[end] for end in below.get(node, ())]
            number += sum(end > x for end in ends for x in here)
            ends += here
    return number
