"""Values of a table's columns, as files and programs have them, in one form for each kind.

    number, boolean  float64, NaN where the value is missing
    category         str objects, "" where it is missing
    date             datetime64[s], NaT where it is missing

Text is read for every kind, since only the description knows that a column has numbers. The forms
are read as themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any, Literal

import numpy as np

from ref_numpy.data.labels import name_of, shortened
from ref_numpy.input_messages import input_error
from ref_numpy.layer import Array

Kind = Literal["number", "boolean", "category", "date"]

# Text for a value that is not known: pandas' own list, and the "?" of the UCI repository. Changing
# it changes what a stored description means: that needs a new format.
MISSING = frozenset({
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
    "<NA>", "?", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null",
})  # fmt: skip

ISO = "iso"  # the format of a date that datetime.fromisoformat reads
TRUTH = {"true": 1.0, "false": 0.0, "1": 1.0, "0": 0.0, "1.0": 1.0, "0.0": 0.0}
SEVERAL = (list, tuple, set, dict, np.ndarray)  # of values, in a column of single ones
NO_DATE = np.datetime64("NaT", "s")


def as_array(values: Any) -> Array:
    """Return the values (m,) as an array: a list of mixed values as objects, not as text."""
    array = np.asarray(values)
    if array.dtype.kind in "US" and not isinstance(values, np.ndarray):
        return np.asarray(values, dtype=object)
    return array


def is_missing(value: Any) -> bool:
    """Return whether a value is not known: None, NaN, NaT, pandas' NA, or text for these."""
    if isinstance(value, str):
        return value.strip() in MISSING
    if value is None:
        return True
    if isinstance(value, SEVERAL):
        return False
    try:
        return bool(value != value)
    except TypeError:  # pandas' NA is neither true nor false
        return True


def to_numbers(values: Any, comma: bool = False) -> Array:
    """Read numbers.

    Args:
        values: (m,) numbers, booleans, or text.
        comma: text has a comma before the decimals; points are between thousands, 1.234,5.

    Returns:
        (m,) float64.

    Raises:
        ValueError: a value is something else; its arguments are the value and its position.
    """
    array = as_array(values)
    if array.dtype.kind in "biuf":
        return array.astype(np.float64, copy=False)

    def number(value: Any) -> float:
        if not isinstance(value, str):
            return float(value)
        if "_" in value:  # which Python reads as part of a number
            raise ValueError(value)
        return float(with_a_point(value) if comma else value)

    return each(array, number, np.nan, np.float64)


def with_a_point(text: str) -> str:
    """Return the text of a number as Python reads it, of one like 1.234,5.

    Raises:
        ValueError: a point is not followed by three digits.
    """
    whole, comma, decimals = text.partition(",")
    first, *thousands = whole.split(".")
    if "." in decimals or any(len(of.strip()) != 3 for of in thousands):
        raise ValueError(text)
    return f"{first}{''.join(thousands)}{'.' if comma else ''}{decimals}"


def to_booleans(values: Any) -> Array:
    """Read true and false as 1 and 0, (m,) float64.

    Raises:
        ValueError: as `to_numbers`.
    """
    array = as_array(values)
    if array.dtype.kind == "b":
        return array.astype(np.float64)

    def truth(value: Any) -> float:
        return TRUTH[str(value).strip().lower()]

    return each(array, truth, np.nan, np.float64)


def to_words(values: Any) -> Array:
    """Read words (m,), without spaces at their ends; of numbers, dates and others their text.

    Raises:
        ValueError: as `to_numbers`: several values are no word.
    """

    def word(value: Any) -> str:
        if isinstance(value, str):
            return value.strip()
        if isinstance(value, SEVERAL):
            raise ValueError(value)
        if isinstance(value, (date, np.datetime64)):
            return str(value)
        return name_of(np.float64(value) if isinstance(value, float) else value)

    return each(as_array(values), word, "", object, repeated=True)


def to_dates(values: Any, form: str = ISO) -> Array:
    """Read dates, with their times of day as they are written, in whatever time zone that is.

    Args:
        values: (m,) datetime64, Python's dates, or text.
        form: of text: ISO, or a format of `datetime.strptime`.

    Returns:
        (m,) datetime64[s].

    Raises:
        ValueError: as `to_numbers`.
    """
    array = as_array(values)
    if array.dtype.kind == "M":
        return array.astype("datetime64[s]")

    def moment(value: Any) -> np.datetime64:
        if isinstance(value, np.datetime64):
            return value.astype("datetime64[s]")
        if isinstance(value, str):
            text = value.strip()
            value = datetime.fromisoformat(text) if form == ISO else datetime.strptime(text, form)
        if not isinstance(value, date):
            raise ValueError(value)
        return seconds_of(value)

    return each(array, moment, NO_DATE, "datetime64[s]", repeated=True)


def seconds_of(value: date) -> np.datetime64:
    """Return a date, or a time of a day on the clock that shows it, to the second."""
    text = f"{value.year:04}-{value.month:02}-{value.day:02}"
    if isinstance(value, datetime):
        text += f"T{value.hour:02}:{value.minute:02}:{value.second:02}"
    return np.datetime64(text, "s")


def each(
    array: Array, read: Callable[[Any], Any], missing: Any, dtype: Any, repeated: bool = False
) -> Array:
    """Read each value (m,).

    Args:
        array: the values.
        read: a value that is not missing.
        missing: the result for one that is.
        dtype: of the results.
        repeated: the same text comes often, and is read once.

    Raises:
        ValueError: one cannot be read; its arguments are the value and its position.
    """
    found = np.empty(len(array), dtype=dtype)
    given: Iterable[Any] = array if array.dtype.kind == "M" else array.tolist()
    known: dict[str, Any] = {}
    for k, value in enumerate(given):
        if type(value) is str and value in known:
            found[k] = known[value]
            continue
        try:
            found[k] = missing if is_missing(value) else read(value)
            if repeated and type(value) is str:
                known[value] = found[k]
        except (ValueError, TypeError, KeyError, OverflowError, AttributeError) as error:
            raise ValueError(value, k) from error
    return found


EXPECTED: dict[Kind, str] = {
    "number": "a number", "boolean": "true or false", "category": "a word", "date": "a date"
}  # fmt: skip


def read_values(
    column: str, kind: Kind, values: Any, form: str = ISO, comma: bool = False
) -> Array:
    """Read a column's values in the form of its kind.

    Args:
        column: its name, for the error.
        kind: of the values.
        values: (m,).
        form: of dates.
        comma: see `to_numbers`.

    Raises:
        InputError: a value is of another kind, or a number is infinite.
    """
    try:
        if kind == "date":
            return to_dates(values, form)
        if kind == "category":
            return to_words(values)
        numbers = to_booleans(values) if kind == "boolean" else to_numbers(values, comma)
    except ValueError as error:
        value, row = error.args
        expected = EXPECTED[kind]
        if kind == "date":
            expected += " such as 2024-12-31" if form == ISO else f" in the format {form}"
        text = shortened(repr(value))
        raise input_error(
            "table.value", column=column, value=text, row=row + 1, expected=expected
        ) from error
    return check_finite(column, numbers)


def check_finite(column: str, values: Array) -> Array:
    """Return a column's numbers, of which none is infinite.

    Raises:
        InputError: one is; the error names the first.
    """
    infinite = np.isinf(values)
    if infinite.any():
        row = int(np.argmax(infinite))
        raise input_error("table.infinite", column=column, value=values[row], row=row + 1)
    return values
