"""The targets of a table as labels, of the rows that have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ref_numpy.data.data_spec import DataSpec
from ref_numpy.data.table_values import Kind, read_values
from ref_numpy.errors import InputError
from ref_numpy.layer import Array
from torch_impl.data.rows import targets
from torch_impl.data.tables.column_kinds import values_of, why_no_numbers
from torch_impl.data.tables.table_rows import missing_values
from torch_impl.data.tasks import RequestedTask
from torch_impl.training_messages import input_error

if TYPE_CHECKING:
    import pandas as pd

LARGEST_WHOLE = 2**53  # up to which float64 has every whole number


class Labels(NamedTuple):
    """The labels of a table.

    Attributes:
        y: of the rows that have them: words, booleans or numbers (k,) of one target, numbers (k, n)
            of several.
        known: whether each row (m,) has them all.
    """

    y: Array
    known: Array


def labels_of(frame: pd.DataFrame | None, kinds: Mapping[str, Kind], comma: bool) -> Labels | None:
    """Return the labels of a table.

    Args:
        frame: the table, if there is one.
        kinds: of each target by its name, in order.
        comma: numbers that are text have a comma before the decimals.

    Returns:
        None where no row has all targets.

    Raises:
        InputError: several targets are not all numbers or booleans, or a value is of another kind.
    """
    if frame is None or any(name not in frame for name in kinds):
        return None
    columns = [
        read_values(name, kind_of_target(name, kind, len(kinds)), values_of(frame[name]),
                    comma=comma)
        for name, kind in kinds.items()
    ]  # fmt: skip
    known = ~np.any([missing_values(values) for values in columns], axis=0)
    if not known.any():
        return None
    y = np.stack(columns, axis=1)[known] if len(columns) > 1 else columns[0][known]
    (first, *others) = kinds.values()
    if first == "category":
        return Labels(y.astype(str), known)
    if first == "boolean" and not others:
        return Labels(y == 1, known)
    whole = bool((np.abs(y) < LARGEST_WHOLE).all() and (y == np.round(y)).all())
    return Labels(y.astype(np.int64) if whole else y, known)


def kind_of_target(name: str, kind: Kind, n: int) -> Kind:
    """Return the kind of one of n targets.

    Raises:
        InputError: it cannot be a target's.
    """
    if kind == "date" or (n > 1 and kind == "category"):
        expected = "numbers, or true and false" if n > 1 else "numbers or words"
        raise input_error("table-file.target-kind", name=name, kind=kind, expected=expected)
    return kind


def classes_of(spec: DataSpec, y: Array) -> Array | None:
    """Return the class of every row; None where there are no classes."""
    return spec.class_numbers(y) if spec.task in ("binary", "classes") else None


def check_few_classes(
    names: Sequence[str], task: RequestedTask, y: Array, comma: bool = False
) -> None:
    """Check that words are names of classes: no numbers, and most of them come twice or more.

    Raises:
        InputError: they are not, and no task was given.
    """
    reason = why_no_numbers(y, comma) if y.dtype.kind == "U" and task == "auto" else ""
    if reason:
        raise input_error("table-file.target-numbers", name=names[0], reason=reason)
    different = len(np.unique(y)) if y.dtype.kind == "U" and task == "auto" else 0
    if 2 * different > len(y) and different > 2:
        raise input_error("table-file.many-classes", name=names[0], k=different, m=len(y))


def check_known(spec: DataSpec, labels: Labels) -> None:
    """Check that the network knows the labels.

    Args:
        spec: their meaning.
        labels: of a table.

    Raises:
        InputError: a label is unknown; the error names its row in the file.
    """
    try:
        targets(spec, labels.y, np.float32)
    except InputError as error:
        if "label" not in error.facts or spec.table is None:
            raise
        row = int(np.flatnonzero(labels.known)[error.facts["example"]]) + 1
        (name,) = spec.table.targets
        raise input_error(
            "table-file.unknown-class",
            name=name,
            label=error.facts["label"],
            row=row,
            summary=spec.summary,
        ) from error
