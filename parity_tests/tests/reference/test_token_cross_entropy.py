"""The cross-entropy of tokens: J = Σ L / N over the labels that count, and its gradient."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from parity_tests.checking.comparison import Comparison
from parity_tests.checking.expected.layerwise import expectations
from parity_tests.error_model.precisions import FLOAT64
from parity_tests.kinds.cases import M
from parity_tests.kinds.known_kinds import built_in_loss
from parity_tests.kinds.random_problem import random_problem
from parity_tests.tests.support.central_differences import H, judged
from ref_numpy import (
    Adam,
    Array,
    GradientDescent,
    Graph,
    InputError,
    NetworkSpec,
    Softmax,
    TokenCrossEntropy,
    accuracy,
    backward,
    cost,
    cost_and_gradients,
    fit,
    forward,
    initialise,
    load,
    one_hot,
    predict,
    run,
    save,
)
from ref_numpy.loss import Counts, count_labels

KIND = built_in_loss("token_cross_entropy")
IGNORED = -100
LOSSES = (TokenCrossEntropy(), TokenCrossEntropy(smoothing=0.1), TokenCrossEntropy(3, 0.25))


def of_texts(loss: TokenCrossEntropy, lambd: float = 0.0) -> NetworkSpec:
    """Tokens (m, 4) → probabilities (8, m, 4)."""
    assert KIND.graph is not None
    return NetworkSpec.from_graph(KIND.graph(), loss, lambd)


def logits_alone(loss: TokenCrossEntropy) -> NetworkSpec:
    """A network whose input (4, m, 3) is the logits."""
    graph = Graph({"z": (4, 3)})
    graph.add("a", Softmax(), "z")
    return NetworkSpec.from_graph(graph, loss)


def test_a_hand_worked_example() -> None:
    """Logits of 0: a = ¼, L = log 4. s = ½: q = ½ + ⅛ at the label, ⅛ elsewhere; N = 2 of 6."""
    Y = np.array([[2, IGNORED, IGNORED], [IGNORED, 0, IGNORED]])
    trace = run(logits_alone(TokenCrossEntropy(smoothing=0.5)), {}, np.zeros((4, 2, 3)), Y)
    assert trace["J"] == math.log(4)
    expected = np.zeros((4, 2, 3))
    expected[:, 0, 0] = Fraction(1, 16), Fraction(1, 16), Fraction(-3, 16), Fraction(1, 16)
    expected[:, 1, 1] = Fraction(-3, 16), Fraction(1, 16), Fraction(1, 16), Fraction(1, 16)
    np.testing.assert_array_equal(trace["dz"], expected)


def test_a_chain_has_gradients_of_m_J() -> None:
    """m = 4, N = 2: dZ = (4/2)(a − q); W = 0, so a = ½, and dW = ¼ dZ X^T."""
    spec = NetworkSpec.dense([1, 2], loss=TokenCrossEntropy())
    params = {"W1": np.zeros((2, 1)), "b1": np.zeros((2, 1))}
    X, Y = np.array([[1.0, 2, 3, 5]]), np.array([1, IGNORED, 0, IGNORED])
    trace = run(spec, params, X, Y)
    assert trace["J"] == math.log(2)
    np.testing.assert_array_equal(trace["dZ1"], [[1, 0, -1, 0], [-1, 0, 1, 0]])
    np.testing.assert_array_equal(trace["dW1"], [[-0.5], [0.5]])  # (1·1 − 1·3)/4
    np.testing.assert_array_equal(trace["db1"], [[0], [0]])


def test_without_ignored_labels_it_is_the_cross_entropy() -> None:
    params, X, _ = random_problem(spec := NetworkSpec.dense([5, 7, 3], "tanh", lambd=0.7), M)
    classes = np.random.default_rng(1).integers(0, 3, M)
    tokens = NetworkSpec.dense([5, 7, 3], "tanh", loss=TokenCrossEntropy(), lambd=0.7)
    right = dict(expectations(spec, params, X, one_hot(classes, 3), {}, FLOAT64))
    for name, x in run(tokens, params, X, classes).items():
        assert Comparison.of(x, right[name]).ratio <= 1, name


@pytest.mark.parametrize("loss", LOSSES)
def test_a_chains_gradients_equal_central_differences(loss: TokenCrossEntropy) -> None:
    spec = NetworkSpec.dense([5, 7, 4], "tanh", loss=loss, lambd=0.7)
    params, X, Y = random_problem(spec, M, 3, np.float32)
    assert 0 < np.sum(loss.ignored == Y) < M
    problem = {n: p.astype(np.float64) for n, p in params.items()}, X.astype(np.float64), Y
    for tensor, (g, D, allowed) in judged(spec, problem).items():
        assert np.all(np.abs(g - D) <= allowed), tensor
        assert M * np.linalg.norm(allowed) <= np.linalg.norm(g), "the comparison says nothing"
        N = np.sum(loss.ignored != Y)
        assert np.any(np.abs(g * N / M - D) > allowed), "1/m would pass for 1/N"


@pytest.mark.parametrize("loss", LOSSES)
def test_gradients_at_positions_equal_central_differences(loss: TokenCrossEntropy) -> None:
    spec = of_texts(loss, lambd=0.5)
    params, X, Y = random_problem(spec, 3, 2, np.float32)
    params = {n: p.astype(np.float64) for n, p in params.items()}
    right = dict(expectations(spec, params, X, Y, {}, FLOAT64))

    def J(name: str, changed: Array) -> Array:
        theta = {**params, name: changed}
        return cost(spec, theta, forward(spec, theta, X)[0], Y)

    for name, value in params.items():
        g = right[f"d{name}"][0]
        for i in np.ndindex(value.shape):
            step = np.zeros_like(value)
            step[i] = H
            D, D2 = (
                (J(name, value + k * step) - J(name, value - k * step)) / (2 * k * H)
                for k in (1, 2)
            )
            allowed = abs(D2 - D) + 2 * right["J"][0].error / H + g.error[i]
            assert abs(g.value[i] - D) <= allowed, (name, i)
            assert abs(g.value[i]) < H or abs(g.value[i] * 3 / 4 - D) > allowed, (name, i)


def test_ignored_labels_have_no_share() -> None:
    """Another logit there changes nothing but itself: J and every gradient keep their bits."""
    spec, draw = logits_alone(TokenCrossEntropy(smoothing=0.1)), np.random.default_rng(4)
    Z, Y = draw.standard_normal((4, 5, 3)), draw.integers(0, 4, (5, 3))
    Y[1, 2] = Y[4] = IGNORED
    other = np.where(Y == IGNORED, 7 + Z, Z)
    one, two = run(spec, {}, Z, Y), run(spec, {}, other, Y)
    assert one["J"] == two["J"]
    np.testing.assert_array_equal(one["dz"], two["dz"])
    assert not one["dz"][:, Y == IGNORED].any()
    assert one["dz"][:, Y != IGNORED].all()


def test_the_regularisation_is_divided_by_the_examples() -> None:
    """And not by N: λ/m W in a gradient, λ/2m ‖W‖² in J; 2 and 4 divide without rounding."""
    Y = np.array([[0, IGNORED, 1, 2], [IGNORED, IGNORED, IGNORED, 3]])  # m = 2, N = 4
    X = np.array([[0, 1, 2, 3], [4, 5, 6, 0]])
    plain, spec = of_texts(TokenCrossEntropy()), of_texts(TokenCrossEntropy(), lambd=8.0)
    params = {n: np.ones(x.shape) for n, x in initialise(spec).items()}
    one, two = run(plain, params, X, Y), run(spec, params, X, Y)
    size = sum(params[W].size for W in spec.weights)
    np.testing.assert_array_equal(two["J"], one["J"] + 8 / (2 * 2) * size)
    for W in spec.weights:
        np.testing.assert_array_equal(two[f"d{W}"], one[f"d{W}"] + 8 / 2 * params[W])


def mean_of_parts(spec: NetworkSpec, params: Any, X: Array, Y: Array, own: bool) -> dict[str, Any]:
    """J and the gradients of examples 0, 1 and of the rest, by N and m of both, or by their own."""
    N, m = count_labels(spec.loss, np.empty((1, *Y.shape)), Y)
    found = []
    for part in (slice(2), slice(2, None)):
        activations, caches = forward(spec, params, X[part])
        counts = None if own else Counts(N / 2, m)
        given = spec, params, activations
        J = cost(*given, Y[part], counts=counts)
        d = backward(*given, caches, Y[part], False, counts=counts)
        found.append({"J": J, **{n: x for n, x in d.items() if n[1:] in params}})
    return {name: (found[0][name] + found[1][name]) / 2 for name in found[0]}


def test_a_batch_in_parts_is_the_batch() -> None:
    """However many labels count in each part: J = ΣΣ/ΣN. A mean of the parts' means is not."""
    spec = of_texts(TokenCrossEntropy(smoothing=0.1), lambd=0.5)
    params, X, Y = random_problem(spec, 5, 3)
    Y[0], Y[1, :3] = IGNORED, IGNORED
    right = dict(expectations(spec, params, X, Y, {}, FLOAT64))
    for name, x in mean_of_parts(spec, params, X, Y, own=False).items():
        assert Comparison.of(np.asarray(x), right[name]).ratio <= 1, name
    for name, x in mean_of_parts(spec, params, X, Y, own=True).items():
        assert Comparison.of(np.asarray(x), right[name]).ratio > 1, name


