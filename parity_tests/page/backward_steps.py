"""The steps from J back to the gradients, and the update."""

from __future__ import annotations

from collections.abc import Iterator

from parity_tests.kinds.known_kinds import kind_of
from parity_tests.page import source_excerpts, torch_program
from parity_tests.page.docstring_equations import (
    bracketed,
    equations,
    equations_of_mode,
    gradient_equation,
    is_difference,
    with_layer_numbers,
)
from parity_tests.page.mathml import mathml
from parity_tests.page.step import AFTER, PageStep, Shapes
from parity_tests.page.step_meanings import (
    meaning_of_input_gradient,
    meaning_of_last_gradient,
    meaning_of_parameter_gradient,
    meaning_of_update,
)
from ref_numpy import Dense, Elementwise, NetworkSpec, propagation
from ref_numpy.graphs.step import Step
from ref_numpy.optimisers import GradientDescent
from torch_impl import conventions, torch_optimisers, tracing, twin

L2_LINE = source_excerpts.line_with(propagation.with_L2, "spec.lambd / m")
OF_PARAMETER = source_excerpts.line_with(conventions.get_gradients, 'f"d{name}"')
BACKWARD = source_excerpts.line_with(tracing.trace, "J.backward()")
NO_OUTPUT_GRADIENT = "This program goes through dA[L]; ref_numpy goes from J to dZ[L] in one step."


def first_gradients(spec: NetworkSpec, shapes: Shapes) -> list[str]:
    """Return the names of dZ[L], or dA[L] under squared error; of both, if the program has both."""
    every = dict.fromkeys((f"d{spec.output}", f"d{spec.loss_reads}"))
    return [name for name in every if name in shapes]


def last_gradient(spec: NetworkSpec, name: str, shapes: Shapes) -> PageStep:
    """Return the step with which backward begins: dZ[L] = A[L] − Y."""
    of, output, L = name[1:], spec.output, spec.steps[-1].number
    text, note = gradient_equation(spec, bracketed(name), bracketed(output)), ""
    made = "minus" if is_difference(spec.loss) else ""
    numpy = [source_excerpts.return_statement(type(spec.loss).backward)]
    code = torch_program.gradient_lines(of)
    torch = [BACKWARD, source_excerpts.return_statement(conventions.from_batch_gradient)]
    if of != spec.loss_reads:
        text = kind_of(spec.loss).gradient_equation.replace("[L]", f"[{L}]")
        numpy, torch, code, made, note = [], [], "", "", NO_OUTPUT_GRADIENT
    sizes = f"{bracketed(output)} {shapes[output]} and Y {shapes['Y']} give {shapes[name]}"
    return PageStep(
        name, "backward", f"layer {L}", meaning_of_last_gradient(spec, of), (mathml(text),),
        {output: "ij", "Y": "ij"},
        f"{sizes}, the shape of {bracketed(of)}", shapes[name] == shapes[of], tuple(numpy),
        tuple(torch), code, torch_program.gradient_text(of), made=made, note=note,
    )  # fmt: skip


def parameter_steps(spec: NetworkSpec, step: Step, shapes: Shapes) -> Iterator[PageStep]:
    """Yield dW[l] = (1/m) dZ[l] A[l−1]^T + (λ/m) W[l] and db[l] = (1/m) Σ_i dZ[l](i)."""
    layer, l = step.layer, step.number
    ours, m = equations(type(layer).backward), shapes["A0"][-1]
    for own, full in step.parameters.items():
        name, given = f"d{full}", f"d{step.output}"
        text = with_layer_numbers(ours.get(f"d{own}", f"d{own}"), l, l - 1)
        numpy = [source_excerpts.assignment(type(layer).backward, f"d{own}")]
        code = torch_program.parameter_text(spec, step, own)
        reads, made = {given: "::", step.input: "::"}, ""
        dimensions = f"{shapes[name]}, the shape of {bracketed(full)}"
        if isinstance(layer, Dense):
            dZ, A = shapes[given], shapes[step.input]
            reads = {given: "i:", step.input: "j:"} if own == "W" else {given: "i:"}
            product = f"{bracketed(given)} {dZ} · {bracketed(step.input)}ᵀ {A[::-1]} ="
            summed = f"the sum over the columns of {bracketed(given)} {dZ}:"
            dimensions = f"{product if own == 'W' else summed} {dimensions}"
            made = "mean dot" if own == "W" else "mean"
        if spec.lambd and own in layer.weights:
            text += f" + (λ/m) W[{l}]"
            reads |= {full: "ij"}
            numpy.append(L2_LINE)
        torch = (BACKWARD, OF_PARAMETER)
        yield PageStep(
            name, "backward", f"layer {l}", meaning_of_parameter_gradient(spec, step, own, m),
            (mathml(text),), reads, dimensions, shapes[name] == shapes[full], tuple(numpy), torch,
            f"J.backward()\n{code}.grad", f"{code}.grad", layout_of(step, own), made=made,
        )  # fmt: skip


