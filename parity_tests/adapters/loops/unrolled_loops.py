"""A loop over names, `for W, dW in zip((W1, W2), (dW1, dW2))`, as the statements of its rounds."""

from __future__ import annotations

import ast
from copy import deepcopy

from parity_tests.adapters.loops.inlined_calls import Renamed


def unrolled(statement: ast.stmt) -> list[ast.stmt] | None:
    """Return the statements of a loop over names, with these names; None of another statement.

    `W -= lr * dW` changes the array of W1 in place. `W = …` would not, and is not unrolled.
    """
    if not isinstance(statement, ast.For) or statement.orelse:
        return None
    target = statement.target
    targets = [*target.elts] if isinstance(target, ast.Tuple) else [target]
    own = [t.id for t in targets if isinstance(t, ast.Name)]
    stored = {t.id for s in statement.body for n in ast.walk(s) if isinstance(n, ast.Assign)
              for x in n.targets for t in ast.walk(x) if isinstance(t, ast.Name)}  # fmt: skip
    rounds = rounds_of(statement.iter)
    if not rounds or len(own) != len(targets) or stored & {*own}:
        return None
    if any(len(names) != len(own) for names in rounds):
        return None
    return [
        Renamed(dict(zip(own, names, strict=True))).visit(deepcopy(s))
        for names in rounds
        for s in statement.body
    ]


def rounds_of(iterated: ast.expr) -> list[list[str]]:
    """Return the names of each round of a loop; [] where they are not written out."""
    if isinstance(iterated, ast.Call) and isinstance(iterated.func, ast.Name):
        if iterated.func.id != "zip":
            return []
        columns = [names_in(x) for x in iterated.args]
        same = len({len(names) for names in columns}) == 1 and all(columns)
        return [list(names) for names in zip(*columns, strict=True)] if same else []
    if isinstance(iterated, ast.List | ast.Tuple):
        rows = [names_in(x) for x in iterated.elts]
        return rows if all(rows) else []
    return []


def names_in(node: ast.expr) -> list[str]:
    """Return the names of a list or tuple of names; [] of anything else."""
    if not isinstance(node, ast.List | ast.Tuple):
        return []
    names = [x.id for x in node.elts if isinstance(x, ast.Name)]
    return names if len(names) == len(node.elts) else []
