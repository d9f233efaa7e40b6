"""The data set of a folder of shards: its parts, task and statistics, and what cannot be one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from parity_tests.tests.support.split_rows import SIZES, M, X, Y, equal, split
from ref_numpy import InputError, Standardiser
from torch_impl.data import NpyShards
from torch_impl.data.shards.shard_files import write_shards

RNG = np.random.default_rng(0)


def written(folder: Path, x: Any = X, y: Any = Y, sizes: tuple[int, ...] = SIZES, **options: Any):
    write_shards(folder / "train", split(x, y, sizes=sizes))
    return NpyShards(str(folder), **options)


@pytest.mark.parametrize(
    ("y", "output", "target"),
    [
        (Y, "softmax", Y),
        (np.eye(4)[Y], "softmax", Y),
        (Y % 2 == 1, "sigmoid", Y[:, np.newaxis] % 2),
        (Y[:, np.newaxis] % 2, "sigmoid", Y[:, np.newaxis] % 2),
        (X[:, 0, 0], "identity", X[:, 0, :1]),
        (X[:, 0], "identity", X[:, 0]),
        (np.where(np.arange(M) < 22, Y % 2, 2), "softmax", np.where(np.arange(M) < 22, Y % 2, 2)),
        (np.array(["d", "a", "b", "c"])[Y], "softmax", np.array([3, 0, 1, 2])[Y]),
        (np.where(np.arange(M) < 22, 7, 9), "sigmoid", np.where(np.arange(M) < 22, 0, 1)[:, None]),
        (np.where(np.arange(M) < 22, Y, 0.5), "identity", np.where(np.arange(M) < 22, Y, 0.5)),
        (np.where(np.arange(M) > 0, Y, 0.5), "identity", np.where(np.arange(M) > 0, Y, 0.5)),
        (np.vstack([np.eye(2)[Y[1:] % 2], [1, 1]]), "sigmoid", None),
    ],
)  # fmt: skip
def test_the_task_is_that_of_all_labels_together(tmp_path: Path, y, output, target) -> None:
    """Also where the labels of one file alone, or of all but one, would be another task's."""
    data = written(tmp_path, y=y, standardise="none")
    target = y if target is None else target
    n_y = int(target.max()) + 1 if output == "softmax" else target.size // M
    assert (data.output, data.n_y, data.n_x) == (output, n_y, 6)
    if output != "softmax":
        target = target.reshape(M, -1).astype(np.float32)
    expected = X.reshape(M, 6).astype(np.float32)
    data.setup("fit")
    parts = ((0, 16), (16, 18), (18, 23))  # ⌈23/5⌉ = 5 at the end, before them ⌈18/10⌉ = 2
    for part, (a, b) in zip(("train", "val", "test"), parts, strict=True):
        equal(data.parts[part][:], expected[a:b], target[a:b])


def test_a_named_task_is_kept(tmp_path: Path) -> None:
    data = written(tmp_path, y=Y % 2, task="classes")
    assert (data.output, data.n_y, data.described.task) == ("softmax", 2, "classes")
    data = NpyShards(str(tmp_path), task="regression")
    assert (data.output, data.n_y) == ("identity", 1)


def sizes(data: NpyShards) -> tuple[int, list[int]]:
    """The number of outputs, and the examples of each part."""
    data.setup("fit")
    return data.n_y, [len(data.parts[part]) for part in ("train", "val", "test")]


def test_parts_of_their_own(tmp_path: Path) -> None:
    """Val and test in folders are what they are; a class that only they have is a class."""
    write_shards(tmp_path / "train", split(X, Y))
    write_shards(tmp_path / "val", [(X[:3], np.array([1, 5, 2]))])
    options = {"val_fraction": 0.5, "test_fraction": 0.25, "task": "classes"}
    assert sizes(NpyShards(str(tmp_path), **options)) == (5, [17, 3, 6])
    write_shards(tmp_path / "test", split(X[:6], np.full(6, 7), sizes=(1, 5)))
    data = NpyShards(str(tmp_path), standardise="none", task="classes")
    assert sizes(data) == (6, [23, 3, 6])
    assert data.described.names == ("0", "1", "2", "3", "5", "7")
    equal(data.parts["test"][:], X[:6].reshape(6, 6).astype(np.float32), np.full(6, 5))
    (tmp_path / "val" / "x_000.npy").rename(tmp_path / "x")
    (tmp_path / "val" / "y_000.npy").unlink()
    (tmp_path / "val").rmdir()
    assert sizes(NpyShards(str(tmp_path), **options)) == (5, [11, 12, 6])


