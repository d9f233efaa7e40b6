"""The replacements of which mutants are made, for each kind of syntax.

Replaced are operators, comparisons, conditions, constants, names in strings, arguments, slices,
calls, returned values, and whole statements. `deletions` are made of some modules alone: see
`scope.py`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from parity_tests.campaigns.mutation.scope import PARTS_TRIED

OPERATORS: dict[type[ast.AST], tuple[type[ast.AST], ...]] = {
    ast.Add: (ast.Sub,), ast.Sub: (ast.Add,), ast.Mult: (ast.Div,), ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Div,), ast.Mod: (ast.Mult,), ast.Pow: (ast.Mult,), ast.MatMult: (ast.Mult,),
    ast.BitOr: (ast.BitAnd,), ast.BitAnd: (ast.BitOr,), ast.And: (ast.Or,), ast.Or: (ast.And,),
    ast.Lt: (ast.LtE, ast.GtE), ast.GtE: (ast.Gt, ast.Lt), ast.Gt: (ast.GtE, ast.LtE),
    ast.LtE: (ast.Lt, ast.Gt), ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,), ast.In: (ast.NotIn,), ast.NotIn: (ast.In,),
}  # fmt: skip
OPPOSITES = {
    "max": "min", "maximum": "minimum", "argmax": "argmin", "any": "all", "zeros": "ones",
    "zeros_like": "ones_like", "sum": "mean",
}  # fmt: skip
OPPOSITES |= {opposite: name for name, opposite in OPPOSITES.items()}

# Functions whose result is one of their arguments.
CHOOSE = {"max", "min", "maximum", "minimum", "where"}

# Names before a dot that are modules, and so no objects to which a method belongs.
LIBRARIES = {
    "math",
    "np",
    "torch",
    "nn",
    "json",
    "os",
    "L",
    "conventions",
    "datasets",
    "optimisers",
    "torch_costs",
}


def replacements(owner: ast.AST, name: str, node: ast.AST) -> Iterator[ast.AST]:
    """Yield the replacements of a node that is in the field `name` of its owner."""
    if name == "ifs" or (name == "test" and isinstance(owner, ast.If | ast.While)):
        yield from (ast.Constant(True), ast.Constant(False))
    yield from (operator() for operator in OPERATORS.get(type(node), ()))
    match node:
        case ast.Constant(value):
            yield from map(ast.Constant, constants(value))
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.Invert(), operand=operand):
            yield operand
        case ast.Attribute(value, "T"):
            yield value
        case ast.IfExp(_, body, orelse):
            yield from (body, orelse)
        case ast.BoolOp(op, values):
            for i in range(len(values)):
                rest = [*values[:i], *values[i + 1 :]]
                yield ast.BoolOp(op, rest) if len(rest) > 1 else rest[0]
        case ast.Slice(lower, upper, step):
            yield from (ast.Slice(None, upper, step) for _ in [lower] if lower)
            yield from (ast.Slice(lower, None, step) for _ in [upper] if upper)
            yield from (ast.Slice(lower, upper, None) for _ in [step] if step)
        case ast.Call():
            yield from calls(node)
            if not isinstance(owner, ast.Expr):
                yield from without_call(node)
        case ast.Return(value) if value and not isinstance(value, ast.Constant):
            yield ast.Return(ast.Constant(None))
        case ast.Break():
            yield ast.Continue()
        case ast.Continue():
            yield ast.Break()
        case ast.With(items, body) if all(item.optional_vars is None for item in items):
            yield ast.If(ast.Constant(True), body, [])
        case ast.AnnAssign(value=None):
            pass
        case ast.Assign() | ast.AugAssign() | ast.AnnAssign() | ast.Expr() | ast.Raise():
            yield ast.Pass()


def deletions(owner: ast.AST, node: ast.AST) -> Iterator[ast.AST]:
    """Yield the node without a term, a factor, an exponent, or one of a table's equal formulas."""
    match node:
        case ast.BinOp(left, ast.Sub() | ast.Div() | ast.Pow()):
            yield left
        case ast.BinOp(left, ast.Add() | ast.Mult(), right):
            yield from (left, right)
        case ast.Tuple(elements, ast.Load()) if isinstance(owner, ast.Dict):
            for i in range(len(elements)):
                yield ast.Tuple([*elements[:i], *elements[i + 1 :]], ast.Load())
        case ast.Call(ast.Attribute(ast.Name("np"), name) | ast.Name(name), [_, *others]):
            yield from others if name in CHOOSE else ()  # `without_call` yields the first


def constants(value: Any) -> list[Any]:
    """Return other constants than this one."""
    match value:
        case bool():
            return [not value]
        case int():
            return [0, 2] if value == 1 else [value + 1]
        case float():
            return [value + 1]
        case str():
            return [f"{value}X"]
    return []


def calls(node: ast.Call) -> Iterator[ast.Call]:
    """Yield calls with a keyword less, two arguments exchanged, or the opposite function."""
    function, arguments, keywords = node.func, node.args, node.keywords
    for i, keyword in enumerate(keywords):
        if is_tried(node, keyword):
            yield ast.Call(function, arguments, [*keywords[:i], *keywords[i + 1 :]])
    for i in range(len(arguments) - 1):
        a, b = arguments[i : i + 2]
        yield ast.Call(function, [*arguments[:i], b, a, *arguments[i + 2 :]], keywords)
    match function:
        case ast.Name(name) if name in OPPOSITES:
            yield ast.Call(ast.Name(OPPOSITES[name], ast.Load()), arguments, keywords)
        case ast.Attribute(value, name) if name in OPPOSITES:
            yield ast.Call(ast.Attribute(value, OPPOSITES[name], ast.Load()), arguments, keywords)


def is_tried(call: ast.Call, keyword: ast.keyword) -> bool:
    """Return whether an argument is tried: of `LayerKind(…)` and `LossKind(…)`, some are not."""
    match call.func:
        case ast.Name("LayerKind" | "LossKind"):
            return keyword.arg in PARTS_TRIED
    return True


def without_call(node: ast.Call) -> Iterator[ast.expr]:
    """Yield x for x.copy() and np.abs(x)."""
    match node.func:
        case ast.Attribute(value) if not (isinstance(value, ast.Name) and value.id in LIBRARIES):
            yield value
        case _ if node.args and not isinstance(node.args[0], ast.Starred | ast.GeneratorExp):
            yield node.args[0]
