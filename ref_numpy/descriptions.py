"""What layers and losses must be for a network to be made of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ref_numpy.errors import InputError
from ref_numpy.layer import Layer
from ref_numpy.losses import Loss
from ref_numpy.registry import definition, is_name
from ref_numpy.step import Shape, Step


def check_description(it: object, base: type[Layer] | type[Loss], example: str) -> None:
    """A frozen dataclass of a kind that `base` knows.   Raises InputError.

    Args:
        example: what would be one, in Python.
    """
    what = base.__name__.lower()
    cls: Any = type(it)
    if not isinstance(it, base):
        raise InputError(
            f"the {what} {it!r} is no {base.__name__}; expected one, such as {example}.",
            code=f"{what}.type",
        )
    kind: Any = getattr(cls, "kind", None)
    known = base.kinds.get(kind)
    if known is None or definition(known) != definition(cls):
        raise InputError(
            f"the {what} {cls.__name__} has no kind of its own, by which files could name it; "
            f'define it as class {cls.__name__}({cls.__mro__[1].__name__}, kind="…").',
            code=f"{what}.no-kind",
        )
    options = vars(cls).get("__dataclass_params__")
    if options is None or not (options.frozen and options.eq):
        raise InputError(
            f"the {what} {cls.__name__} is no frozen dataclass, so that what it describes could "
            f"change; write @dataclass(frozen=True) above its class.",
            code=f"{what}.not-frozen",
        )
    for field in dataclasses.fields(cls):
        value = getattr(it, field.name)
        if field.name == "kind" or not isinstance(value, int | float | str | None):
            raise InputError(
                f"the {what} {cls.__name__} has a field {field.name} = {value!r}, which a weights "
                f"file cannot hold; use numbers and strings, in fields that are not called kind.",
                code=f"{what}.field",
            )


def check_names(steps: Iterable[Step]) -> None:
    """No two tensors of a network have one name: results, parameters and their gradients.

    Raises:
        InputError: and names the two.
    """
    known: dict[str, str] = {}
    for name, what in tensors(steps):
        if name in known:
            raise InputError(
                f"{known[name]} and {what} would both be {name}; give one of them another name, or "
                f"put a layer between them that begins a new number, such as Dense.",
                code="layer.same-name",
            )
        known[name] = what


def tensors(steps: Iterable[Step]) -> Iterator[tuple[str, str]]:
    """The canonical name and the meaning of every tensor that a layer computes."""
    named: list[tuple[str, str]] = []
    for step in steps:
        layer = type(step.layer).__name__
        named += [(step.output, f"the result of {layer}")]
        named += [
            (full, f"the parameter {own} of {layer} ({step.output})")
            for own, full in step.parameters.items()
        ]
    yield from named
    yield from ((f"d{name}", f"the gradient of {name}, {what},") for name, what in named)


def check_shapes(layer: Layer, shape: Shape) -> None:
    """What a layer that people have added says of its shapes.   shape: of one example's result.

    Raises:
        InputError: they are no shapes, or a parameter's name is none.
    """
    name, shapes = type(layer).__name__, layer.parameter_shapes()
    if not is_shape(shape):
        raise InputError(
            f"{name}.output_shape returned {shape!r}; expected the shape of one example's result, "
            f"a tuple of whole numbers from 1 up such as (3,).",
            code="layer.shape",
        )
    if not isinstance(shapes, Mapping) or not all(map(is_shape, shapes.values())):
        raise InputError(
            f"{name}.parameter_shapes returned {shapes!r}; expected the shape of each parameter by "
            f'its name, such as {{"g": (3, 1)}}.',
            code="layer.shape",
        )
    unclear = [own for own in shapes if not is_name(own)]
    if unclear:
        raise InputError(
            f"{name} has a parameter {unclear[0]!r}; expected a name of letters that does not end "
            f"in a digit, because the layer's number follows it: rename it.",
            code="layer.parameter-name",
        )
    if not isinstance(layer.weights, tuple) or not set(layer.weights) <= shapes.keys():
        raise InputError(
            f"{name} has weights = {layer.weights!r}; expected a tuple of some of its parameters, "
            f"{list(shapes)}.",
            code="layer.weights",
        )


def is_shape(shape: object) -> bool:
    return isinstance(shape, tuple) and all(type(n) is int and n > 0 for n in shape)
