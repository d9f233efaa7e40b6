"""Which statements of a notebook, or of a program that trains as it is imported, are executed.

| statement | is executed |
|---|---|
| an import | yes; a module that is missing matters only where a function needs it |
| a function | yes, with its decorators and default values: Python cannot define it without them |
| a class | likewise, and of its body the functions, classes and assignments |
| `name = value` | where the value calls nothing, or only what makes a value: see `Makers` |
| `if`, `with` | what is within by these rules, where its condition is such a value |
| `try` | what is within by these rules, handlers included |
| bare calls, loops, everything else | no: they train, print, plot and read data |

A lambda's body, and the bodies of functions, are executed when somebody calls them, as ever.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from dataclasses import dataclass
from typing import TypeVar

# Packages whose functions make a value, but for those that read, write, ask or wait.
LIBRARIES = frozenset((
    "numpy", "math", "cmath", "functools", "itertools", "operator", "collections", "dataclasses",
    "typing", "enum", "types", "abc", "copy", "random", "fractions", "decimal", "string", "re",
    "os", "sys", "pathlib", "time", "logging", "warnings", "scipy", "torch", "jax", "autograd",
    "numba", "cupy", "tinygrad", "equinox",
))  # fmt: skip
NO_MAKER = re.compile(
    r"_?(load\w*|read\w*|open|urlopen|fetch\w*|download\w*|fromfile|genfromtxt|memmap|hub|save\w*|"
    r"write\w*|print|help|input|getpass|exec|eval|exit|quit|system|popen|sleep|breakpoint|show|"
    r"plot\w*|main|((run|fit|train)(_\w+)?)|backward)"
)
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
IMPORTS = (ast.Import, ast.ImportFrom)
ASSIGNMENTS = (ast.Assign, ast.AnnAssign)


@dataclass(frozen=True)
class Makers:
    """The names that a value may call.

    Attributes:
        functions: Python's own, those imported from `LIBRARIES`, the file's classes, and its
            functions that return a function.
        modules: names of imported `LIBRARIES`, and of modules within them.
    """

    functions: frozenset[str]
    modules: frozenset[str]

    @classmethod
    def of(cls, tree: Iterable[ast.stmt]) -> Makers:
        """Return the makers of a file: those of its statements, and of Python."""
        statements = [node for s in tree for node in ast.walk(s)]
        own = [s for s in statements if isinstance(s, ast.ClassDef) or returns_a_function(s)]
        functions = {s.name for s in own if isinstance(s, DEFINITIONS)} | {*vars(builtins)}
        modules: set[str] = set()
        for s in statements:
            if isinstance(s, ast.Import):
                every = [a for a in s.names if is_a_library(a.name)]
                modules |= {a.asname or a.name.partition(".")[0] for a in every}
            elif isinstance(s, ast.ImportFrom) and not s.level and is_a_library(s.module or ""):
                names = {a.asname or a.name for a in s.names}
                functions |= names
                modules |= names  # `from torch import nn` may be either
        return cls(frozenset(n for n in functions if not NO_MAKER.fullmatch(n)), frozenset(modules))

    def make(self, value: ast.expr | None) -> bool:
        """Return whether an expression calls nothing but these, and methods of what they make."""
        waits = (ast.Await, ast.Yield, ast.YieldFrom)
        every = list(evaluated(value)) if value is not None else []
        calls = (node.func for node in every if isinstance(node, ast.Call))
        return not any(isinstance(node, waits) for node in every) and all(map(self.has, calls))

    def has(self, function: ast.expr) -> bool:
        """Return whether this is one of them: `range`, `np.zeros`, `.reshape` of a made value."""
        if isinstance(function, ast.Name):
            return function.id in self.functions
        if not isinstance(function, ast.Attribute) or NO_MAKER.fullmatch(function.attr):
            return False
        owner = function.value
        while isinstance(owner, ast.Attribute) and not NO_MAKER.fullmatch(owner.attr):
            owner = owner.value
        return owner.id in self.modules if isinstance(owner, ast.Name) else is_made(owner)


def is_made(owner: ast.expr) -> bool:
    """Return whether the owner of a method is a constant, or the result of a call."""
    return isinstance(owner, ast.Call | ast.Constant | ast.JoinedStr | ast.List | ast.Dict)


def is_a_library(module: str) -> bool:
    """Return whether a module is of `LIBRARIES`: `torch.nn` is."""
    return module.partition(".")[0] in LIBRARIES


def evaluated(value: ast.expr) -> Iterator[ast.AST]:
    """Yield the nodes of an expression that are evaluated with it: no lambda's body."""
    yield value
    if not isinstance(value, ast.Lambda):
        for child in ast.iter_child_nodes(value):
            yield from evaluated(child) if isinstance(child, ast.expr) else ast.walk(child)


