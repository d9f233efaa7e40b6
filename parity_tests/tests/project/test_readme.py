"""The outputs in the READMEs are the outputs of their commands, and their links lead to files."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ref_numpy
from parity_tests.tests.support.paths import ROOT
from ref_numpy import NetworkSpec, initialise, one_hot

if not (ROOT / "README.md").is_file():
    pytest.skip("the READMEs are only in a checkout", allow_module_level=True)

from parity_tests.tests.project import readme_blocks
from parity_tests.tests.project.readme_blocks import OUTPUT, block, documents

ANEW = "python -m parity_tests.tests.project.readme_blocks"
EXAMPLES = {"mine.py", "path.py"}  # of a user
each_document = pytest.mark.parametrize(
    "path", documents(), ids=lambda path: path.parent.relative_to(ROOT).as_posix()
)


def words(line: str) -> list[str]:
    """But for the numbers that a processor's rounding decides."""
    number = r"\d\.?\d*e[+-]\d+;?$|-?\d+\.\d+,?$|equal$|[█▉▊▋▌▍▎▏]+$"
    return [word for word in line.split() if not re.match(number, word)]


SLOW = {"lesson output", "optimiser output", "ten-lines output", "ten mistakes", "twin output"}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow if name in SLOW else ())
        for name in readme_blocks.outputs()
    ],
)
def test_an_output_is_that_of_its_command(name: str) -> None:
    """Line by line; of commands, but for the numbers that a processor's rounding decides."""
    shown, made = block(name), readme_blocks.made(name)
    if name in readme_blocks.SHOWN:
        assert [words(line) for line in shown.splitlines()] == [
            words(line) for line in made.splitlines()
        ], ANEW
    else:
        assert shown == made, ANEW


@pytest.mark.slow
def test_every_output_block_has_its_command() -> None:
    known = {*readme_blocks.SHOWN}
    for name in readme_blocks.blocks():
        assert not name.endswith(OUTPUT) or name in known or block(name.removesuffix(OUTPUT))


def test_the_numpy_example_runs(tmp_path: Path) -> None:
    spec = NetworkSpec.dense([2, 4, 3], "tanh")
    params = initialise(spec)
    X, Y = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]]), one_hot(np.array([0, 2, 1]), 3)
    ref_numpy.save(tmp_path / "weights.safetensors", spec, params)
    code = block("numpy").replace("lightning_logs/version_0", str(tmp_path))
    names: dict[str, Any] = {"ref_numpy": ref_numpy, "spec": spec, "params": params, "X": X, "Y": Y}
    names["x"] = X.T
    exec(code, names)
    assert len(names["costs"]) == 100
    assert names["predictions"].shape == (3,)
    assert set(names["predictions"]) <= {"0", "1", "2"}


def test_the_graph_example_is_a_network() -> None:
    names = dict(vars(ref_numpy))
    exec(block("graph"), names)
    assert [*names["spec"].parameter_shapes] == ["up.W", "up.b", "down.b"]


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 200


@each_document
def test_links_lead_to_files_and_headings(path: Path) -> None:
    text = re.sub(r"```.*?```|`[^`]*`", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target:
            continue
        where, _, heading = target.partition("#")
        file = path.parent / where if where else path
        assert file.exists(), target
        assert not heading or heading in headings(file), target


def headings(path: Path) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    found = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in found}


@lru_cache
def python_files() -> set[str]:
    """The names of all Python files; not those of an environment, whose folder has a dot."""
    folders = [x for x in ROOT.iterdir() if x.is_dir() and not x.name.startswith(".")]
    return {x.name for folder in folders for x in folder.rglob("*.py")} | {
        x.name for x in ROOT.glob("*.py")
    }


@each_document
def test_named_files_exist(path: Path) -> None:
    """`name.py` is in the README's folder, below it, or anywhere by the path from the top."""
    text = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.M | re.S)
    own = path.parent if path.parent != ROOT else None
    for name in {*re.findall(r"`([\w/]+\.py)`", text)} - EXAMPLES:
        is_own = any(own.rglob(name)) if own else Path(name).name in python_files()
        assert is_own or (ROOT / name).exists() or (ROOT / "parity_tests" / name).exists(), name


@pytest.mark.parametrize(
    "room", sorted(p.parent.name for p in (ROOT / "parity_tests").glob("*/__init__.py"))
)
def test_every_room_has_a_readme(room: str) -> None:
    assert (ROOT / "parity_tests" / room / "README.md").is_file()
