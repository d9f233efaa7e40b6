"""Kinds of layers as single steps, with the constants that programs have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass, replace
from typing import Any, cast

from parity_tests.adapters.layer_functions.one_step import OneStep
from parity_tests.check_messages import input_error
from parity_tests.kinds.known_kinds import kind_of, kind_of_class
from ref_numpy import (
    InputError,
    Layer,
    WholeNumbers,
)
from ref_numpy.graphs.graph import Input

INPUTS = ("A_prev", "B_prev", "C_prev")
SHAPE: tuple[Input, ...] = ((5, 3),)  # of one example, for a layer of no other sizes


def samples_of(kind: str, **settings: Any) -> Iterator[OneStep]:
    """Yield a kind of layer as one step, without positions where it can, and with.

    Args:
        kind: the name of a kind in the registry.
        settings: fields of the layer, such as epsilon=1e-8; the others have their defaults.

    Raises:
        InputError: there is no such kind, or it has no such field.
    """
    if kind not in Layer.kinds:
        raise input_error("op.unknown-kind", kind=kind, known=", ".join(sorted(Layer.kinds)))
    cls = Layer.kinds[kind]
    made = sample_of(cls)
    if made is None:
        raise input_error("op.no-sample", kind=kind)
    layer, inputs = made
    unknown = [n for n in settings if n not in known_fields(layer)]
    if unknown:
        known = ", ".join(known_fields(layer)) or "none"
        raise input_error("op.unknown-setting", kind=kind, name=unknown[0], known=known)
    yield from steps_of(replace(cast(Any, layer), **settings) if settings else layer, inputs)


# Constants that programs have besides the defaults, in the order in which they are tried.
USUAL: dict[str, tuple[float, ...]] = {
    "epsilon": (1e-5, 1e-8, 1e-6, 1e-7, 1e-12, 1e-3, 1e-10, 1e-15),
    "slope": (0.01, 0.1, 0.2, 0.3, 0.001, 0.05),
}


def with_usual_constants(
    step: OneStep, stated: Mapping[str, float] | None = None
) -> Iterator[OneStep]:
    """Yield the step with the constants that a function's arguments state, and with usual ones.

    Args:
        step: with the default constants.
        stated: constants by name, such as the default of an argument eps=1e-8.
    """
    layer: Any = step.layer
    own = {n: x for n, x in (stated or {}).items() if n in known_fields(layer)}
    for given in (own, {}):
        try:
            yield replace(step, layer=replace(layer, **given))
        except InputError:  # no such constant may be
            continue
    for name, values in USUAL.items():
        if name in known_fields(layer):
            for value in values:
                yield replace(step, layer=replace(layer, **{name: value}))


def own_constants(layer: Layer) -> dict[str, Any]:
    """Return the constants of a layer that are not the defaults."""
    every = [f for f in fields(layer) if f.default is not MISSING] if is_dataclass(layer) else []
    values = {f.name: (getattr(layer, f.name), f.default) for f in every}
    return {name: x for name, (x, default) in values.items() if x != default}


def known_fields(layer: Layer) -> list[str]:
    """Return the names of a layer's fields."""
    return [f.name for f in fields(layer)] if is_dataclass(layer) else []


def sample_of(cls: type[Layer]) -> tuple[Layer, list[list[Input]]] | None:
    """Return a layer of this class, and the shapes of its inputs; None where none is known."""
    try:
        of = kind_of(cls())
    except TypeError:  # it has sizes
        of = kind_of_class(cls)
    if of.alone is not None:
        return of.alone[0], [[of.alone[1]]]
    if of.graph is not None:
        step = next(step for step in of.graph().steps if step.output == "z")
        if len(step.outputs) > 1:  # a function is tried as one of one result
            return None
        shapes = [*step.input_shapes]
        return with_defaults(step.layer, shapes), with_and_without_positions(shapes)
    layer = of.samples[0] if of.samples else cls() if not required_fields(cls) else None
    return None if layer is None else (layer, with_and_without_positions([*SHAPE]))


def required_fields(cls: type[Layer]) -> list[str]:
    """Return the names of the fields that have no default."""
    every = fields(cls) if is_dataclass(cls) else ()
    return [f.name for f in every if f.default is MISSING and f.default_factory is MISSING]


def with_defaults(layer: Any, shapes: list[Input]) -> Layer:
    """Return the layer with the default of each constant, if it can then take these shapes."""
    defaults = {f.name: f.default for f in fields(layer) if f.default is not MISSING}
    try:
        usual = replace(layer, **defaults)
        usual.output_shape(*shapes)
    except InputError:
        return layer
    return usual


def with_and_without_positions(shapes: list[Input]) -> list[list[Input]]:
    """Return the shapes of inputs without positions, and with them."""
    short = [WholeNumbers(x.n) if isinstance(x, WholeNumbers) else x[:1] for x in shapes]
    return [shapes] if short == shapes else [short, shapes]


def steps_of(layer: Layer, every: Iterable[list[Input]]) -> Iterator[OneStep]:
    """Yield the layer as one step, with inputs of each of these shapes that it can take."""
    for shapes in every:
        names = ["Z" if layer.symbol == "A" else "A_prev"] if len(shapes) == 1 else INPUTS
        names = ["x"] if isinstance(shapes[0], WholeNumbers) else names
        step = OneStep(layer, dict(zip(names, shapes, strict=False)))
        try:
            step.spec(is_mean=False)
        except InputError:
            continue
        yield step
