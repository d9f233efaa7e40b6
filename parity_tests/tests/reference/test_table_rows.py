"""Rows of a table in Python: one or several, with spaces and holes; numbers with a comma."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from ref_numpy import InputError
from ref_numpy.data.data_spec import DataSpec
from ref_numpy.data.table_inputs import NumberInput, WordInput
from ref_numpy.data.table_values import to_numbers, to_words
from ref_numpy.data.tables import Column, TableSpec, columns_of

TABLE = TableSpec(
    (
        Column("age", "number", (NumberInput("", 30.0, True),)),
        Column("sex", "category", (WordInput("", "", ("f", "m"), False),)),
    ),
    {"y": "number"},
)
FULL, OLD = {"age": 5, "sex": "m"}, {"sex": "f", "age": "70"}
EXPECTED = [[5, 0, 0, 1], [70, 0, 1, 0]]


class Series:
    """Names and values as pandas has them: iterating gives the values."""

    def __init__(self, of: dict[str, Any]) -> None:
        self.of = of

    def keys(self) -> Any:
        return self.of.keys()

    def __getitem__(self, name: str) -> Any:
        return self.of[name]

    def __iter__(self) -> Any:
        return iter(self.of.values())


@pytest.mark.parametrize("row", [FULL, Series(FULL), {" age": 5, "sex ": " m "}])
def test_one_row_is_a_table_of_one_row(row: Any) -> None:
    assert TABLE.encode(row).tolist() == EXPECTED[:1]
    assert TABLE.encode([row, OLD]).tolist() == EXPECTED


def test_a_value_that_one_row_does_not_have_is_missing_in_whatever_row() -> None:
    hole = {"sex": "m"}
    for rows in ([FULL, hole], [hole, FULL]):
        x = TABLE.encode(rows)
        expected = [[30.0, 1, 0, 1] if row is hole else [5.0, 0, 0, 1] for row in rows]
        assert x.tolist() == expected
    with pytest.raises(InputError) as refused:
        TABLE.encode([hole, hole])
    assert refused.value.code == "table.column-missing"


def test_no_rows_and_no_names_are_refused() -> None:
    for x, code in (([], "table.no-rows"), (3, "table.columns"), ([3], "table.columns")):
        with pytest.raises(InputError) as refused:
            columns_of(x)
        assert refused.value.code == code
    spec = DataSpec((TABLE.n_features,), "regression", ("y",), table=TABLE)
    with pytest.raises(InputError) as refused:
        spec.to_X([])
    assert refused.value.code == "table.no-rows"
    plain = DataSpec((2,), "regression", ("y",))
    for one, x in ((spec, 0), (plain, []), (plain, 0)):  # an array without examples, or of none
        with pytest.raises(InputError) as refused:
            one.to_X(x)
        assert refused.value.code == "data.columns"


def test_points_between_thousands() -> None:
    given = ["1.234,5", "999", "-1.234.567", "2.019", " 3,25 ", "1.000"]
    expected = [1234.5, 999, -1234567, 2019, 3.25, 1000]
    assert to_numbers(given, comma=True).tolist() == expected


@pytest.mark.parametrize("text", ["1.5", "12.34,5", "1,2,3", "1,234.5", "1.2345"])
def test_other_points_beside_a_decimal_comma_are_no_numbers(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(text)) as refused:
        to_numbers([text], comma=True)
    assert refused.value.args == (text, 0)


@pytest.mark.parametrize("value", [[1, 2], (), {"a": 1}, np.array([1, 2]), np.array([1.0])])
def test_several_values_in_one_are_no_word_and_not_missing(value: Any) -> None:
    column = np.empty(1, dtype=object)
    column[0] = value
    with pytest.raises(ValueError, match=", 0") as refused:
        to_words(column)
    assert refused.value.args == (value, 0)
