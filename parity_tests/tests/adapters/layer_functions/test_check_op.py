"""check_op: any function, or pair of functions, against a kind; check_functions for pairs."""

from __future__ import annotations

import numpy as np
import pytest

from parity_tests import check_functions, check_op
from parity_tests.adapters.interfaces.layout import Layout
from parity_tests.tests.support.sample_programs import layers_in_rows as own
from parity_tests.tests.support.sample_programs import losses
from ref_numpy import Dense, InputError, Tanh


def test_a_pair_passes_with_its_layout_in_the_report() -> None:
    report = check_op(own.affine_forward, "dense", own.affine_backward)
    assert report.verdict == "passed", report
    assert "examples are rows, W is (n_prev, n), b is (n,)" in report.notes[0]
    assert report.judged == {
        "affine_forward.Z", "affine_backward.dA_prev", "affine_backward.dW", "affine_backward.db"
    }  # fmt: skip


def test_lambdas_a_single_function_and_a_layer_instead_of_a_name() -> None:
    tanh, gradient = (lambda z: (np.tanh(z), z)), (lambda d, z: d * (1 - np.tanh(z) ** 2))
    assert check_op(tanh, "tanh", gradient).verdict == "passed"
    assert check_op(np.tanh, Tanh()).verdict == "passed"
    assert check_op(lambda x, w, b: w @ x + b, Dense(5, 3)).verdict == "passed"
    assert check_op(losses.softmax_loss, "cross_entropy").verdict == "passed"
    assert check_op(losses.mse, "squared_error", losses.mse_prime).verdict == "passed"


def test_where_two_layouts_fit_both_are_reported() -> None:
    (note,) = check_op(own.affine_forward, "dense").notes
    assert "b is (n,) or examples are rows, W is (n_prev, n), b is (1, n)" in note


def test_a_setting_of_the_kind() -> None:
    def leaky(z):
        return np.where(z > 0, z, 0.2 * z), z

    def gradient(d, z):
        return d * np.where(z > 0, 1, 0.2)

    assert check_op(leaky, "leaky_relu", gradient, slope=0.2).verdict == "passed"
    report = check_op(leaky, "leaky_relu", gradient)
    assert {f.tensor for f in report.findings} == {"leaky.A", "gradient.dZ"}


def test_a_wrong_gradient_and_a_stated_layout() -> None:
    def wrong(dout, cache):
        dx, dw, db = own.affine_backward(dout, cache)
        return dx, dw, db / 2

    report = check_op(own.affine_forward, "dense", wrong)
    assert [f.tensor for f in report.findings] == ["wrong.db"]
    columns = check_op(own.affine_forward, "dense", own.affine_backward, layout=Layout())
    assert [f.code for f in columns.findings] == ["call.raised"]


@pytest.mark.parametrize(
    ("kind", "settings", "code"),
    [("convex", {}, "op.unknown-kind"), ("dense", {"slope": 1}, "op.unknown-setting"),
     ("add", {}, "op.arguments")],
)  # fmt: skip
def test_what_is_refused(kind: str, settings: dict[str, float], code: str) -> None:
    with pytest.raises(InputError) as refused:
        check_op(own.relu_forward, kind, **settings)
    assert refused.value.code == code


def test_functions_of_a_notebook() -> None:
    report = check_functions(own.affine_forward, own.affine_backward)
    assert report.verdict == "passed", report
    assert check_functions(losses.softmax_loss).verdict == "passed"
    with pytest.raises(InputError) as refused:
        check_functions(own.affine_forward, print)
    assert refused.value.code == "candidate.unknown-function"
