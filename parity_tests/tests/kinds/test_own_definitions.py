"""Layers, losses and optimisers that people add: definitions that are refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from parity_tests.tests.support.own_layers import between, layer, refused
from parity_tests.tests.support.sample_kinds import Scale
from ref_numpy import (
    Array,
    Elementwise,
    Layer,
    Loss,
    NetworkSpec,
    Optimiser,
    Sigmoid,
    SquaredError,
    Tanh,
)

pytestmark = pytest.mark.usefixtures("own_kinds")


CLASSES = """
class Mine({base}, kind={kind!r}):
    symbol, reads, rule = "A", "A", None
    def forward(self, params, context, A): return A, None
    def backward(self, params, cache, dA): return dA, {{}}
"""


def define(base: type, kind: str, module: str = "mine") -> Any:
    namespace: dict[str, Any] = {"__name__": module, base.__name__: base}
    exec(CLASSES.format(base=base.__name__, kind=kind), namespace)
    return namespace["Mine"]


@pytest.mark.parametrize(
    ("base", "kind", "owner"),
    [
        (Layer, "relu", "layers.relu.ReLU"),
        (Layer, "dense", "layers.dense.Dense"),
        (Loss, "squared_error", "losses.squared_error.SquaredError"),
        (Optimiser, "adam", "optimisers.Adam"),
    ],
)
def test_a_kind_belongs_to_one_class(base: Any, kind: str, owner: str) -> None:
    ours = base.kinds[kind]
    what = base.__name__.lower()
    code, message = refused(lambda: define(base, kind))
    assert code == f"{what}.kind-taken"
    assert message == (
        f"the {what} mine.Mine was given the kind {kind!r}, which is that of ref_numpy.{owner}; "
        f"give it a kind of its own."
    )
    assert base.kinds[kind] is ours
    define(base, "new")
    assert refused(lambda: define(base, "new", "other"))[0] == f"{what}.kind-taken"


def test_is_built_in() -> None:
    assert (Tanh.built_in, Elementwise.built_in, SquaredError.built_in) == (True, True, True)
    assert (Scale.built_in, define(Loss, "new").built_in) == (False, False)
    assert not define(Layer, "new", "ref_numpy_extras").built_in


@pytest.mark.parametrize("base", [Layer, Loss, Optimiser])
def test_the_same_definition_again_replaces_itself(base: Any) -> None:
    """A notebook's cell that is run twice, a module that is reloaded, a spawned process."""
    for first, second in (("mine", "mine"), ("__main__", "__mp_main__")):
        define(base, first, first)
        again = define(base, first, second)
        assert base.kinds[first] is again


MADE_ANEW = """
@dataclass(frozen=True, slots=True)
class Twice(Elementwise, kind="twice"):
    factor: float = 2.0
    def g(self, Z): return self.factor * Z
    def g_prime(self, Z, A): return np.full_like(Z, self.factor)

class OfOutputs(Loss):
    reads = "A"

@dataclass(frozen=True, slots=True)
class Difference(OfOutputs, kind="difference"):
    factor: float = 2.0
    def forward(self, A, Y): return (self.factor * (A - Y)).sum(axis=0, keepdims=True)
    def backward(self, A, Y): return np.full_like(A, self.factor)
"""


def test_a_class_that_a_decorator_makes_anew_is_the_kind() -> None:
    names = {"dataclass": dataclass, "Elementwise": Elementwise, "Loss": Loss, "np": np}
    names["__name__"] = "mine"
    exec(compile(MADE_ANEW, "mine", "exec", dont_inherit=True), names)
    spec = NetworkSpec.dense([2, 3, 1], "twice", "identity", "difference")
    assert spec.layers[1] == names["Twice"]()
    assert spec.loss == names["Difference"]()
    assert NetworkSpec.from_json(spec.to_json()) == spec
    assert "OfOutputs" not in {kind.__name__ for kind in Loss.kinds.values()}


def test_a_class_that_is_not_finished() -> None:
    for forgotten, code, message in (
        ("forward", "layer.unfinished", "the layer Odd defines no forward; write the method"),
        ("backward", "layer.unfinished", "the layer Odd defines no backward; write the method"),
        ("symbol", "layer.symbol", "the layer Odd has symbol = None; expected the letters of"),
    ):
        found = refused(lambda forgotten=forgotten: layer(**{forgotten: None}))
        assert (found[0], found[1][: len(message)]) == (code, message)
    assert refused(lambda: layer(symbol=3))[0] == "layer.symbol"
    loss = {"reads": "A", "forward": lambda self, A, Y: A, "backward": lambda self, A, Y: A}
    for own, code, message in (
        ({"reads": None}, "loss.reads", 'the loss Odd has reads = None; expected "A", the output'),
        (
            {"reads": "Z"},
            "loss.output",
            "the loss Odd reads Z, so it must name its output activation",
        ),
        ({"output": int}, "loss.output", "the loss Odd has output = <class 'int'>; expected the"),
        ({"output": Sigmoid()}, "loss.output", "the loss Odd has output = Sigmoid(); expected the"),
        ({"backward": None}, "loss.unfinished", "the loss Odd defines no backward; write the"),
        ({"forward": None}, "loss.unfinished", "the loss Odd defines no forward; write the met"),
    ):
        given = {name: x for name, x in (loss | own).items() if x is not None}
        found = refused(lambda given=given: type("Odd", (Loss,), given, kind="odd_loss"))
        assert (found[0], found[1][: len(message)]) == (code, message)
    found = refused(lambda: type("Odd", (Elementwise,), {}, kind=3))
    assert found == (
        "layer.kind", "the layer Odd was given the kind 3; expected a string, its name in files."
    )  # fmt: skip
    found = refused(lambda: type("Odd", (Optimiser,), {}, kind="odd_optimiser"))
    assert found[0] == "optimiser.unfinished"
    found = refused(lambda: type("Odd", (Elementwise,), {"g": print}, kind="odd_activation"))
    assert found[1].startswith("the layer Odd defines no g_prime")


