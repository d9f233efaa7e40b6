"""From images to X."""

from __future__ import annotations

import numpy as np
import pytest

from ref_numpy import InputError, Standardiser, flatten_images, image_sizes
from ref_numpy.data.preprocessing import check_numbers

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (6, 4, 4, 3), dtype=np.uint8)


def test_sizes_are_read_off() -> None:
    assert image_sizes(IMAGES, IMAGES[:2]) == (6, 2, 4, 3)


def test_an_image_becomes_a_column() -> None:
    X = flatten_images(IMAGES)
    assert X.shape == (4 * 4 * 3, 6)
    for i, image in enumerate(IMAGES):
        assert X[:, i].tolist() == [v for row in image for pixel in row for v in pixel.tolist()]


def test_the_statistics_are_the_training_sets_alone() -> None:
    """Rows 1, 3, 5 → μ = 3, σ² = 8/3; the test set is moved by the same numbers."""
    standardiser = Standardiser.of(np.array([[1.0, 3, 5], [7, 7, 7]]))
    np.testing.assert_array_equal(standardiser.mu, [[3], [7]])
    np.testing.assert_array_equal(standardiser.sigma, [[np.sqrt(8 / 3)], [1]])
    moved = standardiser.apply(np.array([[3.0, 11], [8, 7]]))
    np.testing.assert_array_equal(moved, [[0, 8 / np.sqrt(8 / 3)], [1, 0]])


def test_a_row_that_never_changes_is_only_moved() -> None:
    """Whether its one number is the largest, the smallest or neither, and in float32 as well."""
    X = np.array([[2.0, 2], [1, 9], [0, 0], [9, 9]])
    standardiser = Standardiser.of(X)
    np.testing.assert_array_equal(standardiser.sigma, [[1], [4], [1], [1]])
    for dtype in (np.float32, np.float64):
        expected = np.array([[0, 0], [-1, 1], [0, 0], [0, 0]], dtype)
        np.testing.assert_array_equal(standardiser.apply(X, dtype), expected, strict=True)
    together = Standardiser.of(np.full((2, 3), 5.0), each_feature=False)
    np.testing.assert_array_equal(together.sigma, [[1], [1]])


def test_a_value_that_is_no_number_is_named_with_its_place() -> None:
    for x in (np.array([["a"]]), np.array([[1j]]), np.array([[None]])):
        with pytest.raises(InputError) as refused:
            check_numbers(x)
        said = f"x has dtype {x.dtype}; expected numbers: encode the other columns first."
        assert (str(refused.value), refused.value.code) == (said, "data.not-numbers")
    x = np.ones((5, 3, 2))
    x[2, 1, 0], x[4] = np.nan, np.inf
    with pytest.raises(InputError) as refused:
        check_numbers(x)
    assert refused.value.code == "data.not-finite"
    assert str(refused.value) == (
        "2 example(s) have values that are not finite, the first is example 2; remove or replace "
        "them."
    )
    for good in (np.ones((2, 3)), np.ones((2, 3), int), np.array([[True]])):
        check_numbers(good)


def test_statistics_are_arrays_of_their_own() -> None:
    """Not views of one number, which nobody could write to or give to torch."""
    for each_feature in (True, False):
        standardiser = Standardiser.of(np.ones((3, 2)), each_feature)
        for array in (standardiser.mu, standardiser.sigma):
            assert array.flags.writeable
            assert array.flags.c_contiguous


def test_statistics_are_computed_at_float64() -> None:
    """2049 is no number of float16, but the mean of two such numbers."""
    standardiser = Standardiser.of(np.array([[2048, 2050]], np.float16))
    np.testing.assert_array_equal(standardiser.mu, np.array([[2049.0]]), strict=True)
    np.testing.assert_array_equal(standardiser.sigma, np.array([[1.0]]), strict=True)


