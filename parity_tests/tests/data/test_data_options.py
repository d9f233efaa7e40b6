"""The options of the data sets: their defaults, and that every data set takes those of all."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ref_numpy import InputError
from torch_impl.data import (
    MNIST1D,
    BreastCancer,
    CourseHDF5,
    Digits,
    NpzFile,
    OpenML,
    PlanarFlower,
    Synthetic,
    TwoMoons,
    sources,
)
from torch_impl.data.batches import TensorPairs


def test_every_data_set_takes_the_options_of_all() -> None:
    for make in (
        Digits, BreastCancer, PlanarFlower, TwoMoons, lambda **o: NpzFile("x.npz", **o),
        lambda **o: CourseHDF5("x.h5", **o), lambda **o: OpenML("x", **o), MNIST1D, Synthetic,
    ):  # fmt: skip
        data = make(batch_size=7, split_seed=3, task="regression", standardise="none")
        assert (data.batch_size, data.split_seed, data.task) == (7, 3, "regression")
        assert data.standardise == "none"
        default = make()
        assert (default.batch_size, default.val_fraction, default.test_fraction) == (64, 0.1, 0.2)
        assert (default.split_seed, default.task) == (0, "auto")


def test_images_have_one_mean_and_other_data_one_of_each_feature() -> None:
    for data in (Digits(), CourseHDF5("x.h5")):
        assert data.standardise == "all"
    others = (PlanarFlower(), TwoMoons(), NpzFile("x.npz"), OpenML("x"), MNIST1D(), Synthetic())
    for data in (BreastCancer(), *others):
        assert data.standardise == "features"
    digits = Digits()
    digits.setup("fit")
    inputs = digits.described.inputs
    assert inputs is not None
    assert len(np.unique(inputs.mu)) == len(np.unique(inputs.sigma)) == 1
    assert Digits(standardise="features").standardise == "features"


def test_the_sources_are_those_that_are_named() -> None:
    from sklearn.datasets import load_breast_cancer, load_digits, make_moons

    for ours, theirs in (
        (sources.digits(), load_digits()),
        (sources.breast_cancer(), load_breast_cancer()),
    ):
        rows = ours.x.reshape(len(ours.x), -1)
        np.testing.assert_array_equal(rows, theirs["data"])
        np.testing.assert_array_equal(ours.y, theirs["target"])
    assert sources.digits().x.shape == (1797, 8, 8)
    moons = make_moons(400, noise=0.2, random_state=1)
    for two in (sources.two_moons(), TwoMoons().load()[0], sources.two_moons(400, 0.2, 1)):
        np.testing.assert_array_equal(two.x, moons[0])
        np.testing.assert_array_equal(two.y, moons[1])
    other = make_moons(30, noise=0.5, random_state=7)[0]
    np.testing.assert_array_equal(TwoMoons(30, 0.5, 7).load()[0].x, other)
    np.testing.assert_array_equal(sources.two_moons(30, 0.5, 7).x, other)


def test_the_flower_is_its_formula() -> None:
    """Worked again with the numbers in another order: a Generator's normals are one stream."""
    for flower, m, seed in (
        (sources.planar_flower(), 400, 1),
        (PlanarFlower().load()[0], 400, 1),
        (PlanarFlower(8, 5).load()[0], 8, 5),
        (sources.planar_flower(2, 3), 2, 3),
    ):
        noise = np.random.default_rng(seed).standard_normal((2, m))
        for i in range(m):
            c, k = divmod(i, m // 2)
            steps = max(m // 2 - 1, 1)
            theta = np.linspace(3.12 * c, 3.12 * (c + 1), m // 2)[k] + 0.2 * noise[0, i]
            assert 0 <= k <= steps
            r = 4 * np.sin(4 * theta) + 0.2 * noise[1, i]
            assert flower.y[i] == c
            assert flower.x[i].tolist() == [r * np.sin(theta), r * np.cos(theta)]
    for m in (0, 1, -2, 401):
        with pytest.raises(InputError, match=f"m is {m}; expected an even number"):
            sources.planar_flower(m)


def test_an_example_by_its_number_and_a_batch_by_many() -> None:
    pairs = TensorPairs(torch.arange(6.0).reshape(3, 2), torch.tensor([7, 8, 9]))
    assert len(pairs) == 3
    x, y = pairs[1]
    assert (x.tolist(), y.item()) == ([2, 3], 8)
    x, y = pairs[torch.tensor([2, 0])]
    assert (x.tolist(), y.tolist()) == ([[4, 5], [0, 1]], [9, 7])
