"""The weights of a table's rows, which are a column of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ref_numpy.data.table_values import read_values
from ref_numpy.layer import Array
from torch_impl.data.tables.column_kinds import values_of
from torch_impl.data.weights import check_weights

if TYPE_CHECKING:
    import pandas as pd


def weights_in(frame: pd.DataFrame, name: str | None, known: Array, comma: bool) -> Array | None:
    """Return the weights of the rows that have labels.

    Args:
        frame: the table.
        name: of the column.
        known: whether each row has labels.
        comma: numbers that are text have a comma before the decimals.

    Returns:
        (k,) float64; None where there is no such column.

    Raises:
        InputError: a weight is missing, or is not a number from 0 up; the error names its row.
    """
    if name is None or name not in frame:
        return None
    v = read_values(name, "number", values_of(frame[name]), comma=comma)
    rows = np.flatnonzero(known)
    return check_weights(v[rows], len(rows), rows + 1)
