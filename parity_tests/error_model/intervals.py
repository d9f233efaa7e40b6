"""Value ± error: the interval that every rule of the error model takes and returns.

This is ball arithmetic (midpoint-radius intervals, as in Arb and INTLAB): the value is the
reference's own float64 result, the error a bound of how far a correct result may be from it.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, Protocol

from parity_tests.error_model.precisions import U64, Precision
from ref_numpy import Array

# The directed rounding factor: a bound is a float64 number too, which is itself rounded. A rule
# adds and multiplies at most 16 numbers, none negative, so the factor rounds its bound up.
OUTWARD = 1 + 16 * U64

Interval = tuple[Array, Any]  # value, and the error that it may have


class ErrorOperand(Protocol):
    """The attributes of an operand that a rule may use; `ErrorArray` has all of them."""

    @property
    def value(self) -> Array:
        """The midpoint, float64."""
        ...

    @cached_property
    def error(self) -> Array:
        """The radius, in the shape of the value."""
        ...

    @property
    def p(self) -> Precision:
        """The arithmetic of the candidate."""
        ...

    @property
    def relative(self) -> float:
        """The part of the error that is relative·|value|."""
        ...

    @property
    def scaled(self) -> bool:
        """Whether the error is relative·|value|, and nothing else."""
        ...

    @property
    def exact(self) -> bool:
        """Whether the error is zero."""
        ...

    @property
    def largest(self) -> Array:
        """The largest magnitude within the interval."""
        ...

    @cached_property
    def peak(self) -> float:
        """The largest |value| of all elements."""
        ...

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the value."""
        ...


def compose_relative_errors(*relative: float) -> float:
    """Π (1 + r) − 1, from above: 1 + 2⁻⁵³ would be 1."""
    total = sum(relative)
    return total * (1 + total)


def peak(x: Array) -> float:
    """Return max |x|, 0 of no numbers."""
    return float(max(x.max(), -x.min())) if x.size else 0.0
