"""What a statement reads, assigns and multiplies, by its names alone."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

PRODUCTS = frozenset(("dot", "matmul"))


def reads(node: ast.AST) -> set[str]:
    """Return the names whose value a statement takes: both of `x += y`, x of `x[0] = y`."""
    names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and is_read(n)}
    names |= {
        s.target.id
        for s in ast.walk(node)
        if isinstance(s, ast.AugAssign) and isinstance(s.target, ast.Name)
    }
    return names - own_names(node)


def is_read(name: ast.Name) -> bool:
    """Return whether this is no name that is assigned."""
    return isinstance(name.ctx, ast.Load)


def own_names(node: ast.AST) -> set[str]:
    """Return the names of comprehensions and lambdas, which nothing else sees."""
    every = [n for n in ast.walk(node) if isinstance(n, ast.comprehension | ast.Lambda)]
    targets = [n.target for n in every if isinstance(n, ast.comprehension)]
    names = {x.id for t in targets for x in ast.walk(t) if isinstance(x, ast.Name)}
    return names | {a.arg for n in every if isinstance(n, ast.Lambda) for a in n.args.args}


def assigns(statement: ast.stmt) -> set[str]:
    """Return the names that a statement assigns, or whose object it may change."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {statement.name}
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {a.asname or a.name.partition(".")[0] for a in statement.names}
    names = {n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and not is_read(n)}
    changed = [n for n in ast.walk(statement) if isinstance(n, ast.Subscript | ast.Attribute)
               and not isinstance(n.ctx, ast.Load)]  # fmt: skip
    changed += [
        c.value.func
        for c in ast.walk(statement)
        if isinstance(c, ast.Expr) and isinstance(c.value, ast.Call)
        and isinstance(c.value.func, ast.Attribute)
    ]  # zs.append(z)  # fmt: skip
    return (names | set(filter(None, map(root, changed)))) - own_names(statement)


def root(node: ast.AST) -> str:
    """Return the name that an attribute or an entry belongs to: "d" of `d[rows, y]`."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def plain(node: ast.expr) -> ast.expr:
    """Return an expression without `.T`."""
    while isinstance(node, ast.Attribute) and node.attr == "T":
        node = node.value
    return node


def is_transposed(node: ast.expr) -> bool:
    """Return whether an expression is a transpose, `x.T`."""
    return isinstance(node, ast.Attribute) and node.attr == "T"


def name_of(node: ast.expr) -> str:
    """Return the name of an expression, without `.T`; "" of one that is no name."""
    node = plain(node)
    return node.id if isinstance(node, ast.Name) else ""


@dataclass(frozen=True)
class Product:
    """A matrix product: its two operands."""

    left: ast.expr
    right: ast.expr

    def other(self, name: str) -> ast.expr | None:
        """Return the operand beside the one of this name; None where neither has it."""
        if name_of(self.right) == name:
            return self.left
        return self.right if name_of(self.left) == name else None

    def takes(self, name: str) -> ast.expr:
        """Return the operand of this name."""
        return self.right if name_of(self.right) == name else self.left


def as_product(node: ast.AST) -> Product | None:
    """Return the matrix product that an expression is: x @ y, np.dot(x, y), x.dot(y)."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        return Product(node.left, node.right)
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    if node.func.attr not in PRODUCTS or not 1 <= len(node.args) <= 2:
        return None
    return Product(*node.args) if len(node.args) == 2 else Product(node.func.value, node.args[0])


def evaluated(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a statement in the order of their values: operands first."""
    for child in ast.iter_child_nodes(node):
        yield from evaluated(child)
    yield node


def products(node: ast.AST) -> Iterator[Product]:
    """Yield the matrix products of a statement, inner ones first."""
    return (p for p in map(as_product, evaluated(node)) if p)


def derived(body: Iterable[ast.stmt], names: Iterable[str]) -> set[str]:
    """Return these names, and those that statements assign from them, one after the other."""
    known = {*names}
    for s in body:
        if reads(s) & known:
            known |= assigns(s)
    return known


def factors(node: ast.expr) -> Iterator[ast.expr]:
    """Yield the factors of an expression: lr and g of `-lr * g`, lr and m of `lr / m`."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
        yield from factors(node.left)
        yield from factors(node.right)
    elif isinstance(node, ast.UnaryOp):
        yield from factors(node.operand)
    else:
        yield node


def is_negative(node: ast.expr) -> bool:
    """Return whether an expression begins with a minus."""
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
        node = node.left
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)


@dataclass(frozen=True)
class Update:
    """An update of a parameter, `name = name ± change`.

    Attributes:
        name: of the parameter.
        change: the expression.
        is_added: whether it is added.
    """

    name: str
    change: ast.expr
    is_added: bool

    @property
    def descends(self) -> bool:
        """Whether it subtracts what its names say, and not the negative of it."""
        return self.is_added == is_negative(self.change)


def as_update(statement: ast.stmt) -> Update | None:
    """Return the update that a statement is; None of another one."""
    if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
        op, name, change = statement.op, statement.target.id, statement.value
    elif (
        isinstance(statement, ast.Assign) and len(statement.targets) == 1
        and isinstance(statement.value, ast.BinOp)
        and (name := name_of(statement.targets[0]))
        and isinstance(statement.value.left, ast.Name) and statement.value.left.id == name
    ):  # fmt: skip
        op, change = statement.value.op, statement.value.right
    else:
        return None
    return Update(name, change, isinstance(op, ast.Add)) if is_sum(op) else None


def is_sum(op: ast.operator) -> bool:
    """Return whether this adds or subtracts."""
    return isinstance(op, ast.Add | ast.Sub)
