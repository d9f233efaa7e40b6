"""Course 2's assignments: right files pass; each planted mistake is found where it is, and named.

One run has a mistake in each of several functions: none of them may hide another one.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from parity_tests.adapters.second_course import mini_batches
from parity_tests.adapters.second_course.initial_values import HE, SCALES, is_of_scale
from parity_tests.adapters.second_course.mini_batches import batch_findings, numbered_examples
from parity_tests.tests.support.paths import PROGRAMS
from parity_tests.tests.support.written_programs.course_files import changed, examined

L2, CHECKING, TRAINING = "second_regularisation", "second_gradient_checking", "second_optimisation"

Planted = dict[tuple[str, str], tuple[str, str]]  # by old and new text: the result, and the cause


@pytest.mark.slow
@pytest.mark.parametrize("name", [L2, CHECKING, TRAINING, "three_layers"])
def test_right_files_pass(name: str) -> None:
    report = examined(PROGRAMS / f"{name}.py")
    assert report.passed, str(report)
    assert not report.not_seen


COST, L2_BACK = "compute_cost_with_regularization", "backward_propagation_with_regularization"
FORWARD, BACK = "forward_propagation_with_dropout", "backward_propagation_with_dropout"
OF_L2: list[Planted] = [
    {
        ("squares / (2 * m)", "squares / 2"): (f"{COST}.cost", "J.L2-missing-1/m"),
        ("+ lambd / m * W2", "+ lambd * W2"): (f"{L2_BACK}.dW2", "dW.L2-missing-1/m"),
        ("    A1 = A1 / keep_prob\n", ""): (f"{FORWARD}.A1", "D.missing-keep_prob"),
        ("    dA2 = dA2 * D2\n", ""): (f"{BACK}.dA2", "D.missing-mask"),
    },
    {
        ('("W1", "W2", "W3"))\n    return', '("W1", "W2", "W3", "b1", "b2"))\n    return'): (
            f"{COST}.cost", "",
        ),
        ("+ lambd / m * W1", ""): (f"{L2_BACK}.dW1", "dW.missing-L2"),
        ("(D1 < keep_prob)", "(D1 > keep_prob)"): (f"{FORWARD}.D1", "dropout.inverted"),
        ("    dA1 = dA1 / keep_prob\n", ""): (f"{BACK}.dA1", "D.missing-keep_prob"),
    },
    {
        ("squares / (2 * m)", "squares / m"): (f"{COST}.cost", "J.L2-missing-half"),
        ("lambd / m * W3", "lambd / (2 * m) * W3"): (f"{L2_BACK}.dW3", "dW.L2-half"),
        ("rand(*A2.shape)", "randn(*A2.shape)"): (f"{FORWARD}.D2", "dropout.normal"),
        ("dA1 = dA1 * D1", "dA1 = dA1 * (1 - D1)"): (f"{BACK}.dA1", "D.inverted-mask"),
    },
    {
        ("    A2 = A2 * D2\n", ""): (f"{FORWARD}.A2", "D.missing-mask"),
        ('"W3"))\n    return', '"W3", "b1", "b2", "b3"))\n    return'): (
            f"{COST}.cost", "J.L2-of-biases",
        ),
        ("dA2 = dA2 / keep_prob", "dA2 = dA2 * keep_prob"): (f"{BACK}.dA2", "D.times-keep_prob"),
    },
]  # fmt: skip
N = "gradient_check_n.difference"
OF_CHECKING: list[Planted] = [
    {
        ("J_minus[i]) / (2 * epsilon)", "J_minus[i]) / 2 * epsilon"): (
            N, "difference.missing-parentheses",
        ),
        ("gradapprox = (J_plus - J_minus) / (2 * epsilon)", "gradapprox = (J_plus - J_minus)"): (
            "gradient_check.difference", "",
        ),
        ("dW2 = 1. / m", "dW2 = 1."): ("backward_propagation_n.dW2", "dW.missing-1/m"),
    },
    {
        ("theta_plus = np.copy(values)", "theta_plus = values"): (N, "difference.plus-not-copied"),
        ("dtheta = x", "dtheta = theta"): ("backward_propagation.dtheta", "dtheta.theta-for-x"),
    },
    {
        ("denominator = np.linalg.norm(grad) + np.linalg.norm(slopes)",
         "denominator = np.linalg.norm(grad + slopes)"): (N, "difference.norm-of-sum"),
        ("J = theta * x", "J = theta + x"): ("forward_propagation.J", "J.plus"),
    },
    {
        ("cost = 1. / m * np", "cost = np"): ("forward_propagation_n.cost", "J.missing-1/m"),
        ("db1 = 1. / m * np.sum(dZ1, axis=1", "db1 = 1. / m * np.sum(-dZ1, axis=1"): (
            "backward_propagation_n.db1", "db.sign-flipped",
        ),
    },
]  # fmt: skip
RANDOM, HE_INIT, BATCHES = (
    "initialize_parameters_random", "initialize_parameters_he", "random_mini_batches",
)  # fmt: skip
OF_TRAINING: list[Planted] = [
    {
        ("* 10", "* 0.01"): (f"{RANDOM}.W1", "initial.scale"),
        ("np.sqrt(2. / layers_dims[l - 1])", "2. / layers_dims[l - 1]"): (
            f"{HE_INIT}.W1", "initial.scale",
        ),
        ("permutation].reshape((1, m))", ":].reshape((1, m))"): (
            f"{BATCHES}.Y", "batches.Y-not-shuffled",
        ),
        ('s["d" + n + str(l)] = np.zeros', 's["d" + n + str(l)] = np.ones'): (
            "initialize_adam.sdW1", "",
        ),
    },
    {
        ("dz2 = np.multiply(da2, np.int64(a2 > 0))", "dz2 = da2"): (
            "dW2", "dZ.missing-derivative",
        ),
        ("layers_dims[l - 1]) * scale", "layers_dims[l - 1])"): (f"{HE_INIT}.W1", "initial.scale"),
        ("    np.random.seed(seed)\n", ""): (f"{BATCHES}.X", "batches.seed-unused"),
        ('v["dW" + str(l)] = np.zeros(parameters["W" + str(l)].shape)',
         'v["dW" + str(l)] = np.zeros(parameters["b" + str(l)].shape)'): (
            "initialize_velocity.vdW1", "",
        ),
    },
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "planted"),
    [(n, one) for n, every in ((L2, OF_L2), (CHECKING, OF_CHECKING), (TRAINING, OF_TRAINING))
     for one in every],
)  # fmt: skip
def test_each_mistake_is_found_where_it_is_and_named(
    tmp_path: Path, name: str, planted: Planted
) -> None:
    report = examined(changed(tmp_path, name, *planted))
    found = {f.tensor: [c.code for c in f.causes] for f in report.findings}
    for tensor, cause in planted.values():
        assert tensor in found, str(report)
        assert not cause or cause in found[tensor], str(report)
    functions = {tensor.partition(".")[0] for tensor, _ in planted.values()}
    assert {tensor.partition(".")[0] for tensor in found} <= functions


@pytest.mark.parametrize("m", mini_batches.EXAMPLES)
def test_mini_batches_are_judged_by_their_properties(m: int) -> None:
    size = mini_batches.SIZE
    X, Y = numbered_examples(m)
    order = np.random.default_rng(0).permutation(m)

    def cut(X: np.ndarray, Y: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
        starts = range(0, m, size)
        return [(X[:, a : a + size], Y[:, a : a + size]) for a in starts]

    right = cut(X[:, order], Y[:, order])

    def codes(batches: list[tuple[np.ndarray, np.ndarray]]) -> list[str]:
        return [c.code for f in batch_findings(batches, m) for c in f.causes] or [
            f.code for f in batch_findings(batches, m)
        ]

    assert codes(right) == []
    assert codes(cut(X[:, order], Y[:, order[::-1]])) == ["batches.two-orders"]
    assert codes(cut(X[:, order], Y)) == ["batches.Y-not-shuffled"]
    assert codes(cut(X, Y[:, order])) == ["batches.X-not-shuffled"]
    assert codes(cut(X, Y)) == (["batches.not-shuffled"] if m > size else [])
    assert codes(cut(X[::-1, order], Y[:, order])) == ["batches.columns"]
    twice = np.where(order == 0, 1, order)
    assert codes(cut(X[:, twice], Y[:, twice])) == ["batches.examples"]
    if m % size:
        assert codes(right[:-1]) == ["batches.missing-tail"]
    else:
        assert codes([*right, (X[:, :0], Y[:, :0])]) == ["batches.empty-tail"]


def test_the_scale_of_random_weights_is_told_from_every_other() -> None:
    """Draws of each known scale are of that one alone, at sizes that are pairwise different."""
    rng = np.random.default_rng(1)
    n, n_prev = 90, 150
    for scale in SCALES:
        W = rng.standard_normal((n, n_prev)) * scale.of(n, n_prev)
        assert [s.text for s in SCALES if is_of_scale(W, s)] == [scale.text]
    W = rng.random((n, n_prev)) * HE.of(n, n_prev)
    assert not any(is_of_scale(W, s) for s in SCALES)
    shifted = rng.standard_normal((n, n_prev)) + 1 / 4
    assert not is_of_scale(shifted, SCALES[2])
