"""Kernels of odd inputs, types and habits: none is refused, and none passes, wrongly."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from parity_tests import assert_within, bound, check_op
from ref_numpy import InputError

X = np.random.default_rng(0).standard_normal((6, 5)).astype(np.float32)


def changing_a_view(x: Any) -> Any:
    """Add a row into another one by a view."""
    y = x * 0.5
    row = y[0]
    row += x[1]
    return y


def branching(x: Any) -> Any:
    """Choose by a value."""
    return x * 2 if x[0, 0] > 100 else x * 3


def masked(x: Any) -> Any:
    """Set rows to 0 by a mask."""
    y = x * 1
    y[x[:, 0] < 0] = 0
    return y


@pytest.mark.parametrize("operation", [changing_a_view, branching, masked])
def test_an_operation_that_takes_another_path_with_errors_is_refused(operation: Any) -> None:
    with pytest.raises(InputError) as error:
        check_op(operation, operation, inputs=(X,))
    assert error.value.code in ("operation.another-path", "operation.no-rounding-rule")


def test_complex_numbers_are_refused() -> None:
    with pytest.raises(InputError) as error:
        check_op(np.multiply, lambda x, c: x * c, inputs=(X, X.astype(np.complex64)))
    assert error.value.code == "operation.complex"


def test_a_kept_sum_is_found_though_its_order_does_not_matter() -> None:
    kept: dict[Any, Any] = {}
    report = check_op(lambda x: kept.setdefault(1, x.sum()), lambda x: x.sum(), inputs=(X,))
    assert [f.code for f in report.findings] == ["result.value-later-order"]


def test_no_call_with_other_numbers_is_counted_where_there_are_none() -> None:
    x = np.arange(6)
    report = check_op(lambda i: i[::-1], lambda i: i[::-1], inputs=(x,), precision="float32")
    assert report.calls is not None
    assert (report.verdict, report.calls.others) == ("passed", ())


def test_an_input_that_is_changed_at_the_second_call_is_found_and_the_users_is_not() -> None:
    calls: list[int] = []

    def later(x: Any) -> Any:
        calls.append(1)
        y = x * 2
        if len(calls) > 1:
            x[:] = 0
        return y

    own = X.copy()
    report = check_op(later, lambda x: x * 2, inputs=(own,))
    assert [f.code for f in report.findings] == ["argument.changed"]
    assert np.array_equal(own, X)


@pytest.mark.parametrize(
    ("kernel", "operation", "inputs"),
    [
        (np.matmul, lambda A, x: np.tril(A) @ x, (np.tril(X[:5]), X[:5])),
        (lambda x, m: x - m, lambda x, m: x - x.mean(axis=0), (X, X.mean(axis=0))),
    ],
    ids=["triangular", "saved statistics"],
)
def test_what_only_such_inputs_fulfil_is_no_finding(
    kernel: Any, operation: Any, inputs: tuple[Any, ...]
) -> None:
    report = check_op(kernel, operation, inputs=inputs)
    assert report.verdict == "passed"
    assert "not judged at other numbers" in report.notes[-1]


def test_a_gradient_of_a_leaf_is_seen_at_every_call() -> None:
    def backward(x: Any, g: Any) -> Any:
        torch.tanh(x).backward(g)
        return x.grad

    x = torch.randn(4, 3, requires_grad=True)
    report = check_op(
        backward, lambda x, g: g * (1 - np.tanh(x) ** 2), inputs=(x, torch.ones(4, 3))
    )
    assert (report.verdict, report.notes) == ("passed", ())


def test_whole_numbers_beside_floats_are_judged_by_value() -> None:
    both = lambda x: (x.max(axis=-1), x.argmax(axis=-1))  # noqa: E731
    kernel = lambda x: tuple(torch.from_numpy(x).max(-1))  # noqa: E731
    assert check_op(kernel, both, inputs=(X,)).passed
    wrong = lambda x: (x.max(axis=-1), x.argmin(axis=-1))  # noqa: E731
    assert [f.tensor for f in check_op(wrong, both, inputs=(X,)).findings] == ["result 1"]
    index = lambda x: x.argmax(axis=-1)  # noqa: E731
    assert check_op(lambda x: torch.from_numpy(x).argmax(-1), index, inputs=(X,)).passed


def test_each_result_has_the_arithmetic_of_its_own_type() -> None:
    x = torch.from_numpy(X).bfloat16()
    both = lambda x: (x * 3, x.mean(axis=-1))  # noqa: E731
    mean = x.float().mean(-1)
    assert_within((x * 3, mean), both, x)
    assert_within((x * 3, mean), both, x, precision="bfloat16-once")
    with pytest.raises(AssertionError, match="result 1 is wrong"):
        assert_within((x * 3, mean.bfloat16().float()), both, x)
    with pytest.raises(AssertionError, match="result 1 is wrong"):
        assert_within((x.float() * 3, mean.bfloat16()), both, x.float(), precision="float32")


def test_what_is_infinite_in_the_operation_may_be_so() -> None:
    mask = lambda x: np.where(x > 0, x, -np.inf)  # noqa: E731
    x = torch.from_numpy(X)
    assert check_op(lambda x: torch.where(x > 0, x, -torch.inf), mask, inputs=(x,)).passed
    with pytest.raises(AssertionError, match="inf"):
        assert_within(torch.where(x > 0, x, torch.inf), mask, x)
    with pytest.raises(AssertionError, match="nan"):
        assert_within(x * float("nan"), mask, x)
    odd = torch.tensor([[np.inf, 1, np.nan]])
    assert not check_op(lambda x: x * 2, lambda x: x * 2, inputs=(odd,)).findings


def test_what_is_too_large_for_float16_may_be_infinite_and_nothing_else_may() -> None:
    a = torch.tensor([[300.0, 1.0]]).half()
    assert_within(a * 300, lambda a: a * 300, a)
    with pytest.raises(AssertionError, match="inf"):
        assert_within(-(a * 300), lambda a: a * 300, a)
    with pytest.raises(AssertionError, match="inf"):
        assert_within(a * 300, lambda a: a * 3, a)


def test_what_is_no_array_is_given_as_it_is() -> None:
    def shifted(x: Any, b: Any, axis: int, flag: bool) -> Any:
        y = x if b is None else x + b
        return y - y.mean(axis=axis, keepdims=True) if flag is True else y

    assert check_op(shifted, shifted, inputs=(X, None, -1, True)).passed


def test_small_whole_numbers_do_not_wrap_around() -> None:
    a = np.array([[3, 250], [7, 9]], np.uint8)
    kernel = lambda a: (a.astype(np.float32) - 128) * 0.5  # noqa: E731
    assert check_op(kernel, lambda a: (a - 128) * 0.5, inputs=(a,)).passed


def test_several_ways_are_given_as_a_tuple() -> None:
    ways = (lambda x: x.var(axis=-1), lambda x: (x * x).mean(axis=-1) - x.mean(axis=-1) ** 2)
    assert check_op(lambda x: x.var(axis=-1), ways, inputs=(X,)).passed


@pytest.mark.parametrize(
    "options", [{"backward": np.negative}, {"epsilon": 7.0}, {"shapes": [(5,)]}]
)
def test_options_of_layers_are_refused(options: Any) -> None:
    with pytest.raises(InputError) as error:
        check_op(np.tanh, np.tanh, inputs=(X,), **options)
    assert error.value.code == "operation.options"


@pytest.mark.parametrize("inputs", [X, ()], ids=["an array", "none"])
def test_inputs_are_a_tuple(inputs: Any) -> None:
    with pytest.raises(InputError) as error:
        check_op(np.tanh, np.tanh, inputs=inputs)
    assert error.value.code == "operation.inputs"


def test_empty_arrays_are_not_judged() -> None:
    assert check_op(np.tanh, np.tanh, inputs=(np.zeros((0, 3)),)).verdict == "not judged"


def test_no_precision_and_odd_results_are_refused_in_a_sentence() -> None:
    for given, operation, code in (
        ({"precision": ()}, np.tanh, "bound.dtype"),
        ({}, lambda x: "text", "operation.results"),
        ({}, lambda x: (x, (x, x)), "operation.results"),
    ):
        with pytest.raises(InputError) as error:
            check_op(np.tanh, operation, inputs=(X,), **given)
        assert error.value.code == code
    assert bound(lambda x: 1.5, X)["result"].value == 1.5


def test_an_operation_that_checks_its_inputs_has_no_lower_format() -> None:
    def checked(p: Any) -> Any:
        if isinstance(p, np.ndarray) and p.sum() != 1:
            raise ValueError("they do not add up to 1")
        return p * 2

    assert_within(np.array([[0.3, 0.7]]) * 2, checked, np.array([[0.3, 0.7]]))


def test_a_type_without_an_arithmetic_is_refused() -> None:
    with pytest.raises(InputError, match="pass precision=") as error:
        assert_within(np.arange(3), lambda x: x, np.arange(3))
    assert error.value.code == "bound.dtype"
