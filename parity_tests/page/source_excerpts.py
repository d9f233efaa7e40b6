"""Lines of our own sources, unchanged, for a page that shows both sides."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from ref_numpy import Layer, Loss
from ref_numpy.registry import module_of_kind

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class Source:
    """Lines of a file.

    Attributes:
        file: from the top of the project.
        line: the number of the first.
        code: without its indentation.
    """

    file: str
    line: int
    code: str


def body(function: Callable[..., Any]) -> Source:
    """Return the body of a function without its docstring."""
    statements = definition(function).body
    documented = ast.get_docstring(definition(function)) is not None
    return between(function, statements[documented], statements[-1])


def assignment(function: Callable[..., Any], name: str, nth: int = -1) -> Source:
    """Return the nth statement of a function that assigns `name`, the last by default.

    Where no statement assigns the name, it is the whole body.
    """
    every = ast.walk(definition(function))
    found = [s for s in every if isinstance(s, ast.Assign) and assigns(s, name)]
    return between(function, found[nth], found[nth]) if found else body(function)


def computation(function: Callable[..., Any], name: str) -> Source:
    """Return the lines of a function that assign `name`, and those that change it in place.

    Where no statement assigns the name, it is the whole body.
    """
    found = [
        statement
        for statement in ast.walk(definition(function))
        if (isinstance(statement, ast.Assign) and assigns(statement, name))
        or (isinstance(statement, ast.Expr) and any(is_name(x, name) for x in names_in(statement)))
    ]
    if not any(isinstance(statement, ast.Assign) for statement in found):
        return body(function)
    found.sort(key=lambda statement: statement.lineno)
    return between(function, found[0], found[-1])


def names_in(statement: ast.stmt) -> Iterator[ast.expr]:
    """Yield the names that stand in a statement."""
    return (node for node in ast.walk(statement) if isinstance(node, ast.Name))


def return_statement(function: Callable[..., Any]) -> Source:
    """Return the last statement of a function."""
    last = definition(function).body[-1]
    return between(function, last, last)


def line_with(function: Callable[..., Any], text: str) -> Source:
    """Return the line of a function that holds a text."""
    lines, start = inspect.getsourcelines(function)
    (number,) = [k for k, line in enumerate(lines) if text in line]
    return Source(file_of(function), start + number, lines[number].strip())


def entry(module: ModuleType, table: str, key: str) -> tuple[Source, ...]:
    """Return the line of a module's table, such as TWINS, that has `key`.

    There is none where the entry is not a line of the table: where it was added later.
    """
    tree = ast.parse(inspect.getsource(module))
    assigned = [s for s in tree.body if isinstance(s, ast.AnnAssign) and is_name(s.target, table)]
    (value,) = [s.value for s in assigned]
    assert isinstance(value, ast.Dict)
    keys = [ast.unparse(k) for k in value.keys if k is not None]
    if key not in keys:
        return ()
    first, last = value.keys[keys.index(key)], value.values[keys.index(key)]
    assert first is not None
    lines = inspect.getsource(module).splitlines()[first.lineno - 1 : last.end_lineno]
    code = textwrap.dedent("\n".join(lines)).rstrip(",")
    return (Source(file_of(module), first.lineno, code),)


def of_twin(it: Layer | Loss) -> tuple[Source, ...]:
    """Return the line of the twin of a layer, or of a loss; none of a user's."""
    if not it.built_in:
        return ()
    if isinstance(it, Layer):
        return (body(module_of_kind("torch_impl.layers", it.kind).twin),)
    return (constant(import_module(f"torch_impl.losses.{it.kind}"), "CRITERION"),)


def constant(module: ModuleType, name: str) -> Source:
    """Return the statement of a module that assigns a constant."""
    lines = inspect.getsource(module).splitlines()
    tree = ast.parse(inspect.getsource(module))
    (found,) = [s for s in tree.body if isinstance(s, ast.Assign) and assigns(s, name)]
    code = "\n".join(lines[found.lineno - 1 : found.end_lineno])
    return Source(file_of(module), found.lineno, code)


def between(function: Callable[..., Any], first: ast.stmt, last: ast.stmt) -> Source:
    """Return the lines of a function from one statement to another."""
    lines, start = inspect.getsourcelines(function)
    code = textwrap.dedent("".join(lines[first.lineno - 1 : last.end_lineno])).rstrip()
    return Source(file_of(function), start + first.lineno - 1, code)


@cache
def definition(function: Callable[..., Any]) -> ast.FunctionDef:
    """Return the syntax tree of a function."""
    (found,) = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    assert isinstance(found, ast.FunctionDef)
    return found


def assigns(statement: ast.Assign, name: str) -> bool:
    """Return whether a statement assigns this name."""
    return any(is_name(target, name) for target in statement.targets)


def is_name(node: ast.expr, name: str) -> bool:
    """Return whether an expression is this name."""
    return isinstance(node, ast.Name) and node.id == name


def file_of(owner: Any) -> str:
    """Return the file of a definition from the top of the project, such as ref_numpy/layer.py."""
    file = Path(inspect.getfile(owner)).resolve()
    return file.relative_to(ROOT).as_posix() if file.is_relative_to(ROOT) else file.name
