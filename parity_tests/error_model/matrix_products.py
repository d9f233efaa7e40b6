"""The rule of matrix products, also of stacks of them."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np

from parity_tests.error_model.alike_terms import products_alike
from parity_tests.error_model.balls import Ball
from parity_tests.error_model.intervals import compose_relative_errors
from parity_tests.error_model.linear_maps import move
from parity_tests.error_model.precisions import U64, worst_case
from parity_tests.error_model.summation import Terms, product_magnitudes

B = TypeVar("B", bound=Ball)


def matmul(a: B, b: B) -> B:
    """Multiply matrices: products, then their sum over K. Some arithmetics round factors first.

    Args:
        a: (…, n, K), or (K,), which is a row.
        b: (…, K, m), or (K,), which is a column.
    """
    if a.value.ndim == 1:
        row = matmul(move(a, lambda x: x[np.newaxis]), b)
        return move(row, lambda x: x[..., 0, :] if x.ndim > 1 else x[0])
    if b.value.ndim == 1:
        return move(matmul(a, move(b, lambda x: x[:, np.newaxis])), lambda x: x[..., 0])
    p, K = a.p, a.shape[-1]
    factors = (p.operand, p.operand, p.accumulate + U64)
    size, scale = product_magnitudes(a, b)
    # A factor that underflows may be taken as zero.
    absolute: Any = p.flush * K * (a.peak + b.peak + 1) / scale
    if a.scaled and b.scaled:
        relative = compose_relative_errors(a.relative, b.relative, *factors)
    else:
        relative = compose_relative_errors(*factors)
        outward = (1 + relative) * (1 + worst_case(K, U64)) / scale
        of_a = [] if a.exact else [(Ball(a.error), Ball(b.largest))]
        for x, y in (*of_a, (a, Ball(b.error))):
            if x.peak and y.peak:
                carried, by = product_magnitudes(x, y)
                absolute = np.multiply(carried, outward * by, dtype=np.float64) + absolute
    averages = p.gamma_cancelling(K, p.accumulate) < worst_case(K, p.accumulate)
    alike = K * products_alike(a.value, b.value, p.accumulate) if averages else 0.0
    terms = Terms(K, size, relative, absolute, scale, alike)
    return a.made(a.value @ b.value, pending_sum=terms)
