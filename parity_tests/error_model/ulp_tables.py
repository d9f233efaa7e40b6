"""The accuracy of numerical libraries' elementary functions, by their own tables."""

from __future__ import annotations

from typing import Any

import numpy as np

from parity_tests.error_model.precisions import FLOAT32, U64, Precision

# The largest error of a result at float32 and at float64, in units in its last place, of the least
# accurate library that a candidate may call; half a unit is added where a table compares with the
# rounded result.
#
# NumPy, float32: "Max ULP Error" in numpy/_core/src/umath/loops_exponent_log.dispatch.c.src, and
#     the 2 that numpy/_core/tests/data/umath-validation-set-*.csv allow the vectors of SVML;
#     float64: below 1 (SVML's "high accuracy", numpy pull request 24006), tanh 2 (the same tests).
# glibc: sysdeps/x86_64/fpu/libm-test-ulps.   SLEEF (torch, torch.compile): the u10 functions of
#     its reference. oneMKL (torch): VML_HA, 1, in its table of accuracies; √ is not exact there.
# CUDA: C++ Programming Guide, tables of the standard functions, float32 and float64.
# XLA (JAX) publishes none. Measured on jaxlib 0.10.2, on x86: float32 at every seventh number of
#     1e-6 … 20 (tanh), 1e-9 … 1e9 (log1p), 1e-30 … 1e3 (log), ±1e-6 … ±80 (exp), beside float64;
#     float64 at 100,000 random numbers of each of these ranges, beside 30 digits. The largest error
#     is rounded up to half a unit. (log1p has 128 at −0.41; a loss takes it of positive numbers.)
#
#                         NumPy       glibc  SLEEF  oneMKL  CUDA  XLA
ULPS: dict[Any, tuple[float, float]] = {
    np.exp: (max(2.52 + 0.5, 1.5, 1.0, 1.0, 2.5, 1.5), max(1.0, 1.5, 1.0, 1.0, 1.5, 2.0)),
    np.log: (max(3.83 + 0.5, 1.5, 1.0, 1.0, 1.5, 1.5), max(1.0, 1.5, 1.0, 1.0, 1.5, 1.0)),
    np.log1p: (max(2 + 0.5, 1.5, 1.0, 1.0, 1.5, 3.0), max(1.0, 1.5, 1.0, 1.0, 1.5, 2.0)),
    np.tanh: (max(2 + 0.5, 2.5, 1.0001, 1.0, 2.5, 5.0), max(2.5, 2.5, 1.0, 1.0, 1.5, 7.0)),
    np.sqrt: (max(0.5, 0.5, 0.5, 1.0, 0.5, 0.5), max(0.5, 0.5, 0.5, 1.0, 0.5, 0.5)),
}


def relative_error(ufunc: Any, p: Precision) -> float:
    """Return the largest relative error of a function in an arithmetic; of halves, in float32.

    One unit in the last place is at most 2u.
    """
    float32, float64 = ULPS[ufunc]
    return 2 * float64 * U64 if p.u < FLOAT32.u else 2 * float32 * FLOAT32.u
