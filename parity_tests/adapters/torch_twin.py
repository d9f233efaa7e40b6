"""The torch twin as a candidate: at every precision, on every device, compiled or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import torch_impl
from parity_tests.error_model.precisions import precision_named
from ref_numpy import Context
from ref_numpy.trace import Trace
from torch_impl.cuda_arithmetic import ACCUMULATION, REDUCTIONS, multiplying, without

# The arguments of torch_impl.run for each of the precisions.
MODES: dict[str, dict[str, str]] = {
    "float64": {"dtype": "float64"},
    "float32": {"dtype": "float32"},
    "tf32": {"dtype": "float32"},
    "bfloat16": {"dtype": "bfloat16"},
    "float16": {"dtype": "float16"},
    "bf16-mixed": {"dtype": "float32", "autocast": "bfloat16"},
    "fp16-mixed": {"dtype": "float32", "autocast": "float16"},
}


def mode_of(precision: str) -> dict[str, str]:
    """Return the arguments of torch_impl.run for a precision, whatever it does inside."""
    return MODES[precision_named(precision).format]


def twin(
    precision: str = "float64", device: str = "cpu", backend: str | None = None
) -> Callable[..., Trace]:
    """Return run(spec, params, X, Y, context=None) by the torch twin.

    Args:
        precision: the name of the arithmetic.
        device: torch's name of the device.
        backend: of torch.compile; None runs eagerly.
    """

    @wraps(torch_impl.run)
    def run(*problem: Any, context: Context | None = None) -> Trace:
        mode = mode_of(precision)
        with arithmetic(tf32=precision == "tf32"):
            return torch_impl.run(*problem, context=context, device=device, backend=backend, **mode)

    run.__name__ = f"torch on {device}" + (f", compiled by {backend}" if backend else "")
    run.__dict__["device"] = device.partition(":")[0]
    return run


@contextmanager
def arithmetic(tf32: bool) -> Iterator[None]:
    """Within it, CUDA multiplies float32 as TF32 or not, and sums half precisions in float32."""
    with multiplying(tf32), without(*REDUCTIONS, ACCUMULATION):
        yield
