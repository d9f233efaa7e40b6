"""What a table became, in words, for the first lines of a run."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from ref_numpy.data.labels import shortened
from ref_numpy.data.table_inputs import WordInput
from ref_numpy.data.table_values import Kind
from ref_numpy.data.tables import PLURALS, Column, TableSpec
from ref_numpy.layer import Array
from torch_impl.data.tables.column_kinds import why_no_numbers
from torch_impl.data.tables.table_rows import missing_values
from torch_impl.wording import counted

SHOWN, LISTED = 6, 12  # columns of a reason, and of a kind


def columns_note(
    table: TableSpec,
    columns: Mapping[str, Array],
    left_out: Mapping[str, str] | None = None,
    targets: Sequence[str] = (),
    known: Array | None = None,
    named: Collection[str] = (),
) -> dict[str, str]:
    """Return the lines by their names.

    Args:
        table: the description.
        columns: the values of its columns.
        left_out: other columns, each with its reason; None where the description is that of a
            network's training.
        targets: the columns to predict.
        known: whether each row of a training's table has its targets.
        named: columns that a person called categories.
    """
    parts = [table.summary + (", as in the training" if left_out is None else "")]
    missing = sum(int(missing_values(values).sum()) for values in columns.values())
    parts += [f"{counted(missing, 'missing value')} replaced"] if missing else []
    parts += unknown_words(table, columns)
    if known is not None and not known.all():
        rows = counted(int((~known).sum()), "row")
        parts.append(f"{rows} without {' or '.join(targets)} left out")
    if left_out is None:
        return {"columns": "; ".join(parts)}
    kinds = names_of_kinds(table, columns, named)
    return {
        "columns": "; ".join(parts),
        **{f"  {PLURALS[kind]}": listed(names) for kind, names in kinds.items()},
        **({"left out": reasons_of(left_out)} if left_out else {}),
    }


def names_of_kinds(
    table: TableSpec, columns: Mapping[str, Array], named: Collection[str]
) -> dict[Kind, list[str]]:
    """Return the names of the columns of each kind, with the reason for numbers that are words."""
    found: dict[Kind, list[str]] = {}
    for column in sorted(table.columns, key=lambda column: [*PLURALS].index(column.kind)):
        name, values = shortened(column.name), columns[column.name]
        is_asked = column.kind == "category" and column.name not in named
        reason = why_no_numbers(values, table.decimal_comma) if is_asked else ""
        found.setdefault(column.kind, []).append(f"{name} ({reason})" if reason else name)
    return found


def listed(names: Sequence[str]) -> str:
    """Return names in a line, the first ones of many."""
    more = len(names) - LISTED
    return ", ".join(names[:LISTED]) + (f" and {more} more" if more > 0 else "")


def reasons_of(left_out: Mapping[str, str]) -> str:
    """Return the columns of each reason: "name, ticket (another word in most rows)"."""
    names: dict[str, list[str]] = {}
    for name, reason in left_out.items():
        names.setdefault(reason, []).append(shortened(name))
    return "; ".join(
        f"{', '.join(of[:SHOWN])}{', …' if len(of) > SHOWN else ''} ({reason})"
        for reason, of in names.items()
    )


def unknown_words(table: TableSpec, columns: Mapping[str, Array]) -> list[str]:
    """Return in words how many rows have a word that the training did not have.

    Of columns whose rare words share an input nothing is known.
    """
    found = []
    for column in table.columns:
        words = words_of(column)
        if words is not None:
            values = columns[column.name]
            n = int(np.sum([word not in words for word in values.tolist()]))
            if n:
                found.append(f"{counted(n, 'unknown word')} in {shortened(column.name)}")
    return found


def words_of(column: Column) -> set[str] | None:
    """Return the words of the training; None of columns that have none, or rare ones."""
    (first, *_) = column.inputs
    if column.kind != "category" or not isinstance(first, WordInput) or first.rare:
        return None
    return {*first.words, ""}
