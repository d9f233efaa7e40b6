"""Data sets as arrays, examples first: x (m, …) and y (m,) as their sources have them.

None of these needs a network but OpenML, which scikit-learn downloads once.
"""

from __future__ import annotations

import math
import os
import random
from dataclasses import dataclass
from typing import Any

import numpy as np

from ref_numpy.data.labels import names_of
from ref_numpy.errors import InputError
from ref_numpy.layer import Array
from torch_impl.data.hdf5_files import read_hdf5
from torch_impl.data.weights import check_weights
from torch_impl.training_messages import input_error

TEACHER_UNITS = 64  # the hidden units of the network that labels `synthetic`
CHUNK = 4096  # the examples that it labels at once


@dataclass(frozen=True)
class Examples:
    """The arrays of a source.

    Attributes:
        x: (m, …) numbers.
        y: (m,) labels or (m, n_y) targets; None where there are none.
        names: of the classes, in order, where the source knows that its labels are such.
        w: (m,) the weights of examples to train with, numbers from 0 up; None counts each once.

    Raises:
        InputError: the shapes do not fit, or a weight is none.
    """

    x: Array
    y: Array | None
    names: tuple[str, ...] | None = None
    w: Array | None = None

    def __post_init__(self) -> None:
        for name in ("x", "y"):  # lists, tensors and tables of other libraries
            given = getattr(self, name)
            if given is not None and not isinstance(given, np.ndarray):
                object.__setattr__(self, name, np.asarray(given))
        y_shape = self.x.shape[:1] if self.y is None else self.y.shape
        if self.x.ndim < 2 or self.x.size == 0 or y_shape[:1] != self.x.shape[:1]:
            raise input_error("data.array-shapes", x_shape=self.x.shape, y_shape=y_shape)
        if self.w is not None:
            object.__setattr__(self, "w", check_weights(self.w, len(self.x)))


def digits() -> Examples:
    """1,797 handwritten digits of 8 × 8 pixels, 10 classes (UCI, Alpaydin & Kaynak 1998)."""
    from sklearn.datasets import load_digits

    found: Any = load_digits()
    return Examples(found.images, found.target, numbers_up_to(10))


def breast_cancer() -> Examples:
    """569 tumours by 30 measurements, 1 = benign (UCI, Wolberg et al. 1995)."""
    from sklearn.datasets import load_breast_cancer

    x, y = load_breast_cancer(return_X_y=True)
    return Examples(np.asarray(x), np.asarray(y))


