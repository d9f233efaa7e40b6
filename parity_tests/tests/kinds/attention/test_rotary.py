"""Rotary positions, beside 40 digits and angles in float32; and learned positions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
import torch

import torch_impl
from parity_tests import check
from parity_tests.checking.comparison import Comparison
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.powers import POW_ULPS
from parity_tests.error_model.precisions import FLOAT32, FLOAT64, PRECISIONS, U64
from parity_tests.kinds.heads import rotary_angles
from parity_tests.kinds.layers.attention.rotary import forward as rounded_forward
from parity_tests.tests.support.graphs.graph_runs import StoredRun, expected_tensors, graph_problem
from parity_tests.tests.support.named_causes import codes
from ref_numpy import Array, Cache, Context, Flatten, Graph, InputError, NetworkSpec
from ref_numpy.layers.attention.positions import Positions
from ref_numpy.layers.attention.rotary import Rotary, angles


def network(layer: Any, *shape: int) -> NetworkSpec:
    graph = Graph({"x": shape})
    graph.add("z", layer, "x")
    graph.add("flat", Flatten(), "z")
    return NetworkSpec.from_graph(graph, "squared_error")


def forward(layer: Any, A: Array) -> Array:
    return layer.forward({}, Context(), A)[0]


def test_position_0_is_not_turned_and_pairs_are_half_the_features_apart() -> None:
    A = np.arange(1.0, 13).reshape(4, 1, 3)
    Z = forward(Rotary(base=100.0), A)
    assert np.array_equal(Z[:, :, 0], A[:, :, 0])
    c, s = np.cos([1, 0.1]), np.sin([1, 0.1])  # base^0 and 100^(−2/4) at position 1
    a, b = A[:2, 0, 1], A[2:, 0, 1]
    assert np.array_equal(Z[:, 0, 1], np.concatenate((a * c - b * s, b * c + a * s)))


def turned_exactly(A: Array, base: float) -> list[Any]:
    """Every number of Z (d, 1, T), to 40 digits."""
    d, _, T = A.shape
    with mpmath.workdps(40):
        result = []
        for j in range(d):
            pair = j % (d // 2)
            for t in range(T):
                angle = t * mpmath.mpf(base) ** (-mpmath.mpf(2 * pair) / d)
                a, b = (mpmath.mpf(float(A[k, 0, t])) for k in (pair, pair + d // 2))
                c, s = mpmath.cos(angle), mpmath.sin(angle)
                result.append(a * c - b * s if j < d // 2 else b * c + a * s)
        return result


@pytest.mark.parametrize("p", [FLOAT64, FLOAT32], ids=lambda p: p.name)
def test_the_exact_rotation_is_within_the_bound(p: Any) -> None:
    A = np.random.default_rng(0).standard_normal((6, 1, 40))
    given: Any = ErrorArray(A, p=p)
    Z = rounded_forward(Rotary(), {}, given)
    with mpmath.workdps(40):
        for exact, value, error in zip(
            turned_exactly(A, 10000.0), Z.value.flat, Z.error.flat, strict=True
        ):
            assert abs(exact - mpmath.mpf(float(value))) <= mpmath.mpf(float(error))


def by_powers(d: int, T: int, base: float) -> torch.Tensor:
    """Llama's angles, in float32."""
    speed = 1.0 / (base ** (torch.arange(0, d, 2, dtype=torch.float32) / d))
    return torch.outer(speed, torch.arange(T, dtype=torch.float32))


def by_exponentials(d: int, T: int, base: float) -> torch.Tensor:
    """The same, written as in the Transformer's own positions."""
    each = torch.arange(0, d, 2, dtype=torch.float32) * (-math.log(base) / d)
    return torch.outer(torch.exp(each), torch.arange(T, dtype=torch.float32))


