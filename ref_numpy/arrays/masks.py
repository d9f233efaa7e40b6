"""Random masks that are a function of their place: seed, update, step, example, feature, position.

Nothing is drawn in order, so that the mask of an example is the same in any batch, in any process,
and in both frameworks. The numbers are those of SplitMix64: Steele, Lea and Flood, *Fast Splittable
Pseudorandom Number Generators*, OOPSLA 2014, whose k-th number is a function of seed and k alone.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ref_numpy.arrays.axes import Array, Shape
from ref_numpy.context import Context

GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # 2⁶⁴ over the golden ratio, made odd


def splitmix64(seeds: Array, k: Array) -> Array:
    """Return number k = 0, 1, … of the generator of each seed, uint64 of all 64 bits.

    Args:
        seeds: uint64.
        k: uint64; broadcasts with the seeds.
    """
    z = seeds + GOLDEN * (k + np.uint64(1))  # arrays of uint64 wrap around at 2⁶⁴
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def seed_of(words: Iterable[int]) -> Array:
    """Return the seed that several whole numbers have together, (1,): each is mixed in in turn."""
    seed = np.zeros(1, np.uint64)
    for word in words:
        seed = splitmix64(seed ^ np.array([word % 2**64], np.uint64), np.zeros(1, np.uint64))
    return seed


def uniform(context: Context, shape: Shape) -> Array:
    """Return numbers 0 ≤ u < 1, multiples of 2⁻⁵³, for the tensor (n, m, …) of a step.

    Args:
        context: seed, update, step, and the number of each of m examples in its data set.
        shape: (n, m, …).
    """
    n, m, *positions = shape
    examples = np.arange(m) if context.examples is None else np.asarray(context.examples)
    run = seed_of((context.seed, context.update, *context.step.encode()))
    each = splitmix64(run, examples.astype(np.uint64))  # a generator for each example, (m,)
    place = np.arange(n * np.prod(positions, dtype=int), dtype=np.uint64)  # of one example
    place = place.reshape(n, 1, *positions)
    bits = splitmix64(each.reshape(1, m, *(1,) * len(positions)), place)
    return (bits >> np.uint64(11)) * 2.0**-53


def keep_mask(context: Context, shape: Shape, rate: float, whole_features: bool = False) -> Array:
    """Return which elements of the tensor (n, m, …) stay: each with the probability 1 − rate.

    A mask that was recorded from another program is taken as it is.

    Args:
        context: as `uniform` has it.
        shape: (n, m, …).
        rate: the probability of an element to become 0.
        whole_features: whether a feature of an example stays at all positions, or at none.
    """
    if context.step in context.draws:
        return context.draws[context.step]
    if whole_features:
        n, m, *positions = shape
        stays = uniform(context, (n, m, *(1 for _ in positions))) >= rate
        return np.broadcast_to(stays, shape)
    return uniform(context, shape) >= rate
