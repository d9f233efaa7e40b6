"""Networks with layers and losses that people add, by the recipes in their docstrings."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

import ref_numpy
import torch_impl
from parity_tests.kinds.random_problem import random_problem
from parity_tests.tests.support import sample_kinds
from parity_tests.tests.support.central_differences import judged, smooth_problem
from parity_tests.tests.support.sample_kinds import known, networks
from ref_numpy import (
    Adam,
    Array,
    Dense,
    Identity,
    InputError,
    Layer,
    Loss,
    NetworkSpec,
    Optimiser,
    SquaredError,
)
from ref_numpy.registry import from_name
from torch_impl.torch_optimisers import build

M = 11
NAMES = ("scale", "prelu", "softplus", "shift", "poisson", "last")


@pytest.fixture(autouse=True)
def added() -> Iterator[None]:
    with known():
        yield


def recipe(base: type, name: str) -> Any:
    """The class that the docstring's own code defines."""
    lines = inspect.cleandoc(base.__doc__ or "").splitlines()
    start = next(i for i, line in enumerate(lines) if "@dataclass" in line)
    code = takewhile(lambda line: not line or line.startswith("    "), lines[start:])
    names = {"dataclass": dataclass, "ClassVar": ClassVar, "np": np, base.__name__: base}
    source = textwrap.dedent("\n".join(code))
    namespace = {**names, "__name__": "recipe"}
    exec(compile(source, "recipe", "exec", dont_inherit=True), namespace)
    return namespace[name]


def check_calculus(spec: NetworkSpec) -> None:
    """The gradients of the reference are those of its cost."""
    for tensor, (g, D, allowed) in judged(spec, smooth_problem(spec)).items():
        assert np.all(np.abs(g - D) <= allowed), tensor
        assert M * np.linalg.norm(allowed) <= np.linalg.norm(g), "the comparison says nothing"


@pytest.mark.parametrize("name", NAMES)
def test_gradients_equal_central_differences(name: str) -> None:
    check_calculus(networks(lambd=0.7)[name])


def test_the_recipes_of_the_docstrings_work_as_they_stand(own_kinds: None) -> None:
    for base in (Layer, Loss):
        for kind in sample_kinds.ADDED[base]:
            del base.kinds[kind]  # the recipes' have the same kinds
    scale, loss = recipe(Layer, "Scale"), recipe(Loss, "SmoothL1")
    layers = (Dense(3, 4), scale(4), Identity(), Dense(4, 2), Identity())
    for spec in (NetworkSpec.chain(layers, loss()), NetworkSpec.chain(layers, SquaredError())):
        check_calculus(spec)
        assert NetworkSpec.from_json(spec.to_json()) == spec


@pytest.mark.parametrize("name", NAMES)
def test_files_training_and_predictions(name: str, tmp_path: Path) -> None:
    spec = networks()[name]
    params, X, Y = random_problem(spec, M, 1)
    optimiser = Adam(learning_rate=0.01)
    trained, costs = ref_numpy.fit(spec, params, X, Y, optimiser=optimiser, epochs=30)
    assert costs[-1] < costs[0]
    assert all((trained[n] != params[n]).any() for n in params)
    ref_numpy.save(tmp_path / "w.safetensors", spec, trained)
    read, again = ref_numpy.load(tmp_path / "w.safetensors")
    assert read == spec
    for n in trained:
        np.testing.assert_array_equal(again[n], trained[n], strict=True)
    A = ref_numpy.run(read, again, X, Y)[spec.output]
    np.testing.assert_array_equal(ref_numpy.predict(read, again, X), spec.loss.decode(A))


def test_a_parameter_that_is_one_number_is_kept_in_a_file(tmp_path: Path) -> None:
    @dataclass(frozen=True)
    class Temperature(sample_kinds.Scale, kind="temperature"):
        def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
            return {"τ": ()}

    try:
        spec = NetworkSpec.chain((Dense(2, 3), Temperature(3), Identity()), SquaredError())
        params = ref_numpy.initialise(spec) | {"τ2": np.array(0.5)}
        ref_numpy.save(tmp_path / "w.safetensors", spec, params)
        again = ref_numpy.load(tmp_path / "w.safetensors")[1]["τ2"]
        np.testing.assert_array_equal(again, params["τ2"], strict=True)
    finally:
        del Layer.kinds["temperature"]


def test_a_file_that_names_a_kind_that_is_not_defined(tmp_path: Path) -> None:
    spec = networks()["scale"]
    ref_numpy.save(tmp_path / "w.safetensors", spec, ref_numpy.initialise(spec))
    del Layer.kinds["scale"]
    with pytest.raises(InputError, match="names the layer 'scale', which nothing here") as caught:
        ref_numpy.load(tmp_path / "w.safetensors")
    assert caught.value.code == "layer.unknown"


def test_a_kind_that_has_fields_is_not_made_from_its_name() -> None:
    with pytest.raises(InputError, match=r"give Scale\(…\) instead") as caught:
        from_name(Layer.kinds, "layer", "scale")
    assert caught.value.code == "layer.needs-fields"
    assert NetworkSpec.dense([2, 2], output="prelu").summary == "2-2 (prelu), squared_error"
    assert networks()["scale"].summary == (
        "3-4-2 (smooth_relu, scale, identity, identity), squared_error"
    )


def test_a_twin_that_is_missing_is_one_sentence() -> None:
    for name, code, message in (
        ("scale", "layer.no-twin", r"Softplus has no twin in torch; .*register\(Softplus, lambda"),
        (
            "no loss",
            "loss.no-twin",
            r"AbsoluteDeviation has no criterion in torch; .*register\(Abs",
        ),
    ):
        loss = NetworkSpec.dense([2, 3, 1], "tanh", "identity", "absolute_deviation")
        spec = (networks() | {"no loss": loss})[name]
        with pytest.raises(InputError, match=message) as caught:
            torch_impl.run(spec, *random_problem(spec, M))
        assert caught.value.code == code


def test_an_optimiser_without_a_twin_is_one_sentence(own_kinds: None) -> None:
    @dataclass(frozen=True)
    class Signs(Optimiser, kind="signs"):
        def rule(self, theta: Array, dtheta: Array, memory: Any, t: int) -> Any:
            return theta - self.learning_rate * np.sign(dtheta), ()

    spec = NetworkSpec.dense([3, 2], output="identity")
    params, X, Y = random_problem(spec, M)
    updated, _ = ref_numpy.fit(spec, params, X, Y, optimiser=Signs(0.5), epochs=1)
    np.testing.assert_array_equal(abs(updated["W1"] - params["W1"]).round(12), 0.5)
    with pytest.raises(InputError, match=r"^Signs has no twin in torch; .*TWINS\[Sig") as caught:
        build(Signs(), [])
    assert caught.value.code == "optimiser.no-twin"