@pytest.mark.parametrize("standardise", ["features", "all", "none"])
def test_the_statistics_are_the_references_of_the_training_part(tmp_path, standardise) -> None:
    """uint8 images of 64 numbers in 32 + 32 rows, where no sum and no quotient is rounded."""
    images = RNG.integers(0, 256, (64, 4, 4), dtype=np.uint8)
    images[:, 0, 0] = 0
    y = np.arange(64) % 3
    write_shards(tmp_path / "train", split(images, y, sizes=(32, 32)))
    for part in ("val", "test"):
        write_shards(tmp_path / part, [(images[:5] // 2, y[:5])])
    data = NpyShards(str(tmp_path), standardise=standardise)
    assert (data.n_x, data.n_y, data.image_shape) == (16, 3, (4, 4))
    X_train = images.reshape(64, 16).T
    if standardise == "none":
        assert data.described.inputs is None
        apply: Any = lambda X, dtype: X.astype(dtype)  # noqa: E731
    else:
        reference = Standardiser.of(X_train, standardise == "features")
        inputs = data.described.inputs
        assert inputs is not None
        np.testing.assert_array_equal(inputs.mu, reference.mu, strict=True)
        np.testing.assert_array_equal(inputs.sigma, reference.sigma, strict=True)
        apply = reference.apply
    data.setup("fit")
    equal(data.parts["train"][:], apply(X_train, np.float32).T, y)
    equal(data.parts["val"][1:4], apply((images[1:4] // 2).reshape(3, 16).T, np.float32).T, y[1:4])
    pictures = data.pictures("test")
    assert pictures is not None
    np.testing.assert_array_equal(pictures, images[:5] // 2)


def test_rows_of_features_are_no_pictures(tmp_path: Path) -> None:
    assert written(tmp_path, x=X[:, 0]).pictures("test") is None


def test_files_are_read_by_need_and_once(tmp_path: Path) -> None:
    data = written(tmp_path)
    assert data.parts == {}
    assert data.n_x == 6
    data.setup("fit")
    parts = data.parts
    (tmp_path / "train").rename(tmp_path / "away")
    data.setup("test")
    assert data.parts is parts


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"val_fraction": 1.0}, "val_fraction is 1.0; expected 0 or more and less than 1"),
        ({"test_fraction": 0.0}, "test_fraction is 0.0; expected more than 0 and less than 1"),
    ],
)
def test_a_part_is_less_than_all(tmp_path: Path, options: dict, said: str) -> None:
    """A validation may be nothing: the last epoch is chosen then."""
    with pytest.raises(InputError, match=said):
        NpyShards(str(tmp_path), **options)
    with pytest.raises(InputError, match="batch_size is 0"):
        NpyShards(str(tmp_path), batch_size=0)


def message_of(data: NpyShards) -> str:
    with pytest.raises(InputError) as caught:
        data.setup("fit")
    assert data.parts == {}
    return str(caught.value)


def test_what_cannot_be_a_data_set_is_one_sentence(tmp_path: Path) -> None:
    data = NpyShards(str(tmp_path))
    assert message_of(data).startswith(f"{tmp_path}/train is not a folder; expected one with x_0")
    assert "y has one value, 0" in message_of(written(tmp_path / "1", X[:1], Y[:1], (1,)))
    data = written(tmp_path / "2", X[:2], np.arange(2), (2,))
    assert message_of(data) == (
        f"1 example in {tmp_path}/2/train cannot be split with val_fraction 0.1: none is left to "
        f"train with; give more examples or lower fractions."
    )
    data = written(tmp_path / "three", X[:3], np.arange(3), (3,), task="classes")
    assert sizes(data) == (3, [1, 1, 1])
    (tmp_path / "three" / "val").write_text("a file")
    assert "three/val is not a folder" in message_of(NpyShards(str(tmp_path / "three")))
    data = written(tmp_path / "other")
    write_shards(tmp_path / "other" / "test", [(X.reshape(M, 6), Y)])
    assert message_of(data).startswith(
        f"in {tmp_path}/other/test/x_000.npy and y_000.npy an example has the shapes (6,) and ()"
    )


def test_what_is_no_label_or_no_number_is_refused_with_its_file(tmp_path: Path) -> None:
    y = np.where(np.arange(M) == 7, np.nan, Y)
    for options in ({}, {"task": "classes"}):
        data = written(tmp_path / f"y{len(options)}", y=y, **options)
        assert message_of(data) == (
            f"{tmp_path}/y{len(options)}/train/y_002.npy is not finite in row 2; remove or "
            f"replace such examples."
        )
    x = X.copy()
    x[9, 1, 2] = x[17, 0, 0] = np.inf
    said = f"{tmp_path}/x/train/x_002.npy is not finite in row 4; remove or replace such examples."
    data = written(tmp_path / "x", x=x)
    assert message_of(data) == said
    # Without statistics, and in the other parts, it is found when it is read.
    data = NpyShards(str(tmp_path / "x"), standardise="none", batch_size=3)
    data.setup("fit")
    batches = iter(data.train_dataloader())
    for _ in range(3):
        next(batches)
    with pytest.raises(InputError) as caught:
        next(batches)
    assert str(caught.value) == said
    with pytest.raises(InputError, match=r"x_003.npy is not finite in row 2"):
        data.parts["val"][:]
