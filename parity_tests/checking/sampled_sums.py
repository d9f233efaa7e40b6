"""Some elements of an inner product, with the error that the common orders of summation have."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from parity_tests.error_model.common_orders import (
    LANES,
    carry_out_sums,
    squared_powers,
    squares_of_equals,
)
from parity_tests.error_model.intervals import peak
from parity_tests.error_model.precisions import Precision
from parity_tests.kinds.inner_products import InnerProduct
from ref_numpy import Array

SAMPLE, TERMS = 128, 2**19  # elements of a tensor, and terms of all of them, at most

# A format in which the sums of another are exact enough, where it has 10 bits more.
WIDER: dict[Any, Any] = {np.float32: np.float64, np.float64: np.longdouble}


def has_wider_format(p: Precision) -> bool:
    """Return whether this machine has a format with 10 bits more than the arithmetic's."""
    wide = WIDER.get(p.dtype)
    return wide is not None and np.finfo(wide).nmant >= np.finfo(p.dtype).nmant + 10


@dataclass(frozen=True)
class SampledSums:
    """n of the sums Σ_k left_k right_k + first.

    Attributes:
        product: the inner product.
        rows: of the elements, (n,).
        columns: of the elements, (n,).
        left: their left factors, (K, n).
        right: their right factors, (K, n).
        first: (1, n), a term with which an order may begin; (0, n) if there is none.
        addend: what is added to the finished sums, times the divisor, (n,).
        candidate: the candidate's sums, (n,): tensor·divisor − addend.
        m: the number of examples.
        p: the arithmetic.
    """

    product: InnerProduct
    rows: Array
    columns: Array
    left: Array
    right: Array
    first: Array
    addend: Array
    candidate: Array
    m: int
    p: Precision

    @classmethod
    def of(cls, product: InnerProduct, tensor: Array, m: int, p: Precision) -> SampledSums:
        """Draw a sample, which depends on the tensor's name and shape alone.

        Args:
            product: the inner product.
            tensor: the candidate's result.
            m: the number of examples.
            p: the arithmetic.
        """
        n = min(SAMPLE, tensor.size, max(1, TERMS // product.left.shape[1]))
        rng = np.random.default_rng(zlib.crc32(product.tensor.encode()))
        rows, columns = np.unravel_index(rng.choice(tensor.size, n, replace=False), tensor.shape)
        wide = WIDER[p.dtype]
        left, right = product.left[rows], product.right.T[columns]
        one = distinct(np.einsum("nk,nk->n", left, right))
        rows, columns = rows[one], columns[one]
        first = np.zeros((0, len(one))) if product.first is None else product.first.T[:, rows]
        addend = np.zeros(len(one), wide)
        if product.addend is not None:
            addend += product.addend[rows, columns] * wide(product.divisor)
        return cls(
            product, rows, columns,
            left=np.ascontiguousarray(left[one].T),
            right=np.ascontiguousarray(right[one].T),
            first=first,
            addend=addend,
            candidate=tensor[rows, columns] * wide(product.divisor) - addend,
            m=m, p=p,
        )  # fmt: skip

    def sums(self, left: Array, right: Array) -> Array:
        """Return Σ_k left_k right_k + first, of other factors."""
        wide = WIDER[self.p.dtype]
        return np.einsum("kn,kn->n", left, right, dtype=wide) + self.first.sum(axis=0, dtype=wide)

    @cached_property
    def exact(self) -> Array:
        """The sums, exact enough, (n,)."""
        return self.sums(self.left, self.right)

    def rms_error(self, sums: Array) -> float:
        """Return the root mean square of |candidate − sums|/σ, less the other operations' part."""
        apart = np.abs(self.candidate - sums) - self.other_roundings
        return rms(np.maximum(apart, 0) / self.scale)

    @cached_property
    def rescales(self) -> bool:
        """Whether a program may have computed with 1/m of the gradient, which rounds.

        A product with a power of 2 is exact.
        """
        return self.product.gradient is not None and self.m & (self.m - 1) != 0

    @cached_property
    def other_roundings(self) -> Array:
        """The largest error that the operations other than the sum add, (n,).

        Those are 1/m, λ/m, its product with W, and their sum; or the product of autograd's gradient
        with m. What underflows may be lost.
        """
        p, product = self.p, self.product
        roundings = 3 if self.rescales or product.addend is not None else 0
        largest = np.abs(self.exact) + np.abs(self.addend)
        lost = len(self.left) * p.flush * (peak(self.left) + peak(self.right) + 1)
        return roundings * p.u * largest + self.m * product.divisor * (lost + p.underflow)

    @cached_property
    def carried_out(self) -> list[tuple[Array, Array]]:
        """The error of the sums in each common order, carried out, with the squares in σ².

        Equal terms over m have digits of their own, which round alike in another way than theirs.
        """
        terms, orders = self.terms, list[tuple[Array, Array]]()
        if not self.first.any():
            orders += self.in_common_orders(terms, self.exact)
        else:
            first = self.first.astype(self.p.dtype)
            with_first = np.concatenate([terms, first]), np.concatenate([first, terms])
            orders += self.in_common_orders(with_first[0], self.exact)
            orders += self.in_common_orders(with_first[1], self.exact, lanes=())
        if self.rescales and not self.rounded_alike[1]:
            left, right = self.factors_over_m
            over_m = self.in_common_orders(
                (left * right).astype(self.p.dtype), self.sums(left, right)
            )
            orders += [(self.m * error, self.m**2 * squares) for error, squares in over_m]
        return orders

    def in_common_orders(
        self, terms: Array, exact: Array, lanes: Iterable[int] = LANES
    ) -> Iterator[tuple[Array, Array]]:
        """Yield the error of Σ terms in each common order, and the squares in σ²."""
        for sums, squares in carry_out_sums(terms, WIDER[self.p.dtype], lanes):
            yield sums - exact, squares

    @cached_property
    def factors_over_m(self) -> tuple[Array, Array]:
        """The factors, of which the gradient is that of J: 1/m of the examples' own, rounded."""
        left, right = self.left, self.right
        if self.product.gradient == "left":
            return self.p.round(left / self.m).astype(left.dtype), right
        return left, self.p.round(right / self.m).astype(right.dtype)

    @cached_property
    def rounded_alike(self) -> tuple[Array, bool]:
        """The squares of terms with equal gradients, and whether the gradients are distinct."""
        gradient = self.left if self.product.gradient == "left" else self.right
        return squares_of_equals(gradient, self.left * self.right)

    @cached_property
    def terms(self) -> Array:
        """The rounded products, (K, n)."""
        return (self.left * self.right).astype(self.p.dtype)

    @cached_property
    def scale(self) -> Array:
        """σ of each element, (n,).

        A gradient that was rounded twice, times 1/m and times m, has the same error in each element
        of its row (or column, of dA), and equal numbers of it have the same in all: as many times
        is that error counted.
        """
        squares = np.maximum.reduce([squares for _, squares in self.carried_out])
        squares += squared_powers(self.terms)
        if self.rescales and len(squares):
            line = self.rows if self.product.gradient == "left" else self.columns
            of_equals, are_distinct = self.rounded_alike
            shared_by = np.bincount(line).max() if are_distinct else len(line)
            squares += 2 * shared_by * of_equals
        # The partial sums of another order have errors of their own.
        outward = 1 + self.p.gamma(len(self.left), self.p.u)
        return outward * self.p.u * np.sqrt(squares / 3)

    @cached_property
    def drift(self) -> float:
        """The largest root mean square of error/σ of the orders that were carried out."""
        return max(rms(error / self.scale) for error, _ in self.carried_out)


def distinct(sums: Array) -> Array:
    """Return the index of one of all sums with the same digits, whatever their sign and exponent.

    Such sums may have the same roundings. One that is zero or not finite is left out.
    """
    digits, one = np.unique(np.abs(np.frexp(sums)[0]), return_index=True)
    return one[np.isfinite(digits) & (digits != 0)]


def rms(x: Array) -> float:
    """Return the root mean square; 0 of no numbers."""
    return math.sqrt(np.dot(x, x) / x.size) if x.size else 0.0
