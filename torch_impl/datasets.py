"""Data sets as arrays, examples first: x (m, …) and y (m,) as their sources have them.

None of these needs a network but OpenML, which scikit-learn downloads once and keeps.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ref_numpy.inputs import InputError
from ref_numpy.layer import Array


@dataclass(frozen=True)
class Examples:
    """x: (m, …) numbers.   y: (m,) labels or (m, n_y) real targets."""

    x: Array
    y: Array

    def __post_init__(self) -> None:
        if self.x.ndim < 2 or len(self.x) == 0 or len(self.x) != len(self.y):
            raise InputError(
                f"x has shape {self.x.shape} and y {self.y.shape}; expected (m, …) with two or "
                f"more dimensions and (m,), one y for each x."
            )


def digits() -> Examples:
    """1,797 handwritten digits of 8 × 8 pixels, 10 classes (UCI, Alpaydin & Kaynak 1998)."""
    from sklearn.datasets import load_digits

    found: Any = load_digits()
    return Examples(found.images, found.target)


def breast_cancer() -> Examples:
    """569 tumours by 30 measurements, 1 = benign (UCI, Wolberg et al. 1995)."""
    from sklearn.datasets import load_breast_cancer

    return Examples(*load_breast_cancer(return_X_y=True))


def planar_flower(m: int = 400, seed: int = 1) -> Examples:
    """The course's flower: two classes on petals that no line separates.

    Half of the examples each:  r = 4 sin 4θ + 0.2 ε,   x = (r sin θ, r cos θ),
    θ evenly over [0, 3.12] for class 0 and [3.12, 6.24] for class 1, plus 0.2 ε;  ε ~ N(0, 1).
    """
    if m < 2 or m % 2:
        raise InputError(f"m is {m}; expected an even number of examples from 2 up.")
    rng = np.random.default_rng(seed)
    y = np.repeat([0, 1], m // 2)
    theta = np.concatenate([np.linspace(3.12 * c, 3.12 * (c + 1), m // 2) for c in (0, 1)])
    theta = theta + 0.2 * rng.standard_normal(m)
    r = 4 * np.sin(4 * theta) + 0.2 * rng.standard_normal(m)
    return Examples(np.stack([r * np.sin(theta), r * np.cos(theta)], axis=1), y)


def two_moons(m: int = 400, noise: float = 0.2, seed: int = 1) -> Examples:
    """Two half circles, each reaching into the other; two classes."""
    from sklearn.datasets import make_moons

    return Examples(*map(np.asarray, make_moons(m, noise=noise, random_state=seed)))


def npz(path: str | os.PathLike[str]) -> tuple[Examples, Examples | None]:
    """A .npz file with `x` and `y`, or `x_train`, `y_train`, `x_test`, `y_test` (as Keras has).

    Raises InputError for a missing or corrupt file, or other names.
    """
    existing(path)
    try:
        with open(path, "rb") as raw, np.load(raw, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, TypeError, KeyError) as error:
        raise InputError(f"{path} is not a readable .npz file ({error}); use np.savez.") from error
    except Exception as error:  # zipfile and zlib raise errors of their own for a damaged archive
        raise InputError(f"{path} is damaged ({error}); write it anew with np.savez.") from error
    if {"x", "y"} <= arrays.keys():
        return Examples(arrays["x"], arrays["y"]), None
    if {"x_train", "y_train"} <= arrays.keys():
        test = {"x_test", "y_test"} <= arrays.keys()
        return (
            Examples(arrays["x_train"], arrays["y_train"]),
            Examples(arrays["x_test"], arrays["y_test"]) if test else None,
        )
    raise InputError(f"{path} holds {sorted(arrays)}; expected x and y, or x_train and y_train.")


def course_hdf5(
    train: str | os.PathLike[str], test: str | os.PathLike[str] | None = None
) -> tuple[Examples, Examples | None]:
    """The layout of the course's train_catvnoncat.h5 and test_catvnoncat.h5.

    `train_set_x` (m, h, w, 3) uint8 and `train_set_y` (m,); `test_set_x` and `test_set_y` in the
    file `test`, or in the first file.   Raises InputError for a missing or corrupt file.
    """
    first = hdf5_set(train, "train")
    if test is not None:
        return first, hdf5_set(test, "test")
    try:
        return first, hdf5_set(train, "test")
    except MissingSet:
        return first, None


class MissingSet(InputError):
    """A readable HDF5 file without the two names."""


def hdf5_set(path: str | os.PathLike[str], which: str) -> Examples:
    """The arrays {which}_set_x and {which}_set_y of a file."""
    import h5py

    names = (f"{which}_set_x", f"{which}_set_y")
    existing(path)
    try:
        with h5py.File(path, "r") as file:
            present = sorted(file)
            arrays = [np.asarray(file[name]) for name in names if name in file]
    except OSError as error:
        raise InputError(f"{path} is not a readable HDF5 file ({error}).") from error
    if len(arrays) == 2:
        return Examples(arrays[0], arrays[1].ravel())
    raise MissingSet(f"{path} holds {present}; expected {names[0]} and {names[1]}.")


def openml(name: str, version: int = 1, cache: str | None = None) -> Examples:
    """A data set of OpenML by name: mnist_784, Fashion-MNIST, CIFAR_10, …

    Labels become 0, 1, … in their sorted order.   cache: the folder that keeps the download;
    None takes scikit-learn's.   Raises InputError where it cannot be had.
    """
    from sklearn.datasets import fetch_openml

    try:
        x, y = fetch_openml(
            name,
            version=version,
            data_home=cache,
            return_X_y=True,
            as_frame=False,
            parser="liac-arff",
        )
    except (OSError, ValueError) as error:
        raise InputError(
            f"OpenML's {name!r}, version {version}, cannot be had ({error}); "
            f"check the name and the connection."
        ) from error
    return Examples(x, y if y.dtype.kind == "f" else np.unique(y, return_inverse=True)[1])


def existing(path: str | os.PathLike[str]) -> None:
    if not Path(path).is_file():
        raise InputError(f"{path} is not a file; check the path.")
