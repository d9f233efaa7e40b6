"""Folders of images: classes, parts, sizes, colours, orientation, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ref_numpy import InputError
from torch_impl.data import ImageFolder

Image = pytest.importorskip("PIL.Image")

GREY = np.array([[0, 50, 100], [150, 200, 250]], np.uint8)
RGB = np.stack([GREY, 255 - GREY, GREY // 2], axis=2)


def save(path: Path, array: Any = GREY, mode: str | None = None, **options: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(array)
    (image.convert(mode) if mode else image).save(path, **options)
    return path


def refused(folder: Path, **options: Any) -> InputError:
    with pytest.raises(InputError) as found:
        ImageFolder(path=str(folder), **options).load()
    assert "\n" not in str(found.value)
    return found.value


def test_a_folder_is_a_class_and_what_is_hidden_is_ignored(tmp_path: Path) -> None:
    for name in ("cat/2.png", "cat/10.png", "dog/deep/1.bmp", ".git/x.png"):
        save(tmp_path / name)
    for hidden in ("cat/.DS_Store", "dog/Thumbs.db", ".note"):
        (tmp_path / hidden).write_text("no image")
    examples, test = ImageFolder(path=str(tmp_path)).load()
    assert examples.y is not None
    assert (examples.y.tolist(), test) == (["cat", "cat", "dog"], None)
    np.testing.assert_array_equal(examples.x, np.stack([GREY] * 3), strict=True)


def test_train_and_test_folders(tmp_path: Path) -> None:
    for name in ("train/a/1.png", "train/b/1.png", "test/b/7.png"):
        save(tmp_path / name)
    train, test = ImageFolder(path=str(tmp_path)).load()
    assert test is not None
    assert [part.y.tolist() for part in (train, test) if part.y is not None] == [["a", "b"], ["b"]]
    save(tmp_path / "val/a/1.png")
    assert refused(tmp_path).code == "images.validation"
    save(tmp_path / "plane/1.png")  # then a train is a thing, and holds no image itself
    assert sorted({*ImageFolder(path=str(tmp_path)).load()[0].y.tolist()}) == [  # pyright: ignore
        "plane", "test", "train", "val",
    ]  # fmt: skip


def test_colours_are_kept_where_any_image_has_them(tmp_path: Path) -> None:
    save(tmp_path / "a/1.png")
    save(tmp_path / "b/1.png", RGB)
    both, _ = ImageFolder(path=str(tmp_path)).load()
    np.testing.assert_array_equal(both.x[1], RGB)
    np.testing.assert_array_equal(both.x[0], np.stack([GREY] * 3, axis=2))
    grey, _ = ImageFolder(path=str(tmp_path), colours="grey").load()
    assert grey.x.shape == (2, 2, 3)


def test_an_image_is_turned_as_its_camera_was(tmp_path: Path) -> None:
    """EXIF orientation 6: to be looked at after a quarter turn clockwise."""
    exif = Image.Exif()
    exif[0x0112] = 6
    save(tmp_path / "1.png", GREY, exif=exif)
    found, _ = ImageFolder(path=str(tmp_path)).load()
    np.testing.assert_array_equal(found.x[0], np.rot90(GREY, -1))
    assert found.y is None


def test_what_is_transparent_is_white(tmp_path: Path) -> None:
    alpha = np.array([[0, 255, 255], [255, 255, 0]], np.uint8)
    save(tmp_path / "a/1.png", np.concatenate([RGB, alpha[..., None]], axis=2))
    found, _ = ImageFolder(path=str(tmp_path)).load()
    np.testing.assert_array_equal(found.x[0], np.where(alpha[..., None] == 0, 255, RGB))


def test_sizes(tmp_path: Path) -> None:
    save(tmp_path / "a/1.png")
    save(tmp_path / "b/2.png", np.full((5, 4), 7, np.uint8))
    error = refused(tmp_path)
    assert (error.code, "(5, 4)" in str(error), "(2, 3)" in str(error)) == (
        "images.sizes", True, True,
    )  # fmt: skip
    found, _ = ImageFolder(path=str(tmp_path), size=(3, 2)).load()
    assert found.x.shape == (2, 3, 2)
    assert (found.x[1] == 7).all()
    with pytest.raises(InputError):
        ImageFolder(path="a", size=(0, 3))


def test_what_cannot_be_used_is_one_sentence(tmp_path: Path) -> None:
    assert refused(tmp_path / "none").code == "data.no-folder"
    assert refused(tmp_path).code == "images.none"
    save(tmp_path / "a/1.png")
    (tmp_path / "b").mkdir()
    assert refused(tmp_path).code == "images.none"
    bad = tmp_path / "b/x.png"
    for content in (b"", b"text", (tmp_path / "a/1.png").read_bytes()[:-30]):
        bad.write_bytes(content)
        error = refused(tmp_path)
        assert (error.code, str(bad) in str(error)) == ("images.unreadable", True)
    bad.unlink()
    save(bad, GREY.astype(np.uint16) * 256)
    assert "with more than 8 bits" in str(refused(tmp_path))
    (tmp_path / "notes.txt").write_text("")
    assert refused(tmp_path).code == "images.stray"


def test_a_trained_network_takes_images_with_the_colours_of_its_training(tmp_path: Path) -> None:
    for k in range(6):
        save(tmp_path / "train" / "ab"[k % 2] / f"{k}.png", RGB + k)
        save(tmp_path / "new" / f"{k}.png", GREY + k)
    data = ImageFolder(path=str(tmp_path / "train"))
    trained = data.record()
    assert trained is not None
    new = ImageFolder(path=str(tmp_path / "new"))
    new.follow(trained)
    new.setup("predict")
    assert new.parts["test"][:][0].shape == (6, 18)


def test_the_rows_to_predict_have_the_names_of_their_files(tmp_path: Path) -> None:
    """The held-out part is recognised by its pixels, of which each image has its own."""
    pixels = {f"{'ab'[k % 2]}/{k}.png": GREY - k for k in range(12)}
    for name, array in pixels.items():
        save(tmp_path / "one" / name, array)
        save(tmp_path / "two/train" / name, array)
    for k in (10, 9, 2):
        save(tmp_path / "two/test" / "ab"[k % 2] / f"{k}.png", GREY + k)
        save(tmp_path / "new" / f"{k}.png", GREY + k)
    data = ImageFolder(path=str(tmp_path / "one"), test_fraction=0.4)
    data.setup("test")
    assert data.part_to_predict == "test"
    held_out = data.raw("test")
    assert len(held_out) == len(data.file_names["test"]) == 5
    for name, row in zip(data.file_names["test"], held_out, strict=True):
        assert (row == pixels[name].ravel()).all()
    trained = data.record()
    assert trained is not None
    two = ImageFolder(path=str(tmp_path / "two"))
    two.setup("test")
    assert two.file_names["test"] == ["test/a/10.png", "test/a/2.png", "test/b/9.png"]
    new = ImageFolder(path=str(tmp_path / "new"))
    new.follow(trained)
    new.setup("predict")
    assert new.file_names["test"] == ["10.png", "2.png", "9.png"]
    assert [row[0] for row in new.raw("test")] == [10, 2, 9]
