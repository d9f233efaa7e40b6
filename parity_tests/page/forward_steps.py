"""The steps from X to J."""

from __future__ import annotations

from dataclasses import replace

from parity_tests.page import source_excerpts, torch_program
from parity_tests.page.docstring_equations import (
    bracketed,
    equations,
    equations_of_mode,
    loss_equation,
    mean_equation,
    with_layer_numbers,
)
from parity_tests.page.mathml import mathml
from parity_tests.page.step import LABELS, LABELS_OF_GRAPH, PageStep, Shapes
from parity_tests.page.step_meanings import meaning_of_cost, meaning_of_forward
from ref_numpy import Dense, Elementwise, NetworkSpec, propagation
from ref_numpy.graphs.step import Step
from torch_impl import torch_costs, twin


def forward_step(spec: NetworkSpec, step: Step, shapes: Shapes, training: bool = False) -> PageStep:
    """Z[l] = W[l] A[l−1] + b[l], A[l] = g[l](Z[l]), or the equation of another kind of layer."""
    layer, l = step.layer, step.number
    kind = type(layer)
    ours = equations(kind, kind.forward)
    result, m = shapes[step.output], shapes["A0"][-1]
    right = result == shapes[step.input]
    dimensions = f"{bracketed(step.output)} {result}, the shape of {bracketed(step.input)}"
    if isinstance(layer, Dense):
        equation = ours["Z"] if layer.bias else ours["Z"].removesuffix(" + b")
        texts = [with_layer_numbers(equation, l, l - 1)]
        texts += ["A[0] = X"] if l == 1 else []
        reads = {f"W{l}": "i:", step.input: ":j"}
        W, A = shapes[f"W{l}"], shapes[step.input]
        dimensions = f"W[{l}] {W} · {bracketed(step.input)} {A}"
        if layer.bias:
            reads[f"b{l}"] = "i:"
            dimensions += f" + b[{l}] {shapes[f'b{l}']}"
        dimensions += f" = {result}"
        if layer.bias:
            dimensions += f"; b[{l}] is added to each of {m} columns"
        right = W[1] == A[0] and result == (W[0], A[1])
        numpy = (source_excerpts.assignment(kind.forward, "Z"),)
    elif isinstance(layer, Elementwise):
        texts = [with_layer_numbers(equations(Elementwise)["A"], l, l - 1)]
        texts += [text for left, text in ours.items() if left == "g(z)"]
        reads = {step.input: "ij"}
        numpy = (source_excerpts.body(type(layer).g),)
    else:
        ours |= equations_of_mode(training, kind)
        texts = [text for left, text in ours.items() if left[0] not in "d∂"]
        reads = {step.input: ":j"} | ({} if training else dict.fromkeys(step.state.values(), "i:"))
        numpy = (source_excerpts.body(kind.forward),)
    torch = (
        *source_excerpts.of_twin(layer),
        source_excerpts.line_with(twin.Network.forward, "x = layer(x)"),
    )
    return PageStep(
        step.output, "forward", f"layer {l}", meaning_of_forward(spec, step, m),
        tuple(map(mathml, texts)), reads, dimensions, right, numpy, torch,
        torch_program.forward_line(spec, step), step.output,
        made="dot" if isinstance(layer, Dense) else "",
    )  # fmt: skip


OTHER_COST = (
    "The cost beside the slider is another: it is that of the training, {why}, and this run is an "
    "evaluation."
)


def with_other_cost(spec: NetworkSpec, cost: PageStep, training: bool) -> PageStep:
    """Return the step of J with a note, where the training computes another J than the run."""
    draws = ["which draws random numbers"] if spec.is_random else []
    batch = ["whose layers take the statistics of the batch"] if spec.couples_examples else []
    if training or not (draws or batch):
        return cost
    note = OTHER_COST.format(why=", ".join(draws + batch))
    return replace(cost, note=f"{cost.note} {note}".strip())


FROM_LOGITS = (
    "Both sides compute the loss from {logits}, the logits: on paper the same number, which stays "
    "finite where log a would be log 0."
)


def cost_step(spec: NetworkSpec, shapes: Shapes, by_twin: bool) -> PageStep:
    """J = (1/m) Σ_i ℒ(a[L](i), y(i)), of a chain or of a graph."""
    loss = type(spec.loss)
    texts = [*mean_equation(spec)[:1], loss_equation(spec), *mean_equation(spec)[1:]]
    numpy = [
        source_excerpts.body(loss.forward),
        source_excerpts.assignment(propagation.mean_cost, "J", 0),
    ]
    torch = [*source_excerpts.of_twin(spec.loss), source_excerpts.body(torch_costs.mean_loss)]
    if spec.lambd:
        numpy.append(source_excerpts.assignment(propagation.mean_cost, "J", 1))
        torch.append(source_excerpts.assignment(torch_costs.regularised, "J"))
    labels = LABELS if spec.is_chain else LABELS_OF_GRAPH
    m = shapes[labels][-1]
    logits = "Z[L]" if spec.is_chain else spec.loss_reads
    return PageStep(
        "J", "cost", "", meaning_of_cost(spec, m), tuple(map(mathml, texts)),
        {spec.loss_reads: "::", labels: "::"},
        f"a loss for each of {m} examples, (1, {m}); their mean is a number: ()",
        shapes["J"] == (), tuple(numpy), tuple(torch),
        torch_program.cost_line(spec), "J", "",
        note=FROM_LOGITS.format(logits=logits) if by_twin and spec.loss.reads == "Z" else "",
        box="" if spec.is_chain else "J",
    )  # fmt: skip
