"""Shifted and mirrored images: by the seed, the epoch and the example, by NumPy and by torch."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from ref_numpy import InputError, NetworkSpec, order
from ref_numpy.data.augmentation import Augmentation
from ref_numpy.graphs.lenet import lenet
from torch_impl import conventions
from torch_impl.data import Digits
from torch_impl.data.batches import Batches, TensorPairs
from torch_impl.data.datamodule import Data
from torch_impl.data.image_sets.augmented import AugmentedImages

M, C, H, W = 11, 2, 5, 6
BY = Augmentation(2, mirror=True)
X = np.random.default_rng(0).standard_normal((C, M, H, W)).astype(np.float32)
IMAGES = TensorPairs(conventions.to_batch(X), torch.arange(M))


def batches(**options: Any) -> Batches:
    return Batches(IMAGES, 4, seed=7, augmented=AugmentedImages(BY, -1.5), **options)


def seen(loader: Batches) -> dict[int, torch.Tensor]:
    """The image of each example."""
    return {int(i): image for x, y in loader for image, i in zip(x, y, strict=True)}


def test_a_shift_and_a_mirror_image_by_hand() -> None:
    image = np.array([[[[1, 2, 3], [4, 5, 6]]]])
    by = Augmentation(1, mirror=True)
    cases = {
        (1, 1, 0): [[1, 2, 3], [4, 5, 6]],
        (1, 1, 1): [[3, 2, 1], [6, 5, 4]],
        (0, 1, 0): [[9, 9, 9], [1, 2, 3]],
        (2, 0, 0): [[9, 4, 5], [9, 9, 9]],
        (1, 2, 1): [[9, 3, 2], [9, 6, 5]],
    }
    for draws, expected in cases.items():
        found = by.apply(image, np.array([draws]), blank=9)
        np.testing.assert_array_equal(found[0, 0], expected)


def test_draws_are_a_function_of_seed_and_epoch() -> None:
    """Each number of 0 … 2p comes, and what is drawn changes nothing of the order's numbers."""
    draws = BY.draws(1000, 7, 3)
    np.testing.assert_array_equal(draws, BY.draws(1000, 7, 3))
    for other in (BY.draws(1000, 7, 4), BY.draws(1000, 8, 3)):
        assert (draws != other).any(axis=0).all()
    assert [sorted({*column}) for column in draws.T.tolist()] == [[*range(5)], [*range(5)], [0, 1]]
    shifts = Augmentation(2).draws(1000, 7, 3)
    np.testing.assert_array_equal(shifts[:, :2], draws[:, :2])
    assert not shifts[:, 2].any()
    assert (Augmentation(0, mirror=True).draws(9, 1, 1)[:, :2] == 0).all()
    assert order(1000, 7, 3)[:3].tolist() != draws[:3, 0].tolist()


def test_torch_takes_what_numpy_takes() -> None:
    """To the bit, in every epoch, whichever examples are together in a batch."""
    loader = batches()
    for epoch in (0, 3):
        loader.set_epoch(epoch)
        expected = BY.apply(X, BY.draws(M, 7, epoch), np.float32(-1.5))
        found = seen(loader)
        assert sorted(found) == [*range(M)]
        for i, image in found.items():
            np.testing.assert_array_equal(image, expected[:, i])
        order_of_epoch = [int(i) for _, y in loader for i in y]
        assert order_of_epoch == order(M, 7, epoch).tolist()


@pytest.mark.parametrize("by", [Augmentation(0, mirror=True), Augmentation(3)])
def test_one_change_alone(by: Augmentation) -> None:
    draws = by.draws(M, 1, 2)
    found = AugmentedImages(by, 0.5).apply(IMAGES.x, torch.from_numpy(draws))
    expected = by.apply(X, draws, np.float32(0.5))
    np.testing.assert_array_equal(conventions.from_batch(found), expected)
    assert found.is_contiguous()
    none = AugmentedImages(by, 0.5).apply(IMAGES.x[:0], torch.from_numpy(draws[:0]))
    assert none.shape == (0, C, H, W)  # a process's share of a small rest


