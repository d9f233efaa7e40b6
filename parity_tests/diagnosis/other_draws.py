"""Mistakes in the random numbers of a step: another update's, another example's, drawn again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from parity_tests.checking.causes import Cause
from parity_tests.checking.expected.layerwise import LayerwiseReference
from parity_tests.diagnosis.cause_wording import CAUSES
from parity_tests.diagnosis.tensor_context import Computed
from parity_tests.kinds.known_kinds import kind_of
from parity_tests.kinds.own_kinds import compute_forward, on_errors
from ref_numpy.context import Cache, Context
from ref_numpy.graphs.step import Step


def by_other_contexts(reference: LayerwiseReference, name: str) -> Iterator[Computed]:
    """Yield the tensor by the random numbers of other updates, and of other examples."""
    for step, is_backward in random_steps_at(reference, name):
        cache = reference.caches[step.output]
        for code, context, facts in other_contexts(reference.context, reference.m):
            params = reference.parameters(step, step.output)
            other = compute_forward(step, params, context, *cache.inputs)
            of = f"update {context.update}" if facts else "other examples"
            line = f"{name}, by the random numbers of {of}"
            cause = Cause(f"draws.{code}", CAUSES[code], line, facts=facts)
            yield Computed(cause, result_of(reference, step, other, name, is_backward))


def by_own_draws(
    reference: LayerwiseReference, name: str, candidate: np.ndarray
) -> Iterator[Computed]:
    """Yield the tensor by the random numbers that the candidate's own numbers show.

    They explain what no other mistake does: a program that draws others, or draws again.
    """
    for step, is_backward in random_steps_at(reference, name):
        read, cache = kind_of(step.layer).drawn, reference.caches[step.output]
        if read is None:
            continue
        d = reference.known.get(f"d{step.output}")
        given = cache.inputs[0] if not is_backward else d
        if given is None:
            continue
        drawn, _ = read(given.value, candidate)
        params = reference.parameters(step, step.output)
        own = reference.drawing(step, drawn, cache, params)
        code = "drawn-again" if is_backward else "drawn-otherwise"
        cause = Cause(f"draws.{code}", CAUSES[code], f"{name}, by other random numbers")
        yield Computed(cause, result_of(reference, step, own, name, is_backward))


def random_steps_at(reference: LayerwiseReference, name: str) -> Iterator[tuple[Step, bool]]:
    """Yield the random step that computes the tensor, and whether in its backward pass.

    Of a gradient with several shares none: its numbers are those of all of them.
    """
    base = name.removeprefix("d") if name in reference.spec.gradients else None
    for step in reference.spec.steps:
        if not reference.is_drawing(step):
            continue
        if name in step.outputs:
            yield step, False
        elif base == step.input and base not in reference.shares.met:
            yield step, True


def other_contexts(context: Context, m: int) -> Iterator[tuple[str, Context, dict[str, Any]]]:
    """Yield the code of each mistake in what the numbers depend on, its context, and its facts."""
    here = context.update
    for update in dict.fromkeys((here - 1, here + 1, 0)):
        if update >= 0 and update != here:
            facts = {"update": update, "here": here}
            yield "drawn-at-another-update", context._replace(update=update), facts
    numbers = np.arange(m)
    if context.examples is not None and (context.examples != numbers).any():
        yield "drawn-for-first-examples", context._replace(examples=numbers), {}


def result_of(
    reference: LayerwiseReference, step: Step, cache: Cache, name: str, is_backward: bool
) -> Any:
    """Return the step's result, or the gradient of its input, by a cache with other draws."""
    if not is_backward:
        return cache.outputs[step.outputs.index(name)]
    own = reference.cache(step, f"d{step.output}")._replace(kept=cache.kept)
    d = reference.known[f"d{step.output}"]
    params = reference.parameters(step, f"d{step.output}")
    d_inputs, _ = on_errors(step.layer, "backward", step.backward, params, own, d)
    return d_inputs[0]