def test_all_features_together_have_one_statistic() -> None:
    """1, 2, 3, 6 → μ = 3, σ² = (4 + 1 + 0 + 9)/4"""
    standardiser = Standardiser.of(np.array([[1.0, 3], [2, 6]]), each_feature=False)
    np.testing.assert_array_equal(standardiser.mu, [[3], [3]])
    np.testing.assert_array_equal(standardiser.sigma, [[np.sqrt(3.5)]] * 2)


def test_uint8_images_standardise_in_the_given_dtype() -> None:
    X = flatten_images(IMAGES)
    assert Standardiser.of(X).apply(X, np.float32).dtype == np.float32
    assert Standardiser.of(X).apply(X).dtype == np.float64


@pytest.mark.parametrize("kind", ["f4", "i4", "i8", "u8", "f8"])
def test_digits_are_lost_after_the_division_and_not_before(kind: str) -> None:
    """2³⁰ + {0, 1, 2, 3}, which float32 takes for one number: μ = 2³⁰ + 1.5, σ² = 1.25, and the
    quotients are rounded once, whatever the numbers come as."""
    steps = np.arange(4)
    apart = 128 if kind == "f4" else 1  # the numbers of float32 there
    X = (2**30 + apart * steps)[np.newaxis].astype(kind)
    standardiser = Standardiser.of(X)
    assert standardiser.mu.dtype == standardiser.sigma.dtype == np.float64
    expected = ((steps - 1.5) / np.sqrt(1.25))[np.newaxis]
    np.testing.assert_array_equal(
        standardiser.apply(X, np.float32), expected.astype(np.float32), strict=True
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: image_sizes(IMAGES[0], IMAGES),
            r"train_set_x has shape \(4, 4, 3\); expected \(m,",
        ),
        (lambda: image_sizes(IMAGES, IMAGES[:, :2]), r"test_set_x has shape \(6, 2, 4, 3\)"),
        (
            lambda: image_sizes(IMAGES, IMAGES[:, :2, :2]),
            r"images of shape \(4, 4, 3\) and test_set_x of \(2, 2, 3\)",
        ),
        (
            lambda: flatten_images(IMAGES[0, 0, 0]),
            r"images has shape \(3,\); expected \(m, h, w, c\)",
        ),
        (lambda: image_sizes(IMAGES[:, :, :, 0], IMAGES), r"train_set_x has shape \(6, 4, 4\)"),
        (
            lambda: image_sizes(IMAGES, IMAGES[..., :1]),
            r"\(4, 4, 3\) and test_set_x of \(4, 4, 1\)",
        ),
        (lambda: Standardiser.of(np.array([[np.nan]])), "expected .* with finite values"),
        (lambda: Standardiser.of(np.array([[1, np.inf]])), "expected .* with finite values"),
        (lambda: Standardiser.of(np.ones(3)), r"X_train has shape \(3,\); expected \(n_x, m\)"),
        (lambda: Standardiser.of(IMAGES), r"X_train has shape \(6, 4, 4, 3\)"),
        (lambda: Standardiser.of(np.ones((2, 0))), r"X_train has shape \(2, 0\)"),
        (lambda: Standardiser.of(np.ones((2, 3))).apply(np.ones(2)), r"X has shape \(2,\)"),
        (lambda: Standardiser.of(np.ones((2, 3))).apply(np.ones((3, 2))), r"expected \(2, m\)"),
    ],
)
def test_bad_images_are_one_sentence(call, message: str) -> None:
    with pytest.raises(InputError, match=message):
        call()


def test_invert_undoes_apply() -> None:
    """μ = 3, σ = 2 and μ = 0, σ = 4: nothing is rounded."""
    X = np.array([[1.0, 5], [4, -4]])
    standardiser = Standardiser.of(X)
    np.testing.assert_array_equal(standardiser.apply(X), [[-1, 1], [1, -1]])
    np.testing.assert_array_equal(standardiser.invert(standardiser.apply(X)), X)
