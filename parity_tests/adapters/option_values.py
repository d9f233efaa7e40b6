"""The values of options: each parser says what it expected."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable

from parity_tests.checking.report_views.levels import check_level
from parity_tests.kinds.forward_lines import EPSILONS
from ref_numpy import InputError

UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}  # of memory


def memory(text: str) -> int:
    """Parse a number of bytes, such as 4G."""
    try:
        return number_of_bytes(text)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"{text!r}; expected memory such as 4G or 500M") from None


def number_of_bytes(text: str) -> int:
    """Return the bytes that "4G" or "500M" names; a number alone is of bytes.

    Raises:
        ValueError: it names none.
    """
    number = text.rstrip("KMGT")
    result = int(float(number) * UNITS[text[len(number) :]]) if text[len(number) :] in UNITS else 0
    if result < 1:
        raise ValueError(text)
    return result


def above_0(what: str) -> Callable[[str], float]:
    """Return a parser of numbers above 0; `what` names the number in the error."""

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = 0.0
        if not 0 < value < math.inf:
            raise argparse.ArgumentTypeError(f"{text!r}; expected {what} above 0")
        return value

    return parse


def whole_number(least: int) -> Callable[[str], int]:
    """Return a parser of whole numbers from `least` up."""

    def parse(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"{text!r}; expected a whole number from {least} up")
        return int(text)

    return parse


def epsilon(text: str) -> float:
    """Parse an ε that the catalogue has."""
    known = {float(e): e for e in EPSILONS}
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if value not in known:
        expected = "a power of 10 from 1e-3 to 1e-16, or np.finfo(…).eps of float64 or float32"
        raise argparse.ArgumentTypeError(f"{text!r}; expected {expected}")
    return value


def derivative_at_zero(text: str) -> float:
    """Parse the derivative of ReLU at 0: 0, 0.5 or 1."""
    if text not in ("0", "0.5", "1"):
        raise argparse.ArgumentTypeError(f"{text!r}; expected 0, 0.5 or 1")
    return float(text)


def shape_of_one(text: str) -> tuple[int, ...]:
    """Parse the shape of an array with one number: 1 or 1,1."""
    sizes = text.replace(" ", "").strip("(),").split(",")
    if not sizes or any(size != "1" for size in sizes):
        raise argparse.ArgumentTypeError(f"{text!r}; expected 1 or 1,1, the shape of one number")
    return (1,) * len(sizes)


def hint_level(text: str) -> str:
    """Parse a level of hints: where, what or line."""
    try:
        check_level(text)
    except InputError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text
