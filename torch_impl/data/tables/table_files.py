"""A file with a table, read by pandas: text as it is written, so that nothing is guessed twice."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ref_numpy.data.table_values import MISSING
from ref_numpy.data.tables import most_similar
from ref_numpy.errors import InputError, cause_of
from torch_impl.data.tables.text_tables import SEPARATORS, check_different, read_text
from torch_impl.training_messages import input_error

if TYPE_CHECKING:
    import pandas as pd

PARQUET = (".parquet", ".pq")
EXCEL = (".xlsx", ".xlsm", ".xls", ".ods")
ENDINGS = (*SEPARATORS, *PARQUET, *EXCEL)
# The packages by which pandas reads them.
READERS = {
    **dict.fromkeys(PARQUET, "pyarrow"), ".xlsx": "openpyxl", ".xlsm": "openpyxl", ".xls": "xlrd",
    ".ods": "odfpy",
}  # fmt: skip
COMPRESSED = (".gz", ".bz2", ".xz", ".zst", ".zip")


@dataclass(frozen=True)
class Layout:
    """How a file is written.

    Args:
        separator: of text; None recognises one of , ; tab | by the first lines.
        decimal_comma: text has a comma before the decimals.
        header: the first line has the columns' names; else they are called 0, 1, ….
        sheet: of an Excel file, its name or its number from 0.
        encoding: of text.
    """

    separator: str | None = None
    decimal_comma: bool = False
    header: bool = True
    sheet: int | str = 0
    encoding: str = "utf-8"


def read_table(path: str, layout: Layout, as_text: Iterable[str] = ()) -> pd.DataFrame:
    """Read a table.

    Args:
        path: of a text, Parquet or Excel file; text may be compressed.
        layout: of the file.
        as_text: columns whose values are kept as they are written, such as zip codes.

    Raises:
        InputError: the file cannot be read, or pandas, or its reader of such files, is missing.
    """
    file = Path(path)
    if not file.is_file():
        raise input_error("data.no-file", path=path)
    suffixes = [suffix.lower() for suffix in file.suffixes]
    suffix = next((s for s in reversed(suffixes) if s not in COMPRESSED), "")
    if suffix not in ENDINGS:
        raise input_error("table-file.kind", path=path, suffix=suffix)
    try:
        frame = read_by_suffix(file, suffix, layout, dict.fromkeys(as_text, str))
    except ImportError as error:
        missing = "pandas" if error.name == "pandas" else READERS.get(suffix, str(error.name))
        raise input_error("table-file.no-reader", path=path, missing=missing) from error
    except InputError:
        raise
    except (ValueError, LookupError, OSError, EOFError, csv.Error, zipfile.BadZipFile) as error:
        raise input_error("table-file.unreadable", path=path, error=cause_of(error)) from error
    frame.columns = [str(name).strip() for name in frame.columns]
    same = frame.columns[frame.columns.duplicated()]
    if len(same):
        raise input_error("table-file.same-names", path=path, name=same[0])
    if not frame.shape[0] or not frame.shape[1]:
        raise input_error("table-file.empty", path=path, m=frame.shape[0], n=frame.shape[1])
    return frame


def read_by_suffix(file: Path, suffix: str, layout: Layout, dtype: dict[str, Any]) -> pd.DataFrame:
    """Read the file by the reader for its ending; pandas' errors are raised as they are."""
    import pandas as pd

    if suffix in PARQUET:
        return pd.read_parquet(file)
    missing = {"na_values": sorted(MISSING), "keep_default_na": False}
    options: dict[str, Any] = {**missing, "dtype": dtype, "header": 0 if layout.header else None}
    if not layout.header:
        options["dtype"] = {int(name): kind for name, kind in dtype.items() if name.isdecimal()}
    if suffix in EXCEL:
        with pd.ExcelFile(file) as book:
            sheet = sheet_of(file, layout.sheet, book.sheet_names)
            if layout.header:
                first = pd.read_excel(
                    book, sheet_name=sheet, header=None, nrows=1, keep_default_na=False
                )
                check_different(str(file), first)
            return pd.read_excel(book, sheet_name=sheet, **options)
    if layout.decimal_comma:
        options["decimal"] = ","
    if int(pd.__version__.split(".")[0]) < 3:
        # Every number is the nearest float64, as Python's own float reads it: pandas 3 always.
        options["float_precision"] = "round_trip"
    return read_text(file, layout.separator or SEPARATORS[suffix], layout.encoding, options)


def sheet_of(path: Path, given: int | str, sheets: Sequence[Any]) -> int | str:
    """Return the sheet that is asked for.

    Args:
        path: of the Excel file.
        given: the sheet's name, or its number from 0.
        sheets: the names of all.

    Raises:
        InputError: there is none.
    """
    if given in sheets or (isinstance(given, int) and 0 <= given < len(sheets)):
        return given
    raise input_error("table-file.no-sheet", path=path, sheet=given, sheets=listed(sheets))


def check_names(option: str, names: Iterable[str], columns: Iterable[str], path: str) -> None:
    """Check that every name is that of a column.

    Raises:
        InputError: one is not; the error has the most similar name.
    """
    known = [*columns]
    for name in names:
        if name not in known:
            raise input_error(
                "table-file.no-column",
                option=option,
                name=name,
                path=path,
                columns=listed(known),
                similar=most_similar(name, known),
            )


def listed(names: Iterable[str], most: int = 20) -> str:
    """Return names in a sentence, the first ones of many."""
    every = [*names]
    return ", ".join(every[:most]) + (", …" if len(every) > most else "")
