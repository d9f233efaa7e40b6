"""Windows and their adjoint: exactly, with integers, and on value ± error."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import BFLOAT16, FLOAT32, FLOAT64, Precision
from parity_tests.tests.support.error_arrays import COARSE, seeds
from ref_numpy import Array
from ref_numpy.arrays.windows import Windows, add_windows, few_examples, windows_of

M = 3
CASES = {
    "every position": (Windows((3,)), (7,)),
    "one apart": (Windows((2,), 3), (8,)),
    "stride and dilation": (Windows((3,), 2, 1, 2), (9,)),
    "image": (Windows((3, 3), 1, 1), (4, 6)),
    "even, of a wide image": (Windows((2, 4), 2, 1), (3, 8)),
    "larger than the stride": (Windows((4, 4), 3, 2, 2), (9, 7)),
    "one element": (Windows((1, 1)), (2, 5)),
    "the whole": (Windows((7, 5)), (7, 5)),
    "three axes": (Windows((2, 1, 3), 2, 1), (3, 2, 5)),
}


def windows_by_definition(A: Array, w: Windows) -> Array:
    """Each element on its own, by its place: s y + d i − p."""
    n, m, *positions = A.shape
    number = w.number((*positions,))
    V = np.zeros((n, *w.f, m, *number), A.dtype)
    for y in np.ndindex(number):
        for i in np.ndindex(w.f):
            at = [w.stride * a + w.dilation * b - w.padding for a, b in zip(y, i, strict=True)]
            if all(0 <= a < T for a, T in zip(at, positions, strict=True)):
                V[:, *i, :, *y] = A[:, :, *at]
    return V


@pytest.mark.parametrize("windows", CASES)
def test_a_window_has_the_elements_of_its_place(windows: str) -> None:
    w, positions = CASES[windows]
    A = np.random.default_rng(0).integers(1, 99, (2, M, *positions))
    V = windows_of(A, w)
    np.testing.assert_array_equal(V, windows_by_definition(A, w))
    assert V.shape == (2, *w.f, M, *w.number(positions))
    with_fill = windows_of(A, w, fill=-5)
    np.testing.assert_array_equal(with_fill, np.where(V == 0, -5, V))


@pytest.mark.parametrize("windows", CASES)
def test_adding_windows_is_the_adjoint(windows: str) -> None:
    """⟨windows of A, V⟩ = ⟨A, sum of V⟩ for all integers: every element at its one place."""
    w, positions = CASES[windows]
    rng = np.random.default_rng(1)
    A = rng.integers(-99, 99, (2, M, *positions))
    V = rng.integers(-99, 99, (2, *w.f, M, *w.number(positions)))
    dA = add_windows(V, w, positions)
    assert dA.shape == A.shape
    assert (windows_of(A, w) * V).sum() == (A * dA).sum()


def errors(p: Precision, shape: tuple[int, ...]) -> dict[str, ErrorArray]:
    rng = np.random.default_rng(2)
    x, e = p.round(rng.standard_normal(shape)).astype(np.float64), rng.random(shape) / 8
    return {
        "exact": ErrorArray(x, p=p),
        "relative": ErrorArray(x, p=p, relative=0.25),
        "absolute": ErrorArray(x, e, p),
        "sum": ErrorArray(x, e, p) + ErrorArray(x[:1], p=p),
    }


@pytest.mark.parametrize("p", [COARSE, FLOAT32, BFLOAT16], ids=lambda p: p.name)
@pytest.mark.parametrize("windows", CASES)
def test_a_sum_of_windows_has_the_error_of_the_sum_of_its_terms(windows: str, p: Precision) -> None:
    w, positions = CASES[windows]
    shape = (2, *w.f, M, *w.number(positions))
    n_terms = add_windows(np.ones(shape), w, positions)[0, 0]
    flat = windows_of(np.arange(np.prod((2, M, *positions))).reshape(2, M, *positions) + 1, w)
    for name, V in errors(p, shape).items():
        dA = add_windows(V, w, positions)
        k = 0
        for place in np.ndindex(*positions):
            at = flat == 1 + np.ravel_multi_index((1, 2, *place), (2, M, *positions))
            value, error = dA.value[1, 2, *place], dA.error[1, 2, *place]
            if n_terms[place] == 0:
                assert (value, error) == (0, 0)
                continue
            alone = V[at].sum()
            assert value == alone.value
            above = 1 + 2.0**-45
            assert alone.error <= error * above, name
            assert error <= alone.error * above, name
            k += 1
        assert k > 0


@st.composite
def any_windows(draw: st.DrawFn) -> tuple[Windows, tuple[int, ...]]:
    """Windows along one or two axes of few positions, of which one fits at least."""
    of = st.integers(1, 3)
    w = Windows(tuple(draw(st.lists(of, min_size=1, max_size=2))), draw(of), draw(of) - 1, draw(of))
    return w, tuple(max(r - 2 * w.padding, 1) + draw(of) - 1 for r in w.reach)


@settings(max_examples=40)
@given(any_windows(), seeds)
def test_any_order_of_float32_is_within_the_bound_of_the_exact_sum(
    drawn: tuple[Windows, tuple[int, ...]], seed: int
) -> None:
    w, positions = drawn
    rng = np.random.default_rng(seed)
    V = rng.standard_normal((1, *w.f, 1, *w.number(positions))).astype(np.float32)
    bound = add_windows(ErrorArray(V, p=FLOAT32), w, positions)
    exact = add_windows(np.vectorize(Fraction, otypes=[object])(V.astype(np.float64)), w, positions)
    sums = np.zeros(exact.shape, np.float32)
    for i in rng.permutation([*np.ndindex(w.f)]):  # each element of a window at its place
        one = np.zeros_like(V)
        one[:, *i] = V[:, *i]
        sums += add_windows(one, w, positions)
    for value, right, error in zip(sums.flat, exact.flat, bound.error.flat, strict=True):
        assert abs(Fraction(float(value)) - right) <= Fraction(float(error))


@pytest.mark.parametrize("padding", [0, 3])
def test_equal_terms_of_many_windows_are_counted_as_those_of_add_at(padding: int) -> None:
    """300 windows of 300: in the middle a sum of 300 equal terms, whose errors add up."""
    p, w, T = FLOAT32.with_union_bound(100), Windows((300,), padding=padding), 599 - 2 * padding
    V = ErrorArray(np.full((1, 300, 1, 300), 0.3), p=p)
    sums = add_windows(V, w, (T,))
    by_index = np.zeros_like(V, shape=(1, 1, 599))
    np.add.at(by_index, (0, 0, np.add.outer(np.arange(300), np.arange(300))), V[0, :, 0])
    kept = by_index[:, :, padding : padding + T]
    np.testing.assert_array_equal(sums.pending_sum.K, kept.pending_sum.K)
    np.testing.assert_array_equal(sums.pending_sum.alike, kept.pending_sum.alike)
    np.testing.assert_array_equal(sums.error, kept.error)
    assert sums.pending_sum.alike.max() == 300


def test_examples_in_parts_are_all_of_them_once() -> None:
    A = np.zeros((4, 700, 10, 9), np.float32)
    parts = [*few_examples(A, 4 * 9 * 90)]
    assert len(parts) > 1
    numbers = np.arange(700)
    assert np.concatenate([numbers[part] for part in parts]).tolist() == numbers.tolist()
    assert [*few_examples(A, 10**9)] == [slice(i, i + 1) for i in range(700)]
    assert [*few_examples(ErrorArray(A[:, :2], p=FLOAT64), 10**9)] == [slice(0, 2)]
