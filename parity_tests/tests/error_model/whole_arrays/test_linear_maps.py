"""Maps that move numbers: value and error go through the same map, and nothing rounds."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import BFLOAT16, FLOAT32
from parity_tests.error_model.summation import Terms
from parity_tests.tests.support.error_arrays import COARSE
from ref_numpy import Array

SHAPE = (2, 3, 4)


def arrays() -> dict[str, ErrorArray]:
    """One of each kind of error: none, relative, absolute, both, and that of pending sums."""
    rng = np.random.default_rng(0)
    x, e = rng.standard_normal(SHAPE), rng.random(SHAPE)
    exact = ErrorArray(x, p=COARSE)
    return {
        "exact": exact,
        "relative": ErrorArray(x, p=COARSE, relative=0.25),
        "absolute": ErrorArray(x, e, COARSE),
        "along an axis": ErrorArray(x, e[:, :1], COARSE),
        "both": ErrorArray(x, e, COARSE, 0.25),
        "sum": ErrorArray(x, e, COARSE) + ErrorArray(x[:, :1], p=COARSE),
        "rounded sum": (exact + ErrorArray(x[:, :1], p=COARSE)).rounded(0.25),
        "product": ErrorArray(x, e, COARSE) @ ErrorArray(np.ones((4, 4)), p=COARSE),
        "lengths": ErrorArray(
            x, p=COARSE, pending_sum=Terms(rng.integers(1, 9, SHAPE), np.abs(x), 0.1, e, 2.0, e)
        ),
    }


IDS = np.array([[2, 0, 2], [1, 1, 2]])
MAPS: dict[str, Any] = {
    "T": lambda x: x.T,
    "transpose": lambda x: x.transpose(1, 0, 2),
    "transposed": lambda x: np.transpose(x, (2, 0, 1)),
    "swapaxes": lambda x: x.swapaxes(0, 2),
    "swapped": lambda x: np.swapaxes(x, 1, 2),
    "moveaxis": lambda x: np.moveaxis(x, 0, -1),
    "reshape": lambda x: x.reshape(2, -1),
    "reshape to a tuple": lambda x: x.reshape((4, 6)),
    "reshaped": lambda x: np.reshape(x, (3, 8)),
    "ravel": lambda x: x.ravel(),
    "raveled": lambda x: np.ravel(x),
    "slice": lambda x: x[1:, ::2, -1],
    "new axis": lambda x: x[..., np.newaxis],
    "gather": lambda x: x[:, IDS],
    "take": lambda x: np.take(x, IDS, axis=1),
    "take_along_axis": lambda x: np.take_along_axis(x, IDS[:, :, np.newaxis], axis=1),
    "mask": lambda x: x[np.arange(24).reshape(SHAPE) % 3 == 0],
    "windows": lambda x: sliding_window_view(x, (2, 3), axis=(1, 2)),
    "repeat": lambda x: x.repeat(3, axis=1),
    "repeated": lambda x: np.repeat(x, [1, 0, 2], axis=1),
    "tile": lambda x: np.tile(x, (2, 1, 1)),
    "broadcast_to": lambda x: np.broadcast_to(x, (5, *SHAPE)),
    "expand_dims": lambda x: np.expand_dims(x, (0, 2)),
    "squeeze": lambda x: np.squeeze(x[:1], axis=0),
    "flip": lambda x: np.flip(x, axis=1),
    "roll": lambda x: np.roll(x, 1, axis=2),
    "diagonal": lambda x: np.diagonal(x, axis1=1, axis2=2),
    "copy": lambda x: np.copy(x),
    "edge": lambda x: np.pad(x, ((0, 0), (1, 2), (0, 1)), mode="edge"),
    "reflect": lambda x: np.pad(x, ((0, 0), (1, 2), (0, 1)), mode="reflect"),
    "symmetric": lambda x: np.pad(x, ((0, 0), (1, 2), (0, 1)), mode="symmetric"),
    "wrap": lambda x: np.pad(x, ((0, 0), (1, 2), (0, 1)), mode="wrap"),
    "part": lambda x: np.split(x, 3, axis=1)[1],
    "last part": lambda x: np.array_split(x, [1, 2], axis=2)[-1],
}  # fmt: skip


@pytest.mark.parametrize("name", arrays())
@pytest.mark.parametrize("f", MAPS.values(), ids=MAPS)
def test_a_map_moves_value_and_error(f: Any, name: str) -> None:
    a = arrays()[name]
    moved = f(a)
    np.testing.assert_array_equal(moved.value, f(a.value))
    np.testing.assert_array_equal(moved.error, f(a.error))
    assert moved.p is a.p
    assert (moved.scaled, moved.exact) == (a.scaled, a.exact)
    if a.pending_sum is not None:
        alike = np.broadcast_to(a.pending_sum.alike, SHAPE)
        assert np.all(moved.pending_sum.alike == f(alike))
        assert moved.pending_sum.operands == a.pending_sum.operands
    more = ErrorArray(np.full(SHAPE, 0.5), p=COARSE)
    np.testing.assert_array_equal((moved + f(more)).error, f((a + more).error))


FILLS: dict[str, Any] = {
    "pad": lambda x: np.pad(x, ((0, 0), (1, 2), (0, 1))),
    "tril": lambda x: np.tril(x, -1),
    "triu": lambda x: np.triu(x, 1),
}


@pytest.mark.parametrize("name", arrays())
@pytest.mark.parametrize("f", FILLS.values(), ids=FILLS)
def test_zeros_between_numbers_are_exact(f: Any, name: str) -> None:
    a = arrays()[name]
    filled = f(a)
    np.testing.assert_array_equal(filled.value, f(a.value))
    error = f(a.error)
    at = f(np.ones(SHAPE)) > 0
    assert (filled.error[~at] == 0).all()
    assert filled.exact == a.exact
    if a.pending_sum is None:
        np.testing.assert_array_equal(filled.error, error)
    else:  # a term's own error is not relative any more
        assert (filled.error[at] >= error[at]).all()
        assert (filled.error[at] <= error[at] * (1 + 2.0**-40)).all()


@pytest.mark.parametrize("name", arrays())
@pytest.mark.parametrize("constant", [-np.inf, 1.5])
def test_constants_between_numbers_are_exact(constant: float, name: str) -> None:
    a, width = arrays()[name], ((0, 0), (1, 1), (0, 0))
    padded = np.pad(a, width, constant_values=constant)
    np.testing.assert_array_equal(padded.value, np.pad(a.value, width, constant_values=constant))
    np.testing.assert_array_equal(padded.error, np.pad(a, width).error)
    assert (padded.error[:, [0, -1]] == 0).all()
    # More may be added to a sum, but for one that was rounded.
    assert (padded.pending_sum is None) == (a.pending_sum is None or bool(a.relative))


def test_a_constant_beside_a_sum_is_one_term_of_its_size() -> None:
    """An infinite one has none: it stays infinite, whatever is added."""
    terms = Terms(3, np.full((1, 2), 0.25), scale=8.0)
    padded = np.pad(
        ErrorArray(np.ones((1, 2)), p=COARSE, pending_sum=terms),
        ((0, 0), (2, 1)), constant_values=((0, 0), (-5.0, np.inf)),
    ).pending_sum  # fmt: skip
    assert padded.K.tolist() == [[1, 1, 3, 3, 0]]
    assert (padded.scale * padded.size).tolist() == [[5.0, 5.0, 2.0, 2.0, 0.0]]


@pytest.mark.parametrize("constant", [1.5, -0.75])
def test_a_constant_is_a_term_of_the_sum_that_goes_on(constant: float) -> None:
    """To which 0.1 is added in float32: one addition, of which each rounds by up to u |result|."""
    total = ErrorArray(np.ones((2, 3)), p=FLOAT32).sum(axis=1)
    padded = np.pad(total, 1, constant_values=constant) + np.float32(0.1)
    exact = Fraction(constant) + Fraction(float(np.float32(0.1)))
    rounded = float(np.float32(constant) + np.float32(0.1))
    assert rounded != exact
    assert Fraction(float(padded.error[0])) >= abs(Fraction(rounded) - exact)
    assert float(padded.error[0]) <= 2.0**-22 * abs(float(exact))
    begun = np.pad(total, 1) + np.float32(0.1)  # 0 + 0.1 is exact, but for what may underflow
    assert float(begun.error[0]) <= 2.0**-124


JOINS: dict[str, Any] = {
    "concatenate": lambda xs: np.concatenate(xs, axis=1),
    "concatenate along": lambda xs: np.concatenate(xs, 2),
    "stack": lambda xs: np.stack(xs, axis=-1),
}


@pytest.mark.parametrize("one", arrays())
@pytest.mark.parametrize("other", arrays())
@pytest.mark.parametrize("f", JOINS.values(), ids=JOINS)
def test_arrays_are_joined_with_their_errors(f: Any, one: str, other: str) -> None:
    parts = [arrays()[name] for name in (one, other)]
    joined = f(parts)
    np.testing.assert_array_equal(joined.value, f([a.value for a in parts]))
    error = f([a.error for a in parts])
    assert joined.exact == (one == other == "exact")
    assert (joined.error >= error).all()
    assert (joined.error <= error * (1 + 2.0**-40)).all()


@pytest.mark.parametrize("f", JOINS.values(), ids=JOINS)
def test_more_may_be_added_to_sums_that_were_joined(f: Any) -> None:
    """[W₁ x, W₂ x] + b is computed as each W x + b is; an exact part is one term."""
    wide = ErrorArray(np.random.default_rng(1).standard_normal((7, *SHAPE)), p=COARSE)
    sums = [wide.sum(axis=0), arrays()["sum"], arrays()["absolute"]]
    more = [ErrorArray(np.full(SHAPE, x), p=COARSE) for x in (8.0, 9.0, 10.0)]
    apart = f([(a + b).error for a, b in zip(sums, more, strict=True)])
    whole = (f(sums) + f(more)).error
    assert (whole >= apart).all()
    assert (whole <= apart * (1 + 2.0**-40)).all()
    beside = np.stack([arrays()["sum"], arrays()["relative"]])  # the second is one term
    alone = (arrays()["sum"] + more[0]).error
    assert (np.abs((beside + more[0]).error[0] - alone) <= alone * 2.0**-40).all()


def test_terms_alike_and_operands_are_joined() -> None:
    a, b = arrays()["lengths"], arrays()["product"] + ErrorArray(np.ones(SHAPE), p=COARSE)
    terms = np.concatenate([a, b]).pending_sum
    assert terms is not None
    assert a.pending_sum is not None
    np.testing.assert_array_equal(
        terms.alike, np.concatenate([a.pending_sum.alike, np.zeros(SHAPE)])
    )
    np.testing.assert_array_equal(terms.K, np.concatenate([a.pending_sum.K, np.full(SHAPE, 5)]))
    assert terms.operands == 2


@pytest.mark.parametrize("f", JOINS.values(), ids=JOINS)
def test_one_array_may_be_joined_alone(f: Any) -> None:
    a = arrays()["both"]
    np.testing.assert_array_equal(f([a]).value, f([a.value]))
    np.testing.assert_array_equal(f([a]).error, f([a.error]))


def test_a_plain_array_is_joined_exactly() -> None:
    x: Array = np.ones(SHAPE)
    joined = np.concatenate([x, arrays()["absolute"]])
    assert (joined.error[:2] == 0).all()
    np.testing.assert_array_equal(joined.error[2:], arrays()["absolute"].error)


def test_a_stored_sum_ends() -> None:
    """+x: of a sum of halves, what is added next is one term, and the sum is rounded once."""
    x = np.random.default_rng(1).standard_normal((3, 50))
    total = ErrorArray(x, p=BFLOAT16).sum(axis=1)
    ended = +total
    assert ended.pending_sum is None
    np.testing.assert_array_equal(ended.error, total.error)
    exact = ErrorArray(x, p=BFLOAT16)
    assert (+exact) is exact
    assert (ended + exact[:, 0]).pending_sum.K == 2
