"""A process of its own for each number of threads.

BLAS, OpenMP and XLA take their number when they are loaded, and not all of them hear of a change.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, TypeVar
from unittest import mock

Result = TypeVar("Result")

NUMBER = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS",
    "NPROC",  # XLA's; it ignores the flags that are said to limit its threads
)  # fmt: skip


def apart(threads: int, call: Callable[..., Result], *arguments: Any) -> Result:
    """call(*arguments) in a fresh process with this many threads, and JAX on the CPU."""
    with (
        mock.patch.dict(os.environ, dict.fromkeys(NUMBER, str(threads)), JAX_PLATFORMS="cpu"),
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process,
    ):
        return process.submit(call, *arguments).result()
