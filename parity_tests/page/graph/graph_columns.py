"""Where the boxes and arrows of a graph stand across: near their neighbours, and straight.

An arrow never goes over a box: it has a place of its own in each row that it passes. Chains of
boxes, and the bends of an arrow, stand one below the other where there is room for that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate, pairwise
from math import inf

from parity_tests.page.graph.graph_rows import Node, Rows, neighbours

SWEEPS = 48  # down and up
STRAIGHT = 8  # how much more an arrow within a chain of boxes, or of bends, wants to be vertical
ROUNDS = 4  # of straightening
GAP = 24.0  # px between the nodes of a row


def centres(
    rows: Rows, paths: Iterable[Sequence[Node]], width: Callable[[Node], float]
) -> dict[Node, float]:
    """Return the x of each node's middle: near its neighbours, and the order of each row kept.

    Args:
        rows: the nodes of each row, in order.
        paths: the nodes of each arrow.
        width: of a node.
    """
    near: dict[Node, list[tuple[Node, int]]] = defaultdict(list)
    steps = [step for path in paths for step in pairwise(path)]
    for start, end in steps:
        weight = STRAIGHT if isinstance(start, str) == isinstance(end, str) else 1
        near[start].append((end, weight))
        near[end].append((start, weight))
    x: dict[Node, float] = {node: 0.0 for nodes in rows for node in nodes}
    for sweep in range(SWEEPS):
        for nodes in rows if sweep % 2 == 0 else rows[::-1]:
            apart = [(width(a) + width(b)) / 2 + GAP for a, b in pairwise(nodes)]
            totals = [sum(weight for _, weight in near[node]) for node in nodes]
            wanted = [
                sum(weight * x[other] for other, weight in near[node]) / weights
                for node, weights in zip(nodes, totals, strict=True)
            ]
            x.update(zip(nodes, spread(wanted, apart, totals), strict=True))
    straighten(x, rows, steps, width)
    return x


def straighten(
    x: dict[Node, float],
    rows: Rows,
    steps: Iterable[tuple[Node, Node]],
    width: Callable[[Node], float],
) -> None:
    """Give the nodes of a chain one x, where the nodes beside them leave room for that."""
    beside: dict[Node, tuple[Node | None, Node | None]] = {}
    for nodes in rows:
        for left, node, right in zip([None, *nodes], nodes, [*nodes[1:], None], strict=False):
            beside[node] = left, right

    def room(node: Node) -> tuple[float, float]:
        left, right = beside[node]
        least = -inf if left is None else x[left] + (width(left) + width(node)) / 2 + GAP
        most = inf if right is None else x[right] - (width(right) + width(node)) / 2 - GAP
        return least, most

    chains = sorted(chains_of(steps), key=len, reverse=True)
    for chain in ROUNDS * chains:
        rooms = [room(node) for node in chain]
        least, most = max(low for low, _ in rooms), min(high for _, high in rooms)
        if least <= most:
            mean = sum(x[node] for node in chain) / len(chain)
            x.update(dict.fromkeys(chain, min(max(mean, least), most)))


def chains_of(steps: Iterable[tuple[Node, Node]]) -> list[list[Node]]:
    """Return the chains of boxes, each the only box below the one before, and of bends."""
    alike = [step for step in steps if isinstance(step[0], str) == isinstance(step[1], str)]
    above, below = neighbours(dict.fromkeys(alike))
    chains: dict[Node, list[Node]] = {}
    for start, end in alike:
        if len(above[end]) == len(below[start]) == 1 and end not in chains:
            chain = chains.setdefault(start, [start])
            chain.append(end)
            chains[end] = chain
    return [*{id(chain): chain for chain in chains.values()}.values()]


def spread(
    wanted: Sequence[float], apart: Sequence[float], weights: Sequence[float] | None = None
) -> list[float]:
    """Return the x with Σ weight (x − wanted)² least, of those with x[i+1] ≥ x[i] + apart[i].

    Without the distances it is a monotone regression: neighbours that are in the wrong order are
    put together at their weighted mean.

    Args:
        wanted: the x that each would have alone.
        apart: the least distances.
        weights: None for equal ones.
    """
    offsets = [*accumulate(apart, initial=0.0)]
    groups: list[tuple[float, float, int]] = []  # the mean, the weight, and of how many
    each = [1.0] * len(wanted) if weights is None else weights
    for goal, offset, weight in zip(wanted, offsets, each, strict=True):
        mean, total, size = goal - offset, weight, 1
        while groups and groups[-1][0] > mean:
            other, w, n = groups.pop()
            mean, total, size = (mean * total + other * w) / (total + w), total + w, size + n
        groups.append((mean, total, size))
    means = [mean for mean, _, size in groups for _ in range(size)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]
