"""w e^{log a} − w y, torch's gradient of a weighted cross-entropy, has a bound of its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from parity_tests.checking.check_trace import check_trace
from parity_tests.checking.expected.layerwise import LayerwiseReference
from parity_tests.error_model.precisions import precision_named
from parity_tests.kinds import known_kinds
from parity_tests.kinds.known_kinds import built_in_loss
from ref_numpy import CrossEntropy, NetworkSpec

M, K = 400, 3
SPEC = NetworkSpec.dense([2, K])


def test_the_values_of_a_weighted_gradient() -> None:
    """w (a − y), of two examples and a softmax in which e^−2000 is nothing beside 1."""
    Z, Y = np.array([[0.0, -2000], [-2000, 0]]), np.array([[0.0, 0], [1, 1]])
    A, w = np.array([[1.0, 0], [0, 1]]), np.array([[3.0, 5]])
    formulas = built_in_loss("cross_entropy").weighted_gradients
    found = [formula(CrossEntropy(), Z, A, Y, w).tolist() for formula in formulas]
    assert found == [[[3, 0], [-3, 0]]]


@pytest.mark.parametrize("precision", ["float64", "float32", "bfloat16"])
def test_a_program_may_multiply_before_it_subtracts(
    precision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An element near the edge of that formula's bound, which is beyond those of w (a − y)."""
    p, rng = precision_named(precision), np.random.default_rng(0)
    draws = rng.normal([[12], [0], [0]], 8, (K, M)), rng.uniform(0.01, 3, (1, M))
    Z, w = (p.round(x).astype(float) for x in draws)
    powers = np.exp(Z - Z.max(axis=0))
    A = p.round(powers / powers.sum(axis=0)).astype(float)
    Y = np.repeat([[1.0], [0], [0]], M, axis=1)
    params, X = {"W1": np.ones((K, 2)), "b1": np.zeros((K, 1))}, np.ones((2, M))
    given = {"Z1": Z, "A1": A}

    def highest() -> np.ndarray:
        reference = LayerwiseReference.from_trace(SPEC, params, X, given, p, w=w)
        formulas = dict(reference.expected_tensors(X, Y))["dZ1"]
        return np.max([formula.value + formula.error for formula in formulas], axis=0)

    with_it, dZ = highest(), w * (A - Y)
    with monkeypatch.context() as patch:
        kind = replace(built_in_loss("cross_entropy"), weighted_gradients=())
        patch.setattr(known_kinds, "built_in_loss", lambda _: kind)
        without = highest()
    share = (with_it - without) / (with_it - dZ)  # of the bound, which that formula adds
    place = np.unravel_index(np.argmax(share), Z.shape)
    assert 50 * share[place] > 1  # rounding alone would be far less
    dZ[place] = (without[place] + with_it[place]) / 2
    report = check_trace(SPEC, params, X, Y, {**given, "dZ1": dZ}, p, "", w=w)
    (tensor,) = (t for t in report.tensors if t.name == "dZ1")
    assert tensor.ratio <= 1
