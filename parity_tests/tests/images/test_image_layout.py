"""Pixels in a source's order as images (n_C, m, H, W), for networks whose input is an image."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import ref_numpy
from ref_numpy import Array, InputError, NetworkSpec
from ref_numpy.data.data_spec import DataSpec
from ref_numpy.data.image_layout import image_layout
from ref_numpy.graphs.lenet import lenet
from torch_impl import conventions
from torch_impl.data import Examples
from torch_impl.data.in_memory import ArrayData
from torch_impl.export.raw_network import RawNetwork

M, C, H, W = 5, 3, 12, 14
IMAGES = np.arange(M * C * H * W).reshape(M, C, H, W)  # every number is another

SOURCES = {
    "channels first": IMAGES,
    "channels last": np.moveaxis(IMAGES, 1, -1).copy(),
    "in a row": IMAGES.reshape(M, -1),
}


class Photos(ArrayData):
    """A source that a test gives."""

    x: Array
    images = True

    def load(self) -> Examples:
        return Examples(self.x, np.array(["a", "b", "c", "a", "b"]))


def photos(x: Array, **options: Any) -> Photos:
    data = Photos(val_fraction=0.25, batch_size=2, standardise="none", **options)
    data.x = x
    return data


@pytest.mark.parametrize("source", SOURCES)
def test_every_order_gives_the_same_images(source: str) -> None:
    x = SOURCES[source]
    layout = image_layout(x.shape[1:], (C, H, W))
    assert layout is not None
    columns = x.reshape(M, -1).T
    images = layout.to_images(columns)
    assert images.shape == (C, M, H, W)
    for i, c, y in np.ndindex(M, C, H):
        np.testing.assert_array_equal(images[c, i, y], IMAGES[i, c, y])
    np.testing.assert_array_equal(layout.to_columns(images), columns)
    batch = conventions.to_images(torch.from_numpy(x.reshape(M, -1)).double(), layout)
    np.testing.assert_array_equal(conventions.from_batch(batch), images)
    np.testing.assert_array_equal(conventions.from_images(batch, layout), columns.T)
    assert layout.to_images(columns[:, :0]).shape == (C, 0, H, W)


def test_grey_images_and_columns() -> None:
    layout = image_layout((H, W), (1, H, W))
    assert layout is not None
    assert layout == image_layout((1, H, W), (1, H, W)) == image_layout((H * W,), (1, H, W))
    assert image_layout((H, W), (H * W,)) is None
    for shape in ((W, H), (H, W), (H, W, 4), (C * H * W + 1,)):
        with pytest.raises(InputError, match=r"the network takes images \(3, 12, 14\)") as refused:
            image_layout(shape, (C, H, W))
        assert refused.value.code == "data.no-such-image"


@pytest.mark.parametrize("source", SOURCES)
def test_data_are_given_as_the_network_takes_them(source: str) -> None:
    """Before it is known they are columns, to the byte those of a network that takes columns."""
    data, spec = photos(SOURCES[source]), lenet((C, H, W), 3, "relu", "max")
    data.setup("fit")
    flat = {part: data.parts[part][:][0].clone() for part in data.parts}
    assert all(x.ndim == 2 for x in flat.values())
    data.check_network(spec)
    every = np.concatenate([data.raw(part) for part in data.parts])
    assert sorted(map(tuple, every)) == sorted(map(tuple, SOURCES[source].reshape(M, -1)))
    for part, x in flat.items():
        images = data.parts[part][:][0]
        assert images.shape == (len(x), C, H, W)
        np.testing.assert_array_equal(images, conventions.to_images(x, data.of_images))
        assert images.is_contiguous()
    if source != "in a row":  # whose shape is not told
        assert data.image == (C, H, W)
    data.check_network(NetworkSpec.dense([C * H * W, 3]))
    for part, x in flat.items():
        np.testing.assert_array_equal(data.parts[part][:][0], x)
    data.check_network(spec)
    data.reset(None)
    data.setup("fit")  # again, as after a test on other data
    assert data.parts["train"][:][0].ndim == 4


def test_pixels_in_a_row_with_the_channels_last_are_refused() -> None:
    data = photos(SOURCES["channels last"].reshape(M, -1), image_shape=[H, W, C])
    data.setup("fit")
    with pytest.raises(InputError) as refused:
        data.check_network(lenet((C, H, W), 3))
    assert refused.value.code == "data.pixels-in-a-row"
    photos(SOURCES["in a row"], image_shape=[C, H, W]).check_network(lenet((C, H, W), 3))


@pytest.mark.parametrize("source", SOURCES)
def test_a_weights_file_predicts_raw_images(source: str, tmp_path: Path) -> None:
    """By NumPy alone, and by torch in the exported network: raw pixels in the source's order."""
    x, spec = SOURCES[source], lenet((C, H, W), 3)
    params = ref_numpy.initialise(spec, seed=4)
    data = DataSpec(x.shape[1:], "classes", ("a", "b", "c"))
    ref_numpy.save(tmp_path / "w.safetensors", spec, params, data)
    model = ref_numpy.load_model(tmp_path / "w.safetensors")
    expected, _ = ref_numpy.forward(spec, params, np.moveaxis(IMAGES, 0, 1).astype(np.float64))
    np.testing.assert_array_equal(model.outputs(x), expected["y"])
    probabilities, prediction = RawNetwork(spec, params, data)(torch.from_numpy(x).double())
    assert probabilities.shape == (M, 3)
    np.testing.assert_array_equal(prediction, expected["y"].argmax(axis=0))


def test_a_weights_file_of_other_images_is_refused(tmp_path: Path) -> None:
    spec = lenet((C, H, W), 3)
    params = ref_numpy.initialise(spec)
    data = DataSpec((C, W, H + 1), "classes", ("a", "b", "c"))
    with pytest.raises(InputError):
        ref_numpy.save(tmp_path / "w.safetensors", spec, params, data)
