"""Which files of a folder are submissions, and when one has changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from parity_tests.grading.submissions import of_folder, submissions_in
from ref_numpy import InputError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (
        "ana/mine.py", "ana/dnn_utils_v2.py", "ana/testCases.py", "ana/.ipynb_checkpoints/x.ipynb",
        "ben/a.py", "ben/b.ipynb", "cid/notes.txt", "dora/week 3/mine.ipynb", "eve/mine.py",
        "eve/old/mine.py", "flat.py", "flat.ipynb", "readme.txt", ".hidden.py",
        "__MACOSX/ana/mine.py", "planar_utils.py",
    ):  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x = 1\n")
    return tmp_path


def test_a_file_or_a_folder_is_a_submission(folder: Path) -> None:
    found = {s.name: s for s in submissions_in(folder)}
    programs = {name: s.path.relative_to(folder).as_posix() for name, s in found.items() if s.path}
    assert programs == {
        "ana": "ana/mine.py", "dora": "dora/week 3/mine.ipynb", "eve": "eve/mine.py",
        "flat.ipynb": "flat.ipynb", "flat.py": "flat.py",
    }  # fmt: skip
    problems = {name: s.problem.code for name, s in found.items() if s.problem}
    assert problems == {"ben": "grade.several-programs", "cid": "grade.no-program"}


def test_the_program_may_be_named(folder: Path) -> None:
    found = {s.name: s for s in submissions_in(folder, "b.ipynb")}
    assert found["ben"].path == folder / "ben/b.ipynb"
    assert found["ana"].problem is not None
    assert found["ana"].problem.facts["expected"] == "b.ipynb"


def test_one_file_is_one_submission(folder: Path) -> None:
    (one,) = submissions_in(folder / "flat.py")
    assert (one.name, one.path) == ("flat.py", folder / "flat.py")


def test_a_folder_without_submissions_is_refused(folder: Path) -> None:
    for path, code in ((folder / "no", "grade.folder"), (folder / "cid", "grade.empty")):
        with pytest.raises(InputError) as refused:
            submissions_in(path)
        assert refused.value.code == code


def test_a_change_of_any_of_its_files_is_seen(folder: Path) -> None:
    before = of_folder(folder / "ana").digest()
    assert of_folder(folder / "ana").digest() == before
    (folder / "ana/dnn_utils_v2.py").write_text("x = 2\n")
    assert of_folder(folder / "ana").digest() != before


def test_links_lead_nowhere(folder: Path) -> None:
    (folder / "gus").mkdir()
    (folder / "gus/mine.py").symlink_to(folder / "flat.py")
    problem = of_folder(folder / "gus").problem
    assert problem is not None
    assert problem.code == "grade.no-program"