def test_weights_multiply_the_losses_and_not_N() -> None:
    """w = 1, 4 and 2 of m = 3: the examples' shares of J, each by N = 4, are added."""
    spec, w = of_texts(TokenCrossEntropy()), np.array([[1.0, 4, 2]])
    params, X, _ = random_problem(spec, 3, 6)
    Y = np.full((3, 4), IGNORED)
    Y[0, 1], Y[1, 2], Y[1, 3], Y[2, 0] = 5, 7, 0, 1
    right = dict(expectations(spec, params, X, Y, {}, FLOAT64, w))
    for name, x in run(spec, params, X, Y, w).items():
        if name != spec.input:
            assert Comparison.of(x, right[name]).ratio <= 1, name
    shares = []
    for i in range(3):
        alone = np.where(np.arange(3)[:, np.newaxis] == i, Y, IGNORED)
        N = np.sum(alone != IGNORED)
        shares.append(w[0, i] * N / 4 * run(spec, params, X, alone)["J"])
    assert Comparison.of(np.asarray(sum(shares)), right["J"]).ratio <= 1


def test_a_batch_in_which_no_label_counts_changes_nothing() -> None:
    spec = of_texts(TokenCrossEntropy())
    params, X, Y = random_problem(spec, 3, 7)
    J, gradients = cost_and_gradients(spec, params, X, np.full_like(Y, IGNORED))
    assert J == 0
    assert not any(gradient.any() for gradient in gradients.values())


