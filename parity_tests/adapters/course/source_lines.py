"""The line of a candidate's own source in which a wrong tensor is computed."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from parity_tests.adapters.course.source_statements import Source, definition_in, quoted
from parity_tests.adapters.course.update_statements import entry_assignment
from parity_tests.checking.findings import Finding
from parity_tests.checking.guarded_calls import file_name
from parity_tests.checking.report import Report

# By week and by kind of tensor: the functions that may compute it, and its possible names there;
# {} is the tensor's own name.
Place = tuple[str, tuple[str, ...]]
COST: Place = ("compute_cost", ("cost", "J"))
PLACES: dict[int, dict[str, tuple[Place, ...]]] = {
    2: {
        "Z": (("propagate", ("Z", "z")),), "A": (("propagate", ("A", "a")),),
        "J": (("propagate", ("cost", "J")),), "dZ": (("propagate", ("dZ", "dz")),),
        "dW": (("propagate", ("dw",)),), "db": (("propagate", ("db",)),),
    },
    3: {
        "Z": (("forward_propagation", ("{}",)),), "A": (("forward_propagation", ("{}",)),),
        "J": (COST,),
        **dict.fromkeys(("dA", "dZ", "dW", "db"), (("backward_propagation", ("{}",)),)),
    },
    4: {
        "Z": (("linear_forward", ("Z",)),),
        "A": (("{g}", ("A",)), ("linear_activation_forward", ("A",))), "J": (COST,),
        "dZ": (("{g}_backward", ("dZ",)), ("linear_activation_backward", ("dZ",))),
        "dW": (("linear_backward", ("dW",)),), "db": (("linear_backward", ("db",)),),
        "dA": (("linear_backward", ("dA_prev",)),),
    },
}  # fmt: skip
PLACES[5] = PLACES[3]
OF_A_TENSOR = ("value", "difference", "shape", "dtype", "no-numbers", "not-finite")
ALONE = {"sigmoid.A": ("A", "s", "a"), "relu.A": ("A",), "compute_cost.cost": ("cost", "J")}


SourceOf = Callable[[str], Source]


def with_own_lines(
    report: Report, functions: Collection[str], source: SourceOf, week: int,
    activations: Mapping[int, str],
) -> Report:  # fmt: skip
    """Add the candidate's line that computes the tensor to each finding, where it can be found.

    Args:
        report: the report.
        functions: the names of the candidate's own.
        source: of the function of a name.
        week: of the functions.
        activations: of each layer, by its number.
    """
    wrong = {f.tensor.partition(".")[0] for f in report.findings}
    wrong |= {t.function for t in report.tensors if t.ratio > 1}
    right = {t.function for t in report.tensors if t.function} - wrong
    # A function that is right alone was called with wrong arguments.
    functions = [n for n in functions if not {n, f"{n}(relu)"} & right]

    def own(finding: Finding) -> Finding:
        if finding.kind not in OF_A_TENSOR or finding.yours:
            return finding
        line = line_of(finding.tensor, functions, source, week, activations)
        is_right = line and finding.right_line and is_same_formula(line, finding.right_line)
        return replace(finding, yours=line) if line and not is_right else finding

    return replace(report, findings=tuple(map(own, report.findings)))


def is_same_formula(line: str, right: str) -> bool:
    """Return whether the candidate's line is the right one: then its inputs are wrong, not it."""

    def formula(text: str) -> str:
        text = text.partition(" = ")[2].replace("learning_rate", "alpha")
        return re.sub(r"\s|(?<=[A-Za-z])\d", "", text)

    return formula(line) == formula(right)


def line_of(
    tensor: str, functions: Collection[str], source: SourceOf, week: int,
    activations: Mapping[int, str],
) -> str | None:  # fmt: skip
    """Return the candidate's own line that computes a tensor; None where it cannot be found."""
    for function, names in places(tensor, week, activations):
        found = entry_assignment if function.startswith("update_parameters") else assignment
        line = function in functions and found(source(function), names)
        if line:
            return line
    return None


