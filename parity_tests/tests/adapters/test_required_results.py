"""--require names tensors, kinds of them, and functions, which a candidate may lack."""

from __future__ import annotations

import pytest

from parity_tests.adapters.required_results import required_results
from parity_tests.checking.judged import Tensor
from ref_numpy import InputError

KNOWN = ("Z1", "dW1", "db1", "dW2", "db2")
FUNCTIONS = {
    "linear_backward": ("dA_prev", "dW", "db"),
    "linear_activation_forward(relu)": ("A",),
    "linear_activation_forward(sigmoid)": ("A",),
}
TENSORS = [Tensor("dW1", (2, 3), 0.0, 0.5)] + [
    Tensor(f"{function}.{name}", (2, 3), 0.0, 0.5, function=function)
    for function, names in FUNCTIONS.items()
    for name in names
]


def required(*names: str) -> tuple[str, ...]:
    return required_results(names, KNOWN, TENSORS)


def test_tensors_and_kinds() -> None:
    assert required("dW", "db2") == ("dW1", "dW2", "db2")


def test_a_function_is_required_with_all_its_results() -> None:
    assert required("linear_backward") == (
        "linear_backward.dA_prev", "linear_backward.dW", "linear_backward.db",
    )  # fmt: skip
    assert required("linear_activation_forward") == (
        "linear_activation_forward(relu).A", "linear_activation_forward(sigmoid).A",
    )  # fmt: skip
    assert required("linear_backward.dW", "dW1") == ("linear_backward.dW", "dW1")


def test_a_function_that_is_missing_is_required_by_its_name() -> None:
    assert required("relu_backward", "sigmoid.A") == ("relu_backward", "sigmoid.A")


def test_an_unknown_name_is_refused() -> None:
    for name in ("dW3", "backward", "mine.dW"):
        with pytest.raises(InputError) as refused:
            required(name)
        assert refused.value.code == "require.unknown-tensor"
