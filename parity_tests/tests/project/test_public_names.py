"""The public names: what READMEs and lessons import from parity_tests, and what importing costs."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import parity_tests
from parity_tests.tests.support.paths import ROOT

if not (ROOT / "README.md").is_file():
    pytest.skip("the READMEs are only in a checkout", allow_module_level=True)

from parity_tests.tests.project.readme_blocks import BLOCK, documents


def documented() -> Iterator[tuple[str, str]]:
    """(where, source) of the Python in READMEs, and of the lessons with answers and examples."""
    for path in documents():
        for match in BLOCK.finditer(path.read_text(encoding="utf-8")):
            if match["language"] == "python":
                yield match["name"], match["text"]
    for path in sorted((ROOT / "lessons").rglob("*.py")):
        yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def imported_names(source: str) -> Iterator[tuple[str, str]]:
    """(module, name) of what a text takes from parity_tests, by an import or as an attribute."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] == "parity_tests":
            yield from ((str(node.module), alias.name) for alias in node.names)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.value.id == "parity_tests":
                yield "parity_tests", node.attr
        elif isinstance(node, ast.Import):
            inner = (a.name for a in node.names if a.name.startswith("parity_tests."))
            yield from ((name, "") for name in inner)


def test_what_is_documented_is_public() -> None:
    used = {one: where for where, source in documented() for one in imported_names(source)}
    assert ("parity_tests", "check_functions") in used
    public = {("parity_tests", name) for name in parity_tests.__all__}
    assert {one: where for one, where in used.items() if one not in public} == {}


def test_every_public_name_is_there_and_has_a_docstring() -> None:
    assert set(parity_tests.__all__) == parity_tests.PUBLIC.keys()
    assert set(parity_tests.__all__) <= {*dir(parity_tests)}
    for name in parity_tests.__all__:
        assert getattr(parity_tests, name).__doc__, name


def test_the_readme_lists_them() -> None:
    text = Path(parity_tests.__file__).with_name("README.md").read_text(encoding="utf-8")
    section = text.partition("## From Python")[2].partition("\n## ")[0]
    assert [name for name in parity_tests.__all__ if f"`{name}" not in section] == []


def test_importing_the_package_imports_nothing_else() -> None:
    code = (
        "import sys; before = {*sys.modules}; import parity_tests; new = {*sys.modules} - before;"
        "sys.exit(bool({n for n in new if n.split('.')[0] in ('numpy', 'torch', 'ref_numpy')}))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
