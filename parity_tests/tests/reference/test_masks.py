"""Masks of dropout: SplitMix64's published numbers, and the facts that a mask depends on."""

from __future__ import annotations

import numpy as np
import pytest

from ref_numpy import Array, Cache, Context, Dropout, InputError
from ref_numpy.arrays.masks import keep_mask, seed_of, splitmix64, uniform

SHAPE = (5, 6, 4)
CONTEXT = Context(training=True, seed=3, update=5, step="h.drop")

# https://rosettacode.org/wiki/Pseudo-random_numbers/Splitmix64, and for the seed 0 those with which
# implementations of xoshiro256 are seeded in their tests.
PUBLISHED = {
    1234567: (
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ),
    0: (0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F, 0xF88BB8A8724C81EC),
}


def by_integers(seed: int, k: int) -> int:
    """Number k by Python's own integers."""
    z = (seed + (k + 1) * 0x9E3779B97F4A7C15) % 2**64
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
    return z ^ (z >> 31)


@pytest.mark.parametrize("seed", PUBLISHED)
def test_the_published_numbers(seed: int) -> None:
    numbers = PUBLISHED[seed]
    k = np.arange(len(numbers), dtype=np.uint64)
    assert splitmix64(np.array([seed], np.uint64), k).tolist() == [*numbers]
    assert [by_integers(seed, k) for k in range(len(numbers))] == [*numbers]


def test_a_number_by_hand() -> None:
    """Of feature 2, example 3 and position 1: the generators' generators by Python's integers."""
    seed = 0
    for word in (CONTEXT.seed, CONTEXT.update, *b"h.drop"):
        seed = by_integers(seed ^ word, 0)
    bits = by_integers(by_integers(seed, 3), 2 * SHAPE[2] + 1)
    assert uniform(CONTEXT, SHAPE)[2, 3, 1] == (bits >> 11) / 2**53
    assert seed_of([-1]).tolist() == [by_integers(2**64 - 1, 0)]


def test_an_example_has_its_mask_in_any_batch() -> None:
    whole = uniform(CONTEXT, (5, 20, 4))
    some = np.array([17, 3, 3, 0])
    assert np.array_equal(uniform(CONTEXT._replace(examples=some), (5, 4, 4)), whole[:, some])
    assert np.array_equal(uniform(CONTEXT, (5, 6, 4)), whole[:, :6])


@pytest.mark.parametrize("change", [{"seed": 4}, {"update": 6}, {"step": "h.drop2"}])
def test_other_masks(change: dict[str, int | str]) -> None:
    """A seed, an update and a step have numbers of their own, as has each place."""
    u = uniform(CONTEXT, SHAPE)
    other = uniform(CONTEXT._replace(**change), SHAPE)
    assert len({*u.ravel(), *other.ravel()}) == 2 * u.size
    assert u.shape == SHAPE
    assert u.min() >= 0
    assert u.max() < 1


def test_the_share_that_stays() -> None:
    """Of N independent places, by Hoeffding off by √(log(2/δ)/2N) with a probability of δ."""
    N, delta = 5 * 400 * 40, 2.0**-40
    share = keep_mask(CONTEXT, (5, 400, 40), 0.3).mean()
    assert abs(share - 0.7) <= np.sqrt(np.log(2 / delta) / (2 * N))
    assert keep_mask(CONTEXT, SHAPE, 0.0).all()


def run(rate: float, context: Context, A: Array, dZ: Array) -> tuple[Array, Array, Array]:
    layer = Dropout(rate)
    Z, kept = layer.forward({}, context, A)
    dA, gradients = layer.backward({}, Cache((A,), (Z,), kept, context), dZ)
    assert gradients == {}
    return Z, dA, kept


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dropout_by_its_mask(dtype: type) -> None:
    """With the rate ½ everything is exact: a number is doubled, or 0."""
    rng = np.random.default_rng(0)
    A, dZ = (rng.standard_normal(SHAPE).astype(dtype) for _ in range(2))
    Z, dA, D = run(0.5, CONTEXT, A, dZ)
    assert Z.dtype == dA.dtype == dtype
    assert D.any()
    assert not D.all()
    assert np.array_equal(Z, np.where(D, 2 * A, 0))
    assert np.array_equal(dA, np.where(D, 2 * dZ, 0))
    Z, dA, D = run(0.5, CONTEXT._replace(training=False), A, dZ)
    assert Z is A
    assert dA is dZ
    assert D is None


def test_a_recorded_mask_is_taken_as_it_is() -> None:
    """Of the step that it was recorded of; another step draws by the seed."""
    A = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    recorded = np.array([[True, False, True], [False, False, True]])
    context = CONTEXT._replace(draws={CONTEXT.step: recorded})
    Z, dA, _ = run(0.75, context, A, np.ones_like(A))
    np.testing.assert_array_equal(Z, [[4, 0, 12], [0, 0, 24]])
    np.testing.assert_array_equal(dA, 4 * recorded)
    elsewhere = keep_mask(context._replace(step="other"), SHAPE, 0.5)
    np.testing.assert_array_equal(elsewhere, keep_mask(CONTEXT._replace(step="other"), SHAPE, 0.5))


@pytest.mark.parametrize("rate", [-0.1, 1, 1.5, float("nan")])
def test_a_rate_that_is_none(rate: float) -> None:
    with pytest.raises(InputError) as refused:
        Dropout(rate)
    assert refused.value.code == "dropout.rate"
