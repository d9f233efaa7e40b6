"""Findings of week 2's `propagate` in its own names: dw = X @ dZ.T / m, where W[1] is w.T."""

from __future__ import annotations

import ast
import re
from dataclasses import replace

from parity_tests.checking.causes import Cause
from parity_tests.checking.findings import Finding
from parity_tests.checking.report import Report

NAMES = {"Z1": "Z", "A1": "A", "J": "cost", "dZ1": "dZ", "dW1": "dw", "db1": "db"}
SCALARS = ("m", "n", "n_prev", "n_x", "n_y", "L", "c", "lambd")
ELEMENTWISE = ("abs", "exp", "log", "maximum", "sign", "sqrt", "square", "trunc", "where")


def in_names_of_propagate(report: Report) -> Report:
    """Return the report on a whole run of `propagate`, with the sentences in its own names."""
    return replace(report, findings=tuple(map(renamed_finding, report.findings)))


def renamed_finding(finding: Finding) -> Finding:
    """Return a finding in the names of `propagate`; its tensor keeps its canonical name."""
    if finding.tensor not in NAMES:
        return finding

    def rename(line: str | None) -> str | None:
        return line and own_line(line)

    causes = tuple(map(renamed_cause, finding.causes))
    message = re.sub(r"\b(?:Z1|A1|J|dZ1|dW1|db1)\b", lambda found: NAMES[found[0]], finding.message)
    before = tuple(NAMES.get(name, name) for name in finding.before)
    line = rename(finding.right_line)
    return replace(finding, message=message, before=before, causes=causes, right_line=line)


def renamed_cause(cause: Cause) -> Cause:
    """Return a cause with its formulas in the names of `propagate`."""
    right = cause.right and own_line(cause.right)
    return replace(cause, formula=own_line(cause.formula), right=right)


def own_line(line: str) -> str:
    """Return a line of the catalogue as a line of `propagate`: "dW = …" as "dw = …".

    >>> own_line("dW = dZ @ A_prev.T / m")
    'dw = X @ dZ.T / m'
    """
    left, _, right = line.partition(" = ")
    try:
        formula = ast.parse(right, mode="eval").body
    except SyntaxError:
        return line
    formula = transposed(formula) if left == "dW" else formula
    text = ast.unparse(WithOwnNames().visit(formula)).replace("w.T.T", "w")
    text = text.replace("dZ.sum(axis=1, keepdims=True)", "np.sum(dZ)")
    return f"{ {'dW': 'dw', 'J': 'cost'}.get(left, left) } = {text}"


class WithOwnNames(ast.NodeTransformer):
    """A_prev is X, and W is w.T."""

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Return the name that `propagate` has."""
        if node.id == "W":
            return attribute(ast.Name("w"), "T")
        return ast.Name("X" if node.id == "A_prev" else node.id)


def transposed(x: ast.expr) -> ast.expr:
    """Return the transpose of a formula, without .T of more than a name where that is possible.

    (A B)ᵀ = Bᵀ Aᵀ; of sums, and of products by elements, each part is transposed.
    """
    match x:
        case ast.BinOp(left, ast.MatMult(), right):
            return ast.BinOp(transposed(right), ast.MatMult(), transposed(left))
        case ast.BinOp(left, op, right):
            return ast.BinOp(transposed(left), op, transposed(right))
        case ast.UnaryOp(op, operand):
            return ast.UnaryOp(op, transposed(operand))
        case ast.Attribute(value, "T"):
            return value
        case ast.Constant():
            return x
        case ast.Name(name) if name in SCALARS:
            return x
        case ast.Call(ast.Attribute(ast.Name("np"), name), arguments) if name in ELEMENTWISE:
            return ast.Call(x.func, [*map(transposed, arguments)], x.keywords)
        case ast.Call(ast.Attribute(), [], []):  # a sum or a mean of everything
            return x
        case _:
            return attribute(x, "T")


def attribute(x: ast.expr, name: str) -> ast.Attribute:
    """Return x.name."""
    return ast.Attribute(x, name, ast.Load())
