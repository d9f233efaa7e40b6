"""A folder of images: a folder for each class, and perhaps train/ and test/ above them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from torch_impl.data.image_files import Colours, image_paths, is_hidden, read_images
from torch_impl.data.sources import Examples
from torch_impl.training_messages import input_error

PARTS = {"train", "test"}
VALIDATION = {"val", "valid", "validation"}


def image_folder(
    path: Path, size: tuple[int, int] | None, colours: Colours
) -> tuple[Examples, Examples | None]:
    """Read photos/cat/1.jpg, photos/dog/2.jpg; or photos/train/cat/1.jpg, photos/test/….

    A folder of images alone has no labels, and can be predicted.

    Args:
        path: of the folder.
        size: (h, w) of the arrays; None where all images have one size.
        colours: grey, rgb, or auto.

    Raises:
        InputError: there is no such folder or no image in it, or an image is damaged.
    """
    if not path.is_dir():
        raise input_error("data.no-folder", path=path)
    if not is_split(path):
        return examples(*labelled_paths(path), size, colours), None
    parts = [labelled_paths(path / part) for part in ("train", "test") if (path / part).is_dir()]
    together = [image for images, _ in parts for image in images]
    x, at = read_images(together, size, colours), len(parts[0][0])  # both of one size
    train = Examples(x[:at], labels(parts[0][1]))
    return train, Examples(x[at:], labels(parts[1][1])) if len(parts) > 1 else None


def image_names(path: Path) -> tuple[list[str], list[str]]:
    """Return the images of `image_folder`, in its order: those to train with, and the test set's.

    Each by its path in the folder: "cat/1.jpg".
    """
    parts = [path / part for part in ("train", "test")] if is_split(path) else [path]
    found = [labelled_paths(part)[0] if part.is_dir() else [] for part in parts]
    names = [[image.relative_to(path).as_posix() for image in images] for images in found]
    return names[0], names[1] if len(names) > 1 else []


def is_split(path: Path) -> bool:
    """Return whether a folder holds train/ and test/, and no classes.

    Raises:
        InputError: it holds a validation set beside train/.
    """
    names = {folder.name for folder in folders_in(path)}
    if "train" not in names or not names <= PARTS | VALIDATION or not folders_in(path / "train"):
        return False
    if own := sorted(names & VALIDATION):
        raise input_error("images.validation", folder=path / own[0])
    return True


def folders_in(path: Path) -> list[Path]:
    """Return the folders in a folder, by name, but for hidden ones."""
    found = sorted(folder for folder in path.iterdir() if folder.is_dir())
    return [folder for folder in found if not is_hidden(Path(folder.name))]


def labelled_paths(path: Path) -> tuple[list[Path], list[str] | None]:
    """Return the images of a folder, and the class of each: the name of its folder.

    Returns:
        The files, and the names; None where there are no folders.

    Raises:
        InputError: there are no images, or images beside the folders of classes.
    """
    classes = folders_in(path)
    if not classes:
        images = image_paths(path)
        if not images:
            raise input_error("images.none", folder=path)
        return images, None
    files = (Path(file.name) for file in sorted(path.iterdir()) if file.is_file())
    stray = next((file for file in files if not is_hidden(file)), None)
    if stray is not None:
        raise input_error("images.stray", path=path / stray, folder=path)
    images: list[Path] = []
    names: list[str] = []
    for folder in classes:
        own = image_paths(folder)
        if not own:
            raise input_error("images.none", folder=folder)
        images += own
        names += [folder.name] * len(own)
    return images, names


def examples(
    images: list[Path], names: list[str] | None, size: tuple[int, int] | None, colours: Colours
) -> Examples:
    """Return the images of files with their labels."""
    return Examples(read_images(images, size, colours), labels(names))


def labels(names: list[str] | None) -> np.ndarray | None:
    """Return words as an array."""
    return None if names is None else np.array(names)
