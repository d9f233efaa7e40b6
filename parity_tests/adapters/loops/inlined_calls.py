"""A round whose passes are functions of the file, with the statements of these instead of calls.

`forward()` of a program with global variables, and `dW1 = backward(d)`, become the function's own
statements: its variables have the names "backward.d2", and its arguments those of the call.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from itertools import pairwise
from typing import Any

from parity_tests.adapters.loops.statement_names import products, reads

DEEPEST = 4  # calls within calls
Functions = Mapping[str, ast.FunctionDef]


def with_calls_inlined(
    body: Sequence[ast.stmt], functions: Functions, depth: int = 0
) -> tuple[tuple[ast.stmt, ...], frozenset[str]]:
    """Return statements with those of the passes that they call, and the names of these.

    Args:
        body: of a round.
        functions: of the file, by name.
        depth: how many calls it is within.
    """
    every, names = list[ast.stmt](), set[str]()
    for s in body:
        call = s.value if isinstance(s, ast.Expr | ast.Assign) else None
        name = (
            call.func.id if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) else ""
        )
        function = functions.get(name)
        own = None
        if function and isinstance(call, ast.Call) and depth < DEEPEST and is_pass(function):
            own = statements_of_call(function, call, s)
        if own is None:
            every.append(s)
            continue
        inner, more = with_calls_inlined(own, functions, depth + 1)
        every += inner
        names |= {name} | more
    return tuple(every), frozenset(names)


def is_pass(function: ast.FunctionDef) -> bool:
    """Return whether a function multiplies matrices or changes global variables, in a row."""
    inner = [n for s in function.body for n in ast.walk(s)]
    is_needed = any(isinstance(n, ast.Global) for n in inner) or any(
        True for s in function.body for _ in products(s)
    )
    returns = [n for n in inner if isinstance(n, ast.Return)]
    in_a_row = all(n is function.body[-1] for n in returns)
    others = (ast.FunctionDef, ast.Lambda, ast.Yield, ast.Nonlocal, ast.Await)
    return is_needed and in_a_row and not any(isinstance(n, others) for n in inner)


def statements_of_call(
    function: ast.FunctionDef, call: ast.Call, statement: ast.stmt
) -> list[ast.stmt] | None:
    """Return what a call executes; None where its arguments are not read."""
    given = arguments_of(function, call)
    if given is None:
        return None
    inner = [n for s in function.body for n in ast.walk(s)]
    shared = {name for n in inner if isinstance(n, ast.Global) for name in n.names}
    stored = {n.id for n in inner if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    changed = {n.target.id for n in inner if isinstance(n, ast.AugAssign)
               and isinstance(n.target, ast.Name)}  # fmt: skip
    plainly = {t.id for n in inner if isinstance(n, ast.Assign) for x in n.targets
               for t in ast.walk(x) if isinstance(t, ast.Name)}  # fmt: skip
    names = {n: f"{function.name}.{n}" for n in ({*given} | stored) - shared}
    body: list[ast.stmt] = []
    for n, value in given.items():
        # An array that is changed in place, `W -= lr * dW`, is that of the call.
        if isinstance(value, ast.Name) and n not in plainly and (n in changed or n not in stored):
            names[n] = value.id
        else:
            body.append(assignment(ast.Name(names[n], ast.Store()), value, statement))
    *before, last = function.body
    results = [*targets_and_values(statement, last)] if isinstance(last, ast.Return) else []
    for target, value in results:
        if not isinstance(target, ast.Name) or not isinstance(value, ast.Name):
            continue
        if value.id in names and value.id not in given and target.id not in names.values():
            names[value.id] = target.id
    renamed = Renamed(names)
    kept = before if isinstance(last, ast.Return) else function.body
    body += [renamed.visit(deepcopy(s)) for s in kept if not isinstance(s, ast.Global)]
    for target, value in results:
        own = renamed.visit(deepcopy(value))
        if not (isinstance(target, ast.Name) and isinstance(own, ast.Name) and target.id == own.id):
            body.append(assignment(target, own, last))
    return body


def arguments_of(function: ast.FunctionDef, call: ast.Call) -> dict[str, ast.expr] | None:
    """Return the arguments of a call by the function's names; None where these are not plain."""
    a = function.args
    plain = [x.arg for x in (*a.posonlyargs, *a.args)]
    if a.vararg or a.kwarg or a.kwonlyargs or len(call.args) > len(plain):
        return None
    if any(isinstance(x, ast.Starred) for x in call.args) or any(
        k.arg is None for k in call.keywords
    ):
        return None
    defaults = dict(zip(plain[len(plain) - len(a.defaults) :], a.defaults, strict=True))
    given = dict(zip(plain, call.args, strict=False)) | {str(k.arg): k.value for k in call.keywords}
    every = defaults | given
    return {n: every[n] for n in plain} if {*every} == {*plain} else None


def targets_and_values(
    statement: ast.stmt, last: ast.Return
) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield what a call's results are assigned to: one by one, where both are listed."""
    if not isinstance(statement, ast.Assign) or last.value is None:
        return
    for target in statement.targets:
        value = last.value
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            pairs = [*zip(target.elts, value.elts, strict=False)]
            later = [(a[0], b[1]) for a, b in pairwise(pairs)]
            if len(target.elts) == len(value.elts) and not any(
                isinstance(t, ast.Name) and t.id in reads(v) for t, v in later
            ):
                yield from pairs
                continue
        yield target, value


def assignment(target: ast.expr, value: ast.expr, at: ast.stmt) -> ast.stmt:
    """Return `target = value`, on the line of another statement."""
    return ast.fix_missing_locations(ast.copy_location(ast.Assign([target], value), at))


class Renamed(ast.NodeTransformer):
    """Gives names other names."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> Any:
        """Return the other name."""
        return ast.copy_location(ast.Name(self.names.get(node.id, node.id), node.ctx), node)
