"""The names that a Python file, a module or a notebook defines.

A notebook's statements are executed by the rule of `executed_statements`: imports, definitions, and
values that no training makes. So are those of a file that trains, plots or asks as it is imported
(`training_programs`), and of one that raises: data that it reads may be missing here. Any other
file, and any module that is imported by its name, is executed as Python executes it.
"""

from __future__ import annotations
import __future__ as future_features

import ast
import importlib
import importlib.util
import os
import sys
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from itertools import groupby
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from parity_tests.adapters.call_wording import sentence
from parity_tests.adapters.executed_statements import (
    IMPORTS,
    Makers,
    defined_by,
    executed_part,
)
from parity_tests.adapters.missing_helpers import course_files
from parity_tests.adapters.notebook_cells import cells_of, parsed
from parity_tests.adapters.training_programs import is_read_by_the_rule
from parity_tests.check_messages import input_error
from parity_tests.checking.guarded_calls import Call, CandidateError, call, remember_source

LEFT_OUT = "__left_out__"  # what may hold a function, and could not be executed: a list of texts
# Raised where a text is not Python: a null byte, or brackets too deep for the parser.
NOT_PYTHON = (SyntaxError, ValueError, RecursionError, MemoryError)
NOTES = "__notes__"  # which other lines were not executed, and why: a list of sentences


def definitions(where: str, call: Call = call, name: str = "") -> dict[str, Any]:
    """Return the namespace of a file or module, which imports as it would from its own folder.

    Args:
        where: `path.py`, `notebook.ipynb` or `package.module`.
        call: calls the candidate's code.
        name: of the candidate in it, if one was named.

    Raises:
        InputError: there is no such file, or it is not readable.
    """
    path = Path(where)
    is_path = path.suffix in (".py", ".ipynb") or "/" in where or "\\" in where
    if is_path and not os.path.isfile(path):
        raise input_error("file.missing", path=where)
    folder = path.resolve().parent if is_path else Path.cwd()
    sys.path.insert(0, str(folder))
    with course_files():
        if path.suffix == ".ipynb":
            return call(f"importing {path.name}", notebook, path.name, cells_of(path))
        if is_path:
            return file(path, call, name)
        if not call(f"importing {where}", is_module, where):
            raise input_error("module.missing", name=where)
        return vars(call(f"importing {where}", importlib.import_module, where))


def is_module(name: str) -> bool:
    """Return whether a module of this name can be imported."""
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def file(path: Path, call: Call, name: str) -> dict[str, Any]:
    """Execute a Python file: as Python does, or by the rule.

    Raises:
        CandidateError: it cannot be executed as Python does, and the rule finds no function in it.
    """
    importing, tree = f"importing {path.name}", statements_of(path)
    if tree is not None and is_read_by_the_rule(tree, name):
        return call(importing, by_the_rule, path, tree)
    try:
        return call(importing, as_python, path)
    except CandidateError as error:
        if tree is None or name:
            raise
        namespace = call(importing, by_the_rule, path, tree)
        if not any(own in namespace for s in tree.body for own in defined_by(s)):
            raise
        namespace[NOTES].insert(0, sentence("note.import-raised", error=str(error)))
        return namespace


def statements_of(path: Path) -> ast.Module | None:
    """Return a file's statements; None where it is not Python."""
    try:
        return parsed(path.read_text(encoding="utf-8"), str(path))[1]
    except (OSError, *NOT_PYTHON):
        return None


def module_name(path: Path) -> str:
    """Return the name of a file's module, which no library has."""
    return f"candidate_{path.stem}"


class CompiledAnew(SourceFileLoader):
    """Compiles a file whenever it is executed, as it is now.

    The bytecode beside it may be of an edit in the same second that has as many bytes.
    """

    def get_code(self, fullname: str) -> CodeType:
        """Return the code of the file's text."""
        return self.source_to_code(self.get_data(self.path), self.path)


