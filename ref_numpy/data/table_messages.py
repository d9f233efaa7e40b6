"""Every sentence that a table is refused with, by its code."""

from __future__ import annotations

from ref_numpy.errors import Message


def column_missing(name: str, columns: str, similar: str = "") -> str:
    """Return the sentence for a column that a table does not have; `similar`: one that it has."""
    hint = f"; is it {similar!r}?" if similar else "; add it."
    return (
        f"the column {name!r} is missing in a table of {columns}; expected every column that the "
        f"network was trained with, in any order{hint}"
    )


def value_unreadable(column: str, value: str, row: int, expected: str) -> str:
    """Return the sentence for a value that is not of the column's kind."""
    return (
        f"the column {column!r} holds {value} in row {row} of the examples, counted from 1; "
        f"expected {expected}, as in the training, or nothing."
    )


TABLE_MESSAGES: dict[str, Message] = {
    "table.columns": (
        "a table was given as {type}; expected columns by name, such as a dict of lists or a "
        "DataFrame, or a list of rows that are dicts."
    ),
    "table.no-rows": (
        "a table was given without rows; expected one row or more, as dicts, or columns by name."
    ),
    "table.column-missing": column_missing,
    "table.value": value_unreadable,
    "table.lengths": (
        "the column {column!r} has {given} values and {first!r} has {m}; expected one value for "
        "each example in every column."
    ),
    "table.infinite": (
        "the column {column!r} is {value} in row {row} of the examples, counted from 1; expected "
        "finite numbers, or nothing where a number is not known."
    ),
    "table.format": (
        "the description of the table was written by a newer version, in format {format}, and this "
        "version reads formats up to {known}; use the version that wrote it."
    ),
    "table.size": (
        "the description has examples of the shape {shape} and a table of {n} inputs; expected "
        "({n},)."
    ),
    "table.no-table": (
        "columns were given by name to a network that was not trained on a table; give an array of "
        "examples (m, …)."
    ),
    "model.no-weights": (
        "{path} has no weights.safetensors; expected a weights file, or the folder of a run that "
        "ended."
    ),
    "model.scores": (
        "a network that was trained with the loss {loss} has scores and no probabilities; call "
        "outputs, which returns them, or predict."
    ),
    "model.no-probabilities": (
        "a network for the {summary} has no probabilities; call predict, which returns values."
    ),
}
