"""A fitted constant as a person would write it."""

from __future__ import annotations

import math


def known_digits(c: float, error: float) -> int:
    """Return how many decimal digits of c are known, if its error is at most `error`."""
    return 17 if error == 0 else math.floor(math.log10(max(abs(c), error)) - math.log10(error))


def shortest_repr(c: float, error: float) -> str:
    """Return c in as few digits as are within its error: "0.37", "2.1 ± 0.05"."""
    known = known_digits(c, error)
    if known < 3:
        return f"{c:.{max(known, 1) + 1}g} ± {error:.1g}"
    for k in range(1, 7):
        if abs(float(f"{c:.{k}g}") - c) <= error:
            return f"{float(f'{c:.{k}g}'):g}"
    # Six digits of a number near 1 would be those of 1.
    near = f"{c:.6g}" == "1"
    return f"1 {'−' if c < 1 else '+'} {abs(c - 1):.3g}" if near else f"{c:.6g}"
