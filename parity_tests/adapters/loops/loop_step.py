"""A round of a training loop as a function of parameters, inputs and labels."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from parity_tests.adapters.executed_statements import Makers
from parity_tests.adapters.interfaces.data_forms import DataForm
from parity_tests.adapters.interfaces.layout import (
    BIAS,
    COLUMN,
    FLAT,
    ROW,
    WEIGHTS,
    Layout,
    layouts,
)
from parity_tests.adapters.interfaces.parameter_holders import RATE, Holder
from parity_tests.adapters.interfaces.parameter_slots import Slots
from parity_tests.adapters.loops.executed_round import LOOK, RATE_NAME, Round, executed_round
from parity_tests.adapters.loops.loop_names import LoopNames, first_product
from parity_tests.adapters.loops.loop_source import ONE_ROUND, LoopSource
from parity_tests.adapters.loops.statement_names import (
    assigns,
    derived,
    is_transposed,
    name_of,
    reads,
)
from parity_tests.adapters.loops.training_loops import TrainingLoop
from ref_numpy import Array


def loop_holders(
    loop: TrainingLoop, names: LoopNames, tensors: Mapping[str, str], makers: Makers,
    source: LoopSource, filename: str, options: Sequence[Sequence[int]],
) -> Iterator[Holder]:  # fmt: skip
    """Yield the parameters of a loop in each layout that it may have, with its round as a step.

    Args:
        loop: the loop.
        names: of its inputs, labels, parameters.
        tensors: names by ours.
        makers: what a value before the loop may call.
        source: where it stands.
        filename: for messages.
        options: sizes of networks.
    """
    part = executed_round(loop, names, tensors, makers)
    functions = tuple(
        sorted({n for s in part.body for n in reads(s) if callable(source.namespace.get(n))})
    )
    has_biases = "b1" in names.parameters
    for dims in options:
        if len(dims) != names.layers + 1:
            continue
        for layout in layouts_of(loop, names, has_biases):
            pairs = [*zip(dims[1:], dims, strict=False)]
            shapes = {f"W{l}": layout.shape(WEIGHTS, pair) for l, pair in enumerate(pairs, start=1)}
            if has_biases:
                shapes |= {
                    f"b{l}": layout.shape(BIAS, (n, 1)) for l, (n, _) in enumerate(pairs, start=1)
                }
            held = {n: np.zeros(shape) for n, shape in shapes.items()}
            slots = Slots({n: (n,) for n in shapes}, shapes, layout.in_out)
            holder = Holder(
                f"the loop in {loop.place}", held, slots, {}, [*dims], is_made_up=True, rated=True,
                used=(*functions, *loop.inlined, ONE_ROUND), loop=source,
            )  # fmt: skip
            holder.functions[ONE_ROUND] = step_of(
                holder, loop, names, tensors, part, source.namespace, filename
            )
            yield holder


def layouts_of(loop: TrainingLoop, names: LoopNames, has_biases: bool) -> list[Layout]:
    """Return the layouts that the first product and the first values of the biases allow."""
    product = first_product(loop, names.weight(1))
    every = [*layouts(tensors=False, biases=has_biases)]
    if product is not None:
        is_right = name_of(product.right) == names.weight(1)
        in_out = is_right != is_transposed(product.takes(names.weight(1)))
        every = [layout for layout in every if layout.in_out == in_out]
    known = bias_shape(loop, names.parameters["b1"]) if has_biases else None
    return [layout for layout in every if known in (None, layout.biases)] or every


def bias_shape(loop: TrainingLoop, name: str) -> str | None:
    """Return the shape that a bias is made in, `np.zeros((1, n))`; None where nothing says it."""
    for s in loop.before:
        if isinstance(s, ast.Assign) and name in [name_of(t) for t in s.targets]:
            for call in ast.walk(s.value):
                if isinstance(call, ast.Call) and call.args:
                    first = call.args[0]
                    sizes = first.elts if isinstance(first, ast.Tuple) else call.args
                    ones = [isinstance(x, ast.Constant) and x.value == 1 for x in sizes]
                    if len(ones) == 2 and any(ones):
                        return None if all(ones) else ROW if ones[0] else COLUMN
                    if isinstance(first, ast.Name | ast.Constant) and len(ones) == 1:
                        return FLAT
    return None


def step_of(
    holder: Holder, loop: TrainingLoop, names: LoopNames, tensors: Mapping[str, str],
    part: Round, namespace: dict[str, Any], filename: str,
) -> Callable[..., tuple[Any, ...]]:  # fmt: skip
    """Return the function that executes one round.

    It updates the holder's parameters, keeps the tensors that it saw, and returns the output and J.
    """
    of_data = derived(part.before, {x for each in part.data for x in each})
    of_data |= derived(part.before, {*names.parameters.values(), *names.examples})
    constants = [s for s in part.before if not assigns(s) & of_data]
    numbers = [s for s in part.before if assigns(s) & of_data]
    compiled = {id(s): compiled_of(s, filename) for s in (*constants, *numbers, *part.body)}

    product = first_product(loop, names.weight(1))
    factor = product and product.other(names.weight(1))
    is_turned = factor is not None and is_transposed(factor)  # W.dot(X.T) of rows is of columns

    def step(
        params: dict[str, Any], X: Any, Y: Any, m: int, data_form: DataForm
    ) -> tuple[Any, ...]:
        each: list[dict[str, Any]] = []
        given: dict[str, Any] = {**loop.targets, RATE_NAME: RATE}
        given[LOOK] = lambda **values: each.append({n: np.array(x) for n, x in values.items()})
        for own, x in ((names.zeros, 0.0), (names.rates, RATE), (names.examples, m)):
            given |= dict.fromkeys(own, x)
        data = (X, pairs(X, Y, data_form)) if names.pairs else (X, Y)
        for own, x in zip(part.data, data, strict=True):
            given |= dict.fromkeys(own, x)
        given |= {own: np.array(params[n]) for n, own in names.parameters.items()}
        for some in (constants, numbers):
            for s in some:
                exec(compiled[id(s)], namespace)
            namespace.update(given)
        seen: dict[str, Array] = {}
        for k in range(len(part.body) + 1):
            for n, (own, at) in part.seen.items():
                if at == k and own in namespace and not names.pairs:
                    value = np.array(namespace[own])
                    value = value.T if is_turned and value.ndim == 2 else value
                    seen[n] = -value if tensors[n][0] == "-" else value
            if k < len(part.body):
                exec(compiled[id(part.body[k])], namespace)
        for n in each[0] if each else ():
            value = np.concatenate([x[n].reshape(-1, 1) for x in each], axis=1)
            seen[n] = value.T if data_form.rows else value
        params.update({n: np.asarray(namespace[own]) for n, own in names.parameters.items()})
        holder.watched = {n: x for n, x in seen.items() if n not in ("J", "output")}
        J = [seen["J"].reshape(())[()]] if "J" in seen and seen["J"].size == 1 else []
        return (*([seen["output"]] if "output" in seen else []), *J)

    return step


def pairs(X: Array, Y: Array, form: DataForm) -> list[tuple[Array, Array]]:
    """Return the examples and their labels one by one: (n,) of rows, (n, 1) of columns."""
    if form.rows or Y.ndim == 1:
        return [*zip(X, Y, strict=False)]
    return [(X[:, i : i + 1], Y[:, i : i + 1]) for i in range(X.shape[1])]


def compiled_of(statement: ast.stmt, filename: str) -> Any:
    """Compile a statement, whose lines are those of the file."""
    return compile(ast.Module([statement], []), filename, "exec")
