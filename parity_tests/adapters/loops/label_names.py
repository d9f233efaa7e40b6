"""Which of a training loop's names are the labels: data that a computed tensor is compared with."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from parity_tests.adapters.interfaces.argument_roles import role
from parity_tests.adapters.loops.loop_data import FUNCTIONS, IMPORTS, is_a_size, origin
from parity_tests.adapters.loops.statement_names import assigns, derived, plain, reads, root
from parity_tests.adapters.loops.training_loops import TrainingLoop


def labels_of(loop: TrainingLoop, own: set[str], xs: set[str]) -> list[str]:
    """Return the names that may be the labels: data that a computed tensor is compared with."""
    computed = derived(loop.body, own)
    others = {*loop.targets} | xs | own
    numbers = number_names(loop)
    found = dict[str, None]()
    for s in loop.body:
        for node in ast.walk(s):
            for data in compared(node, computed):
                for term in data:
                    name = origin(loop, plain(term))
                    base = root(ast.parse(name, mode="eval").body) if name else ""
                    if name and base not in numbers and name not in others:
                        found[name] = None
    every = [n for n in found if role(n) not in ("none", "rate", "examples", "one")]
    sure = [n for n in every if role(base_name(n)) == "Y"]
    every = sure or every
    # Of y and of the one-hot labels that are made of y, y is given.
    made = {n for n in every if from_others(loop, n, {*every} - {n})}
    return [n for n in every if n not in made]


def base_name(text: str) -> str:
    """Return the name that an expression begins with: "y" of "y[i]"."""
    return re.split(r"[\[.]", text, maxsplit=1)[0]


def compared(node: ast.AST, computed: set[str]) -> Iterator[list[ast.expr]]:
    """Yield what is subtracted from, multiplied with, or an index of a computed tensor."""
    if isinstance(node, ast.BinOp) and not isinstance(node.op, ast.MatMult):
        sides = node.left, node.right  # of y − a, y ∗ log a, a − y.T
        if sum(bool(reads(x) & computed) for x in sides) == 1:
            yield [part for x in sides if not reads(x) & computed for part in data_in(plain(x))]
    elif isinstance(node, ast.Subscript) and root(node) in computed:
        entries = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        yield [x for x in entries if is_data(x)]
    elif isinstance(node, ast.Call) and any(reads(a) & computed for a in node.args):
        yield [a for a in node.args if is_data(a) and not reads(a) & computed]


def data_in(node: ast.expr) -> list[ast.expr]:
    """Return what may be data in an expression: y of y.T, of 1 - y and of 2 * y; none of a size."""
    if isinstance(node, ast.BinOp):
        return [part for x in (node.left, node.right) for part in data_in(plain(x))]
    return [node] if is_data(node) else []


def is_data(node: ast.expr) -> bool:
    """Return whether an expression may be data: a name, or an entry that is no size."""
    return isinstance(node, ast.Name | ast.Subscript) and not is_a_size(node)


def number_names(loop: TrainingLoop) -> set[str]:
    """Return the names of numbers, of functions and of modules: `m = len(X)`, `lr = 0.1`."""
    names = {n for s in loop.before if isinstance(s, (*FUNCTIONS, *IMPORTS)) for n in assigns(s)}
    for s in (*loop.before, *loop.body):
        if isinstance(s, ast.Assign) and (is_a_size(s.value) or isinstance(s.value, ast.Constant)):
            names |= {n.id for t in s.targets for n in ast.walk(t) if isinstance(n, ast.Name)}
    return names


def from_others(loop: TrainingLoop, name: str, others: set[str]) -> bool:
    """Return whether data are made of others before the loop or in it."""
    return name in derived((*loop.before, *loop.body), others) and not others & loop.carried
