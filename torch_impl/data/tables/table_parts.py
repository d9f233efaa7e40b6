"""The rows of a table in each part: to train, to validate, to test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from ref_numpy.data.tables import TableSpec
from ref_numpy.layer import Array
from torch_impl.data.rows import Rows
from torch_impl.data.tables.column_kinds import values_of
from torch_impl.data.tables.table_rows import TableRows, some_rows
from torch_impl.data.tables.table_targets import Labels

if TYPE_CHECKING:
    import pandas as pd


class TestTable(NamedTuple):
    """A test set of its own, and its labels if it has any."""

    frame: pd.DataFrame
    labels: Labels | None


def rows_of_parts(
    table: TableSpec,
    columns: dict[str, Array],
    y: Array,
    numbers: Mapping[str, Array | None],
    test: TestTable | None,
) -> dict[str, Rows]:
    """Return the rows of each part.

    Args:
        table: the description of the inputs.
        columns: the values of each column, of all rows with labels.
        y: the labels.
        numbers: the rows' numbers of each part; None of a test set of its own.
        test: that test set.
    """
    rows: dict[str, Rows] = {
        part: TableRows(table, columns, y, chosen)
        for part, chosen in numbers.items()
        if chosen is not None
    }
    if test is None:
        return rows
    own = table.read({name: values_of(test.frame[name]) for name in test.frame.columns})
    if test.labels is None:
        return {**rows, "predict": TableRows(table, own, None)}
    own = some_rows(own, test.labels.known)
    return {**rows, "test": TableRows(table, own, test.labels.y)}
