"""The arithmetics of candidates: how each of them rounds."""

from __future__ import annotations

import math
import platform
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from parity_tests.check_messages import input_error
from ref_numpy import Array

# A correct candidate is refused with at most this probability, over one whole check. It is not a
# tolerance: λ, and so every bound, moves by 4 % when the rate is made a thousand times smaller.
FALSE_POSITIVE_RATE = 1e-12

U64 = 2.0**-53  # the unit roundoff of the reference itself
ROUNDS_TO_NEAREST = platform.machine().lower() in ("x86_64", "amd64")  # this processor, see `on`


@dataclass(frozen=True)
class Precision:
    """An arithmetic, with unit roundoff u = 2^−bits.

    Attributes:
        name: on the command line.
        dtype: the NumPy type that holds its numbers exactly.
        bits: of the significand.
        accumulate: the unit roundoff inside an inner product or a sum, which rounds to u at its
            end.
        underflow: a result below this may be taken as zero.
        flush: a factor, or a pending sum, below this may be taken as zero.
        largest: a result above this is infinite.
        operand: the unit roundoff of the factors of a matrix product, which TF32 and autocast round
            first.
        to_nearest: inner products round to nearest, so that their errors have no preferred sign.
        fused: a step may take what the step before it computed, before that is rounded and stored,
            or as it is computed again.
        once: a step computes in float32, from numbers that are stored, and rounds each of its
            results to the format once.
        stores: where this is the arithmetic inside such a step, that of its stored results.
        parts: equal parts of a batch, in processes or micro-batches, of whose J, dW and db the mean
            is taken after each was rounded.
        lam: λ, how improbable the errors of a sum may be, in √K; infinite is the worst case.
    """

    name: str
    dtype: Any
    bits: int
    accumulate: float
    underflow: float
    flush: float
    largest: float
    operand: float = 0.0
    to_nearest: bool = True
    fused: bool = False
    once: bool = False
    stores: Precision | None = None
    parts: int = 1
    lam: float = math.inf

    @property
    def u(self) -> float:
        """The unit roundoff, 2^−bits."""
        return 2.0**-self.bits

    @property
    def format(self) -> str:
        """The name of what is stored, without what is done inside: "bfloat16" of bfloat16-sums."""
        return self.name.removesuffix("-once").removesuffix("-fused").removesuffix("-sums")

    @property
    def inside(self) -> Precision:
        """The arithmetic inside a step: this one, or float32, whose results are stored as this."""
        if not self.once:
            return self
        return replace(
            FLOAT32, name=self.name, accumulate=self.accumulate, to_nearest=self.to_nearest,
            parts=self.parts, lam=self.lam, stores=self,
        )  # fmt: skip

    @property
    def dtypes(self) -> tuple[str, ...]:
        """The NumPy types that a trace may have: autocast returns float16 beside float32."""
        types = (self.dtype, np.float16) if self.bits == np.finfo(np.float16).nmant + 1 else ()
        return tuple(dict.fromkeys(str(np.dtype(t)) for t in types or (self.dtype,)))

    @property
    def wider(self) -> tuple[Precision, ...]:
        """The arithmetics of a half that store the same and allow more, from the narrowest.

        Of float32 and float64 none is proposed: only where it is declared is a fused one judged.
        """
        # Those in DECLARED are of an unknown device, whose sums round by 2u; of "cpu" it is u.
        each_rounded = [PRECISIONS[self.format]] if self.once else []
        of_format = [p for p in DECLARED.values() if p.format == self.format]
        of_half = [p for p in (*each_rounded, *of_format) if p.u > FLOAT32.u]
        allow_more = [p for p in of_half if not self.fused or p.accumulate > 2 * self.accumulate]
        return tuple(replace(p, parts=self.parts) for p in allow_more)

    @property
    def narrower(self) -> tuple[Precision, ...]:
        """The arithmetics that store the same and allow less than a declared one.

        From the narrowest: each step for itself, then fused steps, as far as this one allows them.
        """
        if self.name not in DECLARED:
            return ()
        of_format = (PRECISIONS[self.format], DECLARED[f"{self.format}-fused"])
        allow_less = (p for p in of_format if p.name != self.name and p.fused <= self.fused)
        return tuple(replace(p, parts=self.parts) for p in allow_less)

    @property
    def words(self) -> str:
        """What a declared arithmetic allows more than its format says."""
        if self.accumulate == self.u > FLOAT32.u:
            return f"sums kept in {self.format}"
        return "fused steps" if self.fused else self.name

    @property
    def output_rounding(self) -> float:
        """The unit roundoff of the trace's own dtype, in which autograd's dZ is multiplied by m."""
        return float(np.finfo(self.dtype).eps) / 2

    def gamma(self, K: int, u: float, alike: Any = 0.0) -> Any:
        """γ_K = min(K u / (1 − K u), γ' + (1 + γ') γ_alike), the error of K roundings.

        The first is the worst case (Higham, *Accuracy and Stability of Numerical Algorithms*, 2nd
        ed., SIAM 2002, §3.1), which those with errors of the same sign take in any case.

        Args:
            K: the number of roundings.
            u: the unit roundoff of each.
            alike: how many of them have errors of the same sign, a number or an array.

        Returns:
            The bound, relative to the numbers rounded.
        """
        worst, cancelling = worst_case(K, u), self.gamma_cancelling(K, u)
        if cancelling >= worst or (np.ndim(alike) == 0 and not alike):
            return min(worst, cancelling)
        return np.minimum(worst, cancelling + (1 + cancelling) * worst_case(alike, u))

    def gamma_cancelling(self, K: int, u: float) -> float:
        """γ' = exp(λ√K u + K u² / (1 − u)) − 1, the error of K roundings that have mean zero.

        It is exceeded with probability 2 exp(−λ² (1 − u)² / 2) (Higham and Mary, *A New Approach to
        Probabilistic Rounding Error Analysis*, SIAM J. Sci. Comput. 41(5), 2019, 2.4); infinite
        where roundings have a preferred sign.
        """
        if not self.to_nearest or math.isinf(self.lam):
            return math.inf
        exponent = self.lam * math.sqrt(K) * u + K * u * u / (1 - u)
        return math.expm1(exponent) if exponent < 1 else math.inf

    def with_union_bound(self, n_roundings: int) -> Precision:
        """Return this arithmetic with the λ at which all of n roundings stay within their bounds.

        Each inner product of length K exceeds its bound with probability at most
        2K exp(−λ² (1 − u)² / 2); by the union bound one of them does with FALSE_POSITIVE_RATE at
        most.
        """
        exponent = math.log(2 * max(n_roundings, 1) / FALSE_POSITIVE_RATE)
        return replace(self, lam=math.sqrt(2 * exponent) / (1 - self.accumulate))

    def on(self, device: str | None) -> Precision:
        """Return this arithmetic as a device carries it out; of an unknown one, the widest.

        Tensor cores do not round a sum to nearest but cut it off (Fasi, Higham, Mikaitis and
        Pranesh, *Numerical behavior of NVIDIA tensor cores*, PeerJ Computer Science 7:e330, 2021),
        which is an error of 2u and has a preferred sign. x86 processors add the products of halves
        in float32 and round to nearest: VDPBF16PS and TDPBF16PS always do (Intel, *Architecture
        Instruction Set Extensions Programming Reference*), other instructions are float32's own.

        Args:
            device: as torch names its type: "cpu" or "cuda".
        """
        if self.to_nearest or device != "cpu" or not ROUNDS_TO_NEAREST:
            return self
        return replace(self, accumulate=FLOAT32.accumulate, to_nearest=True)

    def holds(self, x: Array) -> bool:
        """Return whether every element is a number of this arithmetic."""
        return np.array_equal(self.round(x), x)

    def round(self, x: Array) -> Array:
        """Return the nearest numbers of this arithmetic, in the dtype that holds them."""
        if self.bits == np.finfo(self.dtype).nmant + 1:
            with np.errstate(over="ignore"):
                return np.asarray(x).astype(self.dtype, copy=False)
        x = np.asarray(x, dtype=np.float64)
        smallest = math.frexp(2 * float(np.finfo(self.dtype).tiny))[1]
        exponent = np.maximum(np.frexp(x)[1], smallest - 1) - self.bits
        return np.ldexp(np.rint(np.ldexp(x, -exponent)), exponent).astype(self.dtype)


