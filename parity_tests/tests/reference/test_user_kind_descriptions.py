"""For which classes parts may be registered: a user's own kinds, and no others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from ref_numpy import Adam, Array, Elementwise, Identity, InputError, Layer, Loss, ReLU
from ref_numpy.descriptions import check_part, check_part_names, check_users_kind

pytestmark = pytest.mark.usefixtures("own_kinds")


def refused(given: Any) -> InputError:
    with pytest.raises(InputError) as caught:
        check_users_kind(given)
    return caught.value


def own_loss(kind: str) -> Any:
    class Difference(Loss, kind=kind):
        reads: ClassVar[str] = "A"

        def forward(self, A: Array, Y: Array) -> Array:
            return A - Y

        def backward(self, A: Array, Y: Array) -> Array:
            return A

    return Difference


class Stranger:
    kind = "stranger"


@pytest.mark.parametrize("given", [3, "relu", Stranger, Adam, Layer, Loss, Elementwise])
def test_what_is_no_layer_or_loss_with_a_kind(given: Any) -> None:
    """The base classes have no kind."""
    error = refused(given)
    assert (error.code, error.facts) == ("register.type", {"given": given})


def test_a_kind_of_ones_own_is_taken() -> None:
    @dataclass(frozen=True)
    class Same(Identity, kind="same"):
        pass

    check_users_kind(Same)
    Layer.kinds.pop("same")  # as if its module was loaded in another way
    check_users_kind(Same)


def test_a_loss_may_have_the_name_of_a_layers_kind() -> None:
    check_users_kind(own_loss("relu"))
    assert refused(ReLU).code == "register.kind-taken"


def test_a_kind_of_another_class_is_not_taken() -> None:
    """Of a class of this package, or of the user's own class that has another definition."""
    parent = own_loss("difference")

    class Child(parent):
        pass

    class Sub(ReLU):
        pass

    here, inside = __name__, "test_a_kind_of_another_class_is_not_taken.<locals>"
    for cls, kind, taken in (
        (Child, "difference", f"{here}.own_loss.<locals>.Difference"),
        (Sub, "relu", "ref_numpy.layers.relu.ReLU"),
    ):
        error = refused(cls)
        assert error.code == "register.kind-taken"
        assert error.facts == {"name": f"{inside}.{cls.__name__}", "kind": kind, "owner": taken}


def test_an_unknown_part_is_named_beside_the_known() -> None:
    known = ("line", "words", "bound")
    check_part_names(ReLU, ("words", "line"), known)
    with pytest.raises(InputError) as caught:
        check_part_names(ReLU, ("words", "colour"), known)
    assert caught.value.code == "register.unknown-part"
    assert caught.value.facts == {"name": "ReLU", "part": "colour", "known": "line, words, bound"}


def test_a_part_of_another_type_is_named_with_the_expected_one() -> None:
    check_part(ReLU, "words", "the ReLU", True, "str")
    with pytest.raises(InputError) as caught:
        check_part(ReLU, "words", "3", False, "a number")
    assert caught.value.code == "register.part"
    facts = {"part": "words", "name": "ReLU", "given": "'3'", "expected": "a number"}
    assert caught.value.facts == facts
