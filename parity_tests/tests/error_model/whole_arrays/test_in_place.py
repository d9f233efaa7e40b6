"""Arrays that are changed in place: a[part] = x, a += x, and windows added back in a loop."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import BFLOAT16, FLOAT32, FLOAT64, Precision
from parity_tests.tests.support.error_arrays import COARSE

SHAPE = (2, 3, 4)
PARTS: dict[str, Any] = {
    "slice": np.s_[:, 1:],
    "row": np.s_[1],
    "steps": np.s_[..., ::2],
    "mask": np.arange(24).reshape(SHAPE) % 3 == 0,
    "indices": np.s_[[0, 1], [2, 0]],
}  # fmt: skip


def array(seed: int, kind: str, p: Precision = COARSE) -> ErrorArray:
    rng = np.random.default_rng(seed)
    x, e = rng.standard_normal(SHAPE), rng.random(SHAPE) / 8
    return {
        "exact": ErrorArray(x, p=p), "relative": ErrorArray(x, p=p, relative=0.25),
        "absolute": ErrorArray(x, e, p), "sum": ErrorArray(x, e, p) + ErrorArray(x[:, :1], p=p),
    }[kind]  # fmt: skip


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("into", ["exact", "relative", "absolute", "sum"])
@pytest.mark.parametrize("kind", ["exact", "relative", "absolute", "sum"])
def test_a_part_is_replaced_with_its_error(part: str, into: str, kind: str) -> None:
    a, x, index = array(0, into), array(1, kind)[PARTS[part]], PARTS[part]
    value, error = a.value.copy(), a.error.copy()
    value[index], error[index] = x.value, x.error
    a[index] = x
    np.testing.assert_array_equal(a.value, value)
    assert (a.error >= error).all()
    assert (a.error <= error * (1 + 2.0**-40)).all()
    assert a.exact == (into == kind == "exact")


def test_a_constant_is_put_in_every_place() -> None:
    a = array(0, "absolute")
    a[:, 0] = 0.3
    assert (a.value[:, 0] == 0.3).all()
    assert (a.error[:, 0] == COARSE.u * 0.3).all()
    np.testing.assert_array_equal(a.error[:, 1:], array(0, "absolute").error[:, 1:])


@pytest.mark.parametrize("operator", ["add", "subtract", "multiply", "divide"])
def test_an_operator_in_place_is_the_operator(operator: str) -> None:
    a, b = array(0, "absolute"), array(1, "relative")
    wanted = getattr(np, operator)(a, b)
    changed = same = array(0, "absolute")
    if operator == "add":
        changed += b
    elif operator == "subtract":
        changed -= b
    elif operator == "multiply":
        changed *= b
    else:
        changed /= b
    assert changed is same
    np.testing.assert_array_equal(same.value, wanted.value)
    np.testing.assert_array_equal(same.error, wanted.error)


def test_only_the_first_operand_can_be_changed_in_place() -> None:
    a, b = array(0, "absolute"), array(1, "absolute")
    for out, given in ((b, (a, b)), (b, (a, a)), (np.zeros(SHAPE), (a, b))):
        with pytest.raises(TypeError, match="rounding rule"):
            np.add(*given, out=out)
    plain = np.zeros(SHAPE)
    with pytest.raises(TypeError, match="rounding rule"):
        plain += a
    with pytest.raises(ValueError, match="does not fit"):
        a[:, :1].__iadd__(a)


def test_an_array_of_zeros_is_the_beginning_of_a_sum_in_place_alone() -> None:
    """0 + x is x with its error, which only += stores; 0 · x and 0 − x are not x."""
    a, b = array(0, "absolute"), array(0, "sum").rounded(0.25)
    for x in (a, b):
        zeros = np.zeros_like(x)
        total = zeros + x
        assert zeros.exact
        assert not zeros.value.any()
        np.testing.assert_array_equal(total.value, x.value)
        zeros += x
        np.testing.assert_array_equal(zeros.value, x.value)
        assert (np.abs(zeros.error - x.error) <= x.error * 2.0**-40).all()
    product, difference = (np.zeros_like(a) for _ in range(2))
    product *= a
    difference -= a
    assert not product.value.any()
    np.testing.assert_array_equal(difference.value, -a.value)
    for x in (0.5, array(0, "absolute")[:, :1]):
        everywhere = np.zeros_like(a)
        everywhere += x
        assert everywhere.shape == SHAPE
        wanted = np.broadcast_to(getattr(x, "value", x), SHAPE)
        np.testing.assert_array_equal(everywhere.value, wanted)


def test_an_array_that_is_not_empty_stays_a_term() -> None:
    """Exact numbers, of which some are 0, and zeros that have an error."""
    given = np.arange(24.0).reshape(SHAPE)
    for x, e in ((given, 0.0), (given + 1, 0.0), (np.zeros(SHAPE), 0.25)):
        total = ErrorArray(x, e, COARSE)
        total += array(1, "absolute")
        np.testing.assert_array_equal(total.value, x + array(1, "absolute").value)
        assert (total.error >= array(1, "absolute").error + e).all()


def test_an_array_that_is_stored_in_itself_stays() -> None:
    a = array(0, "absolute")
    assert np.positive(a, out=a) is a
    np.testing.assert_array_equal(a.error, array(0, "absolute").error)


def test_an_exact_index_chooses_where_a_number_is_put_or_added() -> None:
    at = ErrorArray([2.0, 0.0], p=COARSE)
    a = array(0, "exact")
    a[:, at] = 0.5
    assert (a.value[:, [2, 0]] == 0.5).all()
    assert (a.value[:, 1] == array(0, "exact").value[:, 1]).all()
    sums = np.zeros_like(ErrorArray(np.zeros(3), p=COARSE))
    np.add.at(sums, at, ErrorArray([1.0, 3.0], p=COARSE))
    assert sums.value.tolist() == [3, 0, 1]


@pytest.mark.parametrize("ufunc", [np.subtract, np.multiply])
def test_only_additions_have_a_rule_at_indices(ufunc: Any) -> None:
    with pytest.raises(TypeError, match=r"\(at\) has no rounding rule"):
        ufunc.at(array(0, "absolute"), 0, array(1, "absolute")[0])


@pytest.mark.parametrize("p", [COARSE, FLOAT32, FLOAT64], ids=lambda p: p.name)
@pytest.mark.parametrize("kind", ["exact", "absolute"])
def test_windows_added_back_in_a_loop_are_sums_of_their_own_lengths(
    kind: str, p: Precision
) -> None:
    """As by np.add.at with the windows' indices: three terms in the middle, one at each end."""
    at = np.arange(5)[:, np.newaxis] + np.arange(3)
    rng = np.random.default_rng(2)
    x = ErrorArray(
        rng.standard_normal((2, 5, 3)), rng.random((2, 5, 3)) if kind == "absolute" else 0.0, p
    )
    by_indices, by_loop = (np.zeros_like(x, shape=(2, 8)) for _ in range(2))
    np.add.at(by_indices, (slice(None), at), x)
    for k in range(3):
        by_loop[:, k : k + 5] += x[:, :, k]
    assert (np.abs(by_loop.value - by_indices.value) <= by_loop.error).all()
    assert by_loop.pending_sum.K[0].tolist() == [1, 2, 3, 3, 3, 2, 1, 0]
    assert (by_loop.error[:, 7] == 0).all()
    above = 1 + 2.0**-40
    assert (by_loop.error <= by_indices.error * above).all()
    assert (by_indices.error <= by_loop.error * above).all()


def test_halves_store_every_step_of_a_loop() -> None:
    """Each += rounds what stands there, so that the first term is rounded K − 1 times more."""
    x = np.random.default_rng(3).standard_normal((40, 300))
    x = BFLOAT16.round(x).astype(np.float64)
    total, in_turn = np.zeros_like(ErrorArray(x[0], p=BFLOAT16)), np.zeros(300)
    for row in x:
        total[:] += ErrorArray(row, p=BFLOAT16)
        in_turn = BFLOAT16.round(in_turn + row).astype(np.float64)
    off = np.abs(in_turn - x.sum(axis=0))
    assert (off <= total.error).all()
    assert (off > ErrorArray(x, p=BFLOAT16).sum(axis=0).error).any()
