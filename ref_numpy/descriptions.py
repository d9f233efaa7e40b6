"""Checks of the layers and the loss of which a network is made."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ref_numpy.input_messages import input_error
from ref_numpy.layer import Layer
from ref_numpy.loss import Loss
from ref_numpy.registry import definition, is_name


def check_description(it: object, base: type[Layer] | type[Loss], example: str) -> None:
    """Check that a layer or a loss is a frozen dataclass of a registered kind.

    Args:
        it: the layer or loss.
        base: Layer or Loss.
        example: Python code of a right one, for the error.

    Raises:
        InputError: it is something else.
    """
    what = base.__name__.lower()
    cls: Any = type(it)
    if not isinstance(it, base):
        raise input_error(
            f"{what}.type", what=what, given=repr(it), base=base.__name__, example=example
        )
    kind: Any = getattr(cls, "kind", None)
    known = base.kinds.get(kind)
    if known is None or definition(known) != definition(cls):
        parent = cls.__mro__[1].__name__
        raise input_error(f"{what}.no-kind", what=what, cls=cls.__name__, base=parent)
    options = vars(cls).get("__dataclass_params__")
    if options is None or not (options.frozen and options.eq):
        raise input_error(f"{what}.not-frozen", what=what, cls=cls.__name__)
    for field in dataclasses.fields(cls):
        value = getattr(it, field.name)
        if field.name == "kind" or not isinstance(value, int | float | str | None):
            raise input_error(
                f"{what}.field", what=what, cls=cls.__name__, field=field.name, value=value
            )


def check_users_kind(cls: Any) -> None:
    """Check that parts may be registered for this class: that it is a user's own kind.

    Raises:
        InputError: it is no layer or loss with a kind, or the kind is another class's or built in.
    """
    if not (isinstance(cls, type) and issubclass(cls, Layer | Loss) and hasattr(cls, "kind")):
        raise input_error("register.type", given=cls)
    base = Layer if issubclass(cls, Layer) else Loss
    owner = base.kinds.get(cls.kind, cls)
    if owner.built_in or definition(owner) != definition(cls):
        name, taken = cls.__qualname__, ".".join(definition(owner))
        raise input_error("register.kind-taken", name=name, kind=cls.kind, owner=taken)


def check_part_names(cls: type, parts: Iterable[str], known: Iterable[str]) -> None:
    """Check that all parts that are registered for a class are known.

    Raises:
        InputError: one is not.
    """
    for part in parts:
        if part not in known:
            names = ", ".join(known)
            raise input_error("register.unknown-part", name=cls.__name__, part=part, known=names)


def check_part(cls: type, part: str, given: object, fits: bool, expected: str) -> None:
    """Check that a part that is registered for a class is of the right type.

    Args:
        cls: the class.
        part: its name, such as "twin".
        given: the part.
        fits: whether it is of the right type.
        expected: that type, in words.

    Raises:
        InputError: it is of another type.
    """
    if not fits:
        raise input_error(
            "register.part", part=part, name=cls.__name__, given=repr(given), expected=expected
        )


def check_shapes(layer: Layer, results: Sequence[Any]) -> None:
    """Check the shapes and the names of the parameters and the state of a user-defined layer.

    Args:
        layer: the layer.
        results: the shape of each result, by `layer.output_shape`.

    Raises:
        InputError: a shape is none, a parameter's name is none, `weights` names no parameters, or
            a tensor of the state has a parameter's name.
    """
    name, shapes = type(layer).__name__, layer.parameter_shapes()
    for shape in results:
        if not is_shape(shape):
            raise input_error("layer.shape", layer=name, method="output_shape", given=shape)
    state = layer.state_shapes()
    for method, each in (("parameter_shapes", shapes), ("state_shapes", state)):
        if not isinstance(each, Mapping) or not all(map(is_shape, each.values())):
            raise input_error("layer.shape", layer=name, method=method, given=each)
    unclear = [own for own in (*shapes, *state) if not is_name(own)]
    if unclear:
        raise input_error("layer.parameter-name", layer=name, name=unclear[0])
    if both := [own for own in state if own in shapes]:
        raise input_error("layer.state-name", layer=name, name=both[0])
    if not isinstance(layer.weights, tuple) or not set(layer.weights) <= shapes.keys():
        raise input_error("layer.weights", layer=name, weights=layer.weights, names=list(shapes))


def is_shape(shape: object) -> bool:
    """Return whether this is a tuple of whole numbers from 1 up."""
    return isinstance(shape, tuple) and all(type(n) is int and n > 0 for n in shape)
