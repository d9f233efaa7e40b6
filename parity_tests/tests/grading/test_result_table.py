"""The table of a class: whole, readable by a spreadsheet and by the next command."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from parity_tests.grading.result_table import COLUMNS, Result, read_table, write_table
from ref_numpy import InputError

ROWS = [
    Result("ana", "passed", 5, 5, "", "", 1.5, "class/ana/mine.py", "sha256:1"),
    Result("=ben.py", "failed", 4, 6, "dZ.value db.value", '=1+1, "√m", −', 2.0, "c/=ben.py", "k"),
    Result("'cid", "not judged", 0, 0, "", "@x\n\x1b[2Jy", 0.0),
]


def test_a_table_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    write_table(path, ROWS)
    read = read_table(path)
    assert [*read] == ["ana", "=ben.py", "'cid"]
    assert [*read.values()][:2] == ROWS[:2]
    assert read["'cid"].sentence == "@x \\x1b[2Jy"


def test_a_spreadsheet_reads_it_and_executes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    write_table(path, ROWS)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")  # or Excel takes −, √ for others
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    assert tuple(header) == COLUMNS
    assert [row[2] for row in rows] == ["1.0000", "0.6667", "0.0000"]
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
    assert not [cell for row in rows for cell in row if "\n" in cell or "\x1b" in cell]


@pytest.mark.parametrize("content", [b"", b"name,grade\nana,5\n", b"\xff\xfe\x00", b'a"b\0'])
def test_another_file_is_not_overwritten(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "results.csv"
    path.write_bytes(content)
    with pytest.raises(InputError) as refused:
        read_table(path)
    assert refused.value.code == "grade.other-file"
    assert path.read_bytes() == content
