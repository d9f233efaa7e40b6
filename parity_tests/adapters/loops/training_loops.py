"""The training loops of a file, each with the statements before it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from parity_tests.adapters.loops.inlined_calls import with_calls_inlined
from parity_tests.adapters.loops.statement_names import (
    as_product,
    assigns,
    name_of,
    products,
    reads,
)
from parity_tests.adapters.loops.unrolled_loops import unrolled

LOOPS = (ast.For, ast.While)
COST = re.compile(r"_*(\w*(loss|cost|objective)\w*|mse|cross_?entropy|bce|(?-i:J))", re.IGNORECASE)


@dataclass(frozen=True)
class TrainingLoop:
    """A loop that updates weights.

    Attributes:
        lines: of the loop.
        body: its statements.
        before: those that were executed before it, in the file and in the function around it.
        targets: the variables that count its rounds, and those of the loops around it, with their
            first values.
        function: that it stands in; "" for none.
        inlined: the functions whose statements are in its body, instead of calls.
    """

    lines: tuple[int, int]
    body: tuple[ast.stmt, ...]
    before: tuple[ast.stmt, ...]
    targets: Mapping[str, int]
    function: str = ""
    inlined: frozenset[str] = frozenset()

    @cached_property
    def carried(self) -> frozenset[str]:
        """The names that a round takes over from the round before it."""
        every = {name for s in self.body for name in assigns(s)}
        return frozenset(taken_over(self.body, set()) & every)

    @cached_property
    def weights(self) -> tuple[str, ...]:
        """Those of them that are factors of matrix products, in the order of their use."""
        found = dict[str, None]()
        for s in self.body:
            if not assigns(s) & self.carried:
                for p in products(s):
                    names = name_of(p.left), name_of(p.right)
                    found |= dict.fromkeys(n for n in names if n in self.carried)
        return tuple(found)

    @property
    def place(self) -> str:
        """Its lines in words."""
        first, last = self.lines
        return f"lines {first}–{last}" if last > first else f"line {first}"


def taken_over(body: Sequence[ast.stmt], known: set[str]) -> set[str]:
    """Return the names that statements read before they assign them.

    Args:
        body: the statements.
        known: names that are assigned before.
    """
    known, found = {*known}, set[str]()
    for s in body:
        if isinstance(s, ast.For):
            inner = known | {n.id for n in ast.walk(s.target) if isinstance(n, ast.Name)}
            found |= (reads(s.iter) - known) | taken_over([*s.body, *s.orelse], inner)
        elif isinstance(s, ast.While | ast.If):
            found |= (reads(s.test) - known) | taken_over(s.body, known)
            found |= taken_over(s.orelse, known)
        else:
            found |= reads(s) - known
        known |= assigns(s)
    return found


def training_loops(tree: ast.Module) -> list[TrainingLoop]:
    """Return the innermost loops that update weights, themselves or in functions."""
    functions = {s.name: s for s in tree.body if isinstance(s, ast.FunctionDef)}
    every = list[TrainingLoop]()
    for loop in loops_of(tree.body, (), {}, ""):
        if loop.weights:
            every.append(loop)
            continue
        body, inlined = with_calls_inlined(loop.body, functions)
        if inlined:
            every.append(in_names(replace(loop, body=flat(body), inlined=inlined)))
    return [loop for loop in every if loop.weights]


def loops_in_no_function(tree: ast.Module) -> list[TrainingLoop]:
    """Return the loops outside of functions that multiply matrices twice: they may train."""
    every = [loop for loop in loops_of(tree.body, (), {}, "") if not loop.function]
    return [loop for loop in every if sum(1 for s in loop.body for _ in products(s)) > 1]


def loops_of(
    body: Sequence[ast.stmt], before: tuple[ast.stmt, ...], targets: Mapping[str, int],
    function: str,
) -> Iterator[TrainingLoop]:  # fmt: skip
    """Yield the loops of statements: the innermost, or those around it that update weights."""
    for k, s in enumerate(body):
        here = (*before, *body[:k])
        if isinstance(s, LOOPS):
            own = {**targets, **(counters(s) if isinstance(s, ast.For) else {})}
            inner = [*loops_of(s.body, here, own, function)]
            lines = s.lineno, s.end_lineno or s.lineno
            one = in_names(TrainingLoop(lines, flat(s.body), here, own, function))
            yield from (loop for loop in inner if loop.weights or not one.weights)
            if not any(loop.weights for loop in inner):
                yield one
        elif isinstance(s, ast.FunctionDef | ast.AsyncFunctionDef):
            given = (*before, *body, *defaults_of(s))
            yield from loops_of(s.body, given, {}, function or s.name)
        elif isinstance(s, ast.If | ast.With | ast.Try | ast.ClassDef):
            for name in ("body", "orelse", "finalbody"):
                yield from loops_of(getattr(s, name, ()), here, targets, function)


def counters(loop: ast.For) -> dict[str, int]:
    """Return the variables of a loop that count, and are no data: i of `range` and `enumerate`."""
    iterated, target = loop.iter, loop.target
    while isinstance(iterated, ast.Call) and called(iterated) == "tqdm" and iterated.args:
        iterated = iterated.args[0]
    if not isinstance(iterated, ast.Call) or called(iterated) not in COUNTING:
        return {}
    if called(iterated) == "enumerate" and isinstance(target, ast.Tuple):
        target = target.elts[0]
    given = iterated.args[0] if len(iterated.args) > 1 else None
    first = given.value if isinstance(given, ast.Constant) else 0
    names = (n.id for n in ast.walk(target) if isinstance(n, ast.Name))
    return dict.fromkeys(names, first if isinstance(first, int) else 0)


COUNTING = ("range", "trange", "arange", "count", "enumerate")


def called(call: ast.Call) -> str:
    """Return the last name of what a call calls: "arange" of np.arange(3)."""
    function = call.func
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def defaults_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.stmt]:
    """Yield `name = default` of the arguments that have a default value."""
    args = function.args
    every = [*args.posonlyargs, *args.args]
    pairs = [*zip(every[len(every) - len(args.defaults) :], args.defaults, strict=True)]
    pairs += [(a, d) for a, d in zip(args.kwonlyargs, args.kw_defaults, strict=True) if d]
    for argument, default in pairs:
        target = ast.Name(argument.arg, ast.Store())
        yield ast.fix_missing_locations(ast.copy_location(ast.Assign([target], default), default))


def flat(body: Sequence[ast.stmt]) -> tuple[ast.stmt, ...]:
    """Return the statements of a round, with those of `with` and of loops over names instead.

    So are those of an `if` that computes a cost.
    """
    every = list[ast.stmt]()
    for s in body:
        if isinstance(s, ast.With) or (isinstance(s, ast.If) and computes_a_cost(s)):
            every += flat(s.body)
        else:
            every += unrolled(s) or [s]
    return tuple(every)


def computes_a_cost(statement: ast.If) -> bool:
    """Return whether an `if` assigns a cost, and nothing that is multiplied: it reports."""
    if statement.orelse:
        return False
    inner = [s for s in statement.body if isinstance(s, ast.Assign)]
    return any(COST.fullmatch(n) for s in inner for n in assigns(s)) and not any(
        as_product(n) for n in ast.walk(statement)
    )


class Entries(ast.NodeTransformer):
    """Makes names of entries and attributes, such as `params['W1']`, and of other expressions.

    Args:
        texts: of the expressions.
    """

    def __init__(self, texts: frozenset[str]) -> None:
        self.texts = texts

    def visit(self, node: ast.AST) -> Any:
        """Return the name of an expression with one of the texts, or the node with such names."""
        if isinstance(node, ast.Subscript | ast.Attribute):
            text = ast.unparse(node)
            if text in self.texts:
                return ast.copy_location(ast.Name(text, node.ctx), node)
        return super().generic_visit(node)


def in_names(loop: TrainingLoop, given: frozenset[str] = frozenset()) -> TrainingLoop:
    """Return the loop with a name for each entry that it updates, and for given expressions."""
    nodes = [n for s in loop.body for n in ast.walk(s) if is_entry(n)]
    texts = given | {ast.unparse(n) for n in nodes}
    if not texts:
        return loop
    return replace(
        loop, body=renamed(loop.body, texts), before=renamed(loop.before, texts)
    )  # fmt: skip


def renamed(body: Sequence[ast.stmt], texts: frozenset[str]) -> tuple[ast.stmt, ...]:
    """Return statements in which these expressions are names."""
    entries = Entries(texts)
    return tuple(entries.visit(deepcopy(s)) for s in body)


def is_entry(node: ast.AST) -> bool:
    """Return whether a node assigns an entry with a constant key, or an attribute, of a name."""
    if isinstance(node, ast.Attribute):
        is_constant = True
    else:
        is_constant = isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant)
    if not is_constant or isinstance(getattr(node, "ctx", None), ast.Load):
        return False
    return isinstance(getattr(node, "value", None), ast.Name)