def as_python(path: Path) -> dict[str, Any]:
    """Execute a Python file, and return its namespace."""
    name = module_name(path)
    loader = CompiledAnew(name, str(path))
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    if spec is None or spec.loader is None:
        raise input_error("file.no-python", path=path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickle look their module up
    spec.loader.exec_module(module)
    return vars(module)


def by_the_rule(path: Path, tree: ast.Module) -> dict[str, Any]:
    """Execute a Python file by the rule, and return its namespace."""
    module = new_module(module_name(path))
    module.__file__ = str(path)
    lines = execute(module, tree, str(path), Makers.of(tree.body), "")
    if lines:
        vars(module)[NOTES].append(sentence("note.not-executed", places=described(lines)))
    return vars(module)


def notebook(name: str, cells: list[str]) -> dict[str, Any]:
    """Execute the cells of a notebook by the rule, and return its namespace."""
    module = new_module(name)
    trees: dict[int, tuple[str, ast.Module]] = {}
    for n, cell in enumerate(cells, start=1):
        try:
            trees[n] = parsed(cell, cell_name(name, n))
        except NOT_PYTHON as error:
            why = str(getattr(error, "msg", type(error).__name__))
            why += f", line {line}" if (line := getattr(error, "lineno", None)) else ""
            vars(module)[LEFT_OUT].append(f"cell {n} is not Python ({why})")
    makers = Makers.of(s for _, tree in trees.values() for s in tree.body)
    for n, (source, tree) in trees.items():
        remember_source(cell_name(name, n), source)
        execute(module, tree, cell_name(name, n), makers, f" of cell {n}")
    return vars(module)


def cell_name(notebook: str, n: int) -> str:
    """Return the file name of a cell, for messages."""
    return f"{notebook} cell {n}"


def new_module(name: str) -> ModuleType:
    """Return an empty module, with empty lists of what was left out of it."""
    module = ModuleType(name)
    sys.modules[name] = module
    vars(module).update({LEFT_OUT: [], NOTES: []})
    return module


def execute(
    module: ModuleType, tree: ast.Module, filename: str, makers: Makers, where: str
) -> list[int]:
    """Execute the statements of a tree by the rule, and return the lines that were not executed.

    What may hold a function and could not be executed is listed in the module's LEFT_OUT.

    Args:
        module: in whose namespace the statements are executed.
        tree: the statements.
        filename: for messages.
        makers: the functions that a value may call.
        where: " of cell 3", for a notebook.
    """
    namespace, lines = vars(module), list[int]()
    flags = future_flags(tree)
    for statement in tree.body:
        part, left_out = executed_part(statement, makers)
        for left in left_out:
            lines += lines_of(left)
            if names := defined_by(left):
                text = f"line {left.lineno}{where}, which defines {', '.join(names)}"
                namespace[LEFT_OUT].append(text)
        if part is None:
            continue
        try:
            exec(compile(ast.Module([part], []), filename, "exec", flags, True), namespace)
        except Exception as error:
            if isinstance(part, IMPORTS) and isinstance(error, ModuleNotFoundError):
                continue  # training may need it; a function that does fails when it is called
            lines += lines_of(part)
            if defined_by(part) or isinstance(part, IMPORTS):
                text = f"{type(error).__name__}: {error}"
                namespace[LEFT_OUT].append(f"line {part.lineno}{where} raised {text}")
    return lines


def future_flags(tree: ast.Module) -> int:
    """Return the compiler's flags of a file's `from __future__ import …`."""
    imports = (s for s in tree.body if isinstance(s, ast.ImportFrom) and s.module == "__future__")
    names = (alias.name for s in imports for alias in s.names)
    return sum(getattr(future_features, name).compiler_flag for name in names)


def lines_of(statement: ast.stmt) -> range:
    """Return the numbers of a statement's lines."""
    return range(statement.lineno, (statement.end_lineno or statement.lineno) + 1)


def described(lines: list[int]) -> str:
    """Return line numbers in words: "lines 3, 8–12"."""
    return ("line " if len(set(lines)) == 1 else "lines ") + ", ".join(runs(lines))


def runs(lines: list[int]) -> Iterator[str]:
    """Yield each run of neighbouring numbers: "3", "8–12"."""
    for _, each in groupby(enumerate(sorted(set(lines))), key=lambda pair: pair[1] - pair[0]):
        run = [line for _, line in each]
        yield f"{run[0]}" if len(run) == 1 else f"{run[0]}–{run[-1]}"
