"""The statements of one round that are executed: those that its updates and its cost need.

The statements are the program's own, with our inputs, labels and parameters under its names. What
prints, plots and counts is left out; so is what assigns the data.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from parity_tests.adapters.executed_statements import Makers
from parity_tests.adapters.loops.loop_data import BUILTINS, FUNCTIONS, IMPORTS, sources
from parity_tests.adapters.loops.loop_names import LoopNames
from parity_tests.adapters.loops.needed_statements import kept
from parity_tests.adapters.loops.statement_names import (
    Update,
    as_update,
    assigns,
    factors,
    name_of,
    reads,
)
from parity_tests.adapters.loops.training_loops import TrainingLoop

RATE_NAME = "the rate"  # no name of Python's
LOOK = "look_at_the_example_"


@dataclass(frozen=True)
class Round:
    """What is executed.

    Attributes:
        before: statements that make constants, and numbers such as `m = len(X)`.
        body: of the round.
        seen: of each tensor, its name, and the number of the statement before which it is looked
            at: then its value is what the next line takes.
        data: the names that are given the inputs, and those that are given the labels.
        missing: names that nothing defines.
    """

    before: tuple[ast.stmt, ...]
    body: tuple[ast.stmt, ...]
    seen: Mapping[str, tuple[str, int]]
    data: tuple[tuple[str, ...], tuple[str, ...]]
    missing: tuple[str, ...]


def executed_round(
    loop: TrainingLoop, names: LoopNames, tensors: Mapping[str, str], makers: Makers
) -> Round:
    """Return the statements of a loop that are executed.

    Args:
        loop: the loop.
        names: of its inputs, labels, parameters.
        tensors: names by ours, with a minus or without.
        makers: what a value before the loop may call.
    """
    data = tuple(sources(loop, names.x)), tuple(sources(loop, names.y))
    data = ((), (names.pairs,)) if names.pairs else data
    parameters = {*names.parameters.values()}
    given = {*data[0], *data[1], *names.rates, *names.zeros, *names.examples}
    wanted = parameters | {own for n, own in tensors.items() if n == "J"}
    body = [s for s in loop.body if not assigns(s) or not assigns(s) <= given]
    body = kept(body, wanted)
    needed = needed_of(body, given | parameters)
    before = [
        s
        for s in kept(before_of(loop), needed)
        if not assigns(s) <= given | parameters and is_value(s, makers)
    ]
    made = {n for s in before for n in assigns(s)} | {*loop.targets}
    code = {n for s in loop.before if isinstance(s, (*FUNCTIONS, *IMPORTS)) for n in assigns(s)}
    missing = (needed_of([*before, *body], given | parameters) - made - code) - BUILTINS
    seen = {
        n: (own.lstrip("-"), first_use(body, own.lstrip("-"), names, n))
        for n, own in tensors.items()
    }
    body = [looked_at(s, names, tensors) for s in body] if names.pairs else body
    rated = [with_rate(s, parameters) for s in body] if not names.rates else body
    return Round(tuple(before), tuple(rated), seen, data, tuple(sorted(missing)))


def looked_at(statement: ast.stmt, names: LoopNames, tensors: Mapping[str, str]) -> ast.stmt:
    """Return the loop over the pairs with a look at its tensors at the end of each round."""
    if not isinstance(statement, ast.For) or name_of(statement.iter) != names.pairs:
        return statement
    values = ", ".join(f"{n}={own}" for n, own in tensors.items())
    look = ast.parse(f"{LOOK}({values})").body
    body = [*statement.body, *(ast.copy_location(s, statement) for s in look)]
    other = ast.For(statement.target, statement.iter, body, [])
    return ast.fix_missing_locations(ast.copy_location(other, statement))


def before_of(loop: TrainingLoop) -> list[ast.stmt]:
    """Return the statements before a loop that may be executed in each round."""
    return [s for s in loop.before if isinstance(s, ast.Assign | ast.AnnAssign | ast.FunctionDef)]


def is_value(statement: ast.stmt, makers: Makers) -> bool:
    """Return whether a statement defines a function, or a value that no reading makes."""
    return isinstance(statement, ast.FunctionDef) or makers.make(getattr(statement, "value", None))


def needed_of(body: Sequence[ast.stmt], given: set[str]) -> set[str]:
    """Return the names that statements take and do not define before."""
    needed, known = set[str](), {*given}
    for s in body:
        needed |= set() if isinstance(s, ast.FunctionDef) else reads(s) - known
        known |= assigns(s)
    return needed


def first_use(body: Sequence[ast.stmt], name: str, names: LoopNames, tensor: str) -> int:
    """Return the number of the statement before which a tensor has its value.

    That is the first statement that takes the name and does not change it; of the output also the
    first that changes it by the labels, and of dZ, which may be the same array, the last.
    """
    is_made = False
    last = len(body)
    for k, s in enumerate(body):
        changes = name in assigns(s)
        is_output = tensor == "output" and names.y in reads(s)
        is_taken = is_made and name in reads(s) and (not changes or is_output)
        if is_taken and (tensor[:2] != "dZ" or is_gradient(s)):
            return k
        is_made |= changes
    return last


def is_gradient(statement: ast.stmt) -> bool:
    """Return whether a statement takes a gradient of parameters: no error of the layer before."""
    return bool(as_update(statement)) or any(
        (isinstance(n, ast.Attribute) and n.attr == "T") or isinstance(n, ast.Call)
        for n in ast.walk(statement)
    )


def with_rate(statement: ast.stmt, parameters: set[str]) -> ast.stmt:
    """Return an update with our learning rate: instead of a number, or before all of it."""
    update = as_update(statement)
    if update is None or update.name not in parameters:
        return statement
    number = next((f for f in factors(update.change) if is_rate(f)), None)
    rate = ast.copy_location(ast.Name(RATE_NAME, ast.Load()), update.change)
    if number is None:
        change = ast.copy_location(ast.BinOp(rate, ast.Mult(), update.change), update.change)
    else:
        change = Replaced(number, rate).visit(update.change)
    return with_change(statement, update, change)


def is_rate(factor: ast.expr) -> bool:
    """Return whether a factor is a number such as 0.1; 2 may belong to the gradient."""
    value = factor.value if isinstance(factor, ast.Constant) else None
    return isinstance(value, float) and not value.is_integer()


class Replaced(ast.NodeTransformer):
    """Replaces one node by another."""

    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> Any:
        """Return the other node for the one."""
        return self.new if node is self.old else super().generic_visit(node)


def with_change(statement: ast.stmt, update: Update, change: ast.expr) -> ast.stmt:
    """Return an update by another change."""
    if isinstance(statement, ast.AugAssign):
        other: ast.stmt = ast.AugAssign(statement.target, statement.op, change)
    else:
        value = ast.BinOp(
            ast.Name(update.name, ast.Load()), ast.Add() if update.is_added else ast.Sub(), change
        )
        assert isinstance(statement, ast.Assign)
        other = ast.Assign(statement.targets, value)
    return ast.fix_missing_locations(ast.copy_location(other, statement))
