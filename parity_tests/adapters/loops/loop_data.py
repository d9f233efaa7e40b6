"""Where the data of a training loop come from, and what else it takes from outside."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator

from parity_tests.adapters.loops.statement_names import assigns, derived, name_of, reads
from parity_tests.adapters.loops.training_loops import TrainingLoop

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
IMPORTS = (ast.Import, ast.ImportFrom)
BUILTINS = frozenset(dir(builtins))


def outer_names(loop: TrainingLoop) -> set[str]:
    """Return the names of a round that neither it nor a function defines, and its data."""
    given, known = set[str](), set[str]()
    for s in loop.body:
        given |= reads(s) - known
        known |= assigns(s)
    code = {n for s in loop.before if isinstance(s, (*FUNCTIONS, *IMPORTS)) for n in assigns(s)}
    return {n for n in given if n not in code and n not in BUILTINS} | {*data_names(loop)}


def data_names(loop: TrainingLoop) -> Iterator[str]:
    """Yield the names that a round assigns from what it does not compute: x of `x = X[i]`."""
    computed = derived(loop.body, loop.weights)
    for s in loop.body:
        yield from (n for n in assigns(s) if n not in computed)


def origin(loop: TrainingLoop, value: ast.expr) -> str:
    """Return the name or expression that data come from: X of `l0`, where `l0 = X`."""
    if isinstance(value, ast.Name):
        for s in loop.body:
            if isinstance(s, ast.Assign) and [name_of(t) for t in s.targets] == [value.id]:
                return origin(loop, s.value) if isinstance(s.value, ast.Name) else value.id
        return value.id
    return ast.unparse(value) if isinstance(value, ast.Subscript | ast.Attribute) else ""


def sources(loop: TrainingLoop, name: str) -> list[str]:
    """Return a name of data, and those that its data come from in the round: xb, X."""
    found = [name]
    for s in reversed(loop.body):
        if isinstance(s, ast.Assign) and isinstance(s.targets[0], ast.Name):
            is_part = isinstance(s.value, ast.Subscript) and s.targets[0].id == found[-1]
            base = name_of(s.value.value) if is_part and isinstance(s.value, ast.Subscript) else ""
            found += [base] if base and base not in loop.targets else []
    return found


def is_a_size(node: ast.expr) -> bool:
    """Return whether an expression is a size: len(x), x.shape[0], x.size, range(m).

    An array in another shape, y.reshape(y.size, 1), is none.
    """
    if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "reshape":
        return False
    text = ast.unparse(node)
    return bool(re.fullmatch(r"(len|int|float|range|np\.arange)\(.*\)|.*\.(shape|size)\b.*", text))
