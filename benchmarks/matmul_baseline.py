"""Time the lower limit of a step: its matrix products alone, by the same BLAS, into given arrays.

Z[l] = W[l] A[l−1]        dW[l] = dZ[l] A[l−1]^T        dA[l−1] = W[l]^T dZ[l], but for dA0
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from benchmarks.contenders import sizes
from ref_numpy import Array, NetworkSpec


def products(
    spec: NetworkSpec,
    m: int,
    dtype: Any,
    matmul: Callable[..., object] = np.matmul,
    given: Callable[[Array], Any] = np.asarray,
) -> Callable[[], None]:
    """Return a call that computes the products of one step.

    Args:
        spec: The network.
        m: The number of examples.
        dtype: Of all arrays.
        matmul: The product of another library.
        given: Converts a NumPy array to that library's.
    """
    rng = np.random.default_rng(0)

    def random(*shape: int) -> Any:
        return given(rng.standard_normal(shape).astype(dtype))

    n = sizes(spec)
    A, Z, dA, dZ = ([random(size, m) for size in n] for _ in range(4))
    W, dW = ([random(size, prev) for prev, size in pairwise(n)] for _ in range(2))
    L = len(W)

    def run() -> None:
        for l in range(L):
            matmul(W[l], A[l], out=Z[l + 1])
        for l in reversed(range(L)):
            matmul(dZ[l + 1], A[l].T, out=dW[l])
            if l:
                matmul(W[l].T, dZ[l + 1], out=dA[l])

    return run


def products_by_torch(spec: NetworkSpec, m: int, dtype: Any, device: str) -> Callable[[], None]:
    """Return the same by torch, on a GPU."""
    import torch

    from benchmarks.torch_contenders import finished

    run = products(spec, m, dtype, torch.matmul, lambda x: torch.from_numpy(x).to(device))
    return finished(run, device)
