"""Results of the methods of layers and losses that people add: one sentence names a wrong one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest

import ref_numpy
from parity_tests.kinds.random_problem import random_problem
from parity_tests.tests.support.own_layers import between, layer, refused
from parity_tests.tests.support.sample_kinds import AbsoluteDeviation
from ref_numpy import (
    Array,
    Dense,
    GradientDescent,
    Identity,
    Layer,
    Loss,
    NetworkSpec,
    SquaredError,
)
from ref_numpy.method_results import read_only

pytestmark = pytest.mark.usefixtures("own_kinds")

PROBLEM = random_problem(NetworkSpec.dense([2, 3], output="identity"), 5)
RETURNED: dict[str, tuple[dict[str, Any], str]] = {
    "no pair": ({"forward": lambda self, p, A: p["g"] * A},
                "Odd.forward returned an array; expected a pair (result, cache)"),
    "nothing": ({"forward": lambda self, p, A: None},
                "Odd.forward returned None; expected a pair (result, cache)"),
    "three": ({"forward": lambda self, p, A: (A, A, A)},
              "Odd.forward returned a tuple; expected a pair (result, cache)"),
    "a cache that is none": ({"forward": lambda self, p, A: (p["g"] * A, A)},
                             "Odd.forward returned an array as its cache; expected a tuple"),
    "another result": ({"forward": lambda self, p, A: ((p["g"] * A)[:1], (A,))},
                       "Odd.forward returned a result that has shape (1, 5); expected (3, 5)"),
    "a list": ({"forward": lambda self, p, A: ((p["g"] * A).tolist(), (A,))},
               "Odd.forward returned a result that is a list; expected an array of shape (3, 5)"),
    "another dtype": ({"forward": lambda self, p, A: ((p["g"] * A).astype("f"), (A,))},
                      "Odd.forward returned a result that is float32; expected float64"),
    "no gradients": ({"gradients": None}, "Odd.gradients returned gradients of []; expected a "),
    "no dictionary": ({"gradients": lambda self, c, dZ: None}, "Odd.gradients returned None; exp"),
    "a list of gradients": ({"gradients": lambda self, c, dZ: [dZ]},
                            "Odd.gradients returned a list; expected a dictionary with a gradient"),
    "another's": ({"gradients": lambda self, c, dZ: {"h": dZ}},
                  "Odd.gradients returned gradients of ['h']; expected a dictionary with a gradi"),
    "a matrix": ({"gradients": lambda self, c, dZ: {"g": dZ * c[0]}},
                 "Odd.gradients returned a gradient of g that has shape (3, 5); expected (3, 1)"),
    "None": ({"gradients": lambda self, c, dZ: {"g": None}},
             "Odd.gradients returned a gradient of g that is None; expected an array of shape "),
    "no way back": ({"backward": lambda self, p, c, dZ: None},
                    "Odd.backward returned a gradient that is None; expected an array of shape "),
    "a column": ({"backward": lambda self, p, c, dZ: p["g"] * dZ[:, :1]},
                 "Odd.backward returned a gradient that has shape (3, 1); expected (3, 5)"),
}  # fmt: skip


@pytest.mark.parametrize("name", RETURNED)
def test_a_method_that_returns_something_else_is_named(name: str) -> None:
    own, message = RETURNED[name]
    spec = between(layer(**own))()
    params = {**PROBLEM[0], "g1": np.ones((3, 1))}
    for use in (
        lambda: ref_numpy.run(spec, params, *PROBLEM[1:]),
        lambda: ref_numpy.fit(spec, params, *PROBLEM[1:], optimiser=GradientDescent(), epochs=1),
    ):
        code, said = refused(use)
        assert code == "layer.returned"
        assert said.startswith(message)


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ({"forward": lambda self, A, Y: abs(A - Y)},
         "Odd.forward returned an array that has shape (3, 5); expected (1, 5)"),
        ({"forward": lambda self, A, Y: abs(A - Y).sum()},
         "Odd.forward returned an array that has shape (); expected (1, 5)"),
        ({"backward": lambda self, A, Y: None},
         "Odd.backward returned a gradient that is None; expected an array of shape (3, 5)"),
        ({"backward": lambda self, A, Y: (A - Y) / A.shape[1] @ np.ones((5, 1))},
         "Odd.backward returned a gradient that has shape (3, 1); expected (3, 5)"),
    ],
)  # fmt: skip
def test_a_loss_that_returns_something_else_is_named(own: Any, message: str) -> None:
    whole = {n: vars(AbsoluteDeviation)[n] for n in ("reads", "forward", "backward")}
    loss = dataclass(frozen=True)(type("Odd", (Loss,), whole | own, kind="odd"))()
    spec = NetworkSpec.dense([2, 3], output="identity", loss=loss)
    code, said = refused(lambda: ref_numpy.run(spec, *PROBLEM))
    assert (code, said[: len(message)]) == ("layer.returned", message)


def written(x: Any) -> Any:
    x *= 1
    return x


@pytest.mark.parametrize(
    "own",
    [
        {"forward": lambda self, p, A: (p["g"] * written(A), (A,))},
        {"forward": lambda self, p, A: (written(p["g"]) * A, (A,))},
        {"gradients": lambda self, c, dZ: {"g": written(dZ)[:, :1]}},
        {"backward": lambda self, p, c, dZ: p["g"] * written(dZ)},
        {"backward": lambda self, p, c, dZ: written(p["g"]) * dZ},
    ],
)
def test_a_method_that_writes_into_its_arguments_is_stopped(own: dict[str, Any]) -> None:
    """A Z1 that ReLU changes would be wrong, and with it the gradient of everything before it."""
    spec = between(layer(**own))()
    with pytest.raises(ValueError, match="read-only"):
        ref_numpy.run(spec, {**PROBLEM[0], "g1": np.ones((3, 1))}, *PROBLEM[1:])


@pytest.mark.parametrize("method", ["forward", "backward"])
@pytest.mark.parametrize("given", [0, 1])
def test_a_loss_that_writes_into_its_arguments_is_stopped(method: str, given: int) -> None:
    def writes(self: Loss, *of: Array) -> Array:
        return written(of[given])

    whole = {n: vars(AbsoluteDeviation)[n] for n in ("reads", "forward", "backward")}
    loss = dataclass(frozen=True)(type("Odd", (Loss,), whole | {method: writes}, kind="odd"))()
    spec = NetworkSpec.dense([2, 3], output="identity", loss=loss)
    with pytest.raises(ValueError, match="read-only"):
        ref_numpy.run(spec, *PROBLEM)


@dataclass(frozen=True)
class Fold(Layer, kind="fold"):
    """H = Z in `rows` rows: (n, m) → (rows, n/rows, m), or back."""

    before: int
    rows: int
    symbol: ClassVar[str] = "H"

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return (self.rows, self.before // self.rows) if self.rows else (self.before,)

    def forward(self, params: Mapping[str, Array], A_prev: Array) -> Any:
        m = A_prev.shape[-1]
        return A_prev.reshape(*self.output_shape(()), m), (A_prev.shape,)

    def backward(self, params: Mapping[str, Array], cache: Any, dZ: Array) -> Array:
        return dZ.reshape(cache[0])


@dataclass(frozen=True)
class Unfold(Fold, kind="unfold"):
    symbol: ClassVar[str] = "U"


@dataclass(frozen=True)
class Weigh(Fold, kind="weigh"):
    """H = w ∗ Z, where Z is in rows and w is a weight, (rows, n/rows, 1)."""

    weights: ClassVar[tuple[str, ...]] = ("w",)

    def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"w": (*self.output_shape(()), 1)}

    def forward(self, params: Mapping[str, Array], A_prev: Array) -> Any:
        Z, (shape,) = super().forward(params, A_prev)
        return params["w"] * Z, (shape, Z)

    def gradients(self, cache: Any, dZ: Array) -> dict[str, Array]:
        return {"w": (dZ * cache[1]).sum(axis=2, keepdims=True) / dZ.shape[2]}

    def backward(self, params: Mapping[str, Array], cache: Any, dZ: Array) -> Array:
        return (params["w"] * dZ).reshape(cache[0])


FOLDS = {cls.kind: Layer.kinds.pop(cls.kind) for cls in (Fold, Unfold, Weigh)}


def test_a_result_of_several_axes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last is the example; the others are the layer's."""
    monkeypatch.setattr(Layer, "kinds", Layer.kinds | FOLDS)
    spec = NetworkSpec((Dense(2, 6), Fold(6, 2), Unfold(6, 0), Identity()), SquaredError())
    params, X, Y = random_problem(spec, 5)
    trace = ref_numpy.run(spec, params, X, Y)
    assert trace["H1"].shape == trace["dH1"].shape == (2, 3, 5)
    plain = NetworkSpec.dense([2, 6], output="identity")
    for name, tensor in ref_numpy.run(plain, params, X, Y).items():
        np.testing.assert_array_equal(trace[name], tensor, strict=True)