def test_processes_and_resumed_runs_take_the_same_images() -> None:
    whole = batches()
    whole.set_epoch(2)
    expected = seen(whole)
    shares = [batches(process=p, processes=2) for p in range(2)]
    for share in shares:
        share.set_epoch(2)
    together = seen(shares[0]) | seen(shares[1])
    resumed = batches(per_step=2)
    resumed.load_state_dict({**resumed.state_dict(), "epoch": 2, "done": 1})
    rest = {
        int(i): image for step in resumed for x, y in step for image, i in zip(x, y, strict=True)
    }
    assert len(rest) == M - 8
    for i, image in {**rest, **together}.items():
        assert torch.equal(image, expected[i])
    assert sorted(together) == [*range(M)]


def test_only_a_shuffled_training_changes_images() -> None:
    """So validation, test and batches to overfit do not."""
    plain = Batches(IMAGES, 4, augmented=AugmentedImages(BY, 0.0))
    for i, image in seen(plain).items():
        assert torch.equal(image, IMAGES.x[i])
    data = Digits(crop_padding=1, batch_size=16)
    data.setup("fit")
    data.check_network(lenet((1, 8, 8), 10, f=3))
    assert data.train_dataloader().augmented is data.augmented is not None
    assert data.notes == {"images": "in training shifted by up to 1 pixel"}
    assert not Digits().notes
    assert data.val_dataloader().augmented is data.test_dataloader().augmented is None


def test_a_pixel_outside_of_the_image_is_a_raw_zero() -> None:
    """Standardised as the others are, to the bit."""
    data = Digits(crop_padding=1, batch_size=16)
    data.setup("fit")
    data.check_network(lenet((1, 8, 8), 10, f=3))
    assert data.augmented is not None
    black = data.described.to_X(np.zeros((1, 8, 8)))[0, 0]
    assert black < 0
    images = torch.zeros(1, 1, 8, 8)
    found = data.augmented.apply(images, torch.tensor([[0, 0, 0]]))
    assert found[0, 0, 0, 0].item() == black.item()
    unstandardised = Digits(crop_padding=1, standardise="none")
    unstandardised.check_network(lenet((1, 8, 8), 10, f=3))
    assert unstandardised.augmented is not None
    assert unstandardised.augmented.blank == 0


def test_what_cannot_be_changed_is_refused() -> None:
    network = lenet((1, 8, 8), 10, f=3)
    cases: dict[str, tuple[Data, NetworkSpec]] = {
        "data.augment-columns": (Digits(mirror=True), NetworkSpec.dense([64, 10])),
        "data.augment-features": (Digits(crop_padding=1, standardise="features"), network),
    }
    for code, (data, spec) in cases.items():
        with pytest.raises(InputError) as refused:
            data.check_network(spec)
        assert refused.value.code == code
    Digits(mirror=True, standardise="none").check_network(network)
    for padding in (-1, 1.5, True):
        with pytest.raises(InputError) as refused:
            Augmentation(padding)  # pyright: ignore[reportArgumentType]
        assert refused.value.code == "augmentation.padding"
    assert (Augmentation(1, True).text, Augmentation(0, True).text) == (
        "shifted by up to 1 pixel, mirrored", "mirrored",
    )  # fmt: skip


def test_a_checkpoint_states_what_changes_images() -> None:
    """A run is resumed with the same images alone; one that changes none records nothing."""

    changed, plain = Digits(crop_padding=1), Digits()
    changed.check_network(lenet((1, 8, 8), 10, f=3))
    state, without = changed.state_dict(), plain.state_dict()
    assert state["images"] == "shifted by up to 1 pixel"
    assert "images" not in without
    fitting: Any = SimpleNamespace(state=SimpleNamespace(fn="fit"), precision="32-true")
    changed.trainer = plain.trainer = fitting
    changed.load_state_dict(state)
    plain.load_state_dict(without)
    for data, other in ((plain, state), (changed, without)):
        with pytest.raises(InputError, match="images") as refused:
            data.load_state_dict(other)
        assert refused.value.code == "checkpoint.other-batches"
