"""Whether a Python file is a program that trains, plots or asks as it is imported.

Such a file is read by the rule of a notebook; any other is executed as Python executes it, with
its `register()`, its tables that are read from files, and its modules such as
`net = nn.Sequential(…)`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from parity_tests.adapters.executed_statements import DEFINITIONS
from parity_tests.adapters.loops.training_loops import training_loops

BACKWARD = re.compile(
    r"\w*(back|grad|bprop|optimi[sz]e)\w*|propagate|fit|train(_\w+)?", re.IGNORECASE
)
GRADIENT = re.compile(r"d_?[WbZA]_?\d*|d[wbza]\d*|grads?")
PLOTS = frozenset(("matplotlib", "seaborn", "plotly", "pylab", "bokeh"))
SHOWS = frozenset(("show", "imshow", "savefig"))
ASKS = frozenset(("input", "get_ipython", "display", "exit", "quit", "parse_args"))


def is_read_by_the_rule(tree: ast.Module, name: str = "") -> bool:
    """Return whether a file's statements are executed by the rule, and not as Python does.

    So it is where a statement outside of functions, classes and `if __name__ == "__main__"` trains,
    plots or asks; but not where the candidate is a value in the file, such as a torch module, that
    the rule might leave out.

    Args:
        tree: of the file.
        name: of the candidate in it, if one was named.
    """
    defined = {s.name for s in tree.body if isinstance(s, DEFINITIONS)}
    if name and name not in defined:
        return False
    doing = [s for s in tree.body if not isinstance(s, DEFINITIONS) and not is_guard(s)]
    loops = {loop.lines for loop in training_loops(tree)}
    trains = training_functions(tree, loops)
    plots = plotting_names(tree)
    return any(
        has_one_of(s, loops) or trains_in(s, trains) or plots_or_asks(s, plots) for s in doing
    )


def is_guard(statement: ast.stmt) -> bool:
    """Return whether a statement is `if __name__ == …`."""
    names = ast.walk(statement.test) if isinstance(statement, ast.If) else ()
    return any(isinstance(n, ast.Name) and n.id == "__name__" for n in names)


def training_functions(tree: ast.Module, loops: set[tuple[int, int]]) -> set[str]:
    """Return the names of the file's functions that lead to a backward pass, or are one.

    Args:
        tree: of the file.
        loops: the first and last line of each training loop.
    """
    uses = {s.name: set(names_in(s)) for s in tree.body if isinstance(s, ast.FunctionDef)}
    functions = (s for s in tree.body if isinstance(s, ast.FunctionDef))
    found = {s.name for s in functions if BACKWARD.fullmatch(s.name) or has_one_of(s, loops)}
    while more := {name for name, used in uses.items() if used & found} - found:
        found |= more
    return found


def plotting_names(tree: ast.Module) -> set[str]:
    """Return the names of imported packages that plot."""
    names: set[str] = set()
    for s in ast.walk(tree):
        if isinstance(s, ast.Import):
            every = [a for a in s.names if a.name.partition(".")[0] in PLOTS]
            names |= {a.asname or a.name.partition(".")[0] for a in every}
        elif isinstance(s, ast.ImportFrom) and (s.module or "").partition(".")[0] in PLOTS:
            names |= {a.asname or a.name for a in s.names}
    return names


def trains_in(statement: ast.stmt, functions: set[str]) -> bool:
    """Return whether a statement calls a training function, or is a loop that computes gradients.

    So is a call of a method of such a name: `net.fit(X, Y)`, `loss.backward()`; not `net.train()`,
    which sets a mode of a torch module.
    """
    for call in calls_in(statement):
        function = call.func
        if isinstance(function, ast.Name) and function.id in functions:
            return True
        if isinstance(function, ast.Attribute) and (
            function.attr in ("fit", "backward") or (function.attr == "train" and call.args)
        ):
            return True
    loops = (s for s in ast.walk(statement) if isinstance(s, ast.For | ast.While))
    return any(GRADIENT.fullmatch(name) for loop in loops for name in stored_in(loop))


def has_one_of(statement: ast.stmt, loops: set[tuple[int, int]]) -> bool:
    """Return whether one of these loops, by its lines, is in a statement."""
    last = statement.end_lineno or statement.lineno
    return any(statement.lineno <= first and end <= last for first, end in loops)


def plots_or_asks(statement: ast.stmt, plots: set[str]) -> bool:
    """Return whether a statement calls a plotting package, or asks the user."""
    for call in calls_in(statement):
        root, last = call.func, getattr(call.func, "attr", getattr(call.func, "id", ""))
        while isinstance(root, ast.Attribute):
            root = root.value
        if last in (*SHOWS, *ASKS) or (isinstance(root, ast.Name) and root.id in plots):
            return True
    return False


def calls_in(statement: ast.stmt) -> Iterator[ast.Call]:
    """Yield the calls that a statement makes as it is executed: none in functions and lambdas."""
    left: list[ast.AST] = [statement]
    while left:
        node = left.pop()
        if isinstance(node, ast.Call):
            yield node
        if not isinstance(node, (*DEFINITIONS, ast.Lambda)):
            left += ast.iter_child_nodes(node)


def names_in(node: ast.AST) -> Iterable[str]:
    """Return the names and attributes that code uses."""
    every = (getattr(n, "id", getattr(n, "attr", None)) for n in ast.walk(node))
    return (name for name in every if isinstance(name, str))


def stored_in(node: ast.AST) -> Iterable[str]:
    """Return the names that code assigns."""
    names = (n for n in ast.walk(node) if isinstance(n, ast.Name))
    return (n.id for n in names if isinstance(n.ctx, ast.Store))
