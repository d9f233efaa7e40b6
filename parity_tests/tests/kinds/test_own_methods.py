"""Results of the methods of layers and losses that people add: one sentence names a wrong one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest

import ref_numpy
from parity_tests.kinds.random_problem import random_problem
from parity_tests.tests.support.own_layers import back, between, layer, refused
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
    "no pair": ({"forward": lambda self, p, c, A: p["g"] * A},
                "Odd.forward returned an array; expected a pair: the result, and what backward"),
    "nothing": ({"forward": lambda self, p, c, A: None},
                "Odd.forward returned None; expected a pair: the result, and what backward"),
    "three": ({"forward": lambda self, p, c, A: (A, A, A)},
              "Odd.forward returned a tuple; expected a pair: the result, and what backward"),
    "two results": ({"forward": lambda self, p, c, A: ((A, A), None)},
                    "Odd.forward returned 2 results; expected 1, as output_shape says"),
    "another result": ({"forward": lambda self, p, c, A: ((p["g"] * A)[:1], None)},
                       "Odd.forward returned a result that has shape (1, 5); expected (3, 5)"),
    "a list": ({"forward": lambda self, p, c, A: ((p["g"] * A).tolist(), None)},
               "Odd.forward returned a result that is a list; expected an array of shape (3, 5)"),
    "another dtype": ({"forward": lambda self, p, c, A: ((p["g"] * A).astype("f"), None)},
                      "Odd.forward returned a result that is float32; expected float64"),
    "no pair back": ({"backward": lambda self, p, c, dZ: p["g"] * dZ},
                     "Odd.backward returned an array; expected a pair: the gradient of the input"),
    "no gradients": (back(gradients=lambda c, dZ: {}), "Odd.backward returned gradients of []; ex"),
    "no dictionary": (back(gradients=lambda c, dZ: None), "Odd.backward returned None; expected "),
    "a list of gradients": (back(gradients=lambda c, dZ: [dZ]),
                            "Odd.backward returned a list; expected a dictionary with a gradient"),
    "another's": (back(gradients=lambda c, dZ: {"h": dZ}),
                  "Odd.backward returned gradients of ['h']; expected a dictionary with a gradi"),
    "a matrix": (back(gradients=lambda c, dZ: {"g": dZ * c.inputs[0]}),
                 "Odd.backward returned a gradient of g that has shape (3, 5); expected (3, 1)"),
    "None": (back(gradients=lambda c, dZ: {"g": None}),
             "Odd.backward returned a gradient of g that is None; expected an array of shape "),
    "no way back": (back(lambda p, dZ: None),
                    "Odd.backward returned a gradient that is None; expected an array of shape "),
    "two ways back": (back(lambda p, dZ: (dZ, dZ)),
                      "Odd.backward returned gradients of 2 inputs; expected one for each, ['Z1']"),
    "a column": (back(lambda p, dZ: p["g"] * dZ[:, :1]),
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
        {"forward": lambda self, p, c, A: (p["g"] * written(A), None)},
        {"forward": lambda self, p, c, A: (written(p["g"]) * A, None)},
        back(gradients=lambda c, dZ: {"g": written(dZ)[:, :1]}),
        back(lambda p, dZ: p["g"] * written(dZ)),
        back(lambda p, dZ: written(p["g"]) * dZ),
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
    """H = Z in `rows` rows: (n, m) → (rows, m, n/rows), or back."""

    before: int
    rows: int
    symbol: ClassVar[str] = "H"

    def output_shape(self, *shapes: tuple[int, ...]) -> tuple[int, ...]:
        return (self.rows, self.before // self.rows)

    def fold(self, A: Array) -> Array:
        return A.reshape(self.rows, -1, A.shape[1]).transpose(0, 2, 1)

    def unfold(self, H: Array) -> Array:
        return H.transpose(0, 2, 1).reshape(self.before, H.shape[1])

    def forward(self, params: Mapping[str, Array], context: Any, A_prev: Array) -> Any:
        return self.fold(A_prev), None

    def backward(self, params: Mapping[str, Array], cache: Any, dZ: Array) -> Any:
        return self.unfold(dZ), {}


@dataclass(frozen=True)
class Unfold(Fold, kind="unfold"):
    symbol: ClassVar[str] = "U"

    def output_shape(self, *shapes: tuple[int, ...]) -> tuple[int, ...]:
        return (self.before,)

    def forward(self, params: Mapping[str, Array], context: Any, A_prev: Array) -> Any:
        return self.unfold(A_prev), None

    def backward(self, params: Mapping[str, Array], cache: Any, dZ: Array) -> Any:
        return self.fold(dZ), {}


@dataclass(frozen=True)
class Weigh(Fold, kind="weigh"):
    """H = w ∗ Z, where Z is in rows and w is a weight, (rows, 1, n/rows)."""

    weights: ClassVar[tuple[str, ...]] = ("w",)

    def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"w": (self.rows, 1, self.before // self.rows)}

    def forward(self, params: Mapping[str, Array], context: Any, A_prev: Array) -> Any:
        return params["w"] * self.fold(A_prev), None

    def backward(self, params: Mapping[str, Array], cache: Any, dZ: Array) -> Any:
        dw = (dZ * self.fold(cache.inputs[0])).sum(axis=1, keepdims=True) / dZ.shape[1]
        return self.unfold(params["w"] * dZ), {"w": dw}


FOLDS = {cls.kind: Layer.kinds.pop(cls.kind) for cls in (Fold, Unfold, Weigh)}


def test_a_result_of_several_axes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Axis 1 is the example; the others are the layer's."""
    monkeypatch.setattr(Layer, "kinds", Layer.kinds | FOLDS)
    spec = NetworkSpec.chain((Dense(2, 6), Fold(6, 2), Unfold(6, 2), Identity()), SquaredError())
    params, X, Y = random_problem(spec, 5)
    trace = ref_numpy.run(spec, params, X, Y)
    assert trace["H1"].shape == trace["dH1"].shape == (2, 5, 3)
    plain = NetworkSpec.dense([2, 6], output="identity")
    for name, tensor in ref_numpy.run(plain, params, X, Y).items():
        np.testing.assert_array_equal(trace[name], tensor, strict=True)


def test_regularisation_of_a_weight_before_several_axes(monkeypatch: pytest.MonkeyPatch) -> None:
    """(λ/m) w, where m = 5 is axis 1."""
    monkeypatch.setattr(Layer, "kinds", Layer.kinds | FOLDS)
    layers = (Dense(2, 6), Weigh(6, 2), Unfold(6, 2), Identity())
    params, X, Y = random_problem(NetworkSpec.chain(layers, SquaredError()), 5)
    without, regularised = (
        ref_numpy.run(NetworkSpec.chain(layers, SquaredError(), lambd), params, X, Y)["dw1"]
        for lambd in (0.0, 0.5)
    )
    np.testing.assert_array_equal(regularised, without + 0.5 / 5 * params["w1"], strict=True)


def test_a_trace_holds_the_results_of_built_in_layers() -> None:
    trace = ref_numpy.run(NetworkSpec.dense([2, 3], output="identity"), *PROBLEM)
    assert trace["A1"] is trace["Z1"]


def test_a_whole_sentence() -> None:
    spec = between(layer(**back(gradients=lambda c, dZ: {})))()
    params = {**PROBLEM[0], "g1": np.ones((3, 1))}
    assert refused(lambda: ref_numpy.run(spec, params, *PROBLEM[1:]))[1] == (
        "Odd.backward returned gradients of []; expected a dictionary with a gradient of each of "
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
