"""Which of a training loop's names are the inputs, the labels, the parameters, the rate."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from parity_tests.adapters.interfaces.argument_roles import role
from parity_tests.adapters.interfaces.parameter_slots import BIAS_NAME
from parity_tests.adapters.loops.label_names import labels_of
from parity_tests.adapters.loops.loop_data import is_a_size, origin, outer_names, sources
from parity_tests.adapters.loops.needed_statements import kept
from parity_tests.adapters.loops.statement_names import (
    Product,
    as_update,
    assigns,
    derived,
    evaluated,
    factors,
    is_sum,
    name_of,
    plain,
    products,
    reads,
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
        pairs: the name of a list of (x, y), whose gradients a round sums; "" for none.
        doubts: what was not recognised, by ours: the names that it may be.
    """

    parameters: Mapping[str, str]
    x: str
    y: str
    rates: tuple[str, ...] = ()
    zeros: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    pairs: str = ""
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
    # What a round computes for the user alone, such as the loss of other data, has other inputs.
    loop = replace(loop, body=tuple(kept(loop.body, own)))
    pair = pairs_of(loop, own)
    x = stated.get("X") or (pair[0] if pair else input_of(loop, parameters["W1"], own))
    if not x:
        doubts["X"] = tuple(sorted(outer_names(loop) - own))
    labels = [stated["Y"]] if stated.get("Y") else [pair[1]] if pair else labels_of(loop, own, {x})
    if len(labels) != 1:
        doubts["Y"] = tuple(sorted(labels or outer_names(loop) - own - {x}))
    y = labels[0] if len(labels) == 1 else UNKNOWN
    given = own | {*sources(loop, x), *sources(loop, y), *(pair or ())}
    if left := kept_weights(loop, given):
        doubts["W1"] = left
    free = outer_names(loop) - own - {x, y}
    of_data = derived((*loop.before, *loop.body), {*sources(loop, x), *sources(loop, y)})
    rates = (stated["rate"],) if stated.get("rate") else rates_of(loop, own, free)
    return LoopNames(
        parameters, x or UNKNOWN, y, rates,
        tuple(sorted(n for n in free if role(n) == "none" and not KEEPS.search(n))),
        tuple(sorted(n for n in free if role(n) == "examples" and n not in (*rates, *of_data))),
        pair[2] if pair and (x, y) == pair[:2] else "", doubts,
    )  # fmt: skip


KEEPS = re.compile(r"keep", re.IGNORECASE)  # a share that is kept is 1, not 0, without dropout


def biases_of(loop: TrainingLoop) -> tuple[str, ...]:
    """Return the names that a round updates and adds to something, in the order of their use."""
    others = loop.carried - {*loop.weights}
    found = dict[str, None]()
    for s in loop.body:
        if assigns(s) & loop.carried:
            continue
        every = [n for n in evaluated(s) if isinstance(n, ast.BinOp) and is_sum(n.op)]
        terms = [name_of(t) for n in every for t in (n.left, n.right)]
        if isinstance(s, ast.AugAssign) and is_sum(s.op):
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


def kept_weights(loop: TrainingLoop, given: set[str]) -> tuple[str, ...]:
    """Return factors of matrix products that a round neither computes, nor updates, nor is given.

    Weights that it forgets to update are such factors.
    """
    made = {n for s in loop.body for n in assigns(s)}
    every = (p for s in loop.body for p in products(s))
    names = [name_of(x) for p in every for x in (p.left, p.right)]
    return tuple(dict.fromkeys(n for n in names if n and n not in given | made))


def pairs_of(loop: TrainingLoop, own: set[str]) -> tuple[str, str, str] | None:
    """Return x, y and batch of `for x, y in batch` in a round, where x is multiplied."""
    for s in loop.body:
        if isinstance(s, ast.For) and isinstance(s.target, ast.Tuple):
            names = [name_of(x) for x in s.target.elts]
            factors = {n for p in products(s) for n in (name_of(p.left), name_of(p.right))}
            if len(names) == 2 and factors & own and names[0] in factors and name_of(s.iter):
                return names[0], names[1], name_of(s.iter)
    return None


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
