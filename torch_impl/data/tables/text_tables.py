"""A table as text, read by pandas: CSV and TSV, with what spreadsheets make of them."""

from __future__ import annotations

import bz2
import csv
import gzip
import lzma
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch_impl.training_messages import input_error

if TYPE_CHECKING:
    import pandas as pd

SEPARATORS = {".csv": None, ".txt": None, ".data": None, ".tsv": "\t", ".tab": "\t"}
OPENERS: dict[str, Any] = {
    **dict.fromkeys(SEPARATORS, open), ".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open
}  # fmt: skip
SNIFFED = 20  # lines by which the separator is recognised
NAMED_SEPARATOR = re.compile(r'"?sep=(.)"?\s*')  # the first line, for Excel


def read_text(
    file: Path, separator: str | None, encoding: str, options: dict[str, Any]
) -> pd.DataFrame:
    """Read a table; pandas' errors are raised as they are.

    Args:
        file: with the table, perhaps compressed.
        separator: of the fields; None recognises it.
        encoding: of the text.
        options: of pandas' `read_csv`, with its `header`.

    Raises:
        InputError: two columns have the same name, or lines have more fields than there are names.
    """
    import pandas as pd

    encoding = "utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding
    lines = first_lines(file, encoding)
    named = NAMED_SEPARATOR.fullmatch(lines[0]) if lines else None
    given = separator or (named[1] if named else separator_of(lines))
    how: dict[str, Any] = {
        "sep": given, "encoding": encoding, "skipinitialspace": True, "skiprows": 1 if named else 0
    }  # fmt: skip
    options |= {"low_memory": False}  # one kind of values in a column, however long it is
    if options["header"] is None:
        return pd.read_csv(file, **how, **options)
    first = pd.read_csv(file, header=None, nrows=1, dtype=str, keep_default_na=False, **how)
    check_different(str(file), first)
    frame = pd.read_csv(file, **how, **options)
    more = 0 if isinstance(frame.index, pd.RangeIndex) else frame.index.nlevels
    if more and frame.iloc[:, -more:].isna().all(axis=None):
        # Separators at the end of each line. pandas takes the first fields as names of the rows.
        ends = [f"\0{k}" for k in range(more)]
        frame = pd.read_csv(file, names=[*frame.columns, *ends], **how, **options)
        return frame.drop(columns=ends)
    if more > 1 or not frame.index.is_unique:  # as R writes tables, one field names the row
        n = frame.shape[1]
        raise input_error("table-file.more-fields", path=file, names=n, fields=n + more)
    return frame


def check_different(path: str, first: pd.DataFrame) -> None:
    """Check that the names in the first line are different, before pandas renames the second.

    Args:
        path: of the file.
        first: its first line, as text.

    Raises:
        InputError: two are the same.
    """
    names = [str(name).strip() for name in first.iloc[:1].fillna("").to_numpy().ravel()]
    for k, name in enumerate(names):
        if name and name in names[:k]:
            raise input_error("table-file.same-names", path=path, name=name)


def first_lines(file: Path, encoding: str) -> list[str]:
    """Return the first lines that are not empty; none of an archive."""
    opener = OPENERS.get(file.suffix.lower())
    if opener is None:
        return []
    with opener(file, "rt", encoding=encoding) as text:
        return [line for line, _ in zip(text, range(SNIFFED), strict=False) if line.strip()]


def separator_of(lines: list[str]) -> str:
    """Return the separator that gives the lines the same number of fields, the most fields.

    Lines of one field have a comma: there is nothing to separate.
    """
    found, most = ",", 1
    for separator in (",", ";", "\t", "|"):
        widths = {len(fields) for fields in csv.reader(lines, delimiter=separator)}
        if len(widths) == 1 and (width := widths.pop()) > most:
            found, most = separator, width
    return found
