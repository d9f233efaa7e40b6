"""Which of a training loop's names are the inputs, the labels, the parameters, the rate."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from parity_tests.adapters.interfaces.argument_roles import role
from parity_tests.adapters.interfaces.parameter_slots import BIAS_NAME
from parity_tests.adapters.loops.statement_names import (
    Product,
    as_update,
    assigns,
    derived,
    evaluated,
    factors,
    name_of,
    plain,
    products,
    reads,
    root,
)
from parity_tests.adapters.loops.training_loops import TrainingLoop

UNKNOWN = "?"


@dataclass(frozen=True)
class LoopNames:
    """The names of a loop, by ours.

    Attributes:
        parameters: "W1", "b1", … by ours; without biases W1, W2, … alone.
        x: the inputs, a name or an expression such as "X[i]".
        y: the labels.
        rates: names of the learning rate; () where the loop has none.
        zeros: names of what is 0 in each call, such as `reg`.
        examples: names of the number of examples.
        doubts: what was not recognised, by ours: the names that it may be.
    """

    parameters: Mapping[str, str]
    x: str
    y: str
    rates: tuple[str, ...] = ()
    zeros: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    doubts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def layers(self) -> int:
        """The number of layers."""
        return sum(n[0] == "W" for n in self.parameters)

    def weight(self, l: int) -> str:
        """Return the name of W of layer l."""
        return self.parameters[f"W{l}"]


def find_names(loop: TrainingLoop, stated: Mapping[str, str]) -> LoopNames:
    """Return the names of a loop.

    Args:
        loop: the loop.
        stated: names that the user stated, by ours: "X", "Y", "W1", "b1", "rate".
    """
    doubts = dict[str, tuple[str, ...]]()
    parameters = {n: own for n, own in stated.items() if re.fullmatch(r"[Wb]\d+", n) and own}
    if not parameters:
        parameters = {f"W{l}": n for l, n in enumerate(loop.weights, start=1)}
        biases = biases_of(loop)
        if len(biases) == len(parameters):
            parameters |= {f"b{l}": n for l, n in enumerate(biases, start=1)}
        elif biases:
            doubts["b1"] = biases
    own = {*parameters.values()}
    x = stated.get("X") or input_of(loop, parameters["W1"], own)
    if not x:
        doubts["X"] = tuple(sorted(outer_names(loop) - own))
    labels = [stated["Y"]] if stated.get("Y") else [*labels_of(loop, own, {x})]
    if len(labels) != 1:
        doubts["Y"] = tuple(labels or sorted(outer_names(loop) - own - {x}))
    y = labels[0] if len(labels) == 1 else UNKNOWN
    free = outer_names(loop) - own - {x, y}
    rates = (stated["rate"],) if stated.get("rate") else rates_of(loop, own, free)
    return LoopNames(
        parameters, x or UNKNOWN, y, rates,
        tuple(sorted(n for n in free if role(n) == "none" and not KEEPS.search(n))),
        tuple(sorted(n for n in free if role(n) == "examples" and n not in rates)),
        doubts,
    )  # fmt: skip


KEEPS = re.compile(r"keep", re.IGNORECASE)  # a share that is kept is 1, not 0, without dropout


def outer_names(loop: TrainingLoop) -> set[str]:
    """Return the names of a round that neither it nor a function defines, and its data."""
    given, known = set[str](), set[str]()
    for s in loop.body:
        given |= reads(s) - known
        known |= assigns(s)
    code = {n for s in loop.before if isinstance(s, (*FUNCTIONS, *IMPORTS)) for n in assigns(s)}
    return {n for n in given if n not in code and n not in BUILTINS} | {*data_names(loop)}


FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
IMPORTS = (ast.Import, ast.ImportFrom)
BUILTINS = frozenset(dir(__builtins__) if not isinstance(__builtins__, dict) else __builtins__)


def data_names(loop: TrainingLoop) -> Iterator[str]:
    """Yield the names that a round assigns from what it does not compute: x of `x = X[i]`."""
    computed = derived(loop.body, loop.carried)
    for s in loop.body:
        yield from (n for n in assigns(s) if n not in computed)


def biases_of(loop: TrainingLoop) -> tuple[str, ...]:
    """Return the names that a round updates and adds to something, in the order of their use."""
    others = loop.carried - {*loop.weights}
    found = dict[str, None]()
    for s in loop.body:
        if assigns(s) & loop.carried:
            continue
        every = [n for n in evaluated(s) if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Add)]
        terms = [name_of(t) for n in every for t in (n.left, n.right)]
        if isinstance(s, ast.AugAssign) and isinstance(s.op, ast.Add):
            terms.append(name_of(s.value))
        found |= dict.fromkeys(n for n in terms if n in others)
    named = sorted((n for n in others if BIAS_NAME.fullmatch(n)), key=number_of)
    if len(found) < len(named) == len(loop.weights):  # one is updated, and never added
        return tuple(named)
    return tuple(found)


def number_of(name: str) -> tuple[int, str]:
    """Return what orders names: their last number."""
    numbers = re.findall(r"\d+", name)
    return (int(numbers[-1]) if numbers else 0), name


def first_product(loop: TrainingLoop, weight: str) -> Product | None:
    """Return the first matrix product of a weight."""
    every = (p for s in loop.body if not assigns(s) & loop.carried for p in products(s))
    return next((p for p in every if weight in (name_of(p.left), name_of(p.right))), None)


def input_of(loop: TrainingLoop, weight: str, own: set[str]) -> str:
    """Return the inputs: what the first weight is multiplied with; "" where that is computed."""
    product = first_product(loop, weight)
    factor = product and product.other(weight)
    if factor is None:
        return ""
    factor = plain(factor)
    if derived(loop.body, own) & reads(factor):
        return ""
    return origin(loop, factor)


def origin(loop: TrainingLoop, value: ast.expr) -> str:
    """Return the name or expression that data come from: X of `l0`, where `l0 = X`."""
    if isinstance(value, ast.Name):
        for s in loop.body:
            if isinstance(s, ast.Assign) and [name_of(t) for t in s.targets] == [value.id]:
                return origin(loop, s.value) if isinstance(s.value, ast.Name) else value.id
        return value.id
    return ast.unparse(value) if isinstance(value, ast.Subscript | ast.Attribute) else ""


def labels_of(loop: TrainingLoop, own: set[str], xs: set[str]) -> list[str]:
    """Return the names that may be the labels: data that a computed tensor is compared with."""
    computed = derived(loop.body, own)
    others = {*loop.targets} | xs | own
    numbers = number_names(loop)
    found = dict[str, None]()
    for s in loop.body:
        for node in ast.walk(s):
            for data in compared(node, computed):
                for term in data:
                    name = origin(loop, plain(term))
                    base = root(ast.parse(name, mode="eval").body) if name else ""
                    if name and base not in numbers and name not in others:
                        found[name] = None
    every = [n for n in found if role(n) not in ("none", "rate", "examples", "one")]
    sure = [n for n in every if role(base_name(n)) == "Y"]
    every = sure or every
    # Of y and of the one-hot labels that are made of y, y is given.
    made = {n for n in every if from_others(loop, n, {*every} - {n})}
    return [n for n in every if n not in made]


def base_name(text: str) -> str:
    """Return the name that an expression begins with: "y" of "y[i]"."""
    return re.split(r"[\[.]", text, maxsplit=1)[0]


def compared(node: ast.AST, computed: set[str]) -> Iterator[list[ast.expr]]:
    """Yield what is subtracted from, multiplied with, or an index of a computed tensor."""
    if isinstance(node, ast.BinOp) and not isinstance(node.op, ast.MatMult):
        sides = node.left, node.right
        if sum(bool(reads(x) & computed) for x in sides) == 1:
            yield [x for x in sides if not reads(x) & computed and not is_number(x)]
    elif isinstance(node, ast.Subscript) and root(node) in computed:
        entries = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        yield [x for x in entries if isinstance(x, ast.Name | ast.Subscript)]
    elif isinstance(node, ast.Call) and any(reads(a) & computed for a in node.args):
        yield [a for a in node.args if isinstance(a, ast.Name | ast.Subscript)
               and not reads(a) & computed]  # fmt: skip


def is_number(node: ast.expr) -> bool:
    """Return whether an expression has no name."""
    return not any(isinstance(n, ast.Name) for n in ast.walk(node))


def number_names(loop: TrainingLoop) -> set[str]:
    """Return the names of numbers, of functions and of modules: `m = len(X)`, `lr = 0.1`."""
    names = {n for s in loop.before if isinstance(s, (*FUNCTIONS, *IMPORTS)) for n in assigns(s)}
    for s in (*loop.before, *loop.body):
        if isinstance(s, ast.Assign) and (is_a_size(s.value) or isinstance(s.value, ast.Constant)):
            names |= {n.id for t in s.targets for n in ast.walk(t) if isinstance(n, ast.Name)}
    return names


def is_a_size(node: ast.expr) -> bool:
    """Return whether an expression is a size: len(x), x.shape[0], x.size, range(m)."""
    text = ast.unparse(node)
    return bool(re.fullmatch(r"(len|int|float|range|np\.arange)\(.*\)|.*\.(shape|size)\b.*", text))


def from_others(loop: TrainingLoop, name: str, others: set[str]) -> bool:
    """Return whether data are made of others before the loop or in it."""
    return name in derived((*loop.before, *loop.body), others) and not others & loop.carried


def rates_of(loop: TrainingLoop, own: set[str], free: set[str]) -> tuple[str, ...]:
    """Return the names of the learning rate: those with such a name, or factors of each update."""
    named = sorted(n for n in free if role(n) == "rate")
    if named:
        return tuple(named)
    numbers = {*numbers_of_data(loop)}
    each = list[set[str]]()
    for s in loop.body:
        update = as_update(s)
        if update and update.name in own:
            names = {name_of(f) for f in factors(update.change)}
            each.append({n for n in names if n in free and role(n) != "examples"} - numbers)
    return tuple(sorted(set.intersection(*each))) if each else ()


def numbers_of_data(loop: TrainingLoop) -> Iterator[str]:
    """Yield the names of sizes."""
    for s in (*loop.before, *loop.body):
        if isinstance(s, ast.Assign) and is_a_size(s.value):
            yield from assigns(s)
