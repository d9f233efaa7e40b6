"""How CUDA multiplies matrices: settings that torch keeps for a whole process.

What is set within one of these contexts is afterwards as it was before.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

# Whether the partial sums of a product of halves may be rounded to a half. torch's default allows
# that, and cuBLAS then does so where a long sum is split among blocks (split-K).
REDUCTIONS = ("allow_fp16_reduced_precision_reduction", "allow_bf16_reduced_precision_reduction")
# Whether the whole sum may be kept in float16. torch's default forbids that; from torch 2.7 on.
ACCUMULATION = "allow_fp16_accumulation"
# inductor's hint to give up digits.
TF32_HINT = ".*TensorFloat32 tensor cores.*"


def is_tf32() -> bool:
    """Return whether CUDA may multiply float32 as TF32."""
    matmul = torch.backends.cuda.matmul
    if hasattr(matmul, "fp32_precision"):  # from torch 2.9 on
        return matmul.fp32_precision == "tf32"
    return bool(matmul.allow_tf32)


def use_tf32(tf32: bool) -> None:
    """Let CUDA multiply float32 as TF32, or not."""
    torch.set_float32_matmul_precision("high" if tf32 else "highest")


@contextmanager
def multiplying(tf32: bool) -> Iterator[None]:
    """Within it, CUDA multiplies float32 as TF32 or not, and inductor recommends neither."""
    backends: Any = torch.backends.cuda, torch.backends.mkldnn
    newer = [b.matmul for b in backends if hasattr(getattr(b, "matmul", None), "fp32_precision")]
    kept = [matmul.fp32_precision for matmul in newer]
    try:
        before = torch.get_float32_matmul_precision()
    except RuntimeError:  # a program has set the newer ones, and torch refuses to mix both
        before = None
    use_tf32(tf32)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=TF32_HINT)
            yield
    finally:
        if before is not None:
            torch.set_float32_matmul_precision(before)
        for matmul, value in zip(newer, kept, strict=True):
            matmul.fp32_precision = value


@contextmanager
def without(*options: str) -> Iterator[None]:
    """Within it, CUDA's products are not allowed these options; one that torch lacks is none."""
    matmul = torch.backends.cuda.matmul
    kept = {name: setting(name) for name in options if hasattr(matmul, name)}
    for name, value in kept.items():
        setattr(matmul, name, (False, value[1]) if isinstance(value, tuple) else False)
    try:
        yield
    finally:
        for name, value in kept.items():
            setattr(matmul, name, value)


def setting(name: str) -> bool | tuple[bool, bool]:
    """Return an option, from torch 2.10 on with whether a sum may be split, if it has that."""
    matmul, split = torch.backends.cuda.matmul, f"{name}_split_k"
    allowed = getattr(matmul, name)
    return (allowed, getattr(matmul, split)) if hasattr(matmul, split) else allowed
