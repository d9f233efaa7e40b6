"""The steps from J back to the gradients, and the update."""

from __future__ import annotations

from collections.abc import Iterator

from parity_tests.page import source_excerpts
from parity_tests.page.docstring_equations import (
    bracketed,
    equations,
    gradient_equation,
    with_layer_numbers,
)
from parity_tests.page.mathml import mathml
from parity_tests.page.step import AFTER, PageStep, Shapes
from ref_numpy import NetworkSpec, propagation
from ref_numpy.activations import Elementwise
from ref_numpy.dense import Dense
from ref_numpy.losses import BinaryCrossEntropy, CrossEntropy
from ref_numpy.network import Step
from ref_numpy.optimisers import GradientDescent
from torch_impl import conventions, torch_optimisers, tracing, twin

BACKWARD = source_excerpts.line_with(tracing.trace, "J.backward()")
# dA[L] of a program that goes through it, where the loss is computed from the logits.
OUTPUT_GRADIENTS = {
    BinaryCrossEntropy: "dA[L] = −Y / A[L] + (1 − Y) / (1 − A[L])",
    CrossEntropy: "dA[L] = −Y / A[L]",
}


NO_OUTPUT_GRADIENT = (
    "This program goes through dA[L]; ref_numpy and torch_impl go from J to dZ[L] in one step."
)


def first_gradients(spec: NetworkSpec, shapes: Shapes) -> list[str]:
    """Return the names of dZ[L], or dA[L] under squared error; of both, if the program has both."""
    every = dict.fromkeys((f"d{spec.output}", f"d{spec.loss_reads}"))
    return [name for name in every if name in shapes]


def last_gradient(spec: NetworkSpec, name: str, shapes: Shapes) -> PageStep:
    """Return the step with which backward begins: dZ[L] = A[L] − Y."""
    of, output, L = name[1:], spec.output, spec.steps[-1].number
    text, note = gradient_equation(spec, bracketed(name), bracketed(output)), ""
    made = "minus" if spec.loss.built_in else ""
    numpy = [source_excerpts.return_statement(type(spec.loss).backward)]
    torch = [BACKWARD, source_excerpts.return_statement(conventions.from_batch_gradient)]
    if of != spec.loss_reads:
        text = OUTPUT_GRADIENTS[type(spec.loss)].replace("[L]", f"[{L}]")
        numpy, torch, made, note = [], [], "", NO_OUTPUT_GRADIENT
    sizes = f"{bracketed(output)} {shapes[output]} and Y {shapes['Y']} give {shapes[name]}"
    return PageStep(
        name, "backward", L, (mathml(text),), {output: "ij", "Y": "ij"},
        f"{sizes}, the shape of {bracketed(of)}", shapes[name] == shapes[of], tuple(numpy),
        tuple(torch), f"m · {of}.grad", made=made, note=note,
    )  # fmt: skip


def parameter_steps(spec: NetworkSpec, step: Step, shapes: Shapes) -> Iterator[PageStep]:
    """Yield dW[l] = (1/m) dZ[l] A[l−1]^T + (λ/m) W[l] and db[l] = (1/m) Σ_i dZ[l](i)."""
    layer, l = step.layer, step.number
    ours = equations(type(layer).gradients)
    for own, full in step.parameters.items():
        name, given = f"d{full}", f"d{step.output}"
        text = with_layer_numbers(ours.get(f"d{own}", f"d{own}"), l, l - 1)
        numpy = [source_excerpts.assignment(type(layer).gradients, f"d{own}")]
        called, layout = twin_parameters(step)[own]
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
            numpy.append(source_excerpts.assignment(propagation.parameter_gradients, "gradient"))
        torch = (BACKWARD, source_excerpts.line_with(conventions.get_gradients, 'f"d{name}"'))
        yield PageStep(
            name, "backward", l, (mathml(text),), reads, dimensions, shapes[name] == shapes[full],
            tuple(numpy), torch, f"layers.{called}.grad", layout, made,
        )  # fmt: skip


def twin_parameters(step: Step) -> dict[str, tuple[str, str]]:
    """Return torch's names and layouts: {"W": ("Z1.weight", ""), "b": ("Z1.bias", "column")}."""
    module = twin.TWINS[type(step.layer)](step.layer)
    return {
        own: (f"{step.output}.{name}", "column" if p.ndim == 1 else "")
        for own, (name, p) in zip(step.parameters, module.named_parameters(), strict=True)
    }


def input_step(step: Step, shapes: Shapes) -> PageStep:
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
            source_excerpts.return_statement(kind.backward),
            source_excerpts.body(type(layer).g_prime),
        )
    else:
        texts = [text for left, text in equations(kind, kind.backward).items() if left[0] in "d∂"]
        reads = {given: ":j", step.output: ":j"}
        dimensions = f"{result}, the shape of {bracketed(step.input)}"
        numpy = (source_excerpts.body(kind.backward),)
    torch = (BACKWARD, source_excerpts.return_statement(conventions.from_batch_gradient))
    called = "x" if step.input == "A0" else step.input
    return PageStep(
        name, "backward", l, tuple(map(mathml, texts)), reads, dimensions,
        result == shapes[step.input], numpy, torch, f"m · {called}.grad",
        made="dot" if isinstance(layer, Dense) else "",
    )  # fmt: skip


def update_step(step: Step, name: str, shapes: Shapes) -> PageStep:
    """θ := θ − α dθ."""
    full, l = step.parameters[name], step.number
    text = f"{name}[{l}] := {name}[{l}] − α d{name}[{l}]"
    called, layout = twin_parameters(step)[name]
    return PageStep(
        full + AFTER, "update", l, (mathml(text),), {full: "ij", f"d{full}": "ij"},
        f"{bracketed(full)} {shapes[full]} − {bracketed(f'd{full}')} {shapes[f'd{full}']}",
        shapes[full] == shapes[f"d{full}"],
        (source_excerpts.return_statement(GradientDescent.rule),),
        source_excerpts.entry(torch_optimisers, "TWINS", "GradientDescent"),
        f"layers.{called}", layout,
        "descent",
    )  # fmt: skip