@pytest.mark.parametrize("angles_of", [by_powers, by_exponentials])
@pytest.mark.parametrize("base", [10000.0, 500000.0])
def test_angles_in_float32_are_within_float32s_bounds_alone(angles_of: Any, base: float) -> None:
    d, T = 64, 2048
    x = torch.randn(d, 1, T, generator=torch.Generator().manual_seed(0))
    angle = torch.cat((angles_of(d, T, base),) * 2)[:, None]
    half = torch.cat((-x[d // 2 :], x[: d // 2]))
    z = (x * angle.cos() + half * angle.sin()).double().numpy()
    for p, is_within in ((FLOAT32, True), (FLOAT64, False)):
        given: Any = ErrorArray(x.double().numpy(), p=p)
        bound = rounded_forward(Rotary(base), {}, given)
        assert (Comparison.of(z, [bound]).ratio <= 1) == is_within


def test_the_error_of_an_angle_is_that_of_its_derivation() -> None:
    """φ = t base^(−e), of e = 0 and ½: (3 e log base + ε + 2) u |φ|, ε of pow the larger."""
    base, u = 100.0, 2.0**-24
    angle = np.array([[700.0], [70.0]])
    library = 2 * POW_ULPS[0]
    for p in (FLOAT32, PRECISIONS["bfloat16"]):
        off = rotary_angles.error_of_angles(angle, base, p)
        least = (3 * np.array([[0], [0.5]]) * math.log(base) + library + 2) * u * angle
        assert (least <= off).all()
        assert (off <= least * (1 + 2.0**-20)).all()
    off = rotary_angles.error_of_angles(angle, base, FLOAT64)[0, 0]
    assert 700 * (2 * POW_ULPS[1] + 2) * U64 <= off <= 700 * (2 * POW_ULPS[1] + 2) * 2.01 * U64


def test_the_errors_of_cosine_and_sine() -> None:
    """|sin φ| δ + δ²/2 and the library's own, and of halves that of what is stored."""
    angle, base = np.array([[1000.0], [0.0]]), 100.0
    delta = rotary_angles.error_of_angles(angle, base, FLOAT32)
    own = 2 * rotary_angles.ULPS[0] * FLOAT32.u
    c, s = rotary_angles.rounded_cosines_and_sines(angle, base, FLOAT32)
    for x, y in ((c, s), (s, c)):
        least = own * np.abs(x.value) + (np.abs(y.value) + delta / 2) * delta
        assert (least <= x.error).all()
        assert (x.error <= least * (1 + 2.0**-18)).all()
    assert np.array_equal(c.value, np.cos(angle))
    half = PRECISIONS["bfloat16"]
    c, _ = rotary_angles.rounded_cosines_and_sines(np.zeros((1, 1)), base, half)
    assert half.u + own <= c.error[0, 0] <= (half.u + own) * (1 + 2.0**-7)


def test_what_is_turned_back_is_as_it_was() -> None:
    """The backward pass is the inverse: of Z it gives A, within the bounds of both."""
    A = np.random.default_rng(1).standard_normal((6, 3, 2, 5))
    layer = Rotary(base=50.0)
    given: Any = ErrorArray(A)
    Z = rounded_forward(layer, {}, given)
    back, _ = layer.backward({}, Cache((given,), (Z,)), Z)
    assert (np.abs(back.value - A) <= back.error).all()
    assert back.error.max() < 2.0**-44
    assert angles(A, 50.0).shape == (3, 1, 1, 5)


@pytest.mark.parametrize("precision", ["float64", "float32", "bfloat16"])
@pytest.mark.parametrize("layer", [Rotary(), Positions(4, 7)], ids=lambda layer: layer.kind)
def test_the_twin_is_within_the_bounds(layer: Any, precision: str) -> None:
    spec, p = network(layer, 4, 7), PRECISIONS[precision]
    problem = graph_problem(spec, p)
    trace = torch_impl.run(spec, *problem, dtype=precision)
    run = StoredRun(spec, p, problem)
    for name, formulas in expected_tensors(run, trace).items():
        if name in trace and name != "x":
            assert Comparison.of(np.asarray(trace[name], float), formulas).ratio <= 1, name


def test_learned_positions_are_an_embedding_of_places() -> None:
    """P's gradient is the sum over the examples; torch has the same as nn.Embedding's weight."""
    P, A = np.arange(6.0).reshape(2, 3), np.ones((2, 4, 3))
    layer = Positions(2, 3)
    Z, _ = layer.forward({"P": P}, Context(), A)
    assert Z[:, 0].tolist() == Z[:, 3].tolist() == (P + 1).tolist()
    dZ = np.arange(24.0).reshape(2, 4, 3)
    dA, gradients = layer.backward({"P": P}, Cache((A,), (Z,)), dZ)
    assert dA is dZ
    assert gradients["P"].tolist() == dZ.sum(axis=1).tolist()
    of_torch = torch.nn.Embedding.from_pretrained(torch.from_numpy(P.T.copy()), freeze=False)
    z = torch.from_numpy(A.transpose(1, 2, 0).copy()) + of_torch(torch.arange(3))
    z.backward(torch.from_numpy(dZ.transpose(1, 2, 0).copy()))
    assert of_torch.weight.grad is not None
    assert np.array_equal(of_torch.weight.grad.numpy().T, gradients["P"])


def test_a_program_that_pairs_neighbours_is_named() -> None:
    """GPT-J's rotation, forward and backward."""
    spec = network(Rotary(base=100.0), 6, 4)
    problem = graph_problem(spec, FLOAT64)
    run = StoredRun(spec, FLOAT64, problem)
    line = "turned_neighbours(A_prev, places * base ** (-2 * pairs / n))"
    bad = StoredRun(spec, FLOAT64, problem, {"z": run.value_of(line)})
    trace = {n: x for n, x in bad.trace.items() if n != "x"}
    (finding,) = check(trace, spec, *problem).findings
    assert codes(finding) == ["Z.interleaved"]


REFUSALS = [
    ("rotary.base", lambda: Rotary(1)),
    ("rotary.base", lambda: Rotary(math.inf)),
    ("rotary.shape", lambda: network(Rotary(), 5, 4)),
    ("rotary.shape", lambda: network(Rotary(), 6)),
    ("positions.shape", lambda: network(Positions(6, 4), 6, 5)),
    ("positions.shape", lambda: network(Positions(6, 4), 6)),
    ("layer.size", lambda: Positions(6, 0)),
]


@pytest.mark.parametrize(("code", "refused"), REFUSALS)
def test_what_does_not_fit_is_refused(code: str, refused: Callable[[], Any]) -> None:
    with pytest.raises(InputError) as error:
        refused()
    assert error.value.code == code
