"""Every sentence that a file with a table is refused with, by its code."""

from __future__ import annotations

from ref_numpy.errors import Message


def no_column(option: str, name: str, path: str, columns: str, similar: str = "") -> str:
    """Return the sentence for an option that names no column; `similar`: one that there is."""
    hint = f"is it {similar!r}?" if similar else f"expected one of {columns}."
    return f"{option} names {name!r}, which is no column of {path}; {hint}"


def no_reader(path: str, missing: str) -> str:
    """Return the sentence for a file that needs a package; with pandas come its readers."""
    packages = "pandas pyarrow openpyxl" if missing == "pandas" else missing
    return (
        f"{path} is a table, which {missing} reads, and {missing} is not installed; "
        f"pip install {packages}."
    )


TABLE_MESSAGES: dict[str, Message] = {
    "table-file.no-reader": no_reader,
    "table-file.kind": (
        "{path} has the ending {suffix!r}; expected .csv, .tsv, .txt, .parquet or .xlsx: rename it "
        "or write it as one of these."
    ),
    "table-file.unreadable": (
        "{path} is not a readable table ({error}); check --data.separator and --data.encoding, "
        "such as latin-1 or utf-16, or write it again as CSV in UTF-8."
    ),
    "table-file.empty": "{path} has {m} rows and {n} columns; expected one row or more.",
    "table-file.same-names": "{path} has two columns {name!r}; give them different names.",
    "table-file.more-fields": (
        "{path} has {names} names in its first line and {fields} fields in the others; give each "
        "column a name, or none of them and --data.header false."
    ),
    "table-file.no-sheet": (
        "{path} has no sheet {sheet!r}; expected one of {sheets}, or its number from 0."
    ),
    "table-file.no-target": (
        "--data.target is not given; name the column to predict, one of {columns}."
    ),
    "table-file.no-column": no_column,
    "table-file.date-part": (
        "--data.date_parts names {given!r}; expected some of {known}, or '[]' for the days alone."
    ),
    "table-file.target-kind": (
        "the target {name!r} has values of the kind {kind}; expected {expected}."
    ),
    "table-file.no-inputs": (
        "no column of {path} can be an input ({left_out}); add columns of numbers, categories or "
        "dates."
    ),
    "table-file.no-labelled": (
        "the target {target} is missing in every row of {path}; expected rows with it to train on."
    ),
    "table-file.many-classes": (
        "the target {name!r} has {k} different words in {m} rows; expected the names of a few "
        "classes, or numbers: choose another column, or --data.task classes."
    ),
    "table-file.target-numbers": (
        "the target {name!r} has {reason}; expected numbers, or names of classes with "
        "--data.task classes."
    ),
    "table-file.unknown-class": (
        "the target {name!r} holds {label!r} in row {row}, counted from 1, and the network knows "
        "{summary}; correct it, or remove the column to predict without it."
    ),
    "table-file.no-labels": (
        "{path} has no values of the target {target}, which all but predict need; add the column."
    ),
    "table-file.not-trained": (
        "{path} is a table, and the checkpoint's network was trained on arrays; give it data of "
        "the training's kind, such as --data NpzFile."
    ),
}