def test_a_description_that_is_none() -> None:
    class Loose(Scale, kind="loose"):
        pass

    @dataclass
    class Changing(Elementwise, kind="changing"):
        g = g_prime = lambda self, *of: of[0]

    @dataclass(frozen=True)
    class Kindless(Tanh):
        pass

    @dataclass(frozen=True)
    class Padding(Scale, kind="padding"):
        kind: str = "same"  # pyright: ignore[reportIncompatibleVariableOverride]

    @dataclass(frozen=True)
    class Sizes(Scale, kind="sizes"):
        pass

    @dataclass(frozen=True, eq=False)
    class Unequal(Scale, kind="unequal"):
        pass

    for it, code, message in (
        (Loose(3), "layer.not-frozen", "the layer Loose must be a frozen dataclass"),
        (Changing(), "layer.not-frozen", "write @dataclass(frozen=True) above its class"),
        (Kindless(), "layer.no-kind", 'as class Kindless(Tanh, kind="…")'),
        (Elementwise(), "layer.no-kind", "the layer Elementwise needs a kind of its own"),
        (Unequal(3), "layer.not-frozen", "the layer Unequal must be a frozen dataclass"),
        (Padding(3), "layer.field", "the layer Padding has a field kind = 'padding', which a w"),
        (Sizes((3,)), "layer.field", "the layer Sizes has a field n = (3,), which a weights file"),
        (Tanh, "layer.type", "the layer <class 'ref_numpy.layers.tanh.Tanh'> is not a Layer; e"),
        ("tanh", "layer.type", "the layer 'tanh' is not a Layer; expected for example Tanh()."),
    ):
        found = refused(between(it))  # pyright: ignore[reportArgumentType]
        assert found[0] == code
        assert message in found[1]
    layers = NetworkSpec.dense([2, 1], output="sigmoid").layers
    assert refused(lambda: NetworkSpec.chain(layers, "cross_entropy")) == (  # pyright: ignore[reportArgumentType]
        "loss.type",
        "the loss 'cross_entropy' is not a Loss; expected for example SquaredError().",
    )


def test_shapes_that_are_none() -> None:
    for own, code, message in (
        ({"parameter_shapes": lambda self: ["g"]}, "layer.shape", "Odd.parameter_shapes returned"),
        ({"parameter_shapes": lambda self: {"g": 3}}, "layer.shape", "returned {'g': 3}; expec"),
        ({"parameter_shapes": lambda self: {"g": (0, 1)}}, "layer.shape", "returned {'g': (0, 1)"),
        ({"parameter_shapes": lambda self: {"g": (3.0,)}}, "layer.shape", "returned {'g': (3.0,)"),
        ({"output_shape": lambda self, shape: 3}, "layer.shape", "Odd.output_shape returned 3; e"),
        ({"output_shape": lambda self, shape: None}, "layer.shape", "output_shape returned None"),
        ({"weights": "g"}, "layer.weights", "Odd has weights = 'g'; expected a tuple of some of"),
        ({"weights": ("W",)}, "layer.weights", "Odd has weights = ('W',); expected a tuple of"),
        ({"output_shape": lambda self, shape: (3, 2)}, "network.output-shape", "result is (3, 2)"),
    ):
        found = refused(between(layer(**own)))
        assert found[0] == code
        assert message in found[1]


def test_the_activation_of_a_loss_is_that_activation() -> None:
    """dZ = A − Y holds of σ alone, and not of classes derived from it."""

    @dataclass(frozen=True)
    class Steep(Sigmoid, kind="steep"):
        def g(self, Z: Array) -> Array:
            return super().g(4 * Z)

    assert NetworkSpec.dense([2, 1], output="steep").loss == SquaredError()
    message = refused(lambda: NetworkSpec.dense([2, 1], (), "steep", "binary_cross_entropy"))[1]
    assert message.startswith("binary_cross_entropy was given the output steep; it is defined on")

    @dataclass(frozen=True)
    class OfElements(SquaredError, kind="of_elements"):
        output = Elementwise

    NetworkSpec.dense([2, 1], (), "steep", "of_elements")
    message = refused(lambda: NetworkSpec.dense([2, 3], (), "softmax", "of_elements"))[1]
    assert message == (
        "of_elements was given the output softmax; it is defined on Elementwise: change one of "
        "the two."
    )