def places(tensor: str, week: int, activations: Mapping[int, str]) -> Iterator[Place]:
    """Yield the functions in which a tensor may be computed, and its names there."""
    called, _, name = tensor.rpartition(".")
    of_week = re.fullmatch(r"week (\d)", called)
    if called and not of_week:
        yield called.partition("(")[0], ALONE.get(tensor, (name,))
        return
    match = re.fullmatch(r"(d?[A-Za-z])(\d*)", name)
    if match is None:
        return
    kind, layer = match[1], int(match[2] or 0)
    g = activations.get(layer, "")
    if kind == "dA" and layer == len(activations):
        yield "L_model_backward", ("dAL",)
    for function, names in PLACES[int(of_week[1]) if of_week else week].get(kind, ()):
        yield function.format(g=g), tuple(n.format(name) for n in names)


def source_of(function: Any) -> Source:
    """Return the source of a function, in the process in which it is defined."""
    try:
        function = inspect.unwrap(function)
        lines, start = inspect.getsourcelines(function)
        return file_name(inspect.getfile(function)), start, "".join(lines)
    except (OSError, TypeError, ValueError, SyntaxError):
        return None


def assignment(source: Source, names: tuple[str, ...]) -> str | None:
    """Return the last statement of a function that assigns one of the names.

    Of a function that is one `return`, or that computes the tensor in its last, it is the return.

    Returns:
        "mine.py, line 24: dZ1 = …"; None where there is no such statement, where it depends on an
        `if`, or where there is no source.
    """
    definition = definition_in(source)
    if definition is None:
        return None
    found = [s for s in ast.walk(definition) if isinstance(s, ast.stmt) and assigns(s, names)]
    branches = [s for s in ast.walk(definition) if isinstance(s, ast.If)]
    if len(found) > 1 and any(s in ast.walk(branch) for branch in branches for s in found):
        return None
    last = definition.body[-1]
    if not found and isinstance(last, ast.Return):
        found = [last] if len(definition.body) == 1 or is_computed_in(last, names) else []
    if not found:
        return None
    found.sort(key=lambda statement: statement.lineno)
    while len(found) > 1 and only_changes_its_form(found[-1], names):
        found.pop()
    first = len(found) - 1
    while first > 0 and takes(found[first], names):  # cost = -np.sum(…), then cost = cost / m
        first -= 1
    return quoted(source, found[first:])


def is_computed_in(statement: ast.Return, names: tuple[str, ...]) -> bool:
    """Return whether a tensor is computed in a `return`: {"dW1": dZ1 @ X.T / m}, or dA * s.

    Of a function of one layer, whose tensors have no number, the result or its first entry is.
    """
    value = statement.value
    if isinstance(value, ast.Dict):
        pairs = zip(value.keys, value.values, strict=True)
        own = [x for key, x in pairs if isinstance(key, ast.Constant) and key.value in names]
    else:
        first = value.elts[0] if isinstance(value, ast.Tuple) and value.elts else value
        own = [] if first is None or any(n[-1].isdigit() for n in names) else [first]
    return any(isinstance(node, ast.BinOp) for x in own for node in ast.walk(x))


def takes(statement: ast.stmt, names: tuple[str, ...]) -> bool:
    """Return whether a statement computes the name's new value from its old one."""
    if isinstance(statement, ast.AugAssign):
        return True
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Subscript):
        return True
    value = getattr(statement, "value", None)
    nodes = ast.walk(value) if value is not None else ()
    return any(isinstance(node, ast.Name) and node.id in names for node in nodes)


def only_changes_its_form(statement: ast.stmt, names: tuple[str, ...]) -> bool:
    """Return whether a statement is like `cost = float(np.squeeze(cost))`."""
    value = getattr(statement, "value", None)
    while isinstance(value, ast.Call) and value.args:
        value = value.args[0]
    return isinstance(value, ast.Name) and value.id in names


def assigns(statement: ast.stmt, names: tuple[str, ...]) -> bool:
    """Return whether a statement assigns one of the names, or a part of it: dZ[Z <= 0] = 0."""
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AugAssign | ast.AnnAssign):
        targets = [statement.target]
    else:
        return False
    every = [node for target in targets for node in ast.walk(target)]
    return any(isinstance(node, ast.Name) and node.id in names for node in every)
