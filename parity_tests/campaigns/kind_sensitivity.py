"""Sensitivity by kinds of layers and losses: the error of one element that is always found.

Of a kind's own tensors: a step's result, and the gradients of its inputs and parameters; a loss's J
and first gradient. FlashAttention's rule takes torch as the plain computation. A kind that computes
something else in training, as dropout, is judged in evaluation and in training.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from rich.console import Console
from rich.table import Table

from parity_tests.adapters.torch_twin import twin
from parity_tests.campaigns.fault_injection import faulty_run
from parity_tests.campaigns.fixed_tolerances import RULES
from parity_tests.campaigns.sensitivity import (
    OURS,
    Problem,
    Sensitivity,
    tensor_sensitivities,
    widened,
)
from parity_tests.diagnosis.explained_check import check
from parity_tests.error_model.precisions import PRECISIONS, Precision
from parity_tests.kinds.known_kinds import built_in_layers, built_in_losses
from parity_tests.kinds.random_problem import mapped_floats, mapped_inputs, random_problem
from ref_numpy import Array, Context, Layer, NetworkSpec, WholeNumbers
from ref_numpy.arrays.axes import take_examples
from ref_numpy.graphs.step import next_name

M = 24
SEEDS = 3
DECLARE = "to be declared"
KIND_PRECISIONS = ("float64", "float32", "bfloat16")


class OfKind(NamedTuple):
    """A network that has a kind, and the tensors that are the kind's.

    Attributes:
        kind: "dense", "cross_entropy".
        tensors: {"Z1": "Z", "dW1": "dW"}: how the table calls them by their names.
        spec: the network.
        training: whether the runs are training steps.
    """

    kind: str
    tensors: dict[str, str]
    spec: NetworkSpec
    training: bool = False

    @property
    def name(self) -> str:
        """What the table calls it: "dropout in training"."""
        return f"{self.kind} in training" if self.training else self.kind

    def context(self, seed: int, turn: int = 1) -> Context:
        """Return the context of a run, by which masks are those of the examples in any order."""
        examples = np.arange(M)[::turn]
        return self.spec.context(M, self.training, seed)._replace(examples=examples)


def of_every_kind() -> Iterator[OfKind]:
    """Yield each kind of layer in its own graph, or as a hidden activation, and each loss."""
    yield of_step("dense", NetworkSpec.dense([5, 7, 3], "tanh"), "Z1")
    for kind, of in built_in_layers().items():
        if of.graph:
            one = of_step(kind, NetworkSpec.from_graph(of.graph(), "squared_error"), "z")
            yield one
            if one.spec.acts_in_training:
                yield in_training(one)
        elif of.samples:
            yield of_step(kind, NetworkSpec.dense([5, 7, 3], of.samples[0]), "A1")
        elif Layer.kinds[kind].symbol == "A":  # an output alone
            spec = NetworkSpec.dense([5, 7, 3], "tanh", kind, "squared_error")
            yield of_step(kind, spec, "A2")
    for loss, of in built_in_losses().items():
        if of.outputs or of.ends_with_any:
            output, n_y = of.outputs[0] if of.outputs else ("tanh", 2)
            yield of_loss(NetworkSpec.dense([5, 7, n_y], "tanh", output, of.sample or loss))
        elif of.graph:
            yield of_loss(NetworkSpec.from_graph(of.graph(), of.sample or loss))


def in_training(one: OfKind) -> OfKind:
    """Return the same in training, where the state after the step is a tensor of the kind, too."""
    state = {
        next_name(full): own for s in one.spec.steps_with_state for own, full in s.state.items()
    }
    return one._replace(training=True, tensors=one.tensors | state)


def of_loss(spec: NetworkSpec) -> OfKind:
    """Return the loss of a network, with J and the first gradient."""
    loss = spec.loss
    return OfKind(loss.kind, {"J": "J", f"d{spec.loss_reads}": f"d{loss.reads}"}, spec)


def of_step(kind: str, spec: NetworkSpec, name: str) -> OfKind:
    """Return the kind with the tensors of the step of this name: Z, dA_prev, dW."""
    step = next(s for s in spec.steps if s.output == name)
    tensors = {name: step.layer.symbol}
    several = len(step.inputs) > 1
    for k, (tensor, shape) in enumerate(zip(step.inputs, step.input_shapes, strict=True), 1):
        if not isinstance(shape, WholeNumbers):
            tensors[f"d{tensor}"] = f"dA_prev, {k}" if several else "dA_prev"
    tensors |= {f"d{full}": f"d{own}" for own, full in step.parameters.items()}
    return OfKind(kind, tensors, spec)


def rounded_problem(spec: NetworkSpec, p: Precision, seed: int) -> Problem:
    """Return random parameters, inputs and labels, numbers of p; whole numbers as they are."""
    params, X, Y = random_problem(spec, M, seed)
    params = {n: p.round(a) for n, a in params.items()}
    return params, mapped_floats(X, p.round), mapped_floats(Y, p.round)


def by_numpy(
    spec: NetworkSpec, problem: Problem, p: Precision, context: Context | None = None
) -> dict[str, Array]:
    """Run the reference and store each tensor in p."""
    params, X, Y = problem
    names = [name for name in spec.trace_shapes(M) if name not in spec.inputs]

    def stored(x: Array) -> Array:
        return widened(p.round(np.asarray(x)))

    wide = {n: widened(a) for n, a in params.items()}, widened(X), widened(Y)
    trace = faulty_run(spec, *wide, dict.fromkeys(names, stored), context)
    return {n: a if a.dtype.kind in "iu" else a.astype(p.dtype) for n, a in trace.items()}


def by_torch(
    spec: NetworkSpec, problem: Problem, p: Precision, turn: int = 1, context: Context | None = None
) -> dict[str, Array]:
    """Run the twin over the examples in order, or from the last to the first where turn is −1."""
    params, X, Y = problem
    X = mapped_inputs(X, lambda x: take_examples(x, slice(None, None, turn)))
    Y = take_examples(Y, slice(None, None, turn))
    trace = twin(p.name)(spec, params, X, Y, context=context)
    of_examples = {
        name
        for name, shape in spec.trace_shapes(M).items()
        if name.removeprefix("d") not in params and shape
    }
    return {
        name: take_examples(x, slice(None, None, turn)) if name in of_examples else x
        for name, x in trace.items()
    }


def sensitivities(one: OfKind, p: Precision) -> Iterator[Sensitivity]:
    """Measure the tensors of a kind, over several problems and three correct candidates."""
    for seed in range(SEEDS):
        problem, context = rounded_problem(one.spec, p, seed), one.context(seed)
        plain = by_torch(one.spec, problem, p, 1, context)
        turned = by_torch(one.spec, problem, p, -1, one.context(seed, -1))
        for trace in (plain, turned, by_numpy(one.spec, problem, p, context)):
            for row in tensor_sensitivities(one.spec, problem, trace, p, RULES, plain, context):
                if row.tensor in one.tensors:
                    is_refused = row.refused[OURS]
                    yield judged(row, one, problem, trace, p, context) if is_refused else row


def judged(
    row: Sensitivity,
    one: OfKind,
    problem: Problem,
    trace: Mapping[str, Array],
    p: Precision,
    context: Context | None = None,
) -> Sensitivity:
    """Return a refused tensor, marked where its sums are kept in half: that is to be declared.

    PyTorch sums the gradients of a norm and of an embedding so.
    """
    declared = check(trace, one.spec, *problem, p, context=context).declare
    refused = row.refused | {OURS: not declared, DECLARE: bool(declared)}
    return replace(row, refused=refused)


def print_kinds(console: Console) -> int:
    """Print the table of each precision.

    Returns:
        How many correct tensors the bounds refuse.
    """
    wrong = 0
    for precision in KIND_PRECISIONS:
        table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 1, 0, 0))
        for column in ("kind", "tensor"):
            table.add_column(column, no_wrap=True)
        for rule in (OURS, *RULES):
            table.add_column(rule.replace("_", " "), justify="right", max_width=7)
            table.add_column("✗", justify="right", no_wrap=True)
        for one in of_every_kind():
            rows = list(sensitivities(one, PRECISIONS[precision]))
            for name, tensor in one.tensors.items():
                of_tensor = [row for row in rows if row.tensor == name]
                wrong += count_refused(of_tensor, OURS)
                table.add_row(one.name, tensor, *cells(of_tensor))
        console.print(precision)
        console.print(table)
        console.print()
    console.print(
        "The change of one element that is always found, in root mean squares of its tensor."
        f"\n✗: how many of {3 * SEEDS} correct tensors the rule refuses, NumPy's, torch's, and"
        f"\ntorch's over the examples from the last to the first. Ours refuse {wrong}."
        "\nd: so many have sums in half, which the report says, and asks to declare.",
        soft_wrap=True,
    )
    return wrong


def cells(rows: list[Sensitivity]) -> Iterator[str]:
    """Yield the cells of a tensor: for each rule the change found, and how many it refuses."""
    for rule in (OURS, *RULES):
        yield f"{max(row.found[rule] for row in rows):.1e}"
        declared = count_refused(rows, DECLARE) if rule == OURS else 0
        yield f"{count_refused(rows, rule) or ''}{f' {declared}d' if declared else ''}"


def count_refused(rows: list[Sensitivity], test: str) -> int:
    """Return how many tensors the test refuses."""
    return sum(row.refused.get(test, False) for row in rows)