def returns_a_function(statement: ast.AST) -> bool:
    """Return whether a function returns one that it defines: `def made(f): return lambda x: …`."""
    if not isinstance(statement, ast.FunctionDef):
        return False
    inner = {s.name for s in ast.walk(statement) if isinstance(s, DEFINITIONS)} - {statement.name}
    returned = (s.value for s in ast.walk(statement) if isinstance(s, ast.Return))
    return any(
        isinstance(x, ast.Lambda) or (isinstance(x, ast.Name) and x.id in inner) for x in returned
    )


Statements = tuple[ast.stmt, ...]
Part = tuple[ast.stmt | None, Statements]  # the executed part, and what is left out
PartOf = Callable[[ast.stmt], Part]


def executed_part(statement: ast.stmt, makers: Makers) -> Part:
    """Return the part of a statement that is executed, None for nothing; and what is left out."""
    if isinstance(statement, (*IMPORTS, ast.FunctionDef, ast.AsyncFunctionDef, ast.Pass)):
        return statement, ()
    if isinstance(statement, ast.ClassDef):
        return with_parts(statement, ("body",), in_a_class)
    if isinstance(statement, ASSIGNMENTS):
        return (statement, ()) if makers.make(statement.value) else (None, (statement,))
    if is_text(statement):
        return None, ()

    def within(inner: ast.stmt) -> Part:
        return executed_part(inner, makers)

    if isinstance(statement, ast.If) and makers.make(statement.test):
        return with_parts(statement, ("body", "orelse"), within)
    if isinstance(statement, ast.With) and all(
        makers.make(i.context_expr) for i in statement.items
    ):
        return with_parts(statement, ("body",), within)
    if isinstance(statement, ast.Try):
        whole, left_out = with_parts(statement, ("body", "orelse", "finalbody"), within)
        handlers = [with_parts(handler, ("body",), within) for handler in statement.handlers]
        whole.handlers = [handler for handler, _ in handlers]
        return whole, (*left_out, *(s for _, left in handlers for s in left))
    return None, (statement,)


def in_a_class(statement: ast.stmt) -> Part:
    """Return a statement of a class's body that is executed: its assignments always are."""
    if isinstance(statement, ast.Expr | ast.For | ast.While | ast.With):
        return None, () if is_text(statement) else (statement,)
    return statement, ()


def is_text(statement: ast.stmt) -> bool:
    """Return whether a statement is a text, or a name whose value a notebook would show."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant | ast.Name)


Node = TypeVar("Node", bound=ast.AST)


def with_parts(node: Node, fields: tuple[str, ...], part: PartOf) -> tuple[Node, Statements]:
    """Return a statement with the executed parts of its bodies, and what is left out of them."""
    result, left_out = copy(node), list[ast.stmt]()
    for name in fields:
        parts = [part(inner) for inner in getattr(node, name)]
        body = [kept for kept, _ in parts if kept is not None]
        left_out += [s for _, left in parts for s in left]
        nothing = [ast.copy_location(ast.Pass(), node)] if parts else []
        setattr(result, name, body or nothing)
    return result, tuple(left_out)


def defined_by(statement: ast.stmt) -> tuple[str, ...]:
    """Return the names of the functions and classes that a statement defines at its own level."""
    if isinstance(statement, DEFINITIONS):
        return (statement.name,)
    inner = (child for child in ast.iter_child_nodes(statement) if isinstance(child, ast.stmt))
    handlers = (s for h in getattr(statement, "handlers", ()) for s in h.body)
    return tuple(name for s in (*inner, *handlers) for name in defined_by(s))
