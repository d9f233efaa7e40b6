"""The kind of a column, found in all of its values once, and then recorded."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ref_numpy.data.labels import shortened
from ref_numpy.data.table_values import (
    ISO,
    Kind,
    as_array,
    is_missing,
    read_values,
    to_booleans,
    to_dates,
    to_numbers,
    to_words,
)
from ref_numpy.layer import Array

if TYPE_CHECKING:
    import pandas as pd

# A number as people write it: with a currency or a percent sign, and signs between thousands.
WRITTEN = re.compile(r"[\s(+−$€£¥-]*(\d{1,3}([., '\u00a0]\d{3})+|\d+)([.,]\d+)?[\s)%$€£¥]*")
DAY_OR_MONTH = "day and month of its dates cannot be told apart: write them as 2024-12-31"
NO_KIND = "values of no kind that is known"

# Dates as they are usually written, beside ISO's.
DATES = ("%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%d.%m.%y",
         "%m/%d/%y", "%d/%m/%y")  # fmt: skip
TIMES = ("", " %H:%M", " %H:%M:%S")


class Found(NamedTuple):
    """The kind of a column; or the reason why it cannot be an input.

    Attributes:
        kind: of the values.
        form: of dates that are text.
        left_out: the reason; "" where there is none.
    """

    kind: Kind
    form: str = ISO
    left_out: str = ""


def values_of(column: Any) -> Array:
    """Return the values of a column, a pandas.Series, without the dtypes that only pandas has."""
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    dtype = column.dtype
    if isinstance(dtype, np.dtype) or not is_numeric_dtype(dtype) or is_bool_dtype(dtype):
        return np.asarray(column)
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def kind_of(column: Any, comma: bool = False) -> Found:
    """Return the kind of a column's values: the first one that all of them are.

    Args:
        column: a pandas.Series of the training's file.
        comma: numbers that are text have a comma before the decimals.
    """
    import pandas as pd

    if isinstance(column.dtype, pd.CategoricalDtype):
        return Found("category")
    values = values_of(column)
    known: dict[str, Kind] = {"b": "boolean", "i": "number", "u": "number", "f": "number"}
    if values.dtype.kind in known:
        return Found(known[values.dtype.kind])
    if values.dtype.kind == "M":
        return Found("date")
    if values.dtype.kind not in "OUS":
        return Found("category", left_out=NO_KIND)
    given = [value for value in values.tolist() if not is_missing(value)]
    if given and all(isinstance(value, (bool, np.bool_)) for value in given):
        return Found("boolean")
    for kind, read in (("number", lambda v: to_numbers(v, comma)), ("boolean", to_booleans)):
        if is_readable(values, read):
            return Found(kind)  # pyright: ignore[reportArgumentType]
    return date_or_category(values, given)


def date_or_category(values: Array, given: Sequence[Any]) -> Found:
    """Return the kind of values that are neither numbers nor true and false."""
    if is_readable(values, to_dates):
        return Found("date")
    fits: dict[str, Array] = {}
    if isinstance(given[0], str):
        for form in (f"{day}{time}" for day in DATES for time in TIMES):
            if is_readable(values, lambda v, form=form: to_dates(v, form)):
                fits[form] = to_dates(values, form)
    if fits:
        form, dates = next(iter(fits.items()))
        same = all(np.array_equal(dates, other, equal_nan=True) for other in fits.values())
        return Found("date", form, "" if same else DAY_OR_MONTH)
    return Found("category", left_out="" if is_readable(values, to_words) else NO_KIND)


def is_readable(values: Array, read: Callable[[Array], Array]) -> bool:
    """Return whether every value can be read so; the first few are tried first."""
    try:
        read(values[:20])
        read(values)
    except ValueError:
        return False
    return True


def read_columns(frame: pd.DataFrame, found: Mapping[str, Found], comma: bool) -> dict[str, Array]:
    """Return the values of the columns that can be inputs, in the form of their kinds.

    Args:
        frame: the table.
        found: the kind of each column.
        comma: numbers that are text have a comma before the decimals.
    """
    return {
        name: read_values(name, kind, values_of(frame[name]), form, comma)
        for name, (kind, form, left_out) in found.items()
        if not left_out
    }


def why_no_numbers(words: Array, comma: bool = False) -> str:
    """Return why words, most of which look like numbers, are none; "" where most do not.

    Args:
        words: (m,), "" where one is missing; each counts once.
        comma: numbers have a comma before the decimals.
    """
    known = sorted({*words.tolist()} - {""})
    others = [word for word in known if not is_number(word, comma)]
    signs = [word for word in others if WRITTEN.fullmatch(word)]
    if not others or len(known) - len(others) + len(signs) <= len(known) / 2:
        return ""
    if not signs:
        return f"numbers, and words such as {shortened(others[0])!r}"
    advice = "write 1234,5" if comma else "write 1234.5"
    if not comma and any("," in word for word in signs):
        advice += ", or give --data.decimal_comma true for 1.234,5"
    return f"numbers such as {shortened(signs[0])!r}: {advice}"


def is_number(word: str, comma: bool) -> bool:
    """Return whether the word is read as a number."""
    return is_readable(as_array([word]), lambda values: to_numbers(values, comma))
