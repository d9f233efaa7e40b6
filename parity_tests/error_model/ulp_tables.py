"""The accuracy of numerical libraries' elementary functions, by their own tables."""

from __future__ import annotations

from typing import Any

import numpy as np

# The largest error of a result, in units in its last place, of the least accurate library that a
# candidate may call; half a unit is added where a table compares with the rounded result.
#
# NumPy, float32: "Max ULP Error" in numpy/_core/src/umath/loops_exponent_log.dispatch.c.src, and
#     the 2 that numpy/_core/tests/data/umath-validation-set-*.csv allow the vectors of SVML;
#     float64: below 1 (SVML's "high accuracy", numpy pull request 24006), tanh 2 (the same tests).
# glibc: sysdeps/x86_64/fpu/libm-test-ulps.   SLEEF (torch, torch.compile): the u10 functions of
#     its reference. oneMKL (torch): VML_HA, 1, in its table of accuracies; √ is not exact there.
# CUDA: C++ Programming Guide, tables of the standard functions, float32 and float64.
#
#            NumPy       glibc  SLEEF  oneMKL  CUDA
ULPS: dict[Any, float] = {
    np.exp: max(2.52 + 0.5, 1.5, 1.0, 1.0, 2.5),
    np.log: max(3.83 + 0.5, 1.5, 1.0, 1.0, 1.5),
    np.log1p: max(2 + 0.5, 1.5, 1.0, 1.0, 1.5),
    np.tanh: max(2 + 0.5, 2.5, 1.0001, 1.0, 2.5),
    np.sqrt: max(0.5, 0.5, 0.5, 1.0, 0.5),
}
