"""Random examples, split into the parts that files hold."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import torch

RNG = np.random.default_rng(0)
M = 23
X, Y = RNG.standard_normal((M, 2, 3)), RNG.integers(0, 4, M)
SIZES = (4, 1, 10, 8)


def split(*arrays: Any, sizes: tuple[int, ...] = SIZES) -> list[tuple[Any, ...]]:
    ends = [0, *itertools.accumulate(sizes)]
    return [tuple(array[a:b] for array in arrays) for a, b in itertools.pairwise(ends)]


def equal(batch: tuple[torch.Tensor, torch.Tensor], x: np.ndarray, y: np.ndarray) -> None:
    for found, expected in zip(batch, (x, y), strict=True):
        assert found.is_contiguous()
        assert found.data_ptr() % 64 == 0  # on which the last bits of a product depend
        np.testing.assert_array_equal(found.numpy(), expected, strict=True)
