"""Kernels and one's own tests: any computation within the bounds of a few lines of NumPy."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch

from parity_tests import assert_within, bound, check_op
from parity_tests.adapters.operations.blind_spots import trivial_answers
from parity_tests.adapters.operations.operation_results import expected_results
from parity_tests.error_model.precisions import BFLOAT16, FLOAT64
from ref_numpy import InputError

RNG = np.random.default_rng(0)


def softmax(x: Any) -> Any:
    """Return the softmax along the last axis."""
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def product(a: Any, b: Any) -> Any:
    """Return a b."""
    return a @ b


def layer_norm(x: Any, gamma: Any, beta: Any) -> Any:
    """Return γ (x − μ)/σ + β along the last axis."""
    r = x - x.mean(axis=-1, keepdims=True)
    return gamma * r / np.sqrt((r * r).mean(axis=-1, keepdims=True) + 1e-5) + beta


DTYPES = (torch.float64, torch.float32, torch.bfloat16, torch.float16)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_kernels_of_torch_are_within_the_bounds_of_numpy(dtype: torch.dtype) -> None:
    torch.manual_seed(1)
    x, gamma, beta = (torch.randn(s).to(dtype) for s in ((5, 130), (130,), (130,)))
    W = torch.randn(130, 7).to(dtype)
    assert_within(torch.softmax(x, -1), softmax, x)
    assert_within(
        torch.nn.functional.layer_norm(x, (130,), gamma, beta), layer_norm, x, gamma, beta
    )
    assert_within(x @ W, product, x, W)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_zeros_and_a_factor_are_wrong_at_every_precision(dtype: torch.dtype) -> None:
    x = torch.randn(5, 130).to(dtype)
    with pytest.raises(AssertionError, match="every element is 0"):
        assert_within(torch.zeros(5, 130, dtype=dtype), softmax, x)
    with pytest.raises(AssertionError, match="result is wrong"):
        assert_within(torch.softmax(x, -1) * 1.5, softmax, x)


def test_a_factor_is_named() -> None:
    x = RNG.standard_normal((5, 130))
    report = check_op(lambda x: 1.01 * softmax(x), softmax, inputs=(x,))
    assert [(c.code, c.facts["c"]) for c in report.findings[0].causes] == [
        ("result.times-c", "1.01")
    ]


def test_the_bound_of_a_sum_holds_exact_arithmetic_and_each_rounding() -> None:
    a, b = (RNG.standard_normal(s).astype(np.float32) for s in ((3, 50), (50, 2)))
    value, error = bound(product, a, b, precision="float32")["result"]
    for i, j in np.ndindex(3, 2):
        terms = [
            Fraction(float(x)) * Fraction(float(y)) for x, y in zip(a[i], b[:, j], strict=True)
        ]
        assert abs(Fraction(float(value[i, j])) - sum(terms)) <= Fraction(float(error[i, j]))
        in_order = np.float32(0)
        for x, y in zip(a[i], b[:, j], strict=True):
            in_order = np.float32(in_order + x * y)
        off = abs(Fraction(float(in_order)) - sum(terms))
        assert 0 < off <= Fraction(float(error[i, j]))


def test_an_exact_result_has_no_error() -> None:
    x = np.array([[1.0, -2.0, 4.0]])
    assert np.array_equal(bound(lambda x: x[:, ::-1], x)["result"].error, np.zeros((1, 3)))
    assert_within(np.zeros((1, 3)), lambda x: np.zeros_like(x), x)


def test_results_have_the_names_of_a_dictionary_and_numbers_in_a_tuple() -> None:
    x = RNG.standard_normal((4, 3))
    moments = lambda x: (x.mean(axis=0), x.var(axis=0))  # noqa: E731
    assert [*bound(moments, x)] == ["result 0", "result 1"]
    assert_within((x.mean(axis=0), x.var(axis=0)), moments, x)
    with pytest.raises(AssertionError, match="result 1 is wrong"):
        assert_within((x.mean(axis=0), x.var(axis=0, ddof=1)), moments, x)
    by_name = lambda x: {"mean": x.mean(axis=0)}  # noqa: E731
    assert_within({"mean": x.mean(axis=0)}, by_name, x)
    with pytest.raises(AssertionError, match="not judged, though it was required: mean"):
        assert_within({}, by_name, x, precision="float64")


def test_of_several_ways_each_is_right() -> None:
    x = (10_000 + RNG.standard_normal((6, 500))).astype(np.float32)

    def one_pass(x: Any) -> Any:
        return (x * x).mean(axis=-1) - x.mean(axis=-1) ** 2

    def two_passes(x: Any) -> Any:
        return x.var(axis=-1)

    actual = one_pass(x)
    with pytest.raises(AssertionError, match="result is wrong"):
        assert_within(actual, two_passes, x)
    with pytest.raises(AssertionError, match="rounding alone could explain any value of: result"):
        assert_within(actual, (two_passes, one_pass), x)
    assert_within(two_passes(x), two_passes, x)
    both = bound((two_passes, one_pass), x, precision="float32")["result"]
    assert (np.abs(actual - both.value) <= both.error).all()


def test_steps_that_are_stored_are_to_be_declared_and_then_pass() -> None:
    torch.manual_seed(2)
    x = torch.randn(16, 513).bfloat16()
    e = torch.exp(x - x.max(-1, keepdim=True).values)
    eager = e / e.sum(-1, keepdim=True)
    with pytest.raises(AssertionError, match=r"not judged.*declare it: --precision bfloat16$"):
        assert_within(eager, softmax, x)
    assert_within(eager, softmax, x, precision=("bfloat16-once", "bfloat16"))


def test_the_widest_of_several_precisions_is_not_taken_where_a_narrower_holds() -> None:
    x = torch.randn(5, 130).bfloat16()
    kernel = lambda x: torch.softmax(x, -1)  # noqa: E731
    report = check_op(kernel, softmax, inputs=(x,), precision=("bfloat16-once", "bfloat16"))
    assert (report.verdict, report.precision) == ("passed", "bfloat16-once")


def test_a_result_that_was_kept_is_found_at_other_numbers() -> None:
    kept: dict[Any, Any] = {}

    def by_shape(x: Any) -> Any:
        return kept.setdefault(x.shape, softmax(x))

    report = check_op(by_shape, softmax, inputs=(RNG.standard_normal((4, 9)),))
    assert [f.code for f in report.findings] == ["result.value-later-order"]


def test_a_result_that_is_wrong_at_every_second_call_is_found() -> None:
    calls = []

    def alternating(x: Any) -> Any:
        calls.append(1)
        return softmax(x) if len(calls) % 2 else np.zeros_like(x)

    report = check_op(alternating, softmax, inputs=(RNG.standard_normal((4, 9)),))
    assert [f.code for f in report.findings] == ["result.value-later-same"]


def test_an_input_that_is_changed_in_place_is_a_finding_and_does_not_decide() -> None:
    def in_place(x: Any) -> Any:
        x -= x.max(-1, keepdim=True).values
        return torch.softmax(x, -1)

    report = check_op(in_place, softmax, inputs=(torch.randn(4, 9),))
    assert [(f.tensor, f.code) for f in report.findings] == [("input 0", "argument.changed")]


@pytest.mark.parametrize(
    ("axis", "text"), [(1, "at 32 to 39 of axis 1"), (0, "at 4 to 5 of axis 0")]
)
def test_the_tail_of_a_tile_is_named(axis: int, text: str) -> None:
    def tail(x: Any) -> Any:
        y = softmax(x)
        y[(slice(None), slice(32, None)) if axis else slice(4, None)] = 0.5
        return y

    report = check_op(tail, softmax, inputs=(RNG.standard_normal((6, 40)),))
    assert text in str(report)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_no_arithmetic_explains_a_tail_that_is_not_written(dtype: torch.dtype) -> None:
    torch.manual_seed(3)
    x = torch.randn(8, 100).to(dtype)
    y = torch.softmax(x, -1)
    y[:, 96:] = 0
    with pytest.raises(AssertionError, match="at 96 to 99 of axis 1"):
        assert_within(y, softmax, x)


def test_a_kernel_that_raises_and_a_wrong_shape_are_findings() -> None:
    x = RNG.standard_normal((4, 9))
    assert "raises" in check_op(raises, softmax, inputs=(x,)).findings[0].message
    report = check_op(lambda x: softmax(x)[:2], softmax, inputs=(x,))
    assert "(2, 9); expected (4, 9)" in report.findings[0].message


def raises(x: Any) -> Any:
    """Raise an error."""
    raise ValueError("no such device")


def test_bfloat16_of_jax_is_read() -> None:
    jax = pytest.importorskip("jax", reason="jax is not installed")
    x = jax.numpy.asarray(RNG.standard_normal((4, 9))).astype("bfloat16")
    y = jax.nn.softmax(x.astype("float32")).astype("bfloat16")
    assert_within(y, softmax, x)


@pytest.mark.parametrize(
    ("operation", "code"),
    [(lambda x: np.sort(x), "operation.no-rounding-rule"), (lambda x, y: x, "operation.failed")],
)
def test_an_operation_that_cannot_be_bounded_is_refused(operation: Any, code: str) -> None:
    with pytest.raises(InputError) as error:
        bound(operation, RNG.standard_normal((4, 9)))
    assert error.value.code == code


def test_what_inputs_cannot_show_is_said() -> None:
    """Far from 0 the softmax of a mask is exactly that of zeros; of two equal scores it is not."""
    ones = torch.ones(4, 1)
    report = check_op(lambda x: torch.softmax(x, -1), softmax, inputs=(ones,))
    assert (report.verdict, report.notes) == (
        "passed", ("with these inputs it would pass, too: input 0",),
    )  # fmt: skip
    with pytest.raises(AssertionError, match="would pass, too: input 0"):
        assert_within(torch.softmax(ones, -1), softmax, ones, strict=True)
    x = torch.randn(4, 9)
    assert_within(torch.softmax(x, -1), softmax, x, strict=True)


def test_a_long_product_of_float32_would_pass_in_tf32_and_a_short_one_not() -> None:
    def judged(K: int) -> tuple[str, ...]:
        a, b = (RNG.standard_normal(s).astype(np.float32) for s in ((4, K), (K, 3)))
        return check_op(np.matmul, product, inputs=(a, b)).notes

    assert judged(64) == ()
    assert judged(65_536) == ("with these inputs it would pass, too: inputs in TF32",)


@pytest.mark.parametrize(
    ("dtype", "answer"), [(torch.float64, "float32"), (torch.bfloat16, "FP8")], ids=str
)
def test_the_lower_format_is_tried(dtype: torch.dtype, answer: str) -> None:
    x = torch.tensor([[1.0, 1.0 + 2.0**-7]], dtype=dtype)
    difference = lambda x: x.max() - x.min()  # noqa: E731
    found = [words for words, _ in trivial(x, difference)]
    assert found == ["zeros", f"inputs in {answer}"][: 1 + (dtype != torch.float64)]


def trivial(x: Any, operation: Any) -> list[tuple[str, Any]]:
    """Return the trivial answers to an operation of x."""
    p = FLOAT64 if x.dtype == torch.float64 else BFLOAT16
    return [*trivial_answers(operation, (x,), expected_results(operation, (x,), p), p)]
