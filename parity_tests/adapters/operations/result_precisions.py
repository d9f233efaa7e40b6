"""In which arithmetic each result of a computation is: the declared one, or that of its type."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from parity_tests.check_messages import input_error
from parity_tests.error_model.precisions import EVERY_NAME, FLOAT32, Precision, precision_named

Precisions = str | Precision | Sequence[str | Precision] | None
USUAL = {"bfloat16": "bfloat16-once", "float16": "float16-once"}  # of a kernel: float32 inside


def arithmetics(
    precision: Precisions, arrays: Sequence[Any], device: str | None
) -> list[Precision]:
    """Return the arithmetics to try, as the device carries them out.

    Args:
        precision: one, or several; None takes that of the first array that has one.
        arrays: the results, then the inputs.
        device: see `device_of`.

    Raises:
        InputError: none is given, and no array's type has one.
    """
    if precision is None:
        usual = (USUAL.get(d, d) for d in map(dtype_of, arrays))
        precision = next((name for name in usual if name in EVERY_NAME), None)
    each = [precision] if isinstance(precision, str | Precision) else [*(precision or ())]
    if not each:
        types = ", ".join(dict.fromkeys(filter(None, map(dtype_of, arrays)))) or "none"
        raise input_error("bound.dtype", dtype=types, known=", ".join(EVERY_NAME))
    return [precision_named(name).on(device) for name in each]


def arithmetic_of(x: Any, p: Precision, device: str | None, is_declared: bool) -> Precision:
    """Return the arithmetic of a result, of a computation in p.

    Of another type than p stores, it is that of its own type: float32 of statistics beside halves;
    and where p is not declared, a half of a result beside a loss of float32.
    """
    dtype = dtype_of(x)
    usual = USUAL.get(dtype, dtype)
    may_stand_for = isinstance(x, np.ndarray) or p.format not in USUAL  # bfloat16, in NumPy
    if dtype == p.format or usual not in EVERY_NAME or (may_stand_for and dtype in p.dtypes):
        return p
    own = precision_named(usual).on(device)
    is_wider = own.u > p.u or own.u < FLOAT32.u  # float64 is computed in no narrower one
    return p if is_declared and is_wider else own


def dtype_of(x: Any) -> str:
    """Return the name of the type of an array's numbers; "" of what is no array."""
    return str(getattr(x, "dtype", "")).rpartition(".")[2]


def device_of(arrays: Sequence[Any]) -> str | None:
    """Return "cpu" where all arrays are there, else "cuda"; None of a library that does not say."""
    every = {where for x in arrays if hasattr(x, "shape") for where in [device_name(x)]}
    if every <= {"cpu"}:
        return "cpu"
    return None if None in every else "cuda"


def device_name(x: Any) -> str | None:
    """Return the kind of the device of an array of NumPy, torch or JAX."""
    device = getattr(x, "device", "cpu")
    kind = getattr(device, "type", None) or getattr(device, "platform", None)
    return str(kind or device) if kind or isinstance(device, str) else None
