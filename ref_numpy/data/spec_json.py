"""The description of the data as JSON text, for the metadata of a file."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from ref_numpy.data.preprocessing import standardiser_of
from ref_numpy.errors import InputError, cause_of
from ref_numpy.input_messages import input_error
from ref_numpy.layer import Array

if TYPE_CHECKING:
    from ref_numpy.data.tables import TableSpec

# One more with each change that an older reader would misread. 2 has a table.
FORMAT = 2

Spec = TypeVar("Spec")


def write_spec(
    shape: Sequence[int],
    task: str,
    names: Sequence[str],
    statistics: Sequence[str],
    table: TableSpec | None,
) -> str:
    """Write the fields of a `DataSpec`, and of its statistics the names alone.

    Args:
        shape: of a raw example.
        task: of the network.
        names: of the outputs; each is any text.
        statistics: their names in the file.
        table: the description of the table, where there is one.
    """
    fields = {"shape": shape, "task": task, "names": names, "statistics": statistics}
    if table is None:  # which versions read that know no tables
        return json.dumps({"format": 1, **fields})
    return json.dumps({"format": FORMAT, **fields, "table": table.as_fields()})


def read_spec(make: Callable[..., Spec], text: str, arrays: Mapping[str, Array]) -> Spec:
    """Read the text that `write_spec` wrote.

    Args:
        make: the class, which is called with the fields in their order.
        text: the text.
        arrays: the statistics, of `DataSpec.arrays`; others are left alone.

    Raises:
        InputError: the text is something else, or of a newer format.
    """
    try:
        fields = json.loads(text)
        if fields["format"] > FORMAT:
            raise input_error("data-spec.format", format=fields["format"], known=FORMAT)
        shape, names = tuple(map(int, fields["shape"])), tuple(map(str, fields["names"]))
        known = {name: arrays[name] for name in fields["statistics"]}
        inputs, targets = (standardiser_of(known, prefix) for prefix in ("", "target_"))
        table = table_from(fields.get("table"))
        return make(shape, fields["task"], names, inputs, targets, table)
    except InputError:
        raise
    except (
        AttributeError, KeyError, OverflowError, TypeError, ValueError, RecursionError,
    ) as error:  # fmt: skip
        raise input_error("data-spec.unreadable", error=cause_of(error)) from error


def table_from(fields: Mapping[str, Any] | None) -> TableSpec | None:
    """Read the description of a table, where there is one."""
    if fields is None:
        return None
    from ref_numpy.data.tables import TableSpec  # here: most networks have no table

    return TableSpec.from_fields(fields)
