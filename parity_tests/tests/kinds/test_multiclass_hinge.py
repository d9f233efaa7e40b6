"""The hinge loss of one class of several: the calculus, torch, and the mistakes in its lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

import torch_impl
from parity_tests import check
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import precision_named
from parity_tests.kinds.cases import M
from parity_tests.kinds.formula_text import Edit, FormulaText, apply_edits
from parity_tests.kinds.known_kinds import built_in_loss
from parity_tests.kinds.random_problem import random_problem
from parity_tests.tests.support.central_differences import judged, smooth_problem
from parity_tests.tests.support.named_causes import codes
from ref_numpy import MulticlassHinge, NetworkSpec, one_hot, run

KIND = built_in_loss("multiclass_hinge")
SPEC = NetworkSpec.dense([5, 7, 4], "tanh", "identity", "multiclass_hinge", 0.7)
LINES = {"J": KIND.line, "dA": KIND.gradient_line}


def test_gradients_equal_central_differences() -> None:
    for tensor, (g, D, allowed) in judged(SPEC, smooth_problem(SPEC)).items():
        assert np.all(np.abs(g - D) <= allowed), tensor
        assert M * np.linalg.norm(allowed) <= np.linalg.norm(g), "the comparison says nothing"


def test_it_is_torchs_times_the_number_of_classes() -> None:
    """Numbers of few digits, 4 classes and 8 examples: nothing is rounded."""
    rng = np.random.default_rng(3)
    A, c = rng.integers(-2048, 2048, (4, 8)) / 1024, rng.integers(0, 4, 8)
    Y, a = one_hot(c, 4), torch.from_numpy(A.T.copy()).requires_grad_()
    targets = torch.from_numpy(c)
    each = torch.nn.MultiMarginLoss(reduction="none")(a, targets)
    np.testing.assert_array_equal(MulticlassHinge().forward(A, Y), 4 * each.detach().numpy()[None])
    torch.nn.MultiMarginLoss()(a, targets).backward()
    assert a.grad is not None
    np.testing.assert_array_equal(MulticlassHinge().backward(A, Y), 4 * 8 * a.grad.numpy().T)


@pytest.mark.parametrize("precision", ["float64", "float32", "bfloat16"])
def test_the_twin_is_within_the_bounds(precision: str) -> None:
    p = precision_named(precision)
    params, X, Y = random_problem(SPEC, M, 1)
    problem = {n: p.round(a) for n, a in params.items()}, p.round(X), p.round(Y)
    report = check(torch_impl.run, SPEC, *problem, precision)
    assert report.passed, str(report)


@pytest.mark.parametrize("off", [0.0, 2.0**-40])
def test_where_the_side_of_the_margin_is_not_certain_both_are_held(off: float) -> None:
    """1 + a_k − a_c = ± off: the count of the class is uncertain, too."""
    A, Y = np.array([[2.0], [1.0 + off], [5.0]]), np.array([[1.0], [0.0], [0.0]])
    given: Any = ErrorArray(A, 2.0**-30), ErrorArray(Y)
    found: Any = MulticlassHinge().backward(*given)
    for side in (-1, 0, 1):
        true = MulticlassHinge().backward(A + np.array([[0], [side], [0]]) * 2.0**-31, Y)
        assert (np.abs(true - found.value) <= found.error).all()
    assert (found.error[:, 0] >= [1, 1, 0]).all()
    assert found.error[2, 0] == 0


def planted() -> Iterator[Any]:
    for letter, line in LINES.items():
        assert line is not None
        assert len(line.edits) >= 10
        yield from (pytest.param(letter, one, id=f"{letter}.{one.code}") for one in line.edits)


@pytest.mark.parametrize(("letter", "one"), [*planted()])
def test_each_planted_mistake_is_named(letter: str, one: Edit) -> None:
    params, X, Y = random_problem(SPEC, M, 2)
    spec = NetworkSpec.dense([5, 7, 4], "tanh", "identity", "multiclass_hinge")
    trace = dict(run(spec, params, X, Y))
    name = "J" if letter == "J" else "dA2"
    names = {"np": np, "A": trace["A2"], "Y": Y, "m": M, "n": 4}
    line: FormulaText | None = LINES[letter]
    assert line is not None
    right = np.asarray(eval(line.right, names), float)
    assert check({**trace, name: right}, spec, params, X, Y).passed
    text = apply_edits(line, one)
    assert text is not None
    wrong = np.asarray(eval(text, names), float)
    report = check({**trace, name: wrong}, spec, params, X, Y)
    (finding,) = (f for f in report.findings if f.tensor == name)
    assert f"{letter}.{one.code}" in codes(finding), finding
