"""The steps of a network's state: running statistics before and after the forward pass."""

from __future__ import annotations

from parity_tests.page import source_excerpts, torch_program
from parity_tests.page.docstring_equations import bracketed, state_equations
from parity_tests.page.graph.graph_equations import equations_of, letter_of, tensors_in
from parity_tests.page.graph.legends import equation, legend
from parity_tests.page.graph.read_patterns import by_shape
from parity_tests.page.step import PageStep, Shapes
from ref_numpy import NetworkSpec
from ref_numpy.graphs.step import Step, next_name
from torch_impl import conventions, twin

KEPT = source_excerpts.line_with(Step.next_state, "return {own: params[own]")
STATE = source_excerpts.return_statement(conventions.get_state)


def state_steps(spec: NetworkSpec, shapes: Shapes, training: bool) -> list[PageStep]:
    """Return a step for each tensor of the state, after the forward pass.

    Args:
        spec: the network.
        shapes: of every tensor, and of the state before the pass.
        training: whether the network trains; an evaluation leaves the state as it is.
    """
    return [
        state_step(spec, step, own, shapes, training)
        for step in spec.steps_with_state
        for own in step.state
    ]


def state_step(spec: NetworkSpec, step: Step, own: str, shapes: Shapes, training: bool) -> PageStep:
    """Return the step of a tensor of the state: mean ← (1 − momentum) mean + momentum μ.

    Where nothing trains, mean ← mean.
    """
    before, layer = step.state[own], step.layer
    after, reads = next_name(before), {before: "ij"}
    texts, letters, lines = [f"{letter_of(own)} ← {letter_of(own)}"], {}, (KEPT,)
    if training:
        of = equations_of(type(layer), len(step.inputs), training)
        known = state_equations(layer).get(own)
        texts = of.with_parts([known] if known else [], [])
        letters = tensors_in(step, texts, training)
        reads |= {n: by_shape(n, after, shapes, [after]) for n in step.inputs}
        lines = (source_excerpts.body(type(layer).next_state),)
    place = f"layer {step.number}" if spec.is_chain else layer.kind
    code = torch_program.state_text(spec, step, own)
    has_line = torch_program.module_text(step).startswith("nn.")
    names = [bracketed(name) if spec.is_chain else name for name in (before, after)]
    named = legend({letter_of(own): before} | letters, layer, texts)
    return PageStep(
        after, "state", place, meaning_of_state(names[0], training),
        (f"{''.join(map(equation, texts))}{named}",),
        reads, f"{names[1]} {shapes[after]}, the shape of {names[0]}",
        shapes[after] == shapes[before],
        lines, (*source_excerpts.of_twin(layer), STATE),
        f"{code}  # after the forward pass" if has_line else "", code,
        layout_of(step, own), box="" if spec.is_chain else step.output,
    )  # fmt: skip


def meaning_of_state(name: str, training: bool) -> str:
    """Say what becomes of a tensor of the state."""
    if training:
        return (
            f"{name} after this batch, which changes it: an evaluation reads it, and the next "
            "batch of the training changes it further. It has no gradient."
        )
    return (
        f"{name} after this run, which only reads it: a training changes it, an evaluation does "
        "not. It has no gradient."
    )


def layout_of(step: Step, own: str) -> str:
    """Return how torch's buffer becomes the reference's tensor: as a column."""
    buffers = twin.state_in(twin.twin_of(step))
    return "column" if dict(zip(step.state, buffers, strict=True))[own].ndim == 1 else ""
