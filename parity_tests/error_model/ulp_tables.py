"""The accuracy of numerical libraries' elementary functions, by their own tables."""

from __future__ import annotations

from typing import Any

import numpy as np

from parity_tests.error_model.precisions import FLOAT32, U64, Precision
from ref_numpy.error_function import erf

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
#     expm1 and erf: at every seventh number, and 100,000, of ±1e-6 … ±20.
# SciPy (erf alone, in NumPy's column) publishes none: measured alike. At float64 its error function
#     is less accurate than our own, which has 2.
#
#                         NumPy       glibc  SLEEF  oneMKL  CUDA  XLA
ULPS: dict[Any, tuple[float, float]] = {
    np.exp: (max(2.52 + 0.5, 1.5, 1.0, 1.0, 2.5, 1.5), max(1.0, 1.5, 1.0, 1.0, 1.5, 2.0)),
    np.log: (max(3.83 + 0.5, 1.5, 1.0, 1.0, 1.5, 1.5), max(1.0, 1.5, 1.0, 1.0, 1.5, 1.0)),
    np.expm1: (max(2 + 0.5, 1.5, 1.0, 1.0, 1.5, 6.0), max(1.0, 1.5, 1.0, 1.0, 1.5, 4.0)),
    np.log1p: (max(2 + 0.5, 1.5, 1.0, 1.0, 1.5, 3.0), max(1.0, 1.5, 1.0, 1.0, 1.5, 2.0)),
    np.tanh: (max(2 + 0.5, 2.5, 1.0001, 1.0, 2.5, 5.0), max(2.5, 2.5, 1.0, 1.0, 1.5, 7.0)),
    erf: (max(0.5, 1.5, 1.0, 1.0, 2.5, 6.0), max(2.5, 1.5, 1.0, 1.0, 2.5, 1.5)),
    np.sqrt: (max(0.5, 0.5, 0.5, 1.0, 0.5, 0.5), max(0.5, 0.5, 0.5, 1.0, 0.5, 0.5)),
}
# The error at float32 that is not relative to a result. Within GELU, torch's vectors take erf from
# Abramowitz and Stegun, *Handbook of Mathematical Functions*, 7.1.26: |ε| ≤ 1.5·10⁻⁷, which is
# 2.6 · 2⁻²⁴, for a result close to 0 as well. With the rounding of its polynomial it was off by
# 10.7 · 2⁻²⁴ at the most, at half a million numbers from 10⁻⁶ to 5.
ABSOLUTE: dict[Any, float] = {erf: 11 * FLOAT32.u}


def relative_error(ufunc: Any, p: Precision) -> float:
    """Return the largest relative error of a function in an arithmetic; of halves, in float32.

    One unit in the last place is at most 2u.
    """
    float32, float64 = ULPS[ufunc]
    return 2 * float64 * U64 if p.u < FLOAT32.u else 2 * float32 * FLOAT32.u


def absolute_error(ufunc: Any, p: Precision) -> float:
    """Return the part of a function's error that is not relative; of halves, in float32."""
    return 0.0 if p.u < FLOAT32.u else ABSOLUTE.get(ufunc, 0.0)