def planar_flower(m: int = 400, seed: int = 1) -> Examples:
    """Return the course's flower: two classes on petals that no line separates.

    Half of the examples each:  r = 4 sin 4θ + 0.2 ε,   x = (r sin θ, r cos θ),
    θ evenly over [0, 3.12] for class 0 and [3.12, 6.24] for class 1, plus 0.2 ε;  ε ~ N(0, 1).

    Args:
        m: the examples, an even number.
        seed: of the noise.

    Raises:
        InputError: m is odd, or below 2.
    """
    if m < 2 or m % 2:
        raise input_error("data.flower-examples", m=m)
    rng = np.random.default_rng(seed)
    y = np.repeat([0, 1], m // 2)
    theta = np.concatenate([np.linspace(3.12 * c, 3.12 * (c + 1), m // 2) for c in (0, 1)])
    theta = theta + 0.2 * rng.standard_normal(m)
    r = 4 * np.sin(4 * theta) + 0.2 * rng.standard_normal(m)
    return Examples(np.stack([r * np.sin(theta), r * np.cos(theta)], axis=1), y)


def two_moons(m: int = 400, noise: float = 0.2, seed: int = 1) -> Examples:
    """Return two half circles, each reaching into the other; two classes."""
    from sklearn.datasets import make_moons

    x, y = make_moons(m, noise=noise, random_state=seed)
    return Examples(np.asarray(x), np.asarray(y))


def mnist1d(seed: int = 42) -> tuple[Examples, Examples]:
    """Return MNIST-1D: 4,000 signals of 40 numbers to train with and 1,000 to test, 10 classes.

    Greydanus & Kobak, *Scaling down deep learning*, ICML 2024, whose own data are those of seed 42.

    Raises:
        InputError: their package is not installed, or cannot take the seed.
    """
    try:
        from mnist1d.data import get_dataset_args, make_dataset
    except ModuleNotFoundError as error:
        raise input_error("data.no-mnist1d", error=error) from error
    args: Any = get_dataset_args()
    args.seed = seeded(seed)
    before = random.getstate(), np.random.get_state()  # noqa: NPY002
    try:
        made = make_dataset(args)  # seeds the whole process's generators
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])  # noqa: NPY002
    names = numbers_up_to(10)
    return Examples(made["x"], made["y"], names), Examples(made["x_test"], made["y_test"], names)


def synthetic(m: int, n_x: int, classes: int, seed: int = 1) -> Examples:
    """Return any number of examples, labelled by a network with random weights, the teacher.

    x ~ N(0, 1) float32,   y = argmax W2 tanh(W1 x),   W1: (64, n_x) ~ N(0, 1/n_x),
    W2: (classes, 64) ~ N(0, 1).   In chunks: beside x and y little is in memory.

    Args:
        m: the examples.
        n_x: the numbers of each.
        classes: how many.
        seed: of examples and teacher.

    Raises:
        InputError: a size is too small.
    """
    for name, size, least in (("m", m, 1), ("n_x", n_x, 1), ("classes", classes, 2)):
        if size < least:
            raise input_error("data.size", name=name, given=size, least=least)
    rng = np.random.default_rng(seeded(seed))
    W1 = rng.standard_normal((TEACHER_UNITS, n_x)) / math.sqrt(n_x)
    W2 = rng.standard_normal((classes, TEACHER_UNITS))
    x, y = np.empty((m, n_x), np.float32), np.empty(m, np.int64)
    for start in range(0, m, CHUNK):
        chunk = slice(start, start + CHUNK)
        rng.standard_normal(dtype=np.float32, out=x[chunk])
        y[chunk] = (np.tanh(x[chunk] @ W1.T) @ W2.T).argmax(axis=1)
    return Examples(x, y, numbers_up_to(classes))


def numbers_up_to(n: int) -> tuple[str, ...]:
    """Return the names of classes that have none: 0 … n − 1."""
    return tuple(map(str, range(n)))


def seeded(seed: int) -> int:
    """Return the seed, if every generator takes it."""
    if not 0 <= seed < 2**32:
        raise input_error("data.seed", seed=seed)
    return seed


def course_hdf5(
    train: str | os.PathLike[str], test: str | os.PathLike[str] | None = None
) -> tuple[Examples, Examples | None]:
    """Read the layout of the course's train_catvnoncat.h5 and test_catvnoncat.h5.

    `train_set_x` (m, h, w, 3) uint8 and `train_set_y` (m,); `test_set_x` and `test_set_y`. Where
    there is a `list_classes`, its words are the labels.

    Args:
        train: the first file.
        test: the file with the test set; None looks for it in the first.

    Raises:
        InputError: a file is missing or corrupt.
    """
    first = hdf5_set(train, "train")
    if test is not None:
        return first, hdf5_set(test, "test")
    try:
        return first, hdf5_set(train, "test")
    except InputError as error:
        if error.code != "data.hdf5-names":
            raise
        return first, None


def hdf5_set(path: str | os.PathLike[str], which: str) -> Examples:
    """Return the arrays {which}_set_x and {which}_set_y of a file."""
    names = (f"{which}_set_x", f"{which}_set_y")
    existing(path)
    found, present = read_hdf5(path, (*names, "list_classes"))
    if names[0] in found:
        y = found.get(names[1])
        return named(found[names[0]], None if y is None else y.ravel(), found.get("list_classes"))
    raise input_error("data.hdf5-names", path=path, names=present, x=names[0], y=names[1])


def named(x: Array, y: Array | None, listed: Array | None) -> Examples:
    """Return the labels 0, 1, … by the names that are listed, if there is one for each."""
    if y is None or listed is None or y.dtype.kind not in "iu" or listed.dtype.kind not in "OSU":
        return Examples(x, y)
    names = names_of(listed.ravel())
    if not 0 <= y.min() <= y.max() < len(names) == len({*names}):
        return Examples(x, y)
    return Examples(x, np.array(names)[y], tuple(names))


def openml(name: str, version: int = 1, cache: str | None = None) -> Examples:
    """Return a data set of OpenML by name: mnist_784, Fashion-MNIST, CIFAR_10.

    Args:
        name: OpenML's.
        version: OpenML's version of it.
        cache: the folder of the download; None takes scikit-learn's.

    Raises:
        InputError: it could not be loaded.
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
        raise input_error("data.openml", name=name, version=version, error=error) from error
    return Examples(x, y)


def existing(path: str | os.PathLike[str]) -> None:
    """Raise InputError where there is no such file."""
    if not os.path.isfile(path):
        raise input_error("data.no-file", path=path)
