"""Convolutions: on paper, by their definition, beside torch at many shapes; what they refuse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from parity_tests import check
from parity_tests.adapters.torch_twin import twin
from parity_tests.checking.verdict import PASSED
from parity_tests.kinds.known_kinds import kind_of
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import (
    Array,
    Cache,
    Context,
    Conv1d,
    Conv2d,
    Dense,
    Flatten,
    Graph,
    InputError,
    Layer,
    NetworkSpec,
    TransposedConv2d,
    run,
)
from ref_numpy.arrays import windows

SLOW = pytest.mark.slow


def passes(layer: Layer, params: dict[str, Any], A: Any, dZ: Any, scale: float = 1) -> list[Any]:
    """Z, dA, and the gradients of the parameters."""
    given = {name: np.asarray(x) for name, x in params.items()}
    A, context = np.asarray(A), Context(scale)
    Z, kept = layer.forward(given, context, A)
    dA, gradients = layer.backward(given, Cache((A,), (Z,), kept, context), np.asarray(dZ))
    return [Z, dA, *gradients.values()]


def test_a_row_of_five_on_paper() -> None:
    """Windows of 2 with stride 2 and padding 1: (0, 1), (2, 3), (4, 5)."""
    A = [[[1, 2, 3, 4, 5]]]
    W, b = [[[10, 1]]], [[100]]
    Z, dA, dW, db = passes(Conv1d(1, 1, 2, stride=2, padding=1), {"W": W, "b": b}, A, [[[1, 2, 3]]])
    assert Z.tolist() == [[[101, 123, 145]]]
    assert dA.tolist() == [[[1, 20, 2, 30, 3]]]
    assert dW.tolist() == [[[0 + 4 + 12, 1 + 6 + 15]]]
    assert db.tolist() == [[6]]


def test_an_image_on_paper() -> None:
    """All windows of a 2 × 3 image, which overlap in its middle column."""
    A, W = [[[[1, 2, 3], [4, 5, 6]]]], [[[[1, 10], [100, 1000]]]]
    Z, dA, dW = passes(Conv2d(1, 1, 2, bias=False), {"W": W}, A, [[[[1, 2]]]])
    assert Z.tolist() == [[[[5421, 6532]]]]
    assert dA.tolist() == [[[[1, 10 + 2, 20], [100, 1000 + 200, 2000]]]]
    assert dW.tolist() == [[[[1 + 4, 2 + 6], [4 + 10, 5 + 12]]]]


def test_a_transposed_convolution_on_paper() -> None:
    """Each number times a kernel, with stride 1: kernels meet in the middle column."""
    A, W = [[[[1, 2]]]], [[[[1, 10], [100, 1000]]]]
    layer = TransposedConv2d(1, 1, 2)
    Z, dA, dW, db = passes(layer, {"W": W, "b": [[5]]}, A, [[[[1, 2, 3], [4, 5, 6]]]], scale=2)
    assert Z.tolist() == [[[[1 + 5, 12 + 5, 20 + 5], [100 + 5, 1200 + 5, 2000 + 5]]]]
    assert dA.tolist() == [[[[5421, 6532]]]]
    assert dW.tolist() == [[[[2.5, 4], [7, 8.5]]]]  # of J / 2
    assert db.tolist() == [[10.5]]


def test_a_kernel_of_one_is_a_dense_layer_at_each_position() -> None:
    rng = np.random.default_rng(0)
    A, dZ = rng.integers(-9, 9, (4, 3, 5, 2)), rng.integers(-9, 9, (6, 3, 5, 2))
    W, b = rng.integers(-9, 9, (6, 4)), rng.integers(-9, 9, (6, 1))
    of_dense = passes(Dense(4, 6), {"W": W, "b": b}, A, dZ)
    of_kernel = passes(Conv2d(4, 6, 1), {"W": W[:, :, None, None], "b": b}, A, dZ)
    for x, y in zip(of_kernel, of_dense, strict=True):
        np.testing.assert_array_equal(x.reshape(y.shape), y)


def by_definition(layer: Any, W: Array, A: Array) -> Array:
    """The sum of the docstring, one number after the other."""
    (H, Wd), m, g = A.shape[2:], A.shape[1], layer.groups
    Z = np.zeros((layer.n, m, *layer.output_shape((layer.n_prev, H, Wd))[1:]), A.dtype)
    for k, i, y, x in np.ndindex(Z.shape):
        group = k // (layer.n // g)
        for c, r, q in np.ndindex(W.shape[1:]):
            row = layer.stride * y + layer.dilation * r - layer.padding
            column = layer.stride * x + layer.dilation * q - layer.padding
            if 0 <= row < H and 0 <= column < Wd:
                channel = group * (layer.n_prev // g) + c
                Z[k, i, y, x] += W[k, c, r, q] * A[channel, i, row, column]
    return Z


LAYERS = {
    "3 x 3, padded": (Conv2d(3, 4, 3, padding=1), (3, 5, 6)),
    "stride 2, dilation 2": (Conv2d(2, 3, 3, stride=2, padding=2, dilation=2), (2, 7, 6)),
    "depthwise": (Conv2d(4, 4, 3, padding=1, groups=4), (4, 4, 6)),
    "two results of each feature": (Conv2d(3, 6, 2, groups=3, bias=False), (3, 4, 5)),
    "1 x 1": (Conv2d(5, 3, 1), (5, 3, 4)),
    "1 x 1, strides": (Conv2d(5, 3, 1, stride=3), (5, 4, 5)),
    "7 x 7": (Conv2d(2, 3, 7, stride=2, padding=3), (2, 9, 8)),
    "even": (Conv2d(3, 2, 4, stride=3, padding=1), (3, 8, 6)),
    "the whole image": (Conv2d(2, 5, 3), (2, 3, 3)),
}
OTHERS = {
    "sequence": (Conv1d(3, 4, 3, stride=2, padding=2, dilation=2), (3, 9)),
    "depthwise sequence": (Conv1d(4, 8, 2, groups=4), (4, 6)),
    "sequence without a bias": (Conv1d(5, 2, 4, padding=3, bias=False), (5, 4)),
    "transposed": (TransposedConv2d(3, 4, 3, stride=2, padding=1, output_padding=1), (3, 3, 4)),
    "transposed, dilated": (TransposedConv2d(4, 6, 2, 1, 1, 3, 2), (4, 5, 3)),
    "transposed, apart": (TransposedConv2d(2, 3, 2, stride=3, bias=False), (2, 3, 2)),
}


@pytest.mark.parametrize("name", LAYERS)
def test_a_convolution_is_its_definition(name: str) -> None:
    """With integers: Z; and dA and dW as the adjoints, ⟨Z, dZ⟩ = ⟨A, dA⟩ = ⟨W, dW⟩."""
    layer, shape = LAYERS[name]
    rng = np.random.default_rng(1)
    A = rng.integers(-9, 9, (shape[0], 2, *shape[1:]))
    W = rng.integers(-9, 9, layer.parameter_shapes()["W"])
    params = {"W": W} | ({"b": np.zeros((layer.n, 1), int)} if layer.bias else {})
    right = by_definition(layer, W, A)
    dZ = rng.integers(-9, 9, right.shape)
    Z, dA, dW, *_ = passes(layer, params, A, dZ)
    np.testing.assert_array_equal(Z, right)
    assert (Z * dZ).sum() == (A * dA).sum() == (W * dW).sum()
    for _ in range(3):  # for any A and any W: dA is linear in W, and dW in A
        one, other = rng.integers(-9, 9, A.shape), rng.integers(-9, 9, W.shape)
        assert (by_definition(layer, W, one) * dZ).sum() == (one * dA).sum()
        assert (by_definition(layer, other, A) * dZ).sum() == (other * dW).sum()


def test_examples_a_few_at_a_time_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """With integers, to the bit: in one part, and in several whose last one is shorter."""
    layer = Conv2d(4, 6, 3, stride=2, padding=1, groups=2)
    rng = np.random.default_rng(2)
    A, dZ = rng.integers(-9, 9, (4, 7, 5, 6)), rng.integers(-9, 9, (6, 7, 3, 3))
    params = {name: rng.integers(-9, 9, shape) for name, shape in layer.parameter_shapes().items()}
    whole = passes(layer, params, A, dZ)
    for numbers in (1, 4 * 9 * 9 * 3):
        monkeypatch.setattr(windows, "AT_ONCE", numbers)
        for x, y in zip(passes(layer, params, A, dZ), whole, strict=True):
            np.testing.assert_array_equal(x, y)


def network(layer: Layer, shape: tuple[int, ...]) -> NetworkSpec:
    """x → c → flat → y."""
    graph = Graph({"x": shape})
    graph.add("c", layer, "x")
    graph.add("flat", Flatten(), "c")
    graph.add("y", Dense(*graph.shapes["flat"], 2), "flat")
    return NetworkSpec.from_graph(graph, "squared_error", lambd=0.5)


@pytest.mark.parametrize(
    "precision",
    ["float32", *(pytest.param(p, marks=SLOW) for p in ("float64", "bfloat16", "float16"))],
)
@pytest.mark.parametrize("name", LAYERS | OTHERS)
@pytest.mark.parametrize("m", [1, pytest.param(5, marks=SLOW)])
def test_torch_passes(name: str, precision: str, m: int) -> None:
    spec = network(*(LAYERS | OTHERS)[name])
    report = check(twin(precision), spec, *random_problem(spec, m), precision, calls=1)
    assert report.verdict == PASSED, str(report)
    assert {"c", "dc", "dc.W", "dx"} <= {t.name for t in report.tensors}


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_results_have_the_dtype_of_the_input(dtype: type) -> None:
    for layer, shape in (LAYERS | OTHERS).values():
        spec = network(layer, shape)
        params, X, Y = random_problem(spec, 3, dtype=dtype)
        assert {x.dtype for x in run(spec, params, X, Y).values() if x.ndim} == {np.dtype(dtype)}


def test_without_a_bias_no_line_has_one() -> None:
    for layer in (Conv2d(2, 3, 2, bias=False), TransposedConv2d(2, 3, 2, bias=False)):
        kind = kind_of(layer)
        assert kind.line is not None
        assert "b" not in kind.line.right.split()
        assert "missing-b" not in {one.code for one in kind.line.edits}
        assert [*kind.parameter_lines] == ["dW"]
        assert [*layer.parameter_shapes()] == ["W"]


REFUSALS: list[tuple[str, Callable[[], Any]]] = [
    ("layer.size", lambda: Conv2d(2, 3, 0)),
    ("layer.size", lambda: Conv1d(2, 3, 1, stride=0)),
    ("layer.size", lambda: Conv2d(2, 3, 1, dilation=0)),
    ("windows.padding", lambda: Conv2d(2, 3, 1, padding=-1)),
    ("windows.padding", lambda: Conv2d(2, 3, 1, padding=True)),
    ("convolution.groups", lambda: Conv2d(4, 3, 1, groups=2)),
    ("convolution.groups", lambda: Conv2d(3, 4, 1, groups=2)),
    ("convolution.output-padding", lambda: TransposedConv2d(2, 3, 2, 2, output_padding=2)),
    ("convolution.output-padding", lambda: TransposedConv2d(2, 3, 2, 2, output_padding=-1)),
    ("convolution.no-positions",
     lambda: TransposedConv2d(2, 3, 1, padding=1).output_shape((2, 2, 3))),
    ("layer.input-features", lambda: Conv2d(2, 3, 1).output_shape((3, 4, 4))),
    ("windows.axes", lambda: Conv2d(2, 3, 1).output_shape((2, 4))),
    ("windows.axes", lambda: Conv1d(2, 3, 1).output_shape((2, 4, 4))),
    ("windows.axes", lambda: TransposedConv2d(2, 3, 1).output_shape((2,))),
    ("windows.too-large", lambda: Conv2d(2, 3, 3, dilation=2).output_shape((2, 5, 4))),
]  # fmt: skip


@pytest.mark.parametrize(("code", "refused"), REFUSALS)
def test_what_does_not_fit_is_refused(code: str, refused: Callable[[], Any]) -> None:
    with pytest.raises(InputError) as error:
        refused()
    assert error.value.code == code