def test_fit_learns_texts_and_predicts_them() -> None:
    """Two of three labels of a text that is counted up; batches of 2, 2 and 1 of 5 texts."""
    spec = of_texts(TokenCrossEntropy())
    X = (np.arange(5)[:, np.newaxis] + np.arange(4)) % 7
    Y = (X + 1) % 7
    Y[:, 0], Y[3] = IGNORED, IGNORED
    params = initialise(spec, "xavier", seed=1)
    params, costs = fit(spec, params, X, Y, optimiser=Adam(0.05), epochs=60, batch_size=2, seed=2)
    assert len(costs) == 60 * 3
    predicted = predict(spec, params, X)
    assert predicted.shape == Y.shape
    assert accuracy(spec, predicted, Y) == 1
    assert accuracy(spec, np.where(np.arange(5)[:, np.newaxis] == 0, 9, Y), Y) == 9 / 12
    assert costs[-1] < costs[0] / 8


def test_a_weights_file_has_its_constants(tmp_path: Any) -> None:
    spec = of_texts(TokenCrossEntropy(ignored=0, smoothing=0.125), lambd=0.5)
    params = initialise(spec, seed=1)
    save(tmp_path / "w.safetensors", spec, params)
    again, theirs = load(tmp_path / "w.safetensors")[:2]
    assert (again, again.inputs) == (spec, spec.inputs)
    assert again.loss == TokenCrossEntropy(0, 0.125)
    assert {n: x.tolist() for n, x in theirs.items()} == {n: x.tolist() for n, x in params.items()}


LABELS = {
    "labels.whole-numbers": np.zeros((3, 4)),
    "labels.whole-shape": np.zeros((4, 3), int),
    "labels.none-counts": np.full((3, 4), IGNORED),
    "labels.no-class": np.array([[0, 1, 2, 3], [7, 6, IGNORED, 8], [5, 4, 3, -1]]),
}


@pytest.mark.parametrize("code", LABELS)
@pytest.mark.parametrize("call", [run, lambda *a: fit(*a, optimiser=GradientDescent())])
def test_other_labels_are_refused(code: str, call: Any) -> None:
    spec = of_texts(TokenCrossEntropy())
    params, X, _ = random_problem(spec, 3, 8)
    with pytest.raises(InputError) as refused:
        call(spec, params, X, LABELS[code])
    assert refused.value.code == code
    if code == "labels.no-class":
        assert refused.value.facts == {"label": 8, "index": [1, 3], "last": 7}


@pytest.mark.parametrize(
    ("constants", "code"),
    [
        ({"smoothing": 1}, "token-cross-entropy.smoothing"),
        ({"smoothing": -0.1}, "token-cross-entropy.smoothing"),
        ({"smoothing": math.nan}, "token-cross-entropy.smoothing"),
        ({"ignored": 0.0}, "token-cross-entropy.ignored"),
        ({"ignored": True}, "token-cross-entropy.ignored"),
    ],
)
def test_other_constants_are_refused(constants: dict[str, Any], code: str) -> None:
    with pytest.raises(InputError) as refused:
        TokenCrossEntropy(**constants)
    assert refused.value.code == code


def test_outputs_at_positions_are_refused_by_other_losses() -> None:
    assert KIND.graph is not None
    with pytest.raises(InputError) as refused:
        NetworkSpec.from_graph(KIND.graph(), "cross_entropy")
    assert (refused.value.code, refused.value.facts["shape"]) == ("network.output-shape", (8, 4))
