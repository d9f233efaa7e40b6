"""What a program usually calls the parameters and the state of a layer."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor, nn

from parity_tests.check_messages import input_error
from ref_numpy import Step

# What the layers' own parameters and state are usually called in a program.
USUAL = {
    "W": ("weight", "w", "kernel"),
    "b": ("bias", "b"),
    "gamma": ("weight", "gamma", "scale", "g", "w"),
    "beta": ("bias", "beta", "shift", "b"),
}
STATE = {"mean": ("running_mean", "mean"), "variance": ("running_var", "variance", "var")}


def matched(
    name: str, step: Step, path: str, held: dict[str, nn.Parameter], is_torchs: bool
) -> dict[str, str]:
    """Return the module's name of each own parameter of a step: by usual names, else by order.

    Raises:
        InputError: the names say nothing, and two have the same shape.
    """
    by_name = {
        own: next((n for n in held if n.lower() in (own.lower(), *USUAL.get(own, ()))), "")
        for own in step.parameters
    }
    if set(by_name.values()) == set(held):
        return by_name
    shapes = {tuple(parameter.shape) for parameter in held.values()}
    if len(shapes) < len(held) and not is_torchs:
        raise input_error(
            "modules.unclear-parameters", name=name, path=path, held=", ".join(held),
            expected=", ".join(step.parameters.values()),
        )  # fmt: skip
    return dict(zip(step.parameters, held, strict=True))


def state_held_by(step: Step, module: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """Yield the canonical name and the buffer of what a module remembers for a step."""
    buffers = dict(module.named_buffers(recurse=False))
    for own, full in step.state.items():
        for theirs in STATE.get(own, (own,)):
            if theirs in buffers:
                yield full, buffers[theirs]
                break
