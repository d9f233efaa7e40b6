"""The names that a Python file, a module or a notebook defines.

A file is executed as Python executes it. Of a notebook only imports and definitions are executed:
functions, classes, and constants that are written out; not the cells that load data, train and
plot.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

from parity_tests.adapters.course.reference_functions import supplied
from parity_tests.check_messages import input_error
from parity_tests.checking.guarded_calls import Call, call, remember_source
from ref_numpy.errors import cause_of

# The files that come with the course's notebooks: dnn_utils_v2, planar_utils, testCases_v4a, …
BESIDE = re.compile(
    r"(dnn(_app)?|planar|lr|opt|reg|init|gc)_utils\w*|test[_]?[cC]ases\w*|public_tests\w*|test_utils"
)


def definitions(where: str, call: Call = call) -> dict[str, Any]:
    """Return the namespace of a file or module, which imports as it would from its own folder.

    Args:
        where: `path.py`, `notebook.ipynb` or `package.module`.
        call: calls the candidate's code.

    Raises:
        InputError: there is no such file, or it is not readable.
    """
    path = Path(where)
    is_path = path.suffix in (".py", ".ipynb") or "/" in where or "\\" in where
    if is_path and not path.is_file():
        raise input_error("file.missing", path=where)
    folder = path.resolve().parent if is_path else Path.cwd()
    sys.path.insert(0, str(folder))
    with course_files():
        if path.suffix == ".ipynb":
            return call(f"importing {path.name}", notebook, path.name, cells_of(path))
        if is_path:
            return call(f"importing {path.name}", file, path)
        if not call(f"importing {where}", is_module, where):
            raise input_error("module.missing", name=where)
        return vars(call(f"importing {where}", importlib.import_module, where))


def is_module(name: str) -> bool:
    """Return whether a module of this name can be imported."""
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def file(path: Path) -> dict[str, Any]:
    """Execute a Python file, and return its namespace."""
    name = f"candidate_{path.stem}"  # so that no library has the name
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise input_error("file.no-python", path=path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickle look their module up
    spec.loader.exec_module(module)
    return vars(module)


def cells_of(path: Path) -> list[str]:
    """Return the source of each code cell.

    Raises:
        InputError: the notebook is not readable.
    """
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        return ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise input_error("notebook.unreadable", path=path, error=cause_of(error)) from error


def notebook(name: str, cells: list[str]) -> dict[str, Any]:
    """Execute the imports and definitions of a notebook, and return its namespace.

    Lines that cannot be executed are left out, and listed in the namespace's LEFT_OUT.
    """
    module = ModuleType(name)
    left_out = vars(module).setdefault(LEFT_OUT, [])
    for n, cell in enumerate(cells, start=1):
        filename = f"{name} cell {n}"
        try:
            source, tree = parsed(cell, filename)
        except SyntaxError as error:
            left_out.append(f"cell {n} is not Python ({error.msg}, line {error.lineno})")
            continue
        remember_source(filename, source)
        for statement in filter(defines, tree.body):
            try:
                exec(compile(ast.Module([statement], []), filename, "exec"), vars(module))
            except ModuleNotFoundError:
                pass  # a training cell may need it; a function that does fails when it is called
            except Exception as error:
                text = f"{type(error).__name__}: {error}"
                left_out.append(f"line {statement.lineno} of cell {n} raised {text}")
    return vars(module)


LEFT_OUT = "__left_out__"
CELL_MAGIC = re.compile(r"\s*%%(time|timeit|capture)\b.*")
LINE_MAGIC = re.compile(r"\s*[%!?].*|\s*[\w.]+\?{1,2}\s*|\s*[\w, ]+=\s*[%!].*")


def parsed(cell: str, filename: str) -> tuple[str, ast.Module]:
    """Parse a cell without IPython's %magic, !command and help? lines.

    Raises:
        SyntaxError: the rest is not Python.
    """
    lines = cell.split("\n")
    if CELL_MAGIC.fullmatch(lines[0]):
        lines[0] = ""
    elif lines[0].startswith("%%"):
        lines = []
    while True:
        source = "\n".join(lines)
        try:
            return source, ast.parse(source, filename)
        except SyntaxError as error:
            at = (error.lineno or 0) - 1
            if not (0 <= at < len(lines) and LINE_MAGIC.fullmatch(lines[at])):
                raise
            indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
            lines[at] = f"{indent}pass"


def defines(statement: ast.stmt) -> bool:
    """Return whether a statement is an import, a definition, or an assignment without a call.

    Such assignments are of 1e-8, np.tanh, {"relu": relu}, or a lambda.
    """
    if isinstance(statement, ast.Try):
        return all(map(defines, [*statement.body, *statement.orelse, *statement.finalbody]))
    if isinstance(statement, ast.If):
        return all(map(defines, [*statement.body, *statement.orelse]))
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        return statement.value is not None and calls_nothing(statement.value)
    kinds = (
        ast.Import,
        ast.ImportFrom,
        ast.FunctionDef,
        ast.AsyncFunctionDef,
        ast.ClassDef,
        ast.Pass,
    )
    return isinstance(statement, kinds)


def calls_nothing(value: ast.expr) -> bool:
    """Return whether an expression calls no function."""
    if isinstance(value, ast.Lambda):
        return True
    runs = ast.Call, ast.Await, ast.Yield, ast.YieldFrom
    return not any(isinstance(node, runs) for node in ast.walk(value))


HELPERS = ("sigmoid", "relu", "sigmoid_backward", "relu_backward")


class CourseFiles(MetaPathFinder, Loader):
    """An importer of empty modules for the files that come with the course's notebooks."""

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> ModuleSpec | None:
        """Find a module of such a name."""
        return ModuleSpec(fullname, self) if BESIDE.fullmatch(fullname) else None

    def exec_module(self, module: ModuleType) -> None:
        """Define the helper functions of the module's week, and functions that refuse to run."""
        kind = module.__name__.partition("_")[0]
        week = {"dnn": 4, "planar": 3, "lr": 2}.get(kind)
        helpers = {n: f for n, f in supplied(week).items() if n in HELPERS} if week else {}
        vars(module).update(helpers, __all__=list(helpers), __getattr__=absent(module.__name__))


def absent(module: str) -> Any:
    """Return a module's __getattr__, whose functions refuse to run."""

    def __getattr__(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)

        def function(*arguments: Any, **options: Any) -> Any:
            raise input_error("course-file.missing", function=name, module=module)

        return function

    return __getattr__


@contextmanager
def course_files() -> Iterator[None]:
    """Import empty modules for missing files of the course, within the context."""
    finder = CourseFiles()
    sys.meta_path.append(finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
