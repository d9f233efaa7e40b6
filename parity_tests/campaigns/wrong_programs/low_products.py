"""Programs whose products and sums are of a lower precision than the one that they state."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from parity_tests.campaigns.wrong_programs.right_program import (
    FULL,
    RightProgram,
    rounded,
)
from parity_tests.error_model.precisions import BFLOAT16, FLOAT16, FLOAT32, Precision
from ref_numpy import Array, NetworkSpec

# TF32 as numbers: 11 bits, float32's range.
TF32_NUMBERS = replace(FLOAT32, name="tf32", bits=11)
WIDE = NetworkSpec.dense([784, 33, 10], "relu", "softmax")
LONG = NetworkSpec.dense([8192, 33, 10], "relu", "softmax")


def by_two_bfloat16(A: Array, B: Array) -> Array:
    """Return A B of a large and a small part of each, without the product of the small parts."""
    A1, B1 = rounded(A, BFLOAT16), rounded(B, BFLOAT16)
    A2, B2 = rounded(A - A1, BFLOAT16), rounded(B - B1, BFLOAT16)
    return A1 @ B1 + A1 @ B2 + A2 @ B1


def summed(A: Array, B: Array, q: Precision) -> Array:
    """Return A B, whose sums are rounded to q after each term."""
    total = np.zeros((len(A), B.shape[1]))
    for k in range(len(B)):
        total = rounded(total + A[:, k : k + 1] * B[k : k + 1], q)
    return total


class LowOperands(RightProgram):
    """A program that rounds the operands of its products to q first."""

    in_table = False
    q = FLOAT32
    network = WIDE
    m = 128

    def product(self, A: Array, B: Array) -> Array:
        return rounded(A, self.q) @ rounded(B, self.q)


class Float32Operands(LowOperands):
    """Products of float32 operands."""

    precisions = ("float64",)


class TF32Operands(LowOperands):
    """Products of TF32 operands."""

    q = TF32_NUMBERS
    precisions = ("float64", "float32")


class TF32LongOperands(TF32Operands):
    """Products of TF32 operands, 8,192 inputs."""

    network = LONG


class TF32InOneProduct(TF32LongOperands):
    """W1 X of TF32 operands, 8,192 inputs; all other products are right."""

    def product(self, A: Array, B: Array) -> Array:
        return super().product(A, B) if len(B) == 8192 else A @ B


class TwoBFloat16InOneProduct(TF32InOneProduct):
    """W1 X of bfloat16 × 2 operands, 8,192 inputs; all other products are right."""

    def product(self, A: Array, B: Array) -> Array:
        return by_two_bfloat16(A, B) if len(B) == 8192 else A @ B


class BFloat16Operands(LowOperands):
    """Products of bfloat16 operands."""

    q = BFLOAT16
    precisions = ("float64", "float32", "float16")


class Float16Operands(LowOperands):
    """Products of float16 operands."""

    q = FLOAT16
    precisions = ("float64", "float32")


class Float16LongOperands(Float16Operands):
    """Products of float16 operands, 8,192 inputs."""

    network = LONG


class TwoBFloat16(LowOperands):
    """Products of bfloat16 × 2 operands: two bfloat16 numbers for each."""

    precisions = ("float64", "float32")

    def product(self, A: Array, B: Array) -> Array:
        return by_two_bfloat16(A, B)


class TwoBFloat16Long(TwoBFloat16):
    """Products of bfloat16 × 2 operands, 8,192 inputs."""

    network = LONG


class OneLowOperand(LowOperands):
    """The weights are bfloat16, the activations are not."""

    precisions = ("float64", "float32", "float16")

    def linear(self, W: Array, A_prev: Array, b: Array) -> Array:
        return rounded(W, BFLOAT16) @ A_prev + b

    def product(self, A: Array, B: Array) -> Array:
        return A @ B


class LowSums(LowOperands):
    """Sums of products kept in float32."""

    in_table = False
    precisions = ("float64",)

    def product(self, A: Array, B: Array) -> Array:
        return summed(A, B, self.q)


class Float16Sums(LowSums):
    """Sums of products kept in float16."""

    q = FLOAT16
    precisions = ("float64", "float32", "float16")


class BFloat16Sums(LowSums):
    """Sums of products kept in bfloat16."""

    q = BFLOAT16
    precisions = ("float64", "float32", "bfloat16", "float16")


class LowBiasSums(LowOperands):
    """db is summed in float16."""

    q = FLOAT16
    precisions = ("float64", "float32", "float16")

    def product(self, A: Array, B: Array) -> Array:
        return A @ B

    def db(self, l: int, dZ: Array, m: int) -> Array:
        return summed(dZ, np.ones((m, 1)), self.q) / m


class BFloat16BiasSums(LowBiasSums):
    """db is summed in bfloat16."""

    q = BFLOAT16
    precisions = FULL