def layout_of(step: Step, own: str) -> str:
    """Return how torch's parameter becomes the reference's: b needs its second dimension."""
    parameters = twin.twin_of(step).parameters()
    return "column" if dict(zip(step.parameters, parameters, strict=True))[own].ndim == 1 else ""


def input_step(step: Step, shapes: Shapes, training: bool = False) -> PageStep:
    """Return the step dA[l−1] = W[l]^T dZ[l], or dZ[l] = dA[l] ∗ g[l]'(Z[l])."""
    layer, l = step.layer, step.number
    name, given = f"d{step.input}", f"d{step.output}"
    kind, result = type(layer), shapes[name]
    if isinstance(layer, Dense):
        ours = equations(kind.backward)
        texts = [with_layer_numbers(ours["dA_prev"], l, l - 1)]
        reads = {f"W{l}": ":i", given: ":j"}
        W, dZ = shapes[f"W{l}"], shapes[given]
        dimensions = (
            f"W[{l}]ᵀ {W[::-1]} · {bracketed(given)} {dZ} = {result}, the shape of "
            f"{bracketed(step.input)}"
        )
        numpy = (source_excerpts.assignment(kind.backward, "dA_prev"),)
    elif isinstance(layer, Elementwise):
        texts = [with_layer_numbers(equations(Elementwise)["dZ"], l, l - 1)]
        texts += [text for left, text in equations(kind).items() if left == "g'(z)"]
        reads = {given: "ij", step.input: "ij", step.output: "ij"}
        dimensions = (
            f"{bracketed(given)} {shapes[given]} ∗ g[{l}]′ {result} = {result}, the shape of "
            f"{bracketed(step.input)}"
        )
        numpy = (
            source_excerpts.assignment(kind.backward, "dZ"),
            source_excerpts.body(type(layer).g_prime),
        )
    else:
        ours = equations(kind, kind.backward) | equations_of_mode(training, kind.backward)
        texts = [text for left, text in ours.items() if left[0] in "d∂"]
        reads = {given: ":j", step.output: ":j"}
        dimensions = f"{result}, the shape of {bracketed(step.input)}"
        numpy = (source_excerpts.body(kind.backward),)
    torch = (BACKWARD, source_excerpts.return_statement(conventions.from_batch_gradient))
    return PageStep(
        name, "backward", f"out of layer {l}" if name.startswith("dA") else f"layer {l}",
        meaning_of_input_gradient(step), tuple(map(mathml, texts)), reads, dimensions,
        result == shapes[step.input], numpy, torch, torch_program.gradient_lines(step.input),
        torch_program.gradient_text(step.input),
        made="dot" if isinstance(layer, Dense) else "",
    )  # fmt: skip


def update_step(
    spec: NetworkSpec, step: Step, name: str, shapes: Shapes, learning_rate: float
) -> PageStep:
    """θ := θ − α dθ."""
    full, l, α = step.parameters[name], step.number, f"{learning_rate:g}"
    text = f"{name}[{l}] := {name}[{l}] − α d{name}[{l}]"
    before, gradient = shapes[full], shapes[f"d{full}"]
    return PageStep(
        full + AFTER, "update", f"layer {l}", meaning_of_update(step, name, learning_rate),
        (mathml(text),), {full: "ij", f"d{full}": "ij"},
        f"{bracketed(full)} {before} − α · {bracketed(f'd{full}')} {gradient} = {before}; "
        f"α = {α} is a number",
        before == gradient,
        (source_excerpts.return_statement(GradientDescent.rule),),
        source_excerpts.entry(torch_optimisers, "TWINS", "GradientDescent"),
        torch_program.update_lines(spec, step, name, learning_rate),
        torch_program.parameter_text(spec, step, name), layout_of(step, name),
        f"{full} = {full} - {α} * d{full}", "descent",
    )  # fmt: skip
