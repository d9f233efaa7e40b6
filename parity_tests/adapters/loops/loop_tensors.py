"""Which of a training loop's names are Z1, A1, …, the output, J and dZ1, ….

They are told by the matrix products: A1 is what W2 is multiplied with, and dZ2 what A1 is, in the
gradient of W2.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from parity_tests.adapters.loops.loop_names import LoopNames, first_product
from parity_tests.adapters.loops.needed_statements import kept
from parity_tests.adapters.loops.statement_names import (
    Product,
    Update,
    as_product,
    as_update,
    assigns,
    derived,
    factors,
    is_negative,
    name_of,
    products,
    reads,
)
from parity_tests.adapters.loops.training_loops import COST, TrainingLoop

OF_OTHERS = re.compile(r"val|test|dev", re.IGNORECASE)  # of other data


def find_tensors(loop: TrainingLoop, names: LoopNames) -> dict[str, str]:
    """Return the names of tensors, by ours: {"A1": "l1", "output": "l2", "dZ2": "-delta"}."""
    found: dict[str, str] = {}
    L = names.layers
    costs = {n for s in loop.body for n in assigns(s) if is_cost(n)}
    if not names.pairs:
        loop = replace(loop, body=tuple(kept(loop.body, {*names.parameters.values()} | costs)))
    for l in range(1, L + 1):
        product = first_product(loop, names.weight(l))
        factor = product and product.other(names.weight(l))
        if l > 1 and factor is not None:
            found[f"A{l - 1}"] = name_of(factor)
        found[f"Z{l}"] = sum_of(loop, names, l)
    found["output"] = output_of(loop, names) or found[f"Z{L}"]
    found["J"] = cost_of(loop, names)
    for l in range(L, 0, -1):
        found[f"dZ{l}"] = delta_of(loop, names, l, found.get(f"A{l - 1}", ""))
    for l in range(1, L + 1):  # h = X @ W; h = tanh(h): of one name the last value is seen
        after = found["output"] if l == L else found.get(f"A{l}")
        if found[f"Z{l}"] == after:
            found[f"Z{l}"] = ""
    computed = derived(loop.body, names.parameters.values())
    return {n: own for n, own in found.items() if own.lstrip("-") in computed}


def sum_of(loop: TrainingLoop, names: LoopNames, l: int) -> str:
    """Return the name of Z: a statement assigns it the product, with or without the bias."""
    product = first_product(loop, names.weight(l))
    for s in loop.body:
        if not isinstance(s, ast.Assign) or len(s.targets) != 1 or assigns(s) & loop.carried:
            continue
        if product and product in map(as_product, terms_of(s.value)):
            return name_of(s.targets[0])
    return ""


def terms_of(node: ast.expr) -> Iterator[ast.expr]:
    """Yield the terms of a sum."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        yield from terms_of(node.left)
        yield from terms_of(node.right)
    else:
        yield node


def output_of(loop: TrainingLoop, names: LoopNames) -> str:
    """Return the name of the output: it is first compared with the labels."""
    computed = derived(loop.body, names.parameters.values())
    for s in loop.body:
        if names.y in reads(s):
            others = assigns(s) | {*names.parameters.values()}
            every = (n.id for n in ast.walk(s) if isinstance(n, ast.Name))
            own = [n for n in every if n in computed and n not in others]
            changed = [n for n in assigns(s) if n in reads(s)]  # probs[rows, y] -= 1
            if own or changed:
                return source_of(loop, (own or changed)[0])
    return ""


def source_of(loop: TrainingLoop, name: str) -> str:
    """Return the name that another is only another name of: probs, where `delta = probs`."""
    for s in loop.body:
        if isinstance(s, ast.Assign) and name in [name_of(t) for t in s.targets]:
            return source_of(loop, s.value.id) if isinstance(s.value, ast.Name) else name
    return name


def cost_of(loop: TrainingLoop, names: LoopNames) -> str:
    """Return the name of the cost, the last one that is computed before the updates."""
    computed, own = derived(loop.body, names.parameters.values()), {*names.parameters.values()}
    found = ""
    for s in loop.body:
        if assigns(s) & own:
            break
        is_whole = isinstance(s, ast.Assign | ast.AugAssign) and "abs(" not in ast.unparse(s)
        named = [n for n in assigns(s) if is_cost(n) and n in computed]
        if is_whole and named and named[0] not in loop.carried:
            found = named[0]
    return found


def is_cost(name: str) -> bool:
    """Return whether a name is that of a cost, and not of other data's."""
    return bool(COST.fullmatch(name)) and not OF_OTHERS.search(name)


def delta_of(loop: TrainingLoop, names: LoopNames, l: int, before: str) -> str:
    """Return the name of dZ, with its sign: what A_prev is multiplied with, for dW."""
    update = next((u for u in updates(loop) if u.name == names.weight(l)), None)
    if update is None:
        return ""
    product, negative = gradient_product(loop, update.change)
    if product is None:
        return ""
    sides = name_of(product.left), name_of(product.right)
    if before and before in sides:
        own = sides[0] if sides[1] == before else sides[1]
    else:
        computed = derived(loop.body, names.parameters.values())
        own = next((n for n in sides if n in computed and n != before), "")
    return f"-{own}" if own and update.descends == negative else own


def updates(loop: TrainingLoop) -> Iterator[Update]:
    """Yield the updates of a round."""
    return (u for u in map(as_update, loop.body) if u)


def gradient_product(loop: TrainingLoop, change: ast.expr) -> tuple[Product | None, bool]:
    """Return the product that an update takes, and whether a minus stands before it."""
    found = [*products(change)]
    if found:
        return found[-1], False
    for factor in factors(change):
        for s in reversed(assigned(loop.body, name_of(factor))):
            every = [*products(s.value)]
            if every:
                return every[-1], is_negative(s.value)
    return None, False


def assigned(body: Sequence[ast.stmt], name: str) -> list[ast.Assign]:
    """Return the statements that assign this name."""
    each = [s for s in body if isinstance(s, ast.Assign)]
    return [s for s in each if name and name in [name_of(t) for t in s.targets]]
