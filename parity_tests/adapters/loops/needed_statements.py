"""Which statements something is computed by."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from parity_tests.adapters.loops.statement_names import assigns, reads


def kept(body: Sequence[ast.stmt], wanted: set[str]) -> list[ast.stmt]:
    """Return the statements that what is wanted is computed by."""
    others = other_names(body)
    needed = {*wanted}
    found: list[ast.stmt] = []
    for s in reversed(body):
        changed = {x for n in assigns(s) for x in others.get(n, {n})}
        if changed & needed:
            found.append(s)
            needed |= reads(s)
            needed |= {x for n in reads(s) for x in others.get(n, ())}
    return found[::-1]


def other_names(body: Sequence[ast.stmt]) -> dict[str, set[str]]:
    """Return the names that are of one object: delta and probs, where `delta = probs`."""
    groups: dict[str, set[str]] = {}
    for s in body:
        if isinstance(s, ast.Assign) and isinstance(s.value, ast.Name):
            for target in s.targets:
                if isinstance(target, ast.Name):
                    both = groups.get(target.id, {target.id}) | groups.get(s.value.id, {s.value.id})
                    groups |= dict.fromkeys(both, both)
    return groups