def test_regularisation_of_a_weight_before_several_axes(monkeypatch: pytest.MonkeyPatch) -> None:
    """(λ/m) w, where m = 5 is the last axis."""
    monkeypatch.setattr(Layer, "kinds", Layer.kinds | FOLDS)
    layers = (Dense(2, 6), Weigh(6, 2), Unfold(6, 0), Identity())
    params, X, Y = random_problem(NetworkSpec(layers, SquaredError()), 5)
    without, regularised = (
        ref_numpy.run(NetworkSpec(layers, SquaredError(), lambd), params, X, Y)["dw1"]
        for lambd in (0.0, 0.5)
    )
    np.testing.assert_array_equal(regularised, without + 0.5 / 5 * params["w1"], strict=True)


def test_a_trace_holds_the_results_of_built_in_layers() -> None:
    trace = ref_numpy.run(NetworkSpec.dense([2, 3], output="identity"), *PROBLEM)
    assert trace["A1"] is trace["Z1"]


def test_a_whole_sentence() -> None:
    spec = between(layer(gradients=lambda self, c, dZ: {}))()
    params = {**PROBLEM[0], "g1": np.ones((3, 1))}
    assert refused(lambda: ref_numpy.run(spec, params, *PROBLEM[1:]))[1] == (
        "Odd.gradients returned gradients of []; expected a dictionary with a gradient of each of "
        "its parameters, ['g']."
    )


def test_arguments_of_methods_are_not_changed() -> None:
    """It may be changed afterwards, as before, and so may the results."""
    given = {**PROBLEM[0], "g1": np.ones((3, 1))}, *PROBLEM[1:]
    trace = ref_numpy.run(between(layer())(), *given)
    every = (*given[0].values(), *given[1:], *trace.values())
    assert all(x.flags.writeable for x in every if isinstance(x, np.ndarray))
    anything = object()
    assert read_only(anything) is anything
