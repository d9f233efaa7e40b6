"""Each kind of layer or loss and what it brings to the proof: by module name, or registered.

`kinds/layers/relu.py` has what the kind "relu" brings, `kinds/losses/…` that of losses. No list has
their names. A user's kind that registered nothing brings nothing: its own code alone is compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints, overload

from parity_tests.kinds.layer_kind import LayerKind
from parity_tests.kinds.loss_kind import LossKind
from ref_numpy import Layer, Loss
from ref_numpy.descriptions import check_part, check_part_names, check_users_kind
from ref_numpy.registry import module_of_kind, modules_by_kind

NO_LAYER, NO_LOSS = LayerKind(), LossKind()

# Of users, by kind.
LAYERS: dict[str, LayerKind] = {}
LOSSES: dict[str, LossKind] = {}


@overload
def kind_of(it: Layer | None) -> LayerKind: ...
@overload
def kind_of(it: Loss) -> LossKind: ...
def kind_of(it: Layer | Loss | None) -> LayerKind | LossKind:
    """Return what the kind of this layer or loss brings."""
    kind = getattr(it, "kind", "")
    if isinstance(it, Loss):
        return built_in_loss(kind) if it.built_in else LOSSES.get(kind, NO_LOSS)
    if isinstance(it, Layer):
        of = built_in_layer(kind) if it.built_in else LAYERS.get(kind, NO_LAYER)
        return of.for_layer(it) if of.for_layer else of
    return NO_LAYER


@cache
def built_in_layer(kind: str) -> LayerKind:
    """Return KIND of the module with the name of a kind of layer; nothing where there is none."""
    package = f"{__package__}.layers"
    known = kind in modules_by_kind(package)
    return module_of_kind(package, kind).KIND if known else NO_LAYER


@cache
def built_in_loss(kind: str) -> LossKind:
    """Return KIND of the module with the name of a kind of loss; nothing where there is none."""
    package = f"{__package__}.losses"
    known = kind in modules_by_kind(package)
    return module_of_kind(package, kind).KIND if known else NO_LOSS


def built_in_layers() -> dict[str, LayerKind]:
    """Return what each kind of layer of `ref_numpy` brings, by kind, in order of place."""
    return in_order((kind, built_in_layer(kind)) for kind, c in Layer.kinds.items() if c.built_in)


def built_in_losses() -> dict[str, LossKind]:
    """Return what each kind of loss of `ref_numpy` brings, by kind, in order of place."""
    return in_order((kind, built_in_loss(kind)) for kind, c in Loss.kinds.items() if c.built_in)


def in_order(kinds: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return the kinds by place, and those without one at the end, by name."""
    return dict(sorted(kinds, key=lambda item: (item[1].place, item[0])))


def register(
    kind: type[Layer] | type[Loss],
    twin: Callable[..., Any] | None = None,
    factor: Callable[[int], float] | None = None,
    **parts: Any,
) -> None:
    """Give a layer or loss of your own its twin in torch, and what it brings to the proof.

        register(Softsign, twin=lambda layer: nn.Softsign(), formulas=(lambda Z: …,))

    Registering a kind again replaces its parts.

    Args:
        kind: the class.
        twin: as `torch_impl.register` has it, like `factor`.
        factor: of a loss.
        **parts: those of `LayerKind`, or of `LossKind`.

    Raises:
        InputError: the kind is not a user's, or a part is unknown or of the wrong type.
    """
    check_users_kind(kind)
    is_layer = issubclass(kind, Layer)
    hints = get_type_hints(LayerKind if is_layer else LossKind)
    check_part_names(kind, parts, hints)
    for name, part in parts.items():
        check_part(kind, name, part, is_of_type(part, hints[name]), text_of(hints[name]))
    if twin is not None:
        from torch_impl.own_twins import register as register_twin

        register_twin(kind, twin, factor)
    if is_layer:
        LAYERS[kind.kind] = LayerKind(**parts)
    else:
        LOSSES[kind.kind] = LossKind(**parts)


def is_of_type(x: Any, hint: Any) -> bool:
    """Return whether x is of the type that an annotation names."""
    origin, of = get_origin(hint), get_args(hint)
    if origin is Union or type(hint).__name__ == "UnionType":
        return any(is_of_type(x, each) for each in of)
    if origin is tuple:
        hints = of[:1] * len(x) if isinstance(x, tuple) and of[-1] is ... else of
        return type(x) is tuple and len(x) == len(hints) and all(map(is_of_type, x, hints))
    if origin is not None and issubclass(origin, Mapping):
        return isinstance(x, Mapping) and all(is_of_type(value, of[1]) for value in x.values())
    if origin is not None:
        return callable(x)
    return hint is Any or isinstance(x, (int, float) if hint is float else hint)


def text_of(hint: Any) -> str:
    """Return an annotation as it is written: tuple[Callable[[Any], Any], ...]."""
    text = hint.__name__ if isinstance(hint, type) and not get_args(hint) else str(hint)
    for module in ("collections.abc.", "typing.", "parity_tests.kinds.formula_text."):
        text = text.replace(module, "")
    return text
