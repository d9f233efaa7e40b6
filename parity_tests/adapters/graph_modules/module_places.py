"""Where a module has the tensors and parameters of a graph, by the names that were given."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from torch import Tensor, nn

from parity_tests.adapters.graph_modules.named_modules import NamedModules
from parity_tests.adapters.graph_modules.usual_names import matched, state_held_by
from parity_tests.check_messages import input_error
from ref_numpy import NetworkSpec, Positions, Step
from ref_numpy.arrays.axes import Shape
from torch_impl.twin import transposed

MARK = ".T"  # after a parameter that is transposed


class Result(NamedTuple):
    """A result in a module: its own, or that of the `number`-th call of a function in it."""

    path: str
    function: str = ""
    number: int = 1

    def __str__(self) -> str:
        number = f"#{self.number}" if self.number > 1 else ""
        if self.function:
            return f"{self.path}:{self.function}{number}"
        return self.path or "the module itself"


class Held(NamedTuple):
    """A parameter of the module, and whether it stands there transposed.

    Attributes:
        path: its name.
        parameter: itself.
        is_transposed: whether it is the network's transposed.
        is_open: whether nothing shows that: it is square, and not named alone.
    """

    path: str
    parameter: nn.Parameter
    is_transposed: bool
    is_open: bool = False


class Places(NamedTuple):
    """Where a module has what.

    Attributes:
        results: of the tensors.
        inputs: the path of the module whose first input a tensor is.
        parameters: one or more of each; only where a program has not shared them, several.
        state: the buffer of each tensor that remembers something, as BatchNorm's mean.
    """

    results: dict[str, Result]
    inputs: dict[str, str]
    parameters: dict[str, list[Held]]
    state: dict[str, Tensor]


def find_places(name: str, given: NamedModules, module: nn.Module, spec: NetworkSpec) -> Places:
    """Return where a module has the tensors and parameters of a network.

    Args:
        name: of the module.
        given: the names.
        module: the module.
        spec: the network.

    Raises:
        InputError: an entry fits nothing, or a parameter of one of both is not one of the other.
    """
    modules = dict(module.named_modules(remove_duplicate=False))
    parameters = dict(module.named_parameters(remove_duplicate=False))
    buffers = dict(module.named_buffers(remove_duplicate=False))
    places, used = Places({}, {}, {}, {}), set()
    for step in spec.steps:
        for full in step.parameters.values():
            pattern, place = given.place_of(full) or ("", "")
            path = place.removesuffix(MARK)
            if path in parameters:
                used.add(pattern)
                places.parameters[full] = [Held(path, parameters[path], place.endswith(MARK))]
        for full in step.state.values():
            pattern, place = given.place_of(full) or ("", "")
            if place in buffers:
                used.add(pattern)
                places.state[full] = buffers[place]
    stated = set(places.parameters)
    for step in spec.steps:
        for output in step.outputs:
            pattern, place = given.place_of(output) or ("", "")
            path, _, function = place.partition(":")
            if not pattern or path not in modules:
                continue
            used.add(pattern)
            if function:
                places.results[output] = result_at(name, place)
                continue
            # Vectors of positions are looked up by a module, and added outside of it.
            if not isinstance(step.layer, Positions):
                places.results[output] = result_at(name, place)
            for full, buffer in state_held_by(step, modules[path]):
                places.state.setdefault(full, buffer)
            held = dict(modules[path].named_parameters(recurse=False, remove_duplicate=False))
            bases = {*type(modules[path]).__mro__} - {nn.Module}
            is_torchs = any(base.__module__.startswith("torch.nn.") for base in bases)
            if held and step.parameters and not stated >= {*step.parameters.values()}:
                for full, one in held_by(name, step, path, held, is_torchs):
                    if full not in stated:
                        places.parameters.setdefault(full, []).append(one)
            # Of a tensor that others take as well its input would show a share of the gradient.
            if held and step.parameters and uses_of(spec, step.inputs[0]) == 1:
                places.inputs[step.inputs[0]] = path
    for own in (*spec.inputs, *places.results):
        places.inputs.pop(own, None)
    if unused := [pattern for pattern in given.names if pattern not in used]:
        known = ", ".join(path for path in modules if path)
        raise input_error(
            "modules.unused-name", name=name, entry=unused[0], place=given.names[unused[0]],
            known=known,
        )  # fmt: skip
    check_results(name, places)
    check_parameters(name, spec, places, parameters)
    for full, shape in spec.state_shapes.items():
        buffer = places.state.get(full)
        if buffer is None or buffer.numel() != math.prod(shape):
            raise input_error("modules.no-state", name=name, state=full)
    return places


def result_at(name: str, place: str) -> Result:
    """Return the place that a text names.

    Raises:
        InputError: what should be the number of a call is none.
    """
    path, _, function = place.partition(":")
    function, _, number = function.partition("#")
    if number and not (number.isdecimal() and int(number)):
        raise input_error("modules.call-number", name=name, place=place, number=number)
    return Result(path, function, int(number or 1))


def check_results(name: str, places: Places) -> None:
    """Check that no two tensors have the same place.

    Raises:
        InputError: two have.
    """
    first: dict[Result, str] = {}
    for tensor, place in places.results.items():
        if place in first:
            raise input_error(
                "modules.same-place", name=name, place=str(place), tensor=first[place], other=tensor
            )
        first[place] = tensor


def uses_of(spec: NetworkSpec, name: str) -> int:
    """Return how many steps take a tensor."""
    return sum(step.inputs.count(name) for step in spec.steps)


def held_by(
    name: str, step: Step, path: str, held: dict[str, nn.Parameter], is_torchs: bool
) -> Iterator[tuple[str, Held]]:
    """Yield the canonical name of each parameter that a module holds for a step.

    Raises:
        InputError: it holds more, or fewer.
    """
    if len(held) != len(step.parameters):
        raise input_error(
            "modules.other-parameters", name=name, path=path, held=", ".join(held),
            step=step.output, expected=", ".join(step.parameters),
        )  # fmt: skip
    of_twin = transposed(step.layer)
    for own, theirs in matched(name, step, path, held, is_torchs).items():
        shape = tuple(held[theirs].shape)
        is_open = not is_torchs and own == "W" and len(shape) == 2 and len({*shape}) == 1
        yield (
            step.parameters[own],
            Held(f"{path}.{theirs}", held[theirs], own in of_twin, is_open),
        )


def check_parameters(
    name: str, spec: NetworkSpec, places: Places, parameters: dict[str, nn.Parameter]
) -> None:
    """Check that each parameter of the network is one of the module, and each of its the network's.

    Raises:
        InputError: one is not, or has another shape.
    """
    named = {id(one.parameter) for every in places.parameters.values() for one in every}
    others = [path for path, parameter in parameters.items() if id(parameter) not in named]
    for full, shape in spec.parameter_shapes.items():
        if full not in places.parameters:
            raise input_error(
                "modules.no-parameter", name=name, parameter=full,
                others=", ".join(others) or "none",
            )  # fmt: skip
        for one in places.parameters[full]:
            expected = shape_there(shape, one.is_transposed)
            if tuple(one.parameter.shape) not in (expected, without_ones(expected)):
                raise input_error(
                    "modules.parameter-shape", name=name, path=one.path, parameter=full,
                    shape=tuple(one.parameter.shape), expected=expected,
                )  # fmt: skip
    if others:
        raise input_error("modules.extra-parameter", name=name, path=others[0])


def shape_there(shape: Shape, is_transposed: bool) -> Shape:
    """Return the shape of a parameter in the module."""
    return shape[::-1] if is_transposed else shape


def without_ones(shape: Any) -> Shape:
    """Return (n,) of (n, 1), and any other shape as it is."""
    return shape[:1] if shape[1:] == (1,) else shape