def worst_case(K: Any, u: float) -> Any:
    """K u / (1 − K u), the error of K roundings whatever their signs; infinite from K u = 1 on."""
    if isinstance(K, int | float):
        # Not a plain float, with which NumPy would compute in the float32 of an array.
        return np.float64(K * u / (1 - K * u) if K * u < 1 else np.inf)
    with np.errstate(divide="ignore"):
        return np.where(K * u < 1, K * u / np.maximum(1 - K * u, 0), np.inf)[()]


F32, F64 = np.finfo(np.float32), np.finfo(np.float64)

# `underflow` is the smallest normal number, since a processor may be set to flush smaller numbers
# (torch.set_flush_denormal; VDPBF16PS always does); float16 has its subnormals everywhere, and
# is multiplied and summed as float32.
# Halves and TF32 are those of tensor cores, unless the device is known (`Precision.on`). Whether
# TF32's operands are cut off or rounded is the program's choice: 2⁻¹⁰ allows both.
TINY32, TINY64 = float(F32.tiny), float(F64.tiny)
FLOAT64 = Precision("float64", np.float64, 53, 2.0**-53, TINY64, TINY64, float(F64.max))
FLOAT32 = Precision("float32", np.float32, 24, 2.0**-24, TINY32, TINY32, float(F32.max))
TF32 = replace(FLOAT32, name="tf32", accumulate=2.0**-23, operand=2.0**-10, to_nearest=False)
BFLOAT16 = replace(FLOAT32, name="bfloat16", bits=8, accumulate=2.0**-23, to_nearest=False)
FLOAT16 = Precision(
    "float16", np.float16, 11, 2.0**-23, 2.0**-24, TINY32, float(np.finfo(np.float16).max),
    to_nearest=False,
)  # fmt: skip
BF16_MIXED = replace(BFLOAT16, name="bf16-mixed", operand=2.0**-8)
FP16_MIXED = replace(FLOAT16, name="fp16-mixed", dtype=np.float32, operand=2.0**-11)
PRECISIONS = {
    p.name: p for p in (FLOAT64, FLOAT32, TF32, BFLOAT16, FLOAT16, BF16_MIXED, FP16_MIXED)
}
# What is stored may be one thing, and what is computed inside another: declared by these names.
# "once": a kernel for each step computes in float32 and stores its results, rounded once.
# "fused": a compiled kernel keeps what it computes and stores it once; the next step takes the
# number that was not stored, or computes it again in another way. "sums": sums, and products, are
# kept in the format, as XLA's reductions of halves on a processor are, besides that.
ONCE = tuple(replace(p, name=f"{p.name}-once", once=True) for p in (BFLOAT16, FLOAT16))
FUSED = tuple(replace(p, name=f"{p.name}-fused", fused=True) for p in PRECISIONS.values())
SUMS = tuple(
    replace(
        p, name=f"{p.name}-sums", fused=True, accumulate=p.u, to_nearest=True, flush=p.underflow
    )
    for p in (BFLOAT16, FLOAT16)
)
DECLARED = {p.name: p for p in (*FUSED, *SUMS)}
STORED_ONCE = {p.name: p for p in ONCE}
EVERY_NAME = (*PRECISIONS, *STORED_ONCE, *DECLARED)


def precision_named(name: str | Precision) -> Precision:
    """Return the arithmetic of this name; an arithmetic as it is.

    Raises:
        InputError: the name is unknown.
    """
    if isinstance(name, Precision):
        return name
    if name not in EVERY_NAME:
        raise input_error("precision.unknown", name=name, known=", ".join(EVERY_NAME))
    return (PRECISIONS | STORED_ONCE | DECLARED)[name]
