"""A table's columns as numbers: one input for a number, one for each word of a category.

A frozen description, fitted elsewhere on the training part and kept with the model: the same table
gives the same numbers, to the bit, with NumPy alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ref_numpy.data.labels import shortened
from ref_numpy.data.table_inputs import Input, NumberInput, inputs_from, parts_of
from ref_numpy.data.table_values import ISO, Kind, read_values
from ref_numpy.input_messages import input_error
from ref_numpy.layer import Array

FORMAT = 1  # of `as_fields`: one more with each change that an older reader would misread
SHOWN = 12  # columns in a sentence


@dataclass(frozen=True)
class Column:
    """A column of the table.

    Args:
        name: in the table.
        kind: number, boolean, category or date.
        inputs: of the column; of a date, several parts.
        form: of a date that is text.
    """

    name: str
    kind: Kind
    inputs: tuple[Input, ...] = ()
    form: str = ISO


@dataclass(frozen=True)
class TableSpec:
    """The inputs of a table's columns, in order.

    Args:
        columns: those with inputs; any others of a table are left alone.
        targets: the kind of each target by its name, in order.
        decimal_comma: numbers that are text have a comma before the decimals.
    """

    columns: tuple[Column, ...]
    targets: Mapping[str, Kind]
    decimal_comma: bool = False

    @cached_property
    def feature_names(self) -> tuple[str, ...]:
        """The name of each input: "age", "age missing", "sex=female", "date month=3"."""
        each = ((c.name, name) for c in self.columns for i in c.inputs for name in i.names)
        return tuple(f"{column}{name}" for column, name in each)

    @property
    def n_features(self) -> int:
        """How many inputs there are."""
        return len(self.feature_names)

    @property
    def are_numbers(self) -> Array:
        """Whether each input (n_features,) is a number, and not 0 or 1."""
        found: list[bool] = []
        for column in self.columns:
            for part in column.inputs:
                own = isinstance(part, NumberInput) and column.kind != "boolean"
                found += [own] + [False] * (len(part.names) - 1)
        return np.array(found, dtype=bool)

    @property
    def summary(self) -> str:
        """In words: "7 numbers, 3 categories, 1 date → 31 inputs"."""
        kinds = [column.kind for column in self.columns]
        each = [
            f"{kinds.count(kind)} {kind if kinds.count(kind) == 1 else plural}"
            for kind, plural in PLURALS.items()
            if kind in kinds
        ]
        n = self.n_features
        return f"{', '.join(each)} → {n} input{'' if n == 1 else 's'}"

    def read(self, columns: Any) -> dict[str, Array]:
        """Return the values of each column in the form of its kind.

        Args:
            columns: the values (m,) by name, or rows that are dicts.

        Raises:
            InputError: a column is missing, has another length, or a value of another kind.
        """
        given = columns_of(columns)
        found: dict[str, Array] = {}
        for column in self.columns:
            if column.name not in given:
                raise missing_column(column.name, [*map(str, given)])
            values = read_values(
                column.name, column.kind, given[column.name], column.form, self.decimal_comma
            )
            found[column.name] = values
            first, m = next((name, len(of)) for name, of in found.items())
            if len(values) != m:
                raise input_error(
                    "table.lengths", column=column.name, given=len(values), first=first, m=m
                )
        return found

    def encode(self, columns: Any) -> Array:
        """Return the inputs of a table's examples.

        Args:
            columns: the values (m,) by name: a dict, a DataFrame, or rows that are dicts. Text is
                read as the kind of its column; other columns are left alone.

        Returns:
            x (m, n_features) float64.

        Raises:
            InputError: see `read`.
        """
        return self.inputs_of(self.read(columns))

    def inputs_of(self, values: Mapping[str, Array]) -> Array:
        """Return the inputs x (m, n_features) float64 of values that `read` returned."""
        m = len(next(iter(values.values())))
        x = np.empty((m, self.n_features))
        done = 0
        for column in self.columns:
            parts = parts_of(column.kind, values[column.name])
            for part in column.inputs:
                for numbers in part.encode(parts[part.part]):
                    x[:, done] = numbers
                    done += 1
        return x

    def as_fields(self) -> dict[str, Any]:
        """Return the description as numbers, text and lists, with its format, for JSON."""
        return {"format": FORMAT, **asdict(self), "targets": dict(self.targets)}

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> TableSpec:
        """Read what `as_fields` returned.

        Raises:
            InputError: it is of a newer format.
            KeyError, TypeError, ValueError: it is something else.
        """
        if fields["format"] > FORMAT:
            raise input_error("table.format", format=fields["format"], known=FORMAT)
        columns = tuple(
            Column(str(c["name"]), known_kind(c["kind"]), inputs_from(c["inputs"]), str(c["form"]))
            for c in fields["columns"]
        )
        targets: dict[str, Kind] = {
            str(name): known_kind(kind) for name, kind in fields["targets"].items()
        }
        return cls(columns, targets, bool(fields["decimal_comma"]))


PLURALS: dict[Kind, str] = {
    "number": "numbers", "boolean": "booleans", "category": "categories", "date": "dates"
}  # fmt: skip


def columns_of(columns: Any) -> Any:
    """Return values by the names of their columns, without spaces around them.

    Args:
        columns: see `TableSpec.encode`; rows need not have the same columns: a value that a row
            does not have is missing.

    Raises:
        InputError: there are no names, or no rows.
    """
    rows = [columns] if is_row(columns) else columns
    if not isinstance(rows, Sequence) and are_columns(rows):
        return with_names(columns)
    if not isinstance(rows, Sequence) or not all(map(are_columns, rows)):
        raise input_error("table.columns", type=type(columns).__name__)
    if not rows:
        raise input_error("table.no-rows")
    each = [with_names(row) for row in rows]
    names = dict.fromkeys(name for row in each for name in row)
    return {name: [row.get(name) for row in each] for name in names}


def with_names(x: Any) -> dict[str, Any]:
    """Return what x, a mapping, a DataFrame or a row of one, has by name, without outer spaces."""
    return {str(name).strip(): x[name] for name in x.keys()}  # noqa: SIM118  (a row's are values)


def are_columns(x: Any) -> bool:
    """Return whether x has columns by name: a mapping, a DataFrame, or a list of mappings."""
    first = x[0] if isinstance(x, Sequence) and len(x) else x
    return callable(getattr(first, "keys", None))


def is_row(x: Any) -> bool:
    """Return whether x is one row: values by name that are no lists."""
    if not are_columns(x) or isinstance(x, Sequence):
        return False
    values = with_names(x).values()
    return all(isinstance(value, str) or not hasattr(value, "__len__") for value in values)


def missing_column(name: str, columns: list[str]) -> Exception:
    """Return the error for a column that is not there, with the most similar name that is."""
    more = ", …" if len(columns) > SHOWN else ""
    shown = ", ".join(shortened(column) for column in columns[:SHOWN]) + more
    return input_error(
        "table.column-missing", name=name, columns=shown, similar=most_similar(name, columns)
    )


def most_similar(name: str, columns: Sequence[str]) -> str:
    """Return the column's name that is most similar; "" where none is."""
    from difflib import get_close_matches

    spelt = {column.lower(): column for column in columns}
    found = get_close_matches(name.lower(), spelt, 1)
    return spelt[found[0]] if found else ""


def known_kind(kind: Any) -> Kind:
    """Return the kind.

    Raises:
        ValueError: there is no such kind.
    """
    if kind not in PLURALS:
        raise ValueError(f"a column of the kind {kind!r}")
    return kind
