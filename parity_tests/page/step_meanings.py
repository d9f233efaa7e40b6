"""What each step is for, in one sentence."""

from __future__ import annotations

from parity_tests.kinds.known_kinds import kind_of
from parity_tests.kinds.layer_kind import constants_of
from parity_tests.page.docstring_equations import bracketed, is_difference
from ref_numpy import Dense, NetworkSpec
from ref_numpy.graphs.step import Step


def meaning_of_forward(spec: NetworkSpec, step: Step, m: int) -> str:
    """Say what Z[l], or A[l], is for."""
    name, l = bracketed(step.output), step.number
    if isinstance(step.layer, Dense):
        given = "the inputs" if l == 1 else f"the outputs of layer {l - 1}"
        counts = {"units (a row)": step.shape[0], "examples (a column)": m}
        each = " and ".join(f"{n} {what}" for what, n in counts.items() if n > 1)
        b = ", plus b" if step.layer.bias else ""
        return f"{name}: a weighted sum of {given}{b}{each and f', for each of {each}'}."
    meaning = kind_of(step.layer).meaning
    name_of_input = bracketed(step.input)
    text = meaning.format(Z=name_of_input, inputs=name_of_input, **constants_of(step.layer))
    made = f": {text}." if text else "."
    if step.output == spec.output:
        return f"{name} = ŷ, {answer(spec)}{made}"
    return f"{name}, what layer {l} passes on to layer {l + 1}{made}"


def answer(spec: NetworkSpec) -> str:
    """Say what A[L] is."""
    answer = kind_of(spec.loss).answer
    return answer(spec.output_shape[0]) if answer else "the answer of the network"


def meaning_of_cost(spec: NetworkSpec, m: int) -> str:
    """Say what J is for."""
    mean = "the loss of the one example" if m == 1 else f"the mean of the losses of {m} examples"
    penalty = ", plus a penalty for large weights" if spec.lambd else ""
    return (
        f"J: how wrong the answers are, as one number: {mean}{penalty}. Training makes J smaller."
    )


def meaning_of_last_gradient(spec: NetworkSpec, of: str) -> str:
    """Say what the first gradient of the backward pass is for: that of Z[L], or of A[L]."""
    what = "its answer" if of == spec.output else "each number"
    difference = is_difference(spec.loss) and of == spec.loss_reads
    made = f": answer minus label, {bracketed(spec.output)} − Y" if difference else ""
    changes = f"d{bracketed(of)}: how much the loss of each example changes with {what}"
    return f"{changes} {'in' if of == spec.output else 'of'} {bracketed(of)}{made}."


def meaning_of_parameter_gradient(spec: NetworkSpec, step: Step, own: str, m: int) -> str:
    """Say what dW[l], or db[l], is for."""
    l = step.number
    each = {"W": f"each weight of layer {l}", "b": f"the b of each unit of layer {l}"}
    what = each.get(own, f"each number of {own}[{l}]")
    mean = f", averaged over the {m} examples" if m > 1 else ""
    penalised = spec.lambd and own in step.layer.weights
    penalty = f"; (λ/m) {own}[{l}] comes from the penalty" if penalised else ""
    return f"d{own}[{l}]: how much J changes with {what}{mean}{penalty}."


def meaning_of_input_gradient(step: Step) -> str:
    """Say what dA[l−1], or dZ[l], is for."""
    name, l = f"d{bracketed(step.input)}", step.number
    changes = f"{name}: how much the loss of each example changes with"
    if step.input == "A0":
        return f"{changes} its inputs. Training does not use it, since the inputs do not change."
    if isinstance(step.layer, Dense):
        before = f"layer {l - 1}"
        return (
            f"{changes} each output of {before}. It carries the error from layer {l} to {before}."
        )
    each, given = f"each number of {bracketed(step.input)}", f"d{bracketed(step.output)}"
    return f"{changes} {each}: {given} times the slope of {step.layer.kind}."


def meaning_of_update(step: Step, own: str, learning_rate: float) -> str:
    """Say what W[l] := W[l] − α dW[l] is for."""
    each = {"W": "each weight", "b": "the b of each unit"}.get(own, f"each number of {own}")
    rate = f"α = {learning_rate:g}"
    return (
        f"{own}[{step.number}] after the step: {each} minus {rate} times its gradient; "
        "where α is small enough, J becomes smaller."
    )
