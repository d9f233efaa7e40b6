"""Another tensor that a step of a graph takes by mistake, as a norm that stands behind, not before.

Every tensor of the forward pass that has the shape of an input is tried in its place: first without
errors. It explains the step's results, and the gradients of its parameters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from parity_tests.checking.causes import Cause
from parity_tests.checking.expected.layerwise import LayerwiseReference
from parity_tests.diagnosis.cause_wording import CAUSES
from parity_tests.diagnosis.tensor_context import Computed
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.kinds.own_kinds import compute_forward, on_errors
from ref_numpy import Array
from ref_numpy.graphs.step import Step

CODE = "other-input"


def by_other_inputs(
    reference: LayerwiseReference, name: str, candidate: Array
) -> Iterator[Computed]:
    """Yield the tensor by each other input that its step may have taken.

    Args:
        reference: of the run, with every tensor fixed.
        name: of the tensor.
        candidate: the candidate's.
    """
    step = step_at(reference, name)
    if step is None or step.layer.is_random or not step.layer.built_in:
        return
    by = step.output if name in step.outputs else f"d{step.output}"
    params, given = reference.parameters(step, by), [reference.known[n] for n in step.inputs]
    d = [] if name in step.outputs else [reference.known.get(f"d{n}") for n in step.outputs]
    if any(x is None for x in d):
        return
    of_result = {"name": name, "step": step, "reference": reference}
    for k, own in enumerate(step.inputs):
        for other, x in others_like(reference, step, own):
            inputs = [*given[:k], x, *given[k + 1 :]]
            floats = {n: numbers(p) for n, p in params.items()}
            value = result_of(**of_result, params=floats, inputs=map(numbers, inputs),
                              d=[*map(numbers, d)])  # fmt: skip
            if is_near(candidate, value, reference.p.u):
                facts = {"other": other, "own": own}
                line = f"{name}, with {other} instead of {own}"
                cause = Cause(f"inputs.{CODE}", CAUSES[CODE], line, facts=facts)
                yield Computed(cause, result_of(**of_result, params=params, inputs=inputs, d=d))


def step_at(reference: LayerwiseReference, name: str) -> Step | None:
    """Return the step that gives a result, or the gradient of a parameter that it alone has."""
    base = name.removeprefix("d")
    for step in reference.spec.steps:
        is_own = base in step.parameters.values() and base not in reference.shares.met
        if name in step.outputs or (is_own and name in reference.spec.gradients):
            return step
    return None


def others_like(
    reference: LayerwiseReference, step: Step, own: str
) -> Iterator[tuple[str, ErrorArray]]:
    """Yield the tensors of the forward pass, but its own results, that have an input's shape."""
    shape = getattr(reference.known[own], "shape", None)
    results = (n for each in reference.spec.steps for n in each.outputs)
    for n in (*reference.spec.inputs, *results):
        x = reference.known.get(n)
        if n != own and n not in step.outputs and isinstance(x, ErrorArray) and x.shape == shape:
            yield n, x


def result_of(
    *, reference: LayerwiseReference, step: Step, name: str, params: Mapping[str, Any],
    inputs: Any, d: list[Any],
) -> Any:  # fmt: skip
    """Return the step's result, or its parameter's gradient, of these inputs."""
    given = [*inputs]
    is_exact = not any(isinstance(x, ErrorArray) for x in given)
    if is_exact:
        cache = step.forward(params, reference.context, *given)
    else:
        cache = compute_forward(step, params, reference.context, *given)
    if not d:
        return cache.outputs[step.outputs.index(name)]
    _, gradients = on_errors(step.layer, "backward", step.backward, params, cache, *d)
    own = next(n for n, full in step.parameters.items() if f"d{full}" == name)
    return gradients[own]


def numbers(x: Any) -> Array:
    """Return an array without its errors."""
    return np.asarray(x.value if isinstance(x, ErrorArray) else x)


def is_near(candidate: Array, value: Array, u: float) -> bool:
    """Return whether numbers without errors may be the candidate's."""
    if value.shape != candidate.shape or not np.isfinite(value).all():
        return False
    distance = np.linalg.norm(candidate - value)
    return bool(distance <= min(1 / 4, 4 * u**0.5) * np.linalg.norm(value))
