"""Images of files, by Pillow, as arrays of one shape: (h, w) grey or (h, w, 3)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ref_numpy.errors import InputError, cause_of
from ref_numpy.layer import Array
from torch_impl.training_messages import input_error

Colours = Literal["auto", "rgb", "grey"]

GREY = {"1", "L", "LA", "La"}  # Pillow's modes of images without colours
WIDE = {"I", "F", "I;16", "I;16L", "I;16B", "I;16N"}  # with more than 8 bits a pixel
HIDDEN = {"thumbs.db", "desktop.ini"}  # which Windows does not show


def image_paths(folder: Path) -> list[Path]:
    """Return the files of a folder and of those in it, sorted by name; hidden ones are left out."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return [path for path in found if not is_hidden(path.relative_to(folder))]


def is_hidden(path: Path) -> bool:
    """Return whether a person does not see a file, or a folder that it is in."""
    return any(part.startswith(".") or part.lower() in HIDDEN for part in path.parts)


def read_images(paths: Sequence[Path], size: tuple[int, int] | None, colours: Colours) -> Array:
    """Return images as they are looked at: turned as their camera was (EXIF).

    Args:
        paths: of the files; one or more.
        size: (h, w), to which each is resized whatever its proportions; None where all have one
            size.
        colours: grey or rgb; auto takes grey where no image has colours.

    Returns:
        (m, h, w) or (m, h, w, 3) uint8.

    Raises:
        InputError: a file is no image, or an image has another size than the first.
    """
    if colours == "auto":
        grey = all(with_image(path, lambda image: image.mode in GREY) for path in paths)
        colours = "grey" if grey else "rgb"
    first = with_image(paths[0], lambda image: pixels(image, size, colours))
    images = np.empty((len(paths), *first.shape), np.uint8)
    for k, path in enumerate(paths):
        image = with_image(path, lambda image: pixels(image, size, colours))
        if image.shape != first.shape:
            raise input_error(
                "images.sizes", path=path, size=image.shape[:2], first=paths[0],
                first_size=first.shape[:2],
            )  # fmt: skip
        images[k] = image
    return images


def with_image(path: Path, look: Any) -> Any:
    """Return look(image) of an image that is open.

    Raises:
        InputError: the file is no image, or is damaged.
    """
    from PIL import Image

    try:
        with Image.open(path) as image:
            return look(image)
    except (InputError, MemoryError):
        raise
    except Exception as error:  # Pillow's readers have their own for a damaged file
        raise input_error("images.unreadable", path=path, error=cause_of(error)) from error


def pixels(image: Any, size: tuple[int, int] | None, colours: Colours) -> Array:
    """Return an open image, (h, w) or (h, w, 3) uint8; what is transparent is white.

    Raises:
        ValueError: its pixels have more than 8 bits, which would be lost.
    """
    from PIL import Image, ImageOps

    if image.mode in WIDE:
        raise ValueError(f"its pixels are of mode {image.mode}, with more than 8 bits")
    image = ImageOps.exif_transpose(image)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    image = image.convert("L" if colours == "grey" else "RGB")
    if size is not None and image.size != size[::-1]:
        image = image.resize(size[::-1], Image.Resampling.BILINEAR)
    return np.asarray(image)
