"""The steps of a graph, one for each tensor, in dataflow order.

The text of a step is made of its layer's docstrings and its names alone: a new kind of layer needs
nothing here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from parity_tests.page import source_excerpts, torch_program
from parity_tests.page.backward_steps import BACKWARD, L2_LINE, OF_PARAMETER
from parity_tests.page.forward_steps import cost_step, with_other_cost
from parity_tests.page.graph import graph_meanings as meanings
from parity_tests.page.graph.gradient_shares import Share, gradient_shares
from parity_tests.page.graph.legends import equation, in_share, legend, sum_of_shares
from parity_tests.page.graph.read_patterns import made_by
from parity_tests.page.graph.step_formulas import StepFormulas, of_result, of_share
from parity_tests.page.state_steps import state_steps
from parity_tests.page.step import AFTER, LABELS_OF_GRAPH, PageStep, Shapes
from ref_numpy import NetworkSpec, propagation
from ref_numpy.graphs.step import Step
from ref_numpy.layer import Layer
from ref_numpy.optimisers import GradientDescent
from torch_impl import conventions, torch_optimisers, twin

CALL = source_excerpts.line_with(twin.Network.forward, "results = self.layers[name]")
OF_BATCH = source_excerpts.return_statement(conventions.from_batch_gradient)
SUM_OF_INPUT = source_excerpts.line_with(propagation.backward, "d[name] + share")
SUM_OF_PARAMETER = source_excerpts.line_with(propagation.backward, "d[full] + gradient")
NO_NUMBERS = "The run on this page does not train, so that {kind} draws no random numbers here."


def graph_steps(
    spec: NetworkSpec,
    shapes: Shapes,
    learning_rate: float,
    by_twin: bool,
    training: bool = False,
) -> list[PageStep]:
    """Return the steps: results, J, gradients as the last of their shares is known, updates.

    Args:
        spec: the network, a graph.
        shapes: of every tensor, inputs, Y and parameters too.
        learning_rate: α of the update.
        by_twin: our own twin is shown beside the reference.
        training: whether the run trains.
    """
    forward = [
        result_step(spec, step, name, shapes, training)
        for step in spec.steps
        for name in step.outputs
    ]
    backward = [
        gradient_step(spec, name, shares, shapes, training)
        for name, shares in gradient_shares(spec).items()
        if f"d{name}" in shapes
    ]
    updates = [update_step(spec, name, shapes, learning_rate) for name in spec.parameter_shapes]
    cost = with_other_cost(spec, cost_step(spec, shapes, by_twin), training)
    return [*forward, *state_steps(spec, shapes, training), cost, *backward, *updates]


def result_step(
    spec: NetworkSpec, step: Step, name: str, shapes: Shapes, training: bool
) -> PageStep:
    """Return the step of a result of a layer."""
    layer, of = step.layer, of_result(spec, step, name, shapes, training)
    idle = layer.is_random and not training
    note = NO_NUMBERS.format(kind=layer.kind) if idle else ""
    return PageStep(
        name, "forward", layer.kind, meanings.meaning_of_result(spec, step, name),
        (shown(of, layer),), of.reads,
        f"{with_shapes(of.reads, shapes)} → {name} {shapes[name]}",
        shapes[name] == spec.trace_shapes(shapes[LABELS_OF_GRAPH][-1])[name], of.lines,
        (*source_excerpts.of_twin(layer), CALL), torch_program.graph_lines(spec, step, training),
        torch_program.variable(name), made=made_by(of.texts, of.reads),
        note=note, box=step.output,
    )  # fmt: skip


def gradient_step(
    spec: NetworkSpec, of: str, shares: Sequence[Share], shapes: Shapes, training: bool
) -> PageStep:
    """Return the step of a gradient, which is the sum of its shares."""
    name, is_parameter = f"d{of}", of in spec.parameter_shapes
    several, penalised = len(shares) > 1, spec.lambd > 0 and of in spec.weights
    formulas = [of_share(spec, share, of, shapes, training) for share in shares]
    equations = [shown(f, s.step and s.step.layer) for f, s in zip(formulas, shares, strict=True)]
    if several:
        equations = [in_share(share, x) for share, x in zip(shares, equations, strict=True)]
    if several or penalised:
        equations.insert(0, sum_of_shares(of, shares, penalised))
    lines = [line for formula in formulas for line in formula.lines]
    lines += [SUM_OF_PARAMETER if is_parameter else SUM_OF_INPUT] if several else []
    lines += [L2_LINE] if penalised else []
    reads: dict[str, str] = {}
    for formula in formulas:
        for operand, pattern in formula.reads.items():
            reads[operand] = pattern if reads.get(operand, pattern) == pattern else "::"
    reads |= {of: "ij"} if penalised else {}
    # A parameter's inner products go over the positions too, of which the page shows one.
    positions = is_parameter and any(len(shapes[n]) > 2 for n in reads)
    is_written_out = not (several or penalised or positions)
    if is_parameter:
        step, own = next((s.step, s.own) for s in shares[::-1] if s.step)
        text = torch_program.parameter_text(spec, step, own)
        code, torch_name, layout = (
            f"J.backward()\n{text}.grad",
            f"{text}.grad",
            layout_of(step, own),
        )
        meaning, box = meanings.meaning_of_parameter(spec, of, shares), step.output
    else:
        code, layout = torch_program.gradient_lines(of, spec), "T"
        torch_name = f"{torch_program.variable(of)}.grad"
        meaning, box = meanings.meaning_of_gradient(spec, of, shares), box_of(spec, of)
    return PageStep(
        name, "backward", f"from {' + '.join(share.by for share in shares)}", meaning,
        tuple(equations), reads, f"{name} {shapes[name]}, the shape of {of}",
        shapes[name] == shapes[of], tuple(dict.fromkeys(lines)),
        (BACKWARD, OF_PARAMETER if is_parameter else OF_BATCH), code, torch_name, layout,
        made=made_by(formulas[0].texts, reads) if is_written_out else "", box=box,
    )  # fmt: skip


def update_step(spec: NetworkSpec, name: str, shapes: Shapes, learning_rate: float) -> PageStep:
    """θ := θ − α dθ."""
    step, own = owner(spec, name)
    before, gradient, α = shapes[name], shapes[f"d{name}"], f"{learning_rate:g}"
    letters = legend({"θ": name, "dθ": f"d{name}"})
    return PageStep(
        name + AFTER, "update", step.layer.kind, meanings.meaning_of_update(name, learning_rate),
        (equation("θ := θ − α dθ"), letters), {name: "ij", f"d{name}": "ij"},
        f"{name} {before} − α · d{name} {gradient} = {before}; α = {α} is a number",
        before == gradient, (source_excerpts.return_statement(GradientDescent.rule),),
        source_excerpts.entry(torch_optimisers, "TWINS", "GradientDescent"),
        torch_program.update_lines(spec, step, own, learning_rate),
        torch_program.parameter_text(spec, step, own), layout_of(step, own),
        f"θ = θ - {α} * dθ", "descent", box=step.output,
    )  # fmt: skip


def shown(formulas: StepFormulas, layer: Layer | None) -> str:
    """Return equations as HTML, with what their letters are."""
    texts = formulas.texts
    return f"{''.join(map(equation, texts))}{legend(formulas.letters, layer, texts)}"


def with_shapes(names: Iterable[str], shapes: Shapes) -> str:
    """Return "x (5, 20), W (7, 5)"."""
    return ", ".join(f"{name} {shapes[name]}" for name in names)


def layout_of(step: Step, own: str) -> str:
    """Return how torch's parameter becomes the reference's: b as a column, E transposed."""
    if own in twin.transposed(step.layer):
        return "T"
    parameters = twin.twin_of(step).parameters()
    return "column" if dict(zip(step.parameters, parameters, strict=True))[own].ndim == 1 else ""


def owner(spec: NetworkSpec, parameter: str) -> tuple[Step, str]:
    """Return the first step that has a parameter, and the step's own name of it."""
    return next(
        (step, own)
        for step in spec.steps
        for own, full in step.parameters.items()
        if full == parameter
    )


def box_of(spec: NetworkSpec, name: str) -> str:
    """Return the box of a tensor in the graph's picture: its step's, or an input's own."""
    return next((step.output for step in spec.steps if name in step.outputs), name)
