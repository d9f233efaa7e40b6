"""The mutants of a source file: every small change of it that a test should notice.

Not changed are annotations, type aliases, imports, docstrings, assertions, `__all__`, the arguments
of an error (a `raise` is deleted whole or not at all), lines and their mistakes, and what a kind
brings beside its formulas.
"""

from __future__ import annotations

import ast
import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from parity_tests.campaigns.mutation.operators import deletions, is_tried, replacements
from parity_tests.campaigns.mutation.scope import TERMS_DELETED, is_in

FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef
STATEMENTS = ast.stmt | ast.excepthandler
LONG = 100  # characters; of a longer statement, the part around the change is shown


@dataclass(frozen=True)
class Unit:
    """A function or method with its contents, or the other code of a class or module.

    Attributes:
        module: its name.
        name: "Dense.backward", "Dense", or "" for the module.
        node: its syntax tree.
        lines: the first and the last.
    """

    module: str
    name: str
    node: ast.AST = field(repr=False, compare=False)
    lines: tuple[int, int] = field(compare=False)

    @property
    def fingerprint(self) -> str:
        """A hash of the code: docstrings, comments, layout, Python's version do not change it."""
        return hashlib.sha256(repr(shape(self.node, self)).encode()).hexdigest()[:12]

    @property
    def terms_deleted(self) -> bool:
        """Whether mutants are made that delete a term of a formula."""
        return any(is_in(self.module, name) for name in TERMS_DELETED)

    def has(self, child: ast.AST) -> bool:
        """Return whether a child belongs to this unit: a class's methods are units themselves."""
        return isinstance(self.node, FUNCTIONS) or not isinstance(child, FUNCTIONS | ast.ClassDef)


@dataclass(frozen=True)
class Mutant:
    """One change in a unit.

    Attributes:
        unit: the unit.
        before: the text of the statement before the change.
        after: the text after it.
        ordinal: how many earlier mutants have the same texts.
        lines: the first and the last of the statement, or of its head.
        change: (node, field, the field's new value), in the unit's tree.
    """

    unit: Unit
    before: str
    after: str
    ordinal: int
    lines: tuple[int, int] = field(compare=False)
    change: tuple[ast.AST, str, Any] = field(repr=False, compare=False)


def units(module: str, tree: ast.Module) -> list[Unit]:
    """Return the module, and every class and function in it that is not inside a function."""

    def inside(node: ast.AST, prefix: str) -> Iterator[Unit]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, FUNCTIONS | ast.ClassDef):
                yield Unit(module, prefix + child.name, child, extent(child))
                if isinstance(child, ast.ClassDef):
                    yield from inside(child, f"{prefix}{child.name}.")

    last = max((extent(child)[1] for child in tree.body), default=1)
    return [Unit(module, "", tree, (1, last)), *inside(tree, "")]


def mutants(unit: Unit) -> list[Mutant]:
    """Return every mutant of a unit, from its first line to its last; its tree is unchanged."""
    found: list[Mutant] = []
    seen: Counter[tuple[str, str]] = Counter()
    for path, (owner, name, new), replaced in changes(unit, unit.node, [unit.node]):
        if replaced:
            statement, texts = replaced[0], (text(replaced[0]), text(replaced[1]))
        else:
            statement, old = path[0], getattr(owner, name)
            shown = next((node for node in path if len(text(node)) <= LONG), path[-1])
            before = text(shown)
            setattr(owner, name, new)
            texts = before, text(shown)
            setattr(owner, name, old)
        if texts[0] != texts[1]:  # as f(x, x) is in any order
            change = owner, name, new
            found.append(Mutant(unit, *texts, seen[texts], head(statement), change))
            seen[texts] += 1
    return found


Change = tuple[ast.AST, str, Any]
Replaced = tuple[ast.AST, ast.AST] | None


def changes(
    unit: Unit, owner: ast.AST, path: Sequence[ast.AST]
) -> Iterator[tuple[Sequence[ast.AST], Change, Replaced]]:
    """Yield the nodes from the statement to the change, the change, and a replaced statement."""
    for name, value in ast.iter_fields(owner):
        many = isinstance(value, list)
        for i, child in enumerate(value if many else [value]):
            if not isinstance(child, ast.AST) or not unit.has(child) or ignored(owner, name, child):
                continue
            whole = isinstance(child, STATEMENTS)
            every = [*replacements(owner, name, child)]
            every += deletions(owner, child) if unit.terms_deleted else ()
            for new in every:
                field_ = [*value[:i], new, *value[i + 1 :]] if many else new
                yield path, (owner, name, field_), (child, new) if whole else None
            below = [child] if whole else [*path, child] if isinstance(child, ast.expr) else path
            yield from changes(unit, child, below)


def ignored(owner: ast.AST, name: str, child: ast.AST) -> bool:
    """Return whether a node is never changed: see the top of this file."""
    if name in ("annotation", "returns", "bases") or isinstance(owner, ast.Raise):
        return True
    match child:
        case (
            ast.Import() | ast.ImportFrom() | ast.Assert() | ast.If(test=ast.Name("TYPE_CHECKING"))
        ):
            return True
        case ast.Assign(targets=[ast.Name("__all__")]):
            return True
        case ast.Call(func=ast.Name("FormulaText" | "edit" | "choice")):
            return True
        case ast.keyword() if isinstance(owner, ast.Call):
            return not is_tried(owner, child)
        case ast.Assign(value=ast.Subscript() | ast.Attribute() | ast.BinOp(op=ast.BitOr())):
            return isinstance(owner, ast.Module)  # a type alias
    return is_docstring(child)


def is_docstring(node: ast.AST) -> bool:
    """Return whether a node is a text or `...` that stands alone."""
    match node:
        case ast.Expr(ast.Constant()):
            return True
    return False


def text(node: ast.AST) -> str:
    """Write a node on one line, without the statements that it contains, with one kind of quote.

    Python's versions choose quotes differently.
    """
    if isinstance(node, STATEMENTS) and hasattr(node, "body"):
        fields = dict(ast.iter_fields(node)) | {"body": [ast.Pass()]}
        fields |= {name: [] for name in ("orelse", "handlers", "finalbody") if name in fields}
        kind: Any = type(node)
        lines = ast.unparse(ast.fix_missing_locations(kind(**fields))).split("\n")
        return " ".join(lines[:-1]).replace('"', "'")
    return ast.unparse(ast.fix_missing_locations(node)).replace('"', "'")


def extent(node: Any) -> tuple[int, int]:
    """Return the first and last line of a node."""
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
    return first, node.end_lineno


def head(node: Any) -> tuple[int, int]:
    """Return the first and last line of a statement; of one with a body, of its head."""
    first, last = extent(node)
    inside = getattr(node, "body", None)
    return first, max(first, inside[0].lineno - 1) if isinstance(inside, list) else last


def shape(node: Any, unit: Unit) -> Any:
    """Return the syntax tree as tuples, without positions and without empty fields."""
    if isinstance(node, list):
        return [shape(n, unit) for n in node if unit.has(n) and not is_docstring(n)]
    if not isinstance(node, ast.AST):
        return node
    fields = [(name, shape(value, unit)) for name, value in ast.iter_fields(node)]
    return type(node).__name__, *((n, v) for n, v in fields if v is not None and v != [])
