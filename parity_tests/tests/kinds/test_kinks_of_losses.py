"""A loss's gradient at its kink: exact where the output is known, either side where it is not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from parity_tests import check
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.tests.support.named_causes import codes
from ref_numpy import AbsoluteError, Array, Hinge, Loss, NetworkSpec, Trace, run

KINKS: dict[str, tuple[Loss, Any, Any]] = {  # outputs and labels at the kink
    "absolute error": (AbsoluteError(), [[2.0, -1.0, 0.5]], [[2.0, -1.0, 0.5]]),
    "hinge": (Hinge(), [[1.0, -1.0, 1.0]], [[1.0, 0.0, 1.0]]),
}


@pytest.mark.parametrize("name", KINKS)
def test_at_the_kink_the_gradient_is_0(name: str) -> None:
    loss, A, Y = KINKS[name]
    exact: Any = loss.backward(ErrorArray(A), ErrorArray(Y))  # pyright: ignore[reportArgumentType]
    np.testing.assert_array_equal(exact.value, [[0, 0, 0]])
    np.testing.assert_array_equal(exact.error, [[0, 0, 0]])


@pytest.mark.parametrize("error", [2.0**-40, 2.0**-10])
@pytest.mark.parametrize("name", KINKS)
def test_where_the_side_is_not_certain_both_are_held(name: str, error: float) -> None:
    """The output's error reaches the kink from either side; elsewhere the gradient is exact."""
    loss, A, Y = KINKS[name]
    for off in (-error / 2, 0, error / 2, -4 * error, 4 * error):
        outputs = np.array(A) + off
        found: Any = loss.backward(ErrorArray(outputs, error), ErrorArray(Y))  # pyright: ignore[reportArgumentType]
        for true in (outputs - error, outputs, outputs + error):
            gradient = loss.backward(true, np.array(Y))
            assert (np.abs(gradient - found.value) <= found.error).all()
        certain = abs(off) > error
        assert (found.error > 0).all() != certain


def planted(name: str, gradient: Any) -> tuple[NetworkSpec, Any, dict[str, Array]]:
    """A run of one linear unit whose outputs are at the kink, with another gradient there."""
    loss, A, Y = KINKS[name]
    spec = NetworkSpec.dense([1, 1], output="identity", loss=loss)
    params = {"W1": np.ones((1, 1)), "b1": np.zeros((1, 1))}
    given = params, np.array(A), np.array(Y)
    trace = dict(run(spec, *given))
    d = np.array(gradient, float)
    return spec, given, {**trace, "dA1": d, "dZ1": d}


@pytest.mark.parametrize(
    ("name", "gradient", "code"),
    [
        ("absolute error", [[1, 1, 1]], "dA.one-at-0"),
        ("absolute error", [[-1, -1, -1]], "dA.minus-one-at-0"),
        ("hinge", [[-1, 1, -1]], "dA.one-at-the-kink"),
    ],
)
def test_another_choice_at_the_kink_is_found(name: str, gradient: Any, code: str) -> None:
    spec, given, trace = planted(name, gradient)
    first, *_ = check(Trace(trace), spec, *given).findings
    assert first.tensor == "dA1"
    assert code in codes(first)
