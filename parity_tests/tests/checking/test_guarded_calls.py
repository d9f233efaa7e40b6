"""A candidate's exception names its line, as the file has it when the code is compiled."""

from __future__ import annotations

from pathlib import Path

import pytest

from parity_tests.checking.guarded_calls import CandidateError, call


def raised_in(path: Path, source: str) -> str:
    """Return the message of the function f of a file that was just written."""
    path.write_text(source, encoding="utf-8")
    names: dict[str, object] = {}
    exec(compile(source, str(path), "exec"), names)
    with pytest.raises(CandidateError) as error:
        call("f", names["f"])  # pyright: ignore[reportArgumentType]
    return str(error.value)


def test_an_error_names_the_line_of_the_file_as_it_is_now(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    first = raised_in(path, "def f():\n    return 1 / 0\n")
    second = raised_in(path, "def f():\n    return {}['W3']  # another line, of another length\n")
    assert "(mine.py, line 2: return 1 / 0)" in first
    assert "(mine.py, line 2: return {}['W3']" in second


def test_the_line_is_the_candidates_and_not_the_librarys(tmp_path: Path) -> None:
    source = "import json\ndef f():\n    return json.loads('{')\n"
    assert "(mine.py, line 3: return json.loads('{'))" in raised_in(tmp_path / "mine.py", source)
