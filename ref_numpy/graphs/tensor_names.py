"""The one vocabulary of tensors: which names are allowed, and that no two tensors have one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ref_numpy.graphs.step import Step, next_name
from ref_numpy.input_messages import input_error

NAME = re.compile(r"[^\W\d]\w*(\.\w+)*")  # h.0.attn.scores


def check_tensor_name(name: object) -> None:
    """Check the name of a tensor of a graph: letters, digits and _, in parts joined by dots.

    Raises:
        InputError: it is another, or J, which is the cost.
    """
    if not isinstance(name, str) or not NAME.fullmatch(name) or name == "J":
        raise input_error("graph.name", name=name)


def check_names(steps: Iterable[Step], inputs: Iterable[str] = ()) -> None:
    """Check that no two tensors of a network have one name: results, parameters, state, gradients.

    A parameter that several steps share is one tensor.

    Raises:
        InputError: two have; the error names both.
    """
    known: dict[str, str] = {}
    for name, meaning in tensors(steps, inputs):
        if name in known:
            raise input_error("layer.same-name", first=known[name], second=meaning, name=name)
        known[name] = meaning


def tensors(steps: Iterable[Step], inputs: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the canonical name and the meaning of every tensor of a run."""
    named, state = [(name, "the input") for name in inputs], list[tuple[str, str]]()
    for step in steps:
        layer = type(step.layer).__name__
        named += [(name, f"the result of {layer}") for name in step.outputs]
        named += [
            (full, f"the parameter {own} of {layer} ({step.output})")
            for own, full in step.parameters.items()
            if not is_shared(step, own, full)
        ]
        for own, full in step.state.items():
            meaning = f"the state {own} of {layer} ({step.output})"
            state += [(full, meaning), (next_name(full), f"{meaning} after a run")]
    yield from named
    yield from state
    for name, meaning in named:
        yield f"d{name}", f"the gradient of {name}, {meaning},"


def is_shared(step: Step, own: str, parameter: str) -> bool:
    """Return whether a step of a graph has its parameter `own` from an earlier one."""
    return "." in parameter and parameter != f"{step.output}.{own}"
